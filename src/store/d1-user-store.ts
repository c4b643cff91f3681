/**
 * Users on D1: a snapshot is one round trip, a change is another. Reads go to the primary, because they decide.
 */
import { and, eq, inArray } from 'drizzle-orm'
import type { Caller } from '../core/access.ts'
import type { ClaimMark, KeptAnswer } from '../core/idempotency.ts'
import type {
  Commit,
  CommitOutcome,
  NumberedPage,
  RolePageQuery,
  Snapshot,
  SnapshotQuery,
  UserStore,
} from '../core/ports.ts'
import type { Role } from '../core/user.ts'
import {
  auditStatement,
  changeStatements,
  consumeStatement,
  passkeyStatement,
  selectCommitted,
} from './change-statements.ts'
import { claimStatement, selectAnswer, selectClaim } from './claim-statements.ts'
import { selectConflicts, selectKeyConflict, toConflicts } from './conflicts.ts'
import { selectOwnCredentials, toCredential } from './credential-view.ts'
import { runBatch, type Database } from './database.ts'
import { assertServable, type StoreOptions } from './demo-data.ts'
import { guardStatement } from './guard-statement.ts'
import { selectNamedRoles, selectRolePage } from './role-view.ts'
import { credentials, usedTokens, users } from './schema.ts'
import { isOverload, readConflict } from './store-failure.ts'
import { readNumberedPage, readPage } from './user-pages.ts'
import { isNamedBy, selectCaller, selectUsers, toAsker, toUser } from './user-view.ts'

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
    readAnswer: (scopeHash, mark) => readAnswer(database, scopeHash, mark),
  }
}

/**
 * Reads what a decision is made of: statements that nobody asked for are left out, the rest is one batch and so one
 * consistent state.
 */
async function readSnapshot(database: Database, query: SnapshotQuery): Promise<Snapshot> {
  const { principal, proof, claim, targetId, names, roleNames = [], doubtfulIds = [] } = query
  const { organizationId } = principal
  const usedHashes = [proof?.usedHash, query.challengeHash].flatMap((hash) => hash ?? [])
  const answers = await runBatch(database, {
    caller: selectCaller(database, principal),
    used:
      usedHashes.length > 0
        ? database
            .select({ hash: usedTokens.hash })
            .from(usedTokens)
            .where(inArray(usedTokens.hash, usedHashes))
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
      targetId == null
        ? undefined
        : selectUsers(
            database,
            and(eq(users.id, targetId), eq(users.organizationId, organizationId)),
          ),
    key: query.key ? selectKeyConflict(database, organizationId, query.key) : undefined,
    credentials: query.wantsCredentials
      ? selectOwnCredentials(database, isNamedBy(principal))
      : undefined,
    conflicts: names ? selectConflicts(database, organizationId, names) : undefined,
    roles: roleNames.length > 0 ? selectNamedRoles(database, organizationId, roleNames) : undefined,
    claim: claim ? selectClaim(database, claim) : undefined,
    committed:
      doubtfulIds.length > 0
        ? selectCommitted(database, doubtfulIds, proof?.usedHash, claim?.scopeHash)
        : undefined,
  })
  const credential = answers.credential?.[0]
  const target = answers.target?.[0]
  const isUsed = (hash: string | null | undefined) =>
    answers.used?.some((one) => one.hash === hash) ?? false
  return {
    ...toAsker(answers.caller[0]),
    isProofUsed: isUsed(proof?.usedHash),
    isChallengeUsed: isUsed(query.challengeHash),
    credential: credential ? toCredential(credential) : null,
    target: target ? toUser(target) : null,
    conflicts: toConflicts(answers.conflicts?.[0]),
    isKeyTaken: (answers.key?.length ?? 0) > 0,
    credentials: answers.credentials?.map((one) => toCredential(one.credential)) ?? [],
    roles: answers.roles ?? [],
    claim: answers.claim?.[0] ?? null,
    committedIds: answers.committed?.map(({ id }) => id) ?? [],
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

/** Reads a kept answer; whoever asks has seen its mark in a snapshot. */
async function readAnswer(
  database: Database,
  scopeHash: string,
  mark: ClaimMark,
): Promise<KeptAnswer | null> {
  const { answer } = await runBatch(database, { answer: selectAnswer(database, scopeHash, mark) })
  return answer[0] ?? null
}

/**
 * Writes a change with its claim and what it spends, all or nothing (rules I6, U3), or finds out why it may not be
 * written (invariant 2). What fails otherwise, and what answers anything but what was written, leaves it open whether
 * the batch was run (rule I7).
 *
 * @throws what D1 throws where it says that it is overloaded: it has not begun, and must not be asked again (I15).
 */
async function commitBatch(database: Database, commit: Commit): Promise<CommitOutcome> {
  const { claim, consumption, challenge, change, event, passkey } = commit
  const statements = {
    // First, for whoever lost the race for a key has nothing else to learn.
    claim: claim ? claimStatement(database, claim, commit.id) : undefined,
    consume: consumption ? consumeStatement(database, consumption, commit.id) : undefined,
    challenge: challenge ? consumeStatement(database, challenge, commit.id) : undefined,
    guard: guardStatement(database, commit.guards),
    ...(change ? changeStatements(database, change) : {}),
    passkey: passkey ? passkeyStatement(database, passkey) : undefined,
    audit: event ? auditStatement(database, event) : undefined,
  }
  try {
    const answers = await runBatch(database, statements)
    const written = [
      { expected: claim && commit.id, row: answers.claim },
      { expected: consumption && commit.id, row: answers.consume },
      { expected: challenge && commit.id, row: answers.challenge },
      { expected: event?.id, row: answers.audit },
    ]
    const isWritten = written.every(
      ({ expected, row }) => !expected || row?.[0]?.written === expected,
    )
    return isWritten && answers.guard ? 'committed' : 'unclear'
  } catch (error) {
    if (isOverload(error)) throw error
    return readConflict(error) ?? 'unclear'
  }
}
