/**
 * Reads one page of users for a caller that may. No I/O of its own.
 */
import { authorize, verifyCallerAlive, type AccessRule } from './access.ts'
import type { Page, PageQuery, UserStore } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { succeed, type Result } from './result.ts'

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
  const alive = verifyCallerAlive(query.principal, page.caller, page.isBearerRevoked)
  if (!alive.ok) return alive
  const allowed = authorize(query.principal, alive.value, rule)
  return allowed.ok ? succeed({ users: page.users, next: page.next }) : allowed
}
