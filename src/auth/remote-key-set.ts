/**
 * The published keys of an outside issuer (rules J1-J5, T7). Knows no token; clock and network are the caller's.
 */
import { importJWK } from 'jose'
import { readBytes } from '../core/read-bytes.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import {
  isJsonObject,
  parseStrictJsonObject,
  type JsonObject,
  type JsonValue,
} from '../core/strict-json.ts'
import { decodeBase64Url } from './base64url.ts'
import { isKid } from './compact-jws.ts'
import { isStrongEd25519Point } from './public-key.ts'
import { isStrongRsaModulus } from './rsa-modulus.ts'

/** An issuer's key, imported, with the JWS algorithms that it serves; the token chooses none (rule T4). */
export interface VerificationKey {
  readonly key: CryptoKey
  readonly algorithms: readonly string[]
}

/** Finds keys by their exact id. */
export interface RemoteKeySet {
  /**
   * @param now - Unix milliseconds, the request's one clock reading.
   * @returns the key; `unknown_kid` when the issuer publishes no such usable key or it is denied;
   *   `unavailable` when the issuer cannot be asked and no copy answers: refuse with 503 (rule J5).
   */
  findKey(kid: string, now: number): Promise<Result<VerificationKey, 'unknown_kid' | 'unavailable'>>
}

/** Where keys come from; `url` is configuration, never a token's word (rule J1). */
export interface RemoteKeySetOptions {
  readonly url: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Emergency list: these ids are unknown, whatever is published or cached (rule J4). */
  readonly deniedKids: readonly string[]
}

const FRESH_MILLISECONDS = 600_000
const USABLE_MILLISECONDS = 3_600_000
const COOLDOWN_MILLISECONDS = 30_000
const TIMEOUT_MILLISECONDS = 2_000
/** Longer than any request asks. */
const PATIENCE_MILLISECONDS = 3_000
const LOOK_MILLISECONDS = 10
const MAX_BODY_BYTES = 65_536
const MAX_KEYS = 50
const MAX_DEPTH = 8
const JSON_TYPES = ['application/json', 'application/jwk-set+json']

/** Members of RFC 7518 section 6 that only private or shared keys have. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

type Keys = ReadonlyMap<string, VerificationKey>

/**
 * Creates a key set that lives as long as its isolate. One fetch an isolate and ten minutes is accepted (rule J3).
 *
 * @see RFC 7517 section 5 (JWK Set), RFC 8725 sections 3.1 and 3.10
 */
export function createRemoteKeySet(options: RemoteKeySetOptions): RemoteKeySet {
  let copy: { keys: Keys; fetchedAt: number } | null = null
  let askedAt = -Infinity
  let isFirstAsking = false

  return {
    async findKey(kid, now) {
      // J4: the denial beats every copy.
      if (options.deniedKids.includes(kid)) return fail('unknown_kid')
      const age = () => (copy === null ? Infinity : now - copy.fetchedAt)
      const canAnswer = () => age() <= USABLE_MILLISECONDS

      // J3: without a copy one request asks, and the others look whether it has been answered: Workers cannot wait
      // for a promise that another request made. One that was cancelled meanwhile is given up.
      for (let waited = 0; isFirstAsking && !canAnswer(); waited += LOOK_MILLISECONDS) {
        if (waited >= PATIENCE_MILLISECONDS) {
          isFirstAsking = false
          return fail('unavailable')
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
      }

      // J3: one cooldown for unknown ids and for a failing host. While a copy can answer, nobody waits.
      const isKnownAndFresh = copy?.keys.has(kid) === true && age() < FRESH_MILLISECONDS
      if (!isKnownAndFresh && now - askedAt >= COOLDOWN_MILLISECONDS) {
        if (canAnswer()) askedAt = now
        else isFirstAsking = true
        const keys = await readKeySet(options)
        askedAt = now
        isFirstAsking = false
        if (keys !== null) copy = { keys, fetchedAt: now }
      }

      // J4, J5: a stale copy still vouches for its keys, but only a fresh one tells what does not exist.
      if (copy === null || !canAnswer()) return fail('unavailable')
      const key = copy.keys.get(kid)
      if (key !== undefined) return succeed(key)
      return fail(age() < FRESH_MILLISECONDS ? 'unknown_kid' : 'unavailable')
    },
  }
}

/**
 * Null for every answer that is not exactly a key set: the host counts as down (rules J1, J2).
 * `fetch` is taken out of the options because Workers refuse it as a method of another object.
 */
async function readKeySet({ url, fetch }: RemoteKeySetOptions): Promise<Keys | null> {
  try {
    const response = await fetch(url, {
      // 'error' throws on Workers; by hand, a redirect is a status other than 200.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      headers: { accept: JSON_TYPES.join(', ') },
    })
    const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
    if (response.status !== 200 || type === undefined || !JSON_TYPES.includes(type)) {
      // An unread body would keep one of the six connections of the invocation.
      await response.body?.cancel()
      return null
    }
    const body = await readBytes(response.body, MAX_BODY_BYTES)
    return body === null ? null : await parseKeySet(body)
  } catch {
    return null
  }
}

/** Null refuses the whole set: who publishes secrets (rule K3), or one id twice (rule T7), is not to be trusted. */
async function parseKeySet(body: Uint8Array): Promise<Keys | null> {
  const parsed = parseStrictJsonObject(body, { maxDepth: MAX_DEPTH })
  const entries = parsed.ok ? parsed.value.keys : null
  if (!Array.isArray(entries) || entries.length > MAX_KEYS || !entries.every(isJsonObject)) {
    return null
  }
  const hasSecret = (jwk: JsonObject) => SECRET_MEMBERS.some((name) => Object.hasOwn(jwk, name))
  const kids = entries.map((jwk) => jwk.kid).filter((kid) => kid !== undefined)
  if (entries.some(hasSecret) || new Set(kids).size !== kids.length) return null

  const keys = new Map<string, VerificationKey>()
  for (const jwk of entries) {
    const key = await importVerificationKey(jwk)
    if (key !== null && isKid(jwk.kid)) {
      keys.set(jwk.kid, key)
    }
  }
  return keys
}

/** Null for a key that is for something else, contradicts itself (T7) or is too weak; others of the set still serve. */
async function importVerificationKey(jwk: JsonObject): Promise<VerificationKey | null> {
  const { kty, crv, alg, use, key_ops: operations } = jwk
  if (use !== undefined && use !== 'sig') return null
  const isForVerifying =
    operations === undefined ||
    (Array.isArray(operations) && operations.length === 1 && operations[0] === 'verify')
  const type = KEY_TYPES.find((row) => row.kty === kty && row.crv === crv)
  if (!isForVerifying || type === undefined || !type.isSound(jwk)) return null
  if (alg !== undefined && !type.algorithms.some((name) => name === alg)) return null

  // A CryptoKey of RSA serves one algorithm. Source silent on keys without `alg`: RS256, as those issuers sign.
  const algorithm = typeof alg === 'string' ? alg : type.algorithms[0]
  // Nothing but what was checked reaches the importer: workerd trusts a wrong `crv` (finding F9).
  const members = ['kty', 'crv', 'x', 'y', 'n', 'e'].flatMap((name) =>
    Object.hasOwn(jwk, name) ? [[name, jwk[name]]] : [],
  )
  try {
    const key = await importJWK({ ...Object.fromEntries(members), kty: type.kty }, algorithm)
    if (key instanceof Uint8Array) return null
    return { key, algorithms: type.kty === 'RSA' ? [algorithm] : type.algorithms }
  } catch {
    return null
  }
}

const sizeOf = (value: JsonValue | undefined): number =>
  (typeof value === 'string' ? decodeBase64Url(value)?.length : undefined) ?? 0

/** K3: both of exactly the curve's size, whatever an importer would make of others. */
const hasCoordinates = (bytes: number) => (jwk: JsonObject) =>
  sizeOf(jwk.x) === bytes && sizeOf(jwk.y) === bytes

/** K2: a point of small order lets anybody sign anything. */
function isSoundEdwardsKey({ x }: JsonObject): boolean {
  const point = typeof x === 'string' ? decodeBase64Url(x) : null
  return point !== null && isStrongEd25519Point(point)
}

/** K1, as for registered keys; no zero in front (RFC 7518 section 6.3.1.1). */
function isSoundRsaKey({ n, e }: JsonObject): boolean {
  const modulus = typeof n === 'string' ? decodeBase64Url(n) : null
  // Under e = 1 every message is its own signature; Node imports such a key, workerd does not.
  return e === 'AQAB' && modulus !== null && isStrongRsaModulus(modulus)
}

/** `EdDSA` and `Ed25519` name one algorithm (RFC 9864 section 2.2), so a key of either serves both. */
const KEY_TYPES = [
  {
    kty: 'OKP',
    crv: 'Ed25519',
    algorithms: ['EdDSA', 'Ed25519'],
    isSound: isSoundEdwardsKey,
  },
  { kty: 'EC', crv: 'P-256', algorithms: ['ES256'], isSound: hasCoordinates(32) },
  { kty: 'EC', crv: 'P-384', algorithms: ['ES384'], isSound: hasCoordinates(48) },
  { kty: 'EC', crv: 'P-521', algorithms: ['ES512'], isSound: hasCoordinates(66) },
  {
    kty: 'RSA',
    crv: undefined,
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    isSound: isSoundRsaKey,
  },
] as const
