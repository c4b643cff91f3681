/**
 * Reads pages of users: by keyset, whose cost does not depend on the place, or by number, for contracts that count.
 */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { NumberedPage, NumberedPageQuery, Page, PageQuery } from '../core/ports.ts'
import type { User } from '../core/user.ts'
import { runBatch, type Database } from './database.ts'
import { organizations, users } from './schema.ts'
import { selectCaller, selectUsers, toAsker, toUser } from './user-view.ts'

/** Reads a page by keyset, over the indexes `users_page` and `users_page_by_kind`. */
export async function readPage(database: Database, query: PageQuery): Promise<Page> {
  const { principal, kind, limit, after } = query
  const condition = and(
    eq(users.organizationId, principal.organizationId),
    kind ? eq(users.kind, kind) : undefined,
    after ? sql`(${users.createdAt}, ${users.id}) > (${after.createdAt}, ${after.id})` : undefined,
  )
  const answers = await runBatch(database, {
    caller: selectCaller(database, principal),
    // One more than the page holds, to know whether another follows.
    page: selectUsers(database, condition)
      .orderBy(users.createdAt, users.id)
      .limit(limit + 1),
  })
  const found = answers.page.slice(0, limit).map(toUser)
  const last = found.at(-1)
  return {
    ...toAsker(answers.caller[0]),
    users: found,
    next: last && answers.page.length > limit ? { createdAt: last.createdAt, id: last.id } : null,
  }
}

/**
 * Reads a page by number. What lies before it is skipped within the index `users_page`, without a look at a single
 * row; the total is the organization's own count.
 */
export async function readNumberedPage(
  database: Database,
  query: NumberedPageQuery,
): Promise<NumberedPage<User>> {
  const { principal, limit, offset, isNewestFirst } = query
  const { organizationId } = principal
  const order = isNewestFirst
    ? [desc(users.createdAt), desc(users.id)]
    : [users.createdAt, users.id]
  const direction = isNewestFirst ? sql`DESC` : sql`ASC`
  const place = sql`${users.id} IN (SELECT p.id FROM users p
    WHERE p.organization_id = ${organizationId} AND p.archived_at IS NULL
    ORDER BY p.created_at ${direction}, p.id ${direction} LIMIT ${limit} OFFSET ${offset})`
  const answers = await runBatch(database, {
    caller: selectCaller(database, principal),
    page: selectUsers(database, place).orderBy(...order),
    total: database
      .select({ total: organizations.userCount })
      .from(organizations)
      .where(eq(organizations.id, organizationId)),
  })
  return {
    ...toAsker(answers.caller[0]),
    items: answers.page.map(toUser),
    total: answers.total[0]?.total ?? 0,
  }
}
