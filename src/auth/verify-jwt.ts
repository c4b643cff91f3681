/**
 * The one way through jose: what a JWT must have besides a good signature, for every kind of token alike.
 * No I/O but WebCrypto; the clock is the caller's.
 */
import { jwtVerify } from 'jose'
import { fail, succeed, type Result } from '../core/result.ts'
import type { JsonObject } from '../core/strict-json.ts'

/** What is expected of a token, from configuration only. */
export interface JwtExpectation {
  /** Whose keys verify: compared with `iss` exactly (rule T8). */
  readonly issuer: string
  readonly audience: string
  /** Told apart from every other kind of token by it (rule T5). */
  readonly typ: string
  /** Ours to choose; the header only names one of them (rule T4). */
  readonly algorithms: readonly string[]
  /** Longest `exp - iat`, in seconds (rule T9). */
  readonly maxLifetimeSeconds: number
  /** Tolerance for clocks that differ, in seconds (rule T12). */
  readonly skewSeconds: number
  /** Unix time in milliseconds, one per request (rule T12). */
  readonly now: number
}

/** The registered claims of a token, of the types that RFC 7519 gives them. */
export interface VerifiedClaims {
  readonly sub: string
  /** Unix seconds. */
  readonly iat: number
  /** Unix seconds. */
  readonly exp: number
  readonly jti: string | null
}

/**
 * Verifies signature, type, issuer, audience and times of a token whose form was checked by `parseCompactJws`.
 *
 * @param payload - the payload that was parsed strictly; the signature covers the very bytes that it came from.
 * @returns the claims, or a name of what is wrong, for the log.
 * @see RFC 7519 section 4.1, RFC 8725 sections 3.1, 3.9 and 3.11
 */
export async function verifyJwt(
  token: string,
  payload: JsonObject,
  key: CryptoKey,
  expected: JwtExpectation,
): Promise<Result<VerifiedClaims, string>> {
  try {
    // S4: by jose, RSA-PSS has a salt as long as its digest, 32 bytes for PS256 (RFC 7518 section 3.5).
    await jwtVerify(token, key, {
      algorithms: [...expected.algorithms],
      issuer: expected.issuer,
      audience: expected.audience,
      typ: expected.typ,
      clockTolerance: expected.skewSeconds,
      currentDate: new Date(expected.now),
      requiredClaims: ['sub', 'iat', 'exp'],
    })
  } catch (error) {
    // T15: whatever jose or WebCrypto throws, TypeErrors too, is a refusal and never a fault of ours.
    return fail(codeOf(error))
  }
  return readClaims(payload, expected)
}

/** jose's stable code, such as ERR_JWT_EXPIRED; its messages may quote claims and stay out of the log. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'verification_failed'
}

/** What jose lets pass: times that are no times, lifetimes without end, several audiences, odd subjects (F5). */
function readClaims(payload: JsonObject, expected: JwtExpectation): Result<VerifiedClaims, string> {
  const { sub, iat, exp, nbf, jti, aud } = payload
  // T9: a time is a whole number of seconds that arithmetic can hold.
  if (!isTime(iat) || !isTime(exp) || !(nbf === undefined || isTime(nbf)))
    return fail('time_invalid')
  if (exp <= iat || exp - iat > expected.maxLifetimeSeconds) return fail('lifetime_invalid')
  if (iat > expected.now / 1000 + expected.skewSeconds) return fail('issued_in_the_future')
  // T10: a token for several services is a token for none.
  if (Array.isArray(aud) && aud.length !== 1) return fail('several_audiences')
  // T11: RFC 7519 says StringOrURI; jose takes numbers and the empty string. A line feed would blur identities.
  if (typeof sub !== 'string' || !/^[^\n]{1,256}$/.test(sub)) return fail('sub_invalid')
  if (jti !== undefined && (typeof jti !== 'string' || !/^[^\n]{1,128}$/.test(jti))) {
    return fail('jti_invalid')
  }
  return succeed({ sub, iat, exp, jti: jti ?? null })
}

const isTime = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0
