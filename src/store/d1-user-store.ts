/**
 * Users on D1: a snapshot is one round trip, a change is another. Reads go to the primary, because they decide.
 */
import { and, eq, sql } from 'drizzle-orm'
import type { Commit, PageQuery, Snapshot, SnapshotQuery, UserStore } from '../core/ports.ts'
import { auditStatement, changeStatements, consumeStatement } from './change-statements.ts'
import { selectConflicts, toConflicts } from './conflicts.ts'
import { toCredential } from './credential-view.ts'
import { runBatch, type Database } from './database.ts'
import { assertServable, type StoreOptions } from './demo-data.ts'
import { guardStatement } from './guard-statement.ts'
import { credentials, usedTokens, users } from './schema.ts'
import { readConflict } from './store-failure.ts'
import { selectCaller, selectUsers, toCaller, toUser } from './user-view.ts'

/**
 * Makes the store of users.
 *
 * @param options.allowsDemoData - false on a production origin: a caller of a demo organization makes every read
 *   throw, so that the answer is 503 (invariant 10).
 */
export const createD1UserStore = (database: Database, options: StoreOptions): UserStore => ({
  readSnapshot: async (query) => {
    const snapshot = await readSnapshot(database, query)
    assertServable(snapshot.caller?.organization, options)
    return snapshot
  },
  readPage: async (query) => {
    const page = await readPage(database, query)
    assertServable(page.caller?.organization, options)
    return page
  },
  commit: (commit) => commitBatch(database, commit),
})

/**
 * Reads what a decision is made of: statements that nobody asked for are left out, the rest is one batch and so one
 * consistent state.
 */
async function readSnapshot(database: Database, query: SnapshotQuery): Promise<Snapshot> {
  const { principal, proof, targetId, names } = query
  const { organizationId } = principal
  const answers = await runBatch(database, {
    caller: selectCaller(database, principal),
    used: proof
      ? database
          .select({ hash: usedTokens.hash })
          .from(usedTokens)
          .where(eq(usedTokens.hash, proof.usedHash))
      : undefined,
    credential: proof
      ? database
          .select()
          .from(credentials)
          .where(
            and(
              eq(credentials.organizationId, organizationId),
              eq(credentials.credentialId, proof.credentialId),
            ),
          )
      : undefined,
    target:
      targetId === null
        ? undefined
        : selectUsers(
            database,
            and(eq(users.id, targetId), eq(users.organizationId, organizationId)),
          ),
    conflicts: names ? selectConflicts(database, organizationId, names) : undefined,
  })
  const [caller] = answers.caller
  const credential = answers.credential?.[0]
  const target = answers.target?.[0]
  return {
    caller: toCaller(caller),
    isBearerRevoked: caller?.isBearerRevoked === 1,
    isProofUsed: (answers.used?.length ?? 0) > 0,
    credential: credential ? toCredential(credential) : null,
    target: target ? toUser(target) : null,
    conflicts: toConflicts(answers.conflicts?.[0]),
  }
}

/** Reads a page by keyset: its cost does not depend on where it is (indexes `users_page`, `users_page_by_kind`). */
async function readPage(database: Database, query: PageQuery) {
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
  const [caller] = answers.caller
  const found = answers.page.slice(0, limit).map(toUser)
  const last = found.at(-1)
  return {
    caller: toCaller(caller),
    isBearerRevoked: caller?.isBearerRevoked === 1,
    users: found,
    next: last && answers.page.length > limit ? { createdAt: last.createdAt, id: last.id } : null,
  }
}

/** Writes a change, or finds out why it may not be written. What fails otherwise is thrown on (invariant 2). */
async function commitBatch(database: Database, commit: Commit) {
  const { consumption, change, event } = commit
  try {
    await runBatch(database, {
      // The place of the idempotency claim is first: whoever lost the race for it has nothing else to learn.
      consume: consumption ? consumeStatement(database, consumption) : undefined,
      guard: guardStatement(database, commit.guards),
      ...(change ? changeStatements(database, change) : {}),
      audit: event ? auditStatement(database, event) : undefined,
    })
    return 'committed' as const
  } catch (error) {
    const conflict = readConflict(error)
    if (conflict) return conflict
    throw error
  }
}
