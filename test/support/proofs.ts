/**
 * Client-signed proofs (RULES.md section 2.5) with everything in them to replace: by WebCrypto, so that they are made
 * in Node and inside workerd alike.
 */
import { encodeBase64Url } from '../../src/auth/base64url.ts'
import { sha256Base64Url } from '../../src/auth/digest.ts'
import { newSecret } from '../../src/auth/random.ts'
import type { KeyAlgorithm } from '../../src/core/user.ts'
import { writePem, type Signer } from './signer.ts'

/** Names of JOSE that a proof can be signed as. */
export type ProofAlgorithm = 'EdDSA' | 'ES256' | 'ES384' | 'RS256' | 'PS256'

/** Types of key that sign proofs; secp256k1 has no name among the algorithms. */
export type ProofKeyType = Exclude<KeyAlgorithm, 'secp256k1'>

/** A key that signs challenges, as every signer does, and proofs. */
export interface ProofSigner extends Signer {
  /** What it signs proofs as where a test says nothing. */
  readonly proofAlgorithm: ProofAlgorithm
  readonly signAs: (algorithm: ProofAlgorithm, data: Uint8Array) => Promise<Uint8Array>
}

/** Whatever a proof is about, as an honest client knows it. */
export interface ProvenRequest {
  readonly bearer: string
  /** The `sub` of the bearer. */
  readonly subject: string
  readonly method: string
  /** Origin and path. */
  readonly url: string
  /** As it will be sent; nothing where there is none. */
  readonly body?: string | Uint8Array
  readonly audience: string
  /** Unix time in milliseconds. */
  readonly now: number
}

/** Members to put in the place of others, undefined to take one out; or a way to spell the JSON otherwise. */
export type Replacement = Readonly<Record<string, unknown>> | ((json: string) => string)

/** What is otherwise than it ought to be. */
export interface ProofForgery {
  readonly header?: Replacement
  readonly claims?: Replacement
  /** What it is signed as, whatever its header says. */
  readonly signedAs?: ProofAlgorithm
  /** Puts bytes in the place of the signature. */
  readonly signature?: (bytes: Uint8Array) => Uint8Array
}

const SHA256 = { hash: 'SHA-256' }
const RSA_SIZE = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }

const SCHEMES = {
  EdDSA: { name: 'Ed25519' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256', ...SHA256 },
  ES384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', ...SHA256 },
  PS256: { name: 'RSA-PSS', saltLength: 32, ...SHA256 },
} as const

/** What each type of key signs proofs as. */
export const PROOF_ALGORITHMS: Readonly<Record<ProofKeyType, ProofAlgorithm>> = {
  Ed25519: 'EdDSA',
  'P-256': 'ES256',
  'P-384': 'ES384',
  RSA: 'RS256',
}

/** Makes a fresh key. */
export async function createProofSigner(algorithm: ProofKeyType = 'Ed25519'): Promise<ProofSigner> {
  const proofAlgorithm = PROOF_ALGORITHMS[algorithm]
  const scheme = { ...SCHEMES[proofAlgorithm], ...RSA_SIZE }
  const pair = (await crypto.subtle.generateKey(scheme, true, ['sign', 'verify'])) as CryptoKeyPair
  const spki = (await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer
  const pkcs8 = (await crypto.subtle.exportKey('pkcs8', pair.privateKey)) as ArrayBuffer
  // A key of WebCrypto serves one scheme, an RSA key of ours two.
  const sign = async (by: (typeof SCHEMES)[ProofAlgorithm], data: Uint8Array) => {
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, by, false, ['sign'])
    return new Uint8Array(await crypto.subtle.sign(by, key, data))
  }
  const credentialId = newSecret()
  // Challenges are signed over SHA-256 on every curve.
  const by = { ...SCHEMES[proofAlgorithm], ...SHA256 } as (typeof SCHEMES)[ProofAlgorithm]
  return {
    algorithm,
    credentialId,
    publicKeyPem: writePem(spki),
    proofAlgorithm,
    sign: (data) => sign(by, data),
    signAs: (name, data) => sign(SCHEMES[name], data),
    assert: async (challenge, members = {}) => {
      const text = JSON.stringify({ type: 'key.get', challenge, ...members })
      const clientData = new TextEncoder().encode(text)
      const signature = encodeBase64Url(await sign(by, clientData))
      return { credId: credentialId, clientData: encodeBase64Url(clientData), signature }
    },
  }
}

/** Signs a request as an honest client does, but for what is said. */
export async function writeProof(
  signer: ProofSigner,
  request: ProvenRequest,
  forgery: ProofForgery = {},
): Promise<string> {
  const { bearer, subject, method, url, body = '', audience, now } = request
  const header = { alg: signer.proofAlgorithm, typ: 'ua-proof+jwt', kid: signer.credentialId }
  const claims = {
    htm: method,
    htu: url,
    bh: await sha256Base64Url(body),
    ath: await sha256Base64Url(bearer),
    iat: Math.floor(now / 1000),
    jti: newSecret(),
    sub: subject,
    aud: audience,
  }
  const input = [replaceIn(header, forgery.header), replaceIn(claims, forgery.claims)]
    .map((json) => encodeBase64Url(new TextEncoder().encode(json)))
    .join('.')
  const signature = await signer.signAs(
    forgery.signedAs ?? signer.proofAlgorithm,
    new TextEncoder().encode(input),
  )
  return `${input}.${encodeBase64Url(forgery.signature?.(signature) ?? signature)}`
}

function replaceIn(members: object, replacement: Replacement = {}): string {
  return typeof replacement === 'function'
    ? replacement(JSON.stringify(members))
    : JSON.stringify({ ...members, ...replacement })
}
