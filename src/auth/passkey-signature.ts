/**
 * Signatures that authenticators make, over what they say and what the browser said. No I/O but WebCrypto.
 */
import type { KeyAlgorithm } from '../core/user.ts'
import { ecdsaDerToP1363 } from './der.ts'
import { sha256 } from './digest.ts'
import type { PublicKey } from './public-key.ts'
import { verifySignature, type SignatureDigest } from './verify-signature.ts'

/** W10: what a key's type signs with, whatever a client says; secp256k1 is no passkey's curve here (rule K1). */
const DIGESTS: Readonly<Record<KeyAlgorithm, SignatureDigest | null>> = {
  'P-256': 'SHA-256',
  'P-384': 'SHA-384',
  Ed25519: 'SHA-256',
  RSA: 'SHA-256',
  secp256k1: null,
}

const COORDINATE_BYTES: Partial<Record<KeyAlgorithm, number>> = { 'P-256': 32, 'P-384': 48 }

/** What an authenticator signed, and how. */
export interface PasskeySignature {
  readonly authenticatorData: Uint8Array
  /** The bytes of clientDataJSON, of which the authenticator saw the hash. */
  readonly clientData: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Verifies a signature over `authenticatorData || SHA-256(clientData)`, that of an assertion or of a self attestation.
 *
 * @returns false for everything that does not verify.
 * @see WebAuthn Level 3 sections 6.3.3 (what is signed) and 6.5.5 (signature formats)
 */
export async function verifyPasskeySignature(
  key: PublicKey,
  { authenticatorData, clientData, signature }: PasskeySignature,
): Promise<boolean> {
  const digest = DIGESTS[key.algorithm]
  if (digest === null) return false
  // S1: DER alone here, although a `Key` credential may send r and s side by side.
  const coordinateBytes = COORDINATE_BYTES[key.algorithm]
  if (coordinateBytes && ecdsaDerToP1363(signature, coordinateBytes) === null) return false
  const signed = Uint8Array.from([...authenticatorData, ...(await sha256(clientData))])
  return await verifySignature(key, signed, signature, digest)
}
