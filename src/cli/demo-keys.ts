/**
 * Key pairs of the demo's actors, of every type that may be registered (rule K1). No I/O.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { parsePublicKey, type PublicKey } from '../auth/public-key.ts'
import type { KeyAlgorithm } from '../core/user.ts'

/** A private key as `demo.json` keeps it; it exists nowhere else. */
export interface DemoCredential {
  /** 32 random bytes, unpadded base64url. */
  readonly credId: string
  readonly algorithm: KeyAlgorithm
  /** PKCS #8. */
  readonly privateKeyPem: string
}

const RSA_BITS = 2048

/** Makes a fresh key pair under a fresh credential id. */
export function createDemoCredential(algorithm: KeyAlgorithm): DemoCredential {
  const { privateKey } =
    algorithm === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : algorithm === 'RSA'
        ? generateKeyPairSync('rsa', { modulusLength: RSA_BITS })
        : generateKeyPairSync('ec', { namedCurve: algorithm })
  return {
    credId: randomBytes(32).toString('base64url'),
    algorithm,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/**
 * Computes the public half, checked as a registration would check it.
 *
 * @returns null when the text is no private key that could be registered.
 */
export async function publicKeyOf(privateKeyPem: string): Promise<PublicKey | null> {
  try {
    const publicKey = createPublicKey(createPrivateKey(privateKeyPem))
    const parsed = await parsePublicKey(
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    )
    return parsed.ok ? parsed.value : null
  } catch {
    return null
  }
}
