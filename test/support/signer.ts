/**
 * Keys that sign challenges as the official clients do, by WebCrypto, so that they work inside workerd too;
 * secp256k1, which WebCrypto lacks, by a curve library.
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { encodeBase64Url } from '../../src/auth/base64url.ts'
import { sha256 } from '../../src/auth/digest.ts'
import { newSecret } from '../../src/auth/random.ts'
import type { KeyAlgorithm } from '../../src/core/user.ts'
import { writeEcdsaDer } from './der-writer.ts'

/** A key and what is registered of it. */
export interface Signer {
  readonly algorithm: KeyAlgorithm
  readonly credentialId: string
  readonly publicKeyPem: string
  /** Signs anything, in the encoding that the key was made for. */
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
  /** Signs the client data of a challenge; `members` add to it or replace what is in it. */
  readonly assert: (
    challenge: string,
    members?: Readonly<Record<string, unknown>>,
  ) => Promise<{ credId: string; clientData: string; signature: string }>
}

/** A key before it has a credential id. */
interface Key {
  readonly publicKeyPem: string
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
}

const GENERATION = {
  Ed25519: { name: 'Ed25519' },
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384' },
  RSA: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const

/** SubjectPublicKeyInfo of secp256k1 up to the uncompressed point (RFC 5480 section 2, SEC 2 section 2.4.1). */
const SECP256K1_SPKI = '3056301006072a8648ce3d020106052b8104000a034200'

/**
 * Makes a fresh key.
 *
 * @param options.encoding - of ECDSA signatures: `raw` is r||s, which the service takes too; `der` is what the
 *   official signers send.
 */
export async function createSigner(
  algorithm: KeyAlgorithm,
  options: { readonly encoding?: 'raw' | 'der' } = {},
): Promise<Signer> {
  const key = algorithm === 'secp256k1' ? createSecp256k1Key() : await createWebCryptoKey(algorithm)
  const credentialId = newSecret()
  const sign = async (data: Uint8Array): Promise<Uint8Array> => {
    const signature = await key.sign(data)
    return options.encoding === 'der' ? writeEcdsaDer(signature) : signature
  }
  return {
    algorithm,
    credentialId,
    publicKeyPem: key.publicKeyPem,
    sign,
    assert: async (challenge, members = {}) => {
      const clientData = new TextEncoder().encode(
        JSON.stringify({ type: 'key.get', challenge, ...members }),
      )
      return {
        credId: credentialId,
        clientData: encodeBase64Url(clientData),
        signature: encodeBase64Url(await sign(clientData)),
      }
    },
  }
}

async function createWebCryptoKey(algorithm: keyof typeof GENERATION): Promise<Key> {
  const pair = (await crypto.subtle.generateKey(GENERATION[algorithm], true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const scheme = { ...GENERATION[algorithm], hash: 'SHA-256' }
  return {
    publicKeyPem: writePem((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer),
    sign: async (data) => new Uint8Array(await crypto.subtle.sign(scheme, pair.privateKey, data)),
  }
}

function createSecp256k1Key(): Key {
  const { secretKey, publicKey } = secp256k1.keygen()
  const point = secp256k1.Point.fromBytes(publicKey).toBytes(false)
  const prefix = SECP256K1_SPKI.match(/../g) ?? []
  const spki = Uint8Array.of(...prefix.map((hex) => Number.parseInt(hex, 16)), ...point)
  return {
    publicKeyPem: writePem(spki.buffer),
    // High s too, as OpenSSL makes it (rule S2).
    sign: (data) => Promise.resolve(secp256k1.sign(data, secretKey, { lowS: false })),
  }
}

/** Writes a SubjectPublicKeyInfo as PEM. */
export function writePem(spki: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(spki)))
  const lines = base64.match(/.{1,64}/g) ?? []
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
}

/** The credential id that whoever has the key can compute: SHA-256 over the SubjectPublicKeyInfo. */
export async function credentialIdOf(pem: string): Promise<string> {
  const base64 = pem.replace(/-----[A-Z ]+-----|\n/g, '')
  return encodeBase64Url(await sha256(Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))))
}
