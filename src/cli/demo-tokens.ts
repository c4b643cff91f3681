/**
 * Access tokens for the demo's actors, signed with the local key. No store, no clock.
 */
import {
  issueAccessToken,
  MAX_LIFETIME_SECONDS,
  type AccessTokenSubject,
} from '../auth/access-token.ts'
import type { KeyRing } from '../auth/own-key.ts'
import { newSecret } from '../auth/random.ts'

/** `AUDIENCE` of wrangler.toml, which `npm run dev` leaves as it is (DESIGN section 8). */
export const DEMO_AUDIENCE = 'activate'

/** A token with its end. */
export interface DemoToken {
  readonly token: string
  /** ISO 8601, UTC. */
  readonly tokenExpiresAt: string
}

/**
 * Issues a token: for as long as its kind may live (rule T9), unless a shorter life is asked for.
 *
 * @param options.issuer - the local server's base URL.
 * @param options.now - Unix milliseconds.
 * @param options.tokenId - the `jti`; null for a fresh one.
 */
export async function issueDemoToken(
  keyRing: KeyRing,
  subject: AccessTokenSubject,
  options: {
    readonly issuer: string
    readonly now: number
    readonly tokenId: string | null
    readonly lifetimeSeconds?: number
  },
): Promise<DemoToken> {
  const { issuer, now } = options
  const lifetimeSeconds = options.lifetimeSeconds ?? MAX_LIFETIME_SECONDS[subject.tokenKind]
  const tokenId = options.tokenId ?? newSecret(16)
  const token = await issueAccessToken(keyRing, subject, {
    issuer,
    audience: DEMO_AUDIENCE,
    now,
    lifetimeSeconds,
    tokenId,
  })
  const expSeconds = Math.floor(now / 1000) + lifetimeSeconds
  return { token, tokenExpiresAt: new Date(expSeconds * 1000).toISOString() }
}
