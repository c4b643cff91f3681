/**
 * Bearer token -> Principal, by signature only: the store is asked afterwards whether the caller is alive.
 * Knows our own issuer and the outside ones that the operator trusts.
 */
import type { Principal, TokenKind } from '../core/principal.ts'
import type { CallerRefusal, Refusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { isJsonObject, type JsonObject } from '../core/strict-json.ts'
import type { TrustedIssuer } from '../core/trusted-issuer.ts'
import { ID_PATTERNS, isUserId } from '../core/id.ts'
import {
  ACCESS_TOKEN_TYPE,
  APP_METADATA_CLAIM,
  MAX_LIFETIME_SECONDS,
  TOKEN_KIND_NAMES,
} from './access-token.ts'
import { parseCompactJws } from './compact-jws.ts'
import { OWN_ALGORITHM } from './key-ring.ts'
import type { KeyRing } from './own-key.ts'
import type { RemoteKeySet } from './remote-key-set.ts'
import { revocationKeyOf } from './revocation.ts'
import { verifyJwt } from './verify-jwt.ts'

/** Longest `Authorization` header, in bytes (rule T1). */
export const MAX_AUTHORIZATION_BYTES = 8_192

/** An outside issuer together with its published keys. */
export interface OutsideIssuer extends TrustedIssuer {
  readonly keys: RemoteKeySet
}

/** What bearers are verified against: configuration and keys, nothing of the request. */
export interface BearerSettings {
  readonly keyRing: KeyRing
  readonly issuer: string
  readonly audience: string
  readonly skewSeconds: number
  /** By `issuer`; the keys of one never verify the tokens of another (rule T8). */
  readonly outsideIssuers: ReadonlyMap<string, OutsideIssuer>
}

/** Verifies an `Authorization` header; `now` is Unix time in milliseconds. */
export type BearerVerifier = (
  authorization: string | null,
  now: number,
) => Promise<Result<Principal, Refusal>>

/** The cause is for the log: every bad token is answered alike (rule T14). */
const invalid = (cause: string) => fail({ reason: 'token_invalid' as const, cause })

/**
 * Makes the verifier. Refuses with `token_missing`, `token_invalid`, or `unavailable` when an outside issuer's keys
 * cannot be had (rule J5): authentication never fails open.
 *
 * @see RFC 6750 section 2.1, RULES T1-T15
 */
export const createBearerVerifier =
  (settings: BearerSettings): BearerVerifier =>
  async (authorization, now) => {
    const bearer = parseBearer(authorization)
    if (!bearer.ok) return bearer
    const token = bearer.value
    const parsed = parseCompactJws(token, { maxBytes: MAX_AUTHORIZATION_BYTES })
    if (!parsed.ok) return invalid(parsed.failure)
    const { header, payload } = parsed.value
    // T8: the issuer is found by exact comparison, and brings its own keys, algorithms and audience.
    if (payload['iss'] === settings.issuer)
      return verifyOwn(settings, token, header.kid, payload, now)
    const outside = settings.outsideIssuers.get(String(payload['iss']))
    if (!outside) return invalid('issuer_unknown')
    return verifyOutside(settings, outside, token, header.kid, payload, now)
  }

/**
 * Reads the token out of an `Authorization` header, unverified. Refuses with `token_missing` or `token_invalid`.
 *
 * @see RFC 6750 section 2.1
 */
export function parseBearer(authorization: string | null): Result<string, CallerRefusal> {
  if (authorization === null || authorization === '') return fail({ reason: 'token_missing' })
  // T1: one scheme, one blank, one credential; size before anything is looked at.
  if (authorization.length > MAX_AUTHORIZATION_BYTES) return invalid('header_too_long')
  const token = /^bearer ([^ ,]+)$/i.exec(authorization)?.[1]
  return token ? succeed(token) : invalid('not_one_bearer')
}

/** Our own tokens: Ed25519 and nothing else, by the key that the ring has under that very `kid` (rules T4, T7). */
async function verifyOwn(
  settings: BearerSettings,
  token: string,
  kid: string,
  payload: JsonObject,
  now: number,
): Promise<Result<Principal, Refusal>> {
  const key = settings.keyRing.find(kid)
  if (!key) return invalid('kid_unknown')
  const metadata = payload[APP_METADATA_CLAIM]
  if (!isJsonObject(metadata)) return invalid('app_metadata_missing')
  // T9: the kind decides how long a token may live, so it is read before and trusted only after the signature.
  const tokenKind = kindNamed(metadata['tokenKind'])
  if (!tokenKind) return invalid('token_kind_unknown')
  const claims = await verifyJwt(token, payload, key.publicKey, {
    issuer: settings.issuer,
    audience: settings.audience,
    typ: ACCESS_TOKEN_TYPE,
    algorithms: [OWN_ALGORITHM],
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS[tokenKind],
    skewSeconds: settings.skewSeconds,
    now,
  })
  if (!claims.ok) return invalid(claims.failure)
  const { sub, exp, jti } = claims.value
  const { epoch } = payload
  const organizationId = metadata['orgId']
  // What follows no token of ours lacks: a signature that covers something else is a fault, not a caller.
  // T11: our own subjects are user ids.
  if (!isUserId(sub)) return invalid('sub_invalid')
  if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch)) return invalid('epoch_invalid')
  if (typeof organizationId !== 'string' || !ID_PATTERNS.organization.test(organizationId)) {
    return invalid('organization_invalid')
  }
  return succeed({
    issuer: settings.issuer,
    subject: sub,
    organizationId,
    reference: { by: 'id', userId: sub },
    tokenKind,
    freshness: { by: 'epoch', epoch },
    tokenId: jti,
    revocationKey: jti === null ? null : await revocationKeyOf(settings.issuer, jti),
    expSeconds: exp,
    isOwn: true,
  })
}

/** Reads the vendor's spelling of a token kind. */
const kindNamed = (name: unknown): TokenKind | null =>
  (Object.keys(TOKEN_KIND_NAMES) as TokenKind[]).find((kind) => TOKEN_KIND_NAMES[kind] === name) ??
  null

/**
 * Tokens of an issuer that the operator trusts for one organization; the kind is always user (DESIGN section 2), the
 * type what the operator wrote down (rule T5).
 */
async function verifyOutside(
  settings: BearerSettings,
  outside: OutsideIssuer,
  token: string,
  kid: string,
  payload: JsonObject,
  now: number,
): Promise<Result<Principal, Refusal>> {
  const found = await outside.keys.findKey(kid, now)
  if (!found.ok) {
    // J5: no key set is no permission and no refusal either; the client may try again.
    return found.failure === 'unavailable'
      ? fail({ reason: 'unavailable', cause: 'issuer_keys' })
      : invalid('kid_unknown')
  }
  // T4: an algorithm must be allowed by the operator and fit the key; the header only picks among those.
  const claims = await verifyJwt(token, payload, found.value.key, {
    issuer: outside.issuer,
    audience: outside.audience,
    typ: outside.typ,
    algorithms: outside.algorithms.filter((name) => found.value.algorithms.includes(name)),
    maxLifetimeSeconds: outside.maxTokenAgeSeconds,
    skewSeconds: settings.skewSeconds,
    now,
  })
  if (!claims.ok) return invalid(claims.failure)
  const { sub, iat, exp, jti } = claims.value
  // A claim that is absent must not become the text "undefined" and then somebody's external id.
  const named = payload[outside.userClaim]
  if (typeof named !== 'string' || named.length < 1 || named.length > 256) {
    return invalid('user_claim_invalid')
  }
  return succeed({
    issuer: outside.issuer,
    subject: sub,
    organizationId: outside.organizationId,
    reference: isUserId(named)
      ? { by: 'id', userId: named }
      : { by: 'external_id', externalId: named },
    tokenKind: 'user',
    freshness: { by: 'issued_at', iatSeconds: iat, skewSeconds: settings.skewSeconds },
    tokenId: jti,
    revocationKey: null,
    expSeconds: exp,
    isOwn: false,
  })
}
