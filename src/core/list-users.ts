/**
 * Reads one page of users for a caller that may, by cursor or by number. No I/O of its own.
 */
import { authorizeCaller, type AccessRule } from './access.ts'
import type { NumberedPage, NumberedPageQuery, Page, PageQuery, UserStore } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { User } from './user.ts'

/**
 * Reads a page of the caller's organization. The rows are read beside the caller, in the same round trip, and thrown
 * away if the caller may not see them.
 */
export async function listUsers(
  store: UserStore,
  rule: AccessRule,
  query: PageQuery,
): Promise<Result<Pick<Page, 'users' | 'next'>, Refusal>> {
  const page = await store.readPage(query)
  const allowed = authorizeCaller(query.principal, rule, page)
  return allowed.ok ? succeed({ users: page.users, next: page.next }) : allowed
}

/**
 * Reads a page by its number, with the number of all users.
 * Refuses with `organization_not_found` where the organization asked for is not the caller's own; a foreign one
 * answers like an unknown one.
 *
 * @param organizationId - where the request names one; else the caller's.
 */
export async function listUsersByNumber(
  store: UserStore,
  rule: AccessRule,
  query: NumberedPageQuery,
  organizationId = query.principal.organizationId,
): Promise<Result<Pick<NumberedPage<User>, 'items' | 'total'>, Refusal>> {
  const page = await store.readNumberedPage(query)
  const allowed = authorizeCaller(query.principal, rule, page)
  if (!allowed.ok) return allowed
  if (organizationId !== query.principal.organizationId) {
    return fail({ reason: 'organization_not_found', organizationId })
  }
  return succeed({ items: page.items, total: page.total })
}
