/**
 * Signs user actions with a key that its owner has registered, by WebCrypto. Keys on secp256k1, which WebCrypto lacks,
 * sign by the challenge flow only.
 */
import { createActivateError } from './activate-error.ts'
import { decodeBase64, type Bytes } from './base64url.ts'
import { isRecord } from './wire-users.ts'

/** What an algorithm is to WebCrypto: the key that it needs, and how that signs. */
const ALGORITHMS = {
  EdDSA: { key: { name: 'Ed25519' }, scheme: { name: 'Ed25519' } },
  ES256: {
    key: { name: 'ECDSA', namedCurve: 'P-256' },
    scheme: { name: 'ECDSA', hash: 'SHA-256' },
  },
  ES384: {
    key: { name: 'ECDSA', namedCurve: 'P-384' },
    scheme: { name: 'ECDSA', hash: 'SHA-384' },
  },
  RS256: {
    key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    scheme: { name: 'RSASSA-PKCS1-v1_5' },
  },
  // RFC 7518 section 3.5: the salt is as long as the digest.
  PS256: {
    key: { name: 'RSA-PSS', hash: 'SHA-256' },
    scheme: { name: 'RSA-PSS', saltLength: 32 },
  },
} as const

/** The algorithms that a proof may be signed by, under their names in RFC 7518 and RFC 8037. */
export type SignatureAlgorithm = keyof typeof ALGORITHMS

/** A key of WebCrypto, named in a way that Node's types and browsers' have in common. */
export type PlatformKey = Parameters<typeof crypto.subtle.sign>[1]

/** Signs for one registered credential. Whoever keeps the key elsewhere, say in a vault, writes one of these. */
export interface ActionSigner {
  readonly credentialId: string
  readonly algorithm: SignatureAlgorithm
  /** Beside tokens of another issuer: the service's id of the user, and the service's own audience. */
  readonly userId?: string | undefined
  readonly audience?: string | undefined
  /** Signs bytes in the form of JWS: for ES256 and ES384 `r || s`, not DER (RFC 7518 section 3.4). */
  readonly sign: (bytes: Bytes) => Promise<Uint8Array>
}

/** A private key, and the id under which its public half is registered. */
export type KeySignerOptions = Pick<ActionSigner, 'credentialId' | 'userId' | 'audience'> &
  (
    | {
        /** Knows its algorithm itself. */
        readonly privateKey: PlatformKey
        readonly algorithm?: never
      }
    | {
        /** PKCS #8 in PEM. */
        readonly privateKey: string
        /** The key's own: RS256 and PS256 are both an RSA key's. */
        readonly algorithm: SignatureAlgorithm
      }
  )

/**
 * Makes a signer of a private key. A PEM is imported when it first signs.
 *
 * @throws ActivateError `misconfigured` for a key that cannot sign, or that is of no listed algorithm.
 */
export function createKeySigner(options: KeySignerOptions): ActionSigner {
  const { credentialId, privateKey, userId, audience } = options
  const own = typeof privateKey === 'string' ? options.algorithm : algorithmOf(privateKey)
  const { algorithm = own } = options
  // What is said of a key of WebCrypto, in a language without types, is compared with what it is.
  if (!algorithm || algorithm !== own || !Object.hasOwn(ALGORITHMS, algorithm)) {
    throw createActivateError('misconfigured', 'the key is of no algorithm that proofs have')
  }
  const readKey = typeof privateKey === 'string' ? createPemReader(privateKey, algorithm) : null
  return {
    credentialId,
    algorithm,
    userId,
    audience,
    sign: async (bytes) => {
      const key = typeof privateKey === 'string' ? await readKey?.() : privateKey
      if (!key) throw createActivateError('misconfigured', 'the key cannot be read')
      const { scheme } = ALGORITHMS[algorithm]
      return new Uint8Array(await crypto.subtle.sign(scheme, key, bytes))
    },
  }
}

/** Names the algorithm of a key that may sign; undefined for everything else. */
function algorithmOf(key: PlatformKey): SignatureAlgorithm | undefined {
  // By its members, for a key may be of another realm; a KeyObject of Node's has no usages.
  const { type, usages }: { type?: unknown; usages?: unknown } = isRecord(key) ? key : {}
  if (type !== 'private' || !Array.isArray(usages) || !usages.includes('sign')) return undefined
  const own: { name: string; namedCurve?: string; hash?: { name: string } } = key.algorithm
  const names = Object.keys(ALGORITHMS) as SignatureAlgorithm[]
  return names.find((name) => {
    const wanted: { name: string; namedCurve?: string; hash?: string } = ALGORITHMS[name].key
    return (
      wanted.name === own.name &&
      wanted.namedCurve === own.namedCurve &&
      wanted.hash === own.hash?.name
    )
  })
}

const PEM = /^\s*-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/

/** Imports a PEM once, not extractable. What is wrong with it is said without a word of it. */
function createPemReader(pem: string, algorithm: SignatureAlgorithm): () => Promise<PlatformKey> {
  const [, base64] = PEM.exec(pem) ?? []
  if (base64 === undefined) {
    throw createActivateError('misconfigured', 'the key is no PEM with the label PRIVATE KEY')
  }
  let imported: Promise<PlatformKey> | undefined
  const importKey = async () => {
    try {
      const der = decodeBase64(base64.replace(/\s/g, ''))
      return await crypto.subtle.importKey('pkcs8', der, ALGORITHMS[algorithm].key, false, ['sign'])
    } catch {
      throw createActivateError('misconfigured', `the key is no PKCS #8 key of ${algorithm}`)
    }
  }
  return () => (imported ??= importKey())
}
