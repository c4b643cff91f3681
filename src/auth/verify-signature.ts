/**
 * Raw signatures by registered keys, in the forms that clients send them. No I/O but WebCrypto.
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ecdsaDerToP1363 } from './der.ts'
import { importPublicKey, modulusOf, pointOf, type PublicKey } from './public-key.ts'

/** Digests that ECDSA and RSA signatures are taken over; Ed25519 has its own. */
export type SignatureDigest = 'SHA-256' | 'SHA-384' | 'SHA-512'

const COORDINATE_BYTES = { 'P-256': 32, 'P-384': 48, secp256k1: 32 } as const
const ED25519_SIGNATURE_BYTES = 64

/**
 * Verifies a signature over data. Sizes are checked before any arithmetic (rule S5).
 *
 * @param signature - Ed25519: 64 raw bytes. ECDSA: strict DER, or `r || s`; high s is valid (rule S2).
 *   RSA: PKCS#1 v1.5, as long as the modulus.
 * @returns false for everything that does not verify, also where a library throws (rule T15).
 * @see FACTS 1.1.5 (what the official signers send); RFC 8032 section 5.1.7; RFC 8017 section 8.2.2
 */
export async function verifySignature(
  key: PublicKey,
  data: Uint8Array,
  signature: Uint8Array,
  digest: SignatureDigest,
): Promise<boolean> {
  try {
    switch (key.algorithm) {
      case 'Ed25519':
        if (signature.length !== ED25519_SIGNATURE_BYTES) return false
        // S3: workerd and Node refuse an S of the group's order or more, so that no signature has a twin.
        return await verifyByWebCrypto(key, { name: 'Ed25519' }, data, signature, digest)
      case 'RSA':
        if (signature.length !== modulusOf(key).length) return false
        return await verifyByWebCrypto(key, { name: 'RSASSA-PKCS1-v1_5' }, data, signature, digest)
      default:
        return await verifyEcdsa(key, key.algorithm, data, signature, digest)
    }
  } catch {
    return false
  }
}

async function verifyEcdsa(
  key: PublicKey,
  curve: keyof typeof COORDINATE_BYTES,
  data: Uint8Array,
  signature: Uint8Array,
  digest: SignatureDigest,
): Promise<boolean> {
  const coordinateBytes = COORDINATE_BYTES[curve]
  // U5: DER first: it is what the official signers send, and raw bytes that are DER by chance are one in 2^32.
  const raw = ecdsaDerToP1363(signature, coordinateBytes) ?? signature
  if (raw.length !== 2 * coordinateBytes) return false
  if (curve !== 'secp256k1') {
    return await verifyByWebCrypto(key, { name: 'ECDSA', hash: digest }, data, raw, digest)
  }
  // WebCrypto lacks this curve (rule K1); it still computes the digest.
  const hash = new Uint8Array(await crypto.subtle.digest(digest, data))
  return secp256k1.verify(raw, hash, pointOf(key), { prehash: false, lowS: false })
}

async function verifyByWebCrypto(
  key: PublicKey,
  parameters: { name: string; hash?: SignatureDigest },
  data: Uint8Array,
  signature: Uint8Array,
  digest: SignatureDigest,
): Promise<boolean> {
  const imported = await importPublicKey(key, digest)
  return await crypto.subtle.verify(parameters, imported, signature, data)
}
