/**
 * Changes what an administrator may change of a user besides its state. Pure.
 */
import { changeUser, keepUser, type Change } from './change.ts'
import type { StateRefusal } from './refusal.ts'
import { succeed, type Result } from './result.ts'
import type { User } from './user.ts'

/** The members that an update may set. An explicit list, so that no body can reach another column. */
export type UserUpdate = Pick<User, 'isSsoRequired'>

/**
 * Decides an update; one that changes nothing leaves the user, and its version, as they are.
 *
 * @param now - Unix time in milliseconds.
 */
export function decideUpdateUser(
  target: User,
  update: UserUpdate,
  now: number,
): Result<Change, StateRefusal> {
  if (target.isSsoRequired === update.isSsoRequired) return succeed(keepUser('update', target))
  return succeed(changeUser('update', target, { isSsoRequired: update.isSsoRequired }, now))
}
