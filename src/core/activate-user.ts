/**
 * Activates a user: the verb that the service is named after. Pure.
 */
import { changeUser, keepUser, type Change } from './change.ts'
import type { StateRefusal } from './refusal.ts'
import { succeed, type Result } from './result.ts'
import type { User } from './user.ts'

/**
 * Decides an activation. An active user stays as it is (FACTS, decided list); its tokens from before a deactivation
 * stay dead, for the epoch does not fall (invariant 5).
 *
 * @param now - Unix time in milliseconds.
 */
export function decideActivateUser(target: User, now: number): Result<Change, StateRefusal> {
  if (target.suspendedAt === null) return succeed(keepUser('activate', target))
  return succeed(changeUser('activate', target, { suspendedAt: null }, now))
}
