/**
 * A key that an administrator brings for a user, as a credential. No store.
 */
import type { NewCredential } from '../core/change.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { encodeBase64Url } from './base64url.ts'
import { sha256 } from './digest.ts'
import { parsePublicKey, type KeyProblem } from './public-key.ts'

/**
 * Makes a credential of a PEM public key, checked by the K-rules. Source silent on its id where no client registered
 * it: ours is base64url of SHA-256 over the SubjectPublicKeyInfo, which whoever has the key can compute.
 *
 * @param given.now - Unix time in milliseconds.
 */
export async function createCredentialFromPem(
  pem: string,
  given: { readonly id: string; readonly name: string; readonly now: number },
): Promise<Result<Omit<NewCredential, 'userId'>, KeyProblem>> {
  const key = await parsePublicKey(pem)
  if (!key.ok) return fail(key.failure)
  const { algorithm, spki, fingerprint, pem: publicKeyPem } = key.value
  return succeed({
    id: given.id,
    kind: 'Key',
    credentialId: encodeBase64Url(await sha256(spki)),
    algorithm,
    publicKeyPem,
    publicKeyHash: fingerprint,
    accessTokenId: null,
    isActive: true,
    name: given.name,
    createdAt: given.now,
  })
}
