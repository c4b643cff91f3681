/**
 * Grants roles: nobody gives away what it does not hold itself (DESIGN section 2). Pure: ids come from outside.
 */
import { withRisingIds } from './id.ts'
import type { CallerRefusal, StateRefusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { Assignment, Role, User } from './user.ts'

/** What a grant is decided from. */
export interface GrantRequest {
  /** Roles by name, in the order of the request. */
  readonly names: readonly string[]
  /** The roles of the organization that have these names. */
  readonly roles: readonly Role[]
  /** Whether a user holds an operation, by the rules of the dialect that asks. */
  readonly holds: (user: User, operation: string) => boolean
  readonly newAssignmentId: () => string
}

/**
 * Decides a grant: all the roles or none.
 * Refuses with `role_not_found`, or with `permission_missing` that names the first operation which the caller would
 * give away without holding it.
 */
export function decideGrants(
  caller: User,
  request: GrantRequest,
): Result<readonly Assignment[], CallerRefusal | StateRefusal> {
  const granted: { readonly role: Role }[] = []
  for (const [index, name] of request.names.entries()) {
    const role = request.roles.find((one) => one.name === name)
    if (!role) return fail({ reason: 'role_not_found', index })
    const lacking = role.operations.find((operation) => !request.holds(caller, operation))
    if (lacking !== undefined) {
      const evidence = { kind: caller.kind, userId: caller.id, operation: lacking }
      return fail({ reason: 'permission_missing', ...evidence })
    }
    granted.push({ role })
  }
  return succeed(withRisingIds(granted, request.newAssignmentId))
}
