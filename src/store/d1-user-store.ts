/**
 * Users on D1: a snapshot is one round trip, a change is another. Reads go to the primary, because they decide.
 */
import { and, eq } from 'drizzle-orm'
import type { Caller } from '../core/access.ts'
import type {
  Commit,
  NumberedPage,
  RolePageQuery,
  Snapshot,
  SnapshotQuery,
  UserStore,
} from '../core/ports.ts'
import type { Role } from '../core/user.ts'
import { auditStatement, changeStatements, consumeStatement } from './change-statements.ts'
import { selectConflicts, toConflicts } from './conflicts.ts'
import { toCredential } from './credential-view.ts'
import { runBatch, type Database } from './database.ts'
import { assertServable, type StoreOptions } from './demo-data.ts'
import { guardStatement } from './guard-statement.ts'
import { selectNamedRoles, selectRolePage } from './role-view.ts'
import { credentials, usedTokens, users } from './schema.ts'
import { readConflict } from './store-failure.ts'
import { readNumberedPage, readPage } from './user-pages.ts'
import { selectCaller, selectUsers, toAsker, toUser } from './user-view.ts'

/**
 * Makes the store of users.
 *
 * @param options.allowsDemoData - false on a production origin: a caller of a demo organization makes every read
 *   throw, so that the answer is 503 (invariant 10).
 */
export function createD1UserStore(database: Database, options: StoreOptions): UserStore {
  /** Binds a reading to the database, and looks at whom it is for before it is used. */
  const serving =
    <Q, R extends { readonly caller: Caller | null }>(
      read: (database: Database, query: Q) => Promise<R>,
    ) =>
    async (query: Q): Promise<R> => {
      const found = await read(database, query)
      assertServable(found.caller?.organization, options)
      return found
    }
  return {
    readSnapshot: serving(readSnapshot),
    readPage: serving(readPage),
    readNumberedPage: serving(readNumberedPage),
    readRolePage: serving(readRolePage),
    commit: (commit) => commitBatch(database, commit),
  }
}

/**
 * Reads what a decision is made of: statements that nobody asked for are left out, the rest is one batch and so one
 * consistent state.
 */
async function readSnapshot(database: Database, query: SnapshotQuery): Promise<Snapshot> {
  const { principal, proof, targetId, names, roleNames } = query
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
    roles: roleNames.length > 0 ? selectNamedRoles(database, organizationId, roleNames) : undefined,
  })
  const credential = answers.credential?.[0]
  const target = answers.target?.[0]
  return {
    ...toAsker(answers.caller[0]),
    isProofUsed: (answers.used?.length ?? 0) > 0,
    credential: credential ? toCredential(credential) : null,
    target: target ? toUser(target) : null,
    conflicts: toConflicts(answers.conflicts?.[0]),
    roles: answers.roles ?? [],
  }
}

/** Reads a page of roles. */
async function readRolePage(database: Database, query: RolePageQuery): Promise<NumberedPage<Role>> {
  const answers = await runBatch(database, {
    caller: selectCaller(database, query.principal),
    ...selectRolePage(database, query),
  })
  return {
    ...toAsker(answers.caller[0]),
    items: answers.items,
    total: answers.total[0]?.total ?? 0,
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
