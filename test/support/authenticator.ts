/**
 * An authenticator and its browser in software, which say what they are told to say and sign it, so that a test can make
 * every fault but a bad signature. WebCrypto only: runs in Node and in workerd.
 */
import { encode } from 'cborg'
import { encodeBase64Url } from '../../src/auth/base64url.ts'
import type { RelyingParty } from '../../src/auth/webauthn-client-data.ts'
import { writeEcdsaDer } from './der-writer.ts'
import { writePem } from './signer.ts'

/** Algorithms of passkeys, as COSE names them. */
export const PASSKEY_ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'RS256'] as const
/** One of them. */
export type PasskeyAlgorithm = (typeof PASSKEY_ALGORITHMS)[number]

/** The relying party of the samples, which are W3C's too. */
export const PARTY: RelyingParty = { id: 'example.org', origins: ['https://example.org'] }

/** The flags of authenticator data (WebAuthn Level 3 section 6.1). */
export const FLAG = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 } as const

/** What both ceremonies can be told to say; whatever is left out is as it has to be. */
export interface CeremonyOptions {
  readonly challenge?: string
  /** Members of the client data, added or replaced; undefined takes one away. */
  readonly members?: Readonly<Record<string, unknown>>
  /** The client data as a whole. */
  readonly clientData?: string | Uint8Array
  readonly rpId?: string
  readonly flags?: number
  readonly signCount?: number
  /** CBOR that stands where extensions do. */
  readonly extensions?: Uint8Array
  /** Bytes after everything. */
  readonly trailing?: Uint8Array
  /** The authenticator data as a whole. */
  readonly authenticatorData?: Uint8Array
}

/** What a registration can be told besides. */
export interface RegistrationOptions extends CeremonyOptions {
  readonly format?: unknown
  readonly statement?: ReadonlyMap<unknown, unknown>
  /** Members of the attestation object, added or replaced. */
  readonly object?: Readonly<Record<string, unknown>>
  readonly credentialId?: Uint8Array
  readonly coseKey?: ReadonlyMap<unknown, unknown>
}

/** A passkey on an authenticator. */
export interface Authenticator {
  readonly algorithm: PasskeyAlgorithm
  readonly credentialId: string
  readonly publicKeyPem: string
  readonly coseKey: ReadonlyMap<number, number | Uint8Array>
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
  readonly register: (
    options?: RegistrationOptions,
  ) => Promise<{ credentialId: string; clientData: string; attestationData: string }>
  readonly assert: (
    options?: CeremonyOptions,
  ) => Promise<{ clientData: string; authenticatorData: string; signature: string }>
}

const ALGORITHMS = {
  ES256: { alg: -7, generation: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } },
  ES384: { alg: -35, generation: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' } },
  EdDSA: { alg: -8, generation: { name: 'Ed25519' } },
  RS256: {
    alg: -257,
    generation: {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
  },
} as const

/** Joins bytes. */
export const joinBytes = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]))

/** Computes SHA-256 without the code under test. */
export const hashOf = async (data: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', data))

/** Reads unpadded base64url or base64. */
export const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0))

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Makes an authenticator with one fresh passkey. */
export async function createAuthenticator(algorithm: PasskeyAlgorithm): Promise<Authenticator> {
  const { alg, generation } = ALGORITHMS[algorithm]
  const pair = (await crypto.subtle.generateKey(generation, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const coseKey = writeCoseKey(alg, (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JWK)
  const rawId = crypto.getRandomValues(new Uint8Array(32))
  const sign = async (data: Uint8Array): Promise<Uint8Array> => {
    const raw = new Uint8Array(await crypto.subtle.sign(generation, pair.privateKey, data))
    return generation.name === 'ECDSA' ? writeEcdsaDer(raw) : raw
  }
  return {
    algorithm,
    credentialId: encodeBase64Url(rawId),
    publicKeyPem: writePem((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer),
    coseKey,
    sign,
    register: async (options = {}) => {
      const credentialId = options.credentialId ?? rawId
      const attested = joinBytes(
        new Uint8Array(16),
        [credentialId.length >> 8, credentialId.length & 0xff],
        credentialId,
        encode(options.coseKey ?? coseKey),
      )
      const clientData = writeClientData('webauthn.create', options)
      const authData = await writeAuthenticatorData(attested, options)
      const sig = await sign(joinBytes(authData, await hashOf(clientData)))
      const format = options.format ?? 'none'
      const members =
        format === 'packed' ? new Map<string, unknown>(Object.entries({ alg, sig })) : []
      const attStmt = options.statement ?? new Map(members)
      const object = { fmt: format, attStmt, authData, ...options.object }
      return {
        credentialId: encodeBase64Url(credentialId),
        clientData: encodeBase64Url(clientData),
        attestationData: encodeBase64Url(encode(object, { ignoreUndefinedProperties: true })),
      }
    },
    assert: async (options = {}) => {
      const clientData = writeClientData('webauthn.get', options)
      const authenticatorData = await writeAuthenticatorData(null, options)
      const signature = await sign(joinBytes(authenticatorData, await hashOf(clientData)))
      return {
        clientData: encodeBase64Url(clientData),
        authenticatorData: encodeBase64Url(authenticatorData),
        signature: encodeBase64Url(signature),
      }
    },
  }
}

/** Members of a published key that are written anew as COSE. */
type JWK = { readonly x?: string; readonly y?: string; readonly n?: string; readonly e?: string }

/** Labels of RFC 9053 section 7 and RFC 8230 section 4. */
function writeCoseKey(alg: number, jwk: JWK): Map<number, number | Uint8Array> {
  const bytes = (text = '') => bytesOf(text)
  if (alg === -257)
    return new Map<number, number | Uint8Array>([
      [1, 3],
      [3, alg],
      [-1, bytes(jwk.n)],
      [-2, bytes(jwk.e)],
    ])
  const curve = { [-7]: 1, [-35]: 2, [-8]: 6 }[alg] ?? 0
  const point: [number, Uint8Array][] = [[-2, bytes(jwk.x)]]
  if (jwk.y) point.push([-3, bytes(jwk.y)])
  return new Map<number, number | Uint8Array>([[1, jwk.y ? 2 : 1], [3, alg], [-1, curve], ...point])
}

/** What Chromium writes: the challenge as base64url, and a member that defies templates. */
function writeClientData(type: string, options: CeremonyOptions): Uint8Array {
  const { clientData } = options
  if (clientData !== undefined)
    return typeof clientData === 'string' ? utf8(clientData) : clientData
  const members = {
    type,
    challenge: encodeBase64Url(utf8(options.challenge ?? 'challenge')),
    origin: PARTY.origins[0],
    crossOrigin: false,
    other_keys_can_be_added_here: 'do not compare clientDataJSON against a template',
    ...options.members,
  }
  return utf8(JSON.stringify(members))
}

async function writeAuthenticatorData(
  attested: Uint8Array | null,
  options: CeremonyOptions,
): Promise<Uint8Array> {
  if (options.authenticatorData) return options.authenticatorData
  const { rpId = PARTY.id, signCount = 0, extensions, trailing = [] } = options
  const flags = FLAG.UP | FLAG.UV | (attested ? FLAG.AT : 0) | (extensions ? FLAG.ED : 0)
  const counter = new DataView(new ArrayBuffer(4))
  counter.setUint32(0, signCount)
  return joinBytes(
    await hashOf(utf8(rpId)),
    [options.flags ?? flags],
    new Uint8Array(counter.buffer),
    attested ?? [],
    extensions ?? [],
    trailing,
  )
}
