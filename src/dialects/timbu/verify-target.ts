/**
 * What Timbu asks of a target besides to exist: the address must be one of its own, and the change must be one.
 */
import type { StateRefusal } from '../../core/refusal.ts'
import { fail, succeed, type Result } from '../../core/result.ts'
import { identifiersOf, stateOf, type User, type UserState } from '../../core/user.ts'

/**
 * Checks the target of a change of state. The address comes first: who does not know it learns nothing of the user.
 * Refuses with `user_not_found` or `state_unchanged`.
 *
 * @param email - in the one spelling that addresses are stored in.
 * @param wanted - the state that the change would lead to.
 */
export function verifyTarget(
  target: User,
  email: string,
  wanted: UserState,
): Result<User, StateRefusal> {
  if (!identifiersOf(target, 'email').includes(email)) {
    const { id: userId, organizationId } = target
    return fail({ reason: 'user_not_found', userId, organizationId })
  }
  const state = stateOf(target)
  return state === wanted ? fail({ reason: 'state_unchanged', state }) : succeed(target)
}
