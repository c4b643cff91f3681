/**
 * Deactivates a user, at once and everywhere. Pure.
 */
import { changeUser, keepUser, type Change } from './change.ts'
import type { StateRefusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { User } from './user.ts'

/**
 * Decides a deactivation. Raises the epoch, so that everything issued to the user is dead at once (invariant 5).
 * Refuses with `self_change` when the target is the caller itself (invariant 6); that it was not the last holder of a
 * power is asked inside the batch, where no race can answer wrongly.
 *
 * @param now - Unix time in milliseconds.
 */
export function decideDeactivateUser(
  caller: User,
  target: User,
  now: number,
): Result<Change, StateRefusal> {
  if (target.id === caller.id) return fail({ reason: 'self_change' })
  if (target.suspendedAt !== null) return succeed(keepUser('deactivate', target))
  return succeed(
    changeUser('deactivate', target, { suspendedAt: now, ...endSessions(target, now) }, now),
  )
}

/**
 * The members that end everything issued to a user: epoch for our tokens, time for those of outside issuers, and the
 * code that would register a first credential.
 *
 * @param now - Unix time in milliseconds.
 */
export const endSessions = (
  user: User,
  now: number,
): Pick<
  User,
  'tokenEpoch' | 'tokensValidAfterAt' | 'registrationCodeHash' | 'registrationCodeExpiresAt'
> => ({
  tokenEpoch: user.tokenEpoch + 1,
  tokensValidAfterAt: Math.max(now, user.tokensValidAfterAt ?? 0),
  registrationCodeHash: null,
  registrationCodeExpiresAt: null,
})
