/**
 * Reads one page of roles for a caller that may. No I/O of its own.
 */
import { authorizeCaller, type AccessRule } from './access.ts'
import type { NumberedPage, RolePageQuery, UserStore } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { succeed, type Result } from './result.ts'
import type { Role } from './user.ts'

/** Reads a page of the roles of the caller's organization, in the order of their names. */
export async function listRoles(
  store: UserStore,
  rule: AccessRule,
  query: RolePageQuery,
): Promise<Result<Pick<NumberedPage<Role>, 'items' | 'total'>, Refusal>> {
  const page = await store.readRolePage(query)
  const allowed = authorizeCaller(query.principal, rule, page)
  return allowed.ok ? succeed({ items: page.items, total: page.total }) : allowed
}
