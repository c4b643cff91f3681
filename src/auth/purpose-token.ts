/**
 * The service's tokens that are good for one purpose and one use: challenges and user actions. One ring signs them
 * all; `typ` and `aud` keep them apart (rule T5). No store.
 */
import { SignJWT } from 'jose'
import { fail, type Result } from '../core/result.ts'
import type { JsonObject } from '../core/strict-json.ts'
import { parseCompactJws } from './compact-jws.ts'
import { sha256Hex } from './digest.ts'
import { OWN_ALGORITHM } from './key-ring.ts'
import type { KeyRing } from './own-key.ts'
import { newSecret } from './random.ts'
import { verifyJwt } from './verify-jwt.ts'

/** What a single-use token is for. */
export type Purpose = 'login-challenge' | 'action-challenge' | 'user-action' | 'registration'

/** Longest single-use token, in bytes: a header of this size fits every server on the way (rule U6). */
export const MAX_PURPOSE_TOKEN_BYTES = 4_096

/** Longest lifetime of a single-use token that configuration can ask for, in seconds (rule U2; FACTS, decided list). */
export const MAX_PURPOSE_SECONDS = 600

/** Who issues and reads single-use tokens. */
export interface PurposeTokenSettings {
  readonly keyRing: KeyRing
  readonly issuer: string
  readonly audience: string
}

/** A single-use token whose signature, purpose and times are good; whether it was used only the store knows. */
export interface PurposeToken {
  readonly claims: JsonObject
  readonly subject: string
  /** Key of its row in `used_tokens`: hex SHA-256 of purpose and `jti`; a signature may have a twin (rule S2). */
  readonly usedHash: string
  /** Unix milliseconds. */
  readonly expiresAt: number
  /** Unix milliseconds, the end of the second it was issued in. */
  readonly issuedBefore: number
}

/** The `typ` of a purpose's tokens. */
export const typeOf = (purpose: Purpose): string => `${purpose}+jwt`

/**
 * Signs a single-use token with 256 bits of `jti`.
 *
 * @param options.now - Unix time in milliseconds.
 * @param options.lifetimeSeconds - at most `MAX_PURPOSE_SECONDS`.
 */
export function issuePurposeToken(
  settings: PurposeTokenSettings,
  purpose: Purpose,
  claims: { readonly sub: string } & Readonly<Record<string, unknown>>,
  options: { readonly now: number; readonly lifetimeSeconds: number },
): Promise<string> {
  const iat = Math.floor(options.now / 1000)
  const { keyRing, issuer, audience } = settings
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: OWN_ALGORITHM, typ: typeOf(purpose), kid: keyRing.signer.kid })
    .setIssuer(issuer)
    .setAudience(`${audience}/${purpose}`)
    .setIssuedAt(iat)
    .setExpirationTime(iat + options.lifetimeSeconds)
    .setJti(newSecret())
    .sign(keyRing.signer.privateKey)
}

/**
 * Verifies a single-use token of one purpose; every other token of the ring is refused, access tokens too.
 *
 * @param now - Unix time in milliseconds. No skew is granted: both ends of the token's life are our own clock's.
 * @returns the token, or a name of what is wrong, for the log.
 */
export async function verifyPurposeToken(
  settings: PurposeTokenSettings,
  purpose: Purpose,
  token: string,
  now: number,
): Promise<Result<PurposeToken, string>> {
  const parsed = parseCompactJws(token, { maxBytes: MAX_PURPOSE_TOKEN_BYTES })
  if (!parsed.ok) return parsed
  const { header, payload } = parsed.value
  const key = settings.keyRing.find(header.kid)
  if (!key) return fail('kid_unknown')
  const claims = await verifyJwt(token, payload, key.publicKey, {
    issuer: settings.issuer,
    audience: `${settings.audience}/${purpose}`,
    typ: typeOf(purpose),
    algorithms: [OWN_ALGORITHM],
    maxLifetimeSeconds: MAX_PURPOSE_SECONDS,
    skewSeconds: 0,
    now,
  })
  if (!claims.ok) return claims
  const { sub, iat, exp, jti } = claims.value
  if (jti === null) return fail('jti_missing')
  return {
    ok: true,
    value: {
      claims: payload,
      subject: sub,
      usedHash: await sha256Hex(`${purpose}\n${jti}`),
      expiresAt: exp * 1000,
      issuedBefore: (iat + 1) * 1000,
    },
  }
}
