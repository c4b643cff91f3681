/**
 * New credentials: a key that an administrator brings for a user, and what a user registers by itself. No store.
 */
import type { NewCredential } from '../core/change.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { encodeBase64Url } from './base64url.ts'
import { sha256 } from './digest.ts'
import { parsePublicKey, type KeyProblem, type PublicKey } from './public-key.ts'
import { verifyPasskeyAttestation } from './verify-attestation.ts'
import { verifyKeyAttestation } from './verify-key-attestation.ts'
import type { RelyingParty } from './verify-passkey-assertion.ts'

/** What the service knows of a new credential besides the credential itself. */
export interface CredentialLabel {
  readonly id: string
  /** For people. */
  readonly name: string
  /** Unix time in milliseconds. */
  readonly now: number
}

/** A new credential as its client sends it: texts in base64url, with or without padding. */
export interface Attestation {
  readonly kind: 'Key' | 'Fido2'
  readonly credentialId: string
  readonly clientData: string
  readonly attestationData: string
}

/**
 * Makes a credential of a PEM public key, checked by the K-rules. Source silent on its id where no client registered
 * it: ours is base64url of SHA-256 over the SubjectPublicKeyInfo, which whoever has the key can compute.
 */
export async function createCredentialFromPem(
  pem: string,
  label: CredentialLabel,
): Promise<Result<Omit<NewCredential, 'userId'>, KeyProblem>> {
  const key = await parsePublicKey(pem)
  if (!key.ok) return fail(key.failure)
  const credentialId = encodeBase64Url(await sha256(key.value.spki))
  return succeed(createKey({ credentialId, key: key.value }, label))
}

/**
 * Verifies that whoever registers a credential holds it and answers this very challenge, and makes it.
 *
 * @param challenge - the text that was issued.
 * @returns the credential, or a name of what is wrong with it.
 */
export async function createAttestedCredential(
  attestation: Attestation,
  challenge: string,
  relyingParty: RelyingParty,
  label: CredentialLabel,
): Promise<Result<Omit<NewCredential, 'userId'>, string>> {
  if (attestation.kind === 'Key') {
    const verified = await verifyKeyAttestation({ attestation, challenge })
    return verified.ok ? succeed(createKey(verified.value, label)) : verified
  }
  const verified = await verifyPasskeyAttestation({ attestation, challenge, relyingParty })
  if (!verified.ok) return verified
  const { signCount, isBackupEligible, origin, credentialId } = verified.value
  // W3C allows ids of 1,023 bytes; the header that carries one as evidence holds a fourth of that (rule U6).
  if (credentialId.length > MAX_CREDENTIAL_ID_CHARACTERS) return fail('credential_id_too_long')
  return succeed({
    ...createKey(verified.value, label),
    kind: 'Fido2',
    signCount,
    isBackupEligible,
    relyingPartyId: relyingParty.id,
    origin,
  })
}

/** Unpadded base64url of 255 bytes. */
const MAX_CREDENTIAL_ID_CHARACTERS = 340

const createKey = (
  { credentialId, key }: { readonly credentialId: string; readonly key: PublicKey },
  { id, name, now }: CredentialLabel,
): Omit<NewCredential, 'userId'> => ({
  id,
  kind: 'Key',
  credentialId,
  algorithm: key.algorithm,
  publicKeyPem: key.pem,
  publicKeyHash: key.fingerprint,
  accessTokenId: null,
  isActive: true,
  name,
  signCount: 0,
  isBackupEligible: false,
  relyingPartyId: null,
  origin: null,
  suspectedAt: null,
  activatedAt: null,
  createdAt: now,
})
