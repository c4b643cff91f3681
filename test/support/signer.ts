/**
 * Keys that sign challenges as the official clients do, by WebCrypto, so that they work inside workerd too.
 */
import { encodeBase64Url } from '../../src/auth/base64url.ts'
import { newSecret } from '../../src/auth/random.ts'
import type { KeyAlgorithm } from '../../src/core/user.ts'

/** A key and what is registered of it. */
export interface Signer {
  readonly algorithm: KeyAlgorithm
  readonly credentialId: string
  readonly publicKeyPem: string
  /** Signs the client data of a challenge; `members` add to it or replace what is in it. */
  readonly assert: (
    challenge: string,
    members?: Readonly<Record<string, unknown>>,
  ) => Promise<{ credId: string; clientData: string; signature: string }>
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

/** Makes a fresh key of a type that WebCrypto has. ECDSA signatures come as r||s, which the service takes too. */
export async function createSigner(algorithm: keyof typeof GENERATION): Promise<Signer> {
  const pair = (await crypto.subtle.generateKey(GENERATION[algorithm], true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const credentialId = newSecret()
  return {
    algorithm,
    credentialId,
    publicKeyPem: writePem((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer),
    assert: async (challenge, members = {}) => {
      const clientData = new TextEncoder().encode(
        JSON.stringify({ type: 'key.get', challenge, ...members }),
      )
      const scheme = { ...GENERATION[algorithm], hash: 'SHA-256' }
      const signature = await crypto.subtle.sign(scheme, pair.privateKey, clientData)
      return {
        credId: credentialId,
        clientData: encodeBase64Url(clientData),
        signature: encodeBase64Url(new Uint8Array(signature)),
      }
    },
  }
}

/** Writes a SubjectPublicKeyInfo as PEM. */
export function writePem(spki: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(spki)))
  const lines = base64.match(/.{1,64}/g) ?? []
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
}
