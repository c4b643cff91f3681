/**
 * Reads one user for a caller that may. No I/O of its own.
 */
import { authorizeCaller, type AccessRule } from './access.ts'
import type { UserStore } from './ports.ts'
import type { Principal } from './principal.ts'
import type { Refusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { User } from './user.ts'

/**
 * Reads a user of the caller's organization.
 * Refuses with `user_not_found` for unknown, archived and foreign ids alike.
 */
export async function getUser(
  store: UserStore,
  request: { readonly principal: Principal; readonly rule: AccessRule; readonly userId: string },
): Promise<Result<User, Refusal>> {
  const { principal, rule, userId } = request
  const snapshot = await store.readSnapshot({ principal, targetId: userId })
  const allowed = authorizeCaller(principal, rule, snapshot)
  if (!allowed.ok) return allowed
  if (snapshot.target) return succeed(snapshot.target)
  return fail({ reason: 'user_not_found', userId, organizationId: principal.organizationId })
}
