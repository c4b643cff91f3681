/**
 * The service's own signing keys: one ring for every token that it issues. jose does the cryptography.
 * Knows no request and no store.
 */
import { importJWK, type JWK } from 'jose'
import { isJsonObject } from '../core/strict-json.ts'
import { isKid } from './compact-jws.ts'
import type { KeyRing, OwnKey } from './own-key.ts'

/** The only signature algorithm of our own tokens (rule T4). */
export const OWN_ALGORITHM = 'EdDSA'

/**
 * Reads `SIGNING_KEYS`: a JSON array of private Ed25519 JWKs; the first one signs, all of them verify.
 * Rotation is a change of order, so that a new key is published before it signs (rule J4).
 *
 * @param deniedKids - keys that no longer verify nor are published, however long their tokens would live.
 * @throws Error with a sentence for the operator when the text is not such an array, or the signer is denied.
 * @see RFC 8037 section 2 (OKP keys), RFC 7517 section 5 (key sets)
 */
export async function createKeyRing(
  signingKeys: string,
  deniedKids: ReadonlySet<string> = new Set(),
): Promise<KeyRing> {
  const listed = parseKeyList(signingKeys)
  const keys = new Map<string, OwnKey>()
  for (const jwk of listed) {
    const kid = readKid(jwk)
    // RFC 7517 section 4.5 leaves equal kids to the reader; we refuse the set (rule T7).
    if (keys.has(kid)) throw new Error('SIGNING_KEYS holds the same kid twice.')
    if (!deniedKids.has(kid)) keys.set(kid, await importOwnKey(jwk, kid))
  }
  const signer = keys.get(readKid(listed[0] as JWK))
  if (!signer) throw new Error('The first key of SIGNING_KEYS is listed in DENIED_KIDS.')
  return {
    signer,
    find: (kid) => keys.get(kid) ?? null,
    publicKeySet: { keys: [...keys.values()].map((key) => key.publicJwk) },
    hasDemoKey: [...keys.keys()].some((kid) => kid.startsWith('dev-')),
  }
}

function parseKeyList(signingKeys: string): JWK[] {
  let list: unknown
  try {
    list = JSON.parse(signingKeys)
  } catch {
    throw new Error('SIGNING_KEYS is not JSON.')
  }
  if (!Array.isArray(list) || list.length === 0 || !list.every(isJsonObject)) {
    throw new Error('SIGNING_KEYS is not a JSON array of at least one private JWK.')
  }
  return list as JWK[]
}

/** Reads a key's `kid` in the only syntax that tokens may name (rule T7). */
function readKid(jwk: JWK): string {
  if (isKid(jwk.kid)) return jwk.kid
  throw new Error('Every key of SIGNING_KEYS needs a kid of 1-128 characters A-Za-z0-9._~:-')
}

async function importOwnKey(jwk: JWK, kid: string): Promise<OwnKey> {
  const { kty, crv, x, d } = jwk
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || typeof d !== 'string') {
    throw new Error('Every key of SIGNING_KEYS is a private Ed25519 JWK (kty OKP, with x and d).')
  }
  const publicJwk = { kty, crv, x, kid, alg: OWN_ALGORITHM, use: 'sig' }
  return {
    kid,
    publicJwk,
    privateKey: (await importJWK({ kty, crv, x, d }, OWN_ALGORITHM)) as CryptoKey,
    publicKey: (await importJWK(publicJwk, OWN_ALGORITHM)) as CryptoKey,
    secret: d,
  }
}
