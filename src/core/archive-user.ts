/**
 * Archives a user: the end of its life, which frees its username, email and external id. Pure.
 */
import { changeUser, type Change } from './change.ts'
import { endSessions } from './deactivate-user.ts'
import type { StateRefusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { User } from './user.ts'

/**
 * Decides an archiving. The user is inactive from then on too, so that every dialect shows it so in the last answer.
 * Refuses with `self_change` when the target is the caller itself (invariant 6).
 *
 * @param now - Unix time in milliseconds.
 */
export function decideArchiveUser(
  caller: User,
  target: User,
  now: number,
): Result<Change, StateRefusal> {
  if (target.id === caller.id) return fail({ reason: 'self_change' })
  const end = { archivedAt: now, suspendedAt: target.suspendedAt ?? now }
  return succeed(changeUser('archive', target, { ...end, ...endSessions(target, now) }, now))
}
