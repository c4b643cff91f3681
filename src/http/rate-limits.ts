/**
 * How many requests one sender has in a period: by organization and subject once the sender is known, by network before
 * that. The platform counts; it tells yes or no and nothing else (RULES section 5, rate limit).
 */
import { identityOf, type Principal } from '../core/principal.ts'
import type { LimitName, LimitRefusal, Reason } from '../core/refusal.ts'
import { networkOf } from './network.ts'

/** Seconds after which the platform counts anew; wrangler.toml says the same for each limit. */
const PERIOD_SECONDS = 60

/** One counter of the platform, and how far it lets count. */
export interface Limit {
  readonly counter: { readonly limit: (options: { key: string }) => Promise<{ success: boolean }> }
  /** Requests a period. */
  readonly quota: number
}

/** Counts requests; each answers the refusal of one too many, or null. */
export interface RateLimits {
  /** Value of `RateLimit-Policy`; null where nothing is counted. */
  readonly policy: string | null
  readonly countSender: (principal: Principal) => Promise<LimitRefusal | null>
  readonly countNetwork: (
    name: 'signing' | 'failures',
    headers: Headers,
  ) => Promise<LimitRefusal | null>
}

/** Counts nothing: for load tests, and for whoever counts elsewhere. */
export const NO_LIMITS: RateLimits = {
  policy: null,
  countSender: () => Promise.resolve(null),
  countNetwork: () => Promise.resolve(null),
}

/** Reasons that say of an authentication that it failed, whichever credential it was tried with. */
const FAILED_AUTHENTICATIONS: ReadonlySet<Reason> = new Set([
  'token_missing',
  'token_invalid',
  'caller_unknown',
  'caller_inactive',
  'login_refused',
  'registration_refused',
  'challenge_invalid',
])

/** Tells whether a refusal counts as a failed authentication. */
export const isFailedAuthentication = (reason: Reason): boolean =>
  FAILED_AUTHENTICATIONS.has(reason)

/**
 * Makes the counting.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-10 section 3 (RateLimit-Policy)
 */
export function createRateLimits(limits: Readonly<Record<LimitName, Limit>>): RateLimits {
  const count = async (limit: LimitName, key: string): Promise<LimitRefusal | null> => {
    const { counter, quota } = limits[limit]
    const refusal = { reason: 'rate_limited', limit, quota, periodSeconds: PERIOD_SECONDS } as const
    try {
      return (await counter.limit({ key })).success ? null : refusal
    } catch {
      // A counter guards against too much, not against the wrong one: without it the service serves.
      return null
    }
  }
  return {
    policy: Object.entries(limits)
      .map(([name, { quota }]) => `"${name}";q=${quota};w=${PERIOD_SECONDS}`)
      .join(', '),
    countSender: (principal) =>
      count('requests', `${principal.organizationId}\n${identityOf(principal)}`),
    countNetwork: (name, headers) => count(name, networkOf(headers)),
  }
}
