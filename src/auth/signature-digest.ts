/**
 * Which digest a `Key` credential's signature is over. Pure. No I/O.
 */
import type { KeyAlgorithm } from '../core/user.ts'
import type { SignatureDigest } from './verify-signature.ts'

/** Names from the vendor's older documentation, in lower case; without one, SHA-256 is what Node's signers use. */
const DIGESTS: ReadonlyMap<string, SignatureDigest> = new Map([
  ['sha256', 'SHA-256'],
  ['rsa-sha256', 'SHA-256'],
  ['sha512', 'SHA-512'],
  ['rsa-sha512', 'SHA-512'],
])

/**
 * Finds the digest by the name that a client gave, or by none. Ed25519 takes no digest, so that only its own names may
 * stand there.
 *
 * @returns undefined for a name that the key's type does not have.
 * @see FACTS 1.1.5 (`algorithm`)
 */
export function digestOf(key: KeyAlgorithm, name: string | undefined): SignatureDigest | undefined {
  if (name === undefined) return 'SHA-256'
  const lowerCase = name.toLowerCase()
  if (key !== 'Ed25519') return DIGESTS.get(lowerCase)
  return ['eddsa', 'ed25519'].includes(lowerCase) ? 'SHA-256' : undefined
}
