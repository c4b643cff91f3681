/**
 * The statements that write a change. Which users may be changed was decided before; the guard of the same batch
 * has made sure that nothing moved since.
 */
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/sqlite-core'
import type { AuditEvent, Change, NewCredential } from '../core/change.ts'
import type { Consumption, PasskeyNote } from '../core/ports.ts'
import type { User } from '../core/user.ts'
import type { Database, Statements } from './database.ts'
import {
  auditEvents,
  credentials,
  idempotencyRecords,
  organizations,
  roleAssignments,
  usedTokens,
  userIdentifiers,
  users,
} from './schema.ts'

/** Marks a token as used; a second use fails on the primary key and takes the batch with it (rule U3). */
export const consumeStatement = (database: Database, consumption: Consumption, commitId: string) =>
  database
    .insert(usedTokens)
    .values({
      hash: consumption.usedHash,
      purpose: consumption.purpose,
      expiresAt: consumption.expiresAt,
      usedBy: commitId,
    })
    .returning({ written: usedTokens.usedBy })

/** Appends to the record. */
export const auditStatement = (database: Database, event: AuditEvent) =>
  database.insert(auditEvents).values(event).returning({ written: auditEvents.id })

/**
 * Selects which commits were written: each left an event, a used token, a claimed key, or nothing that could be lost
 * (rule I7).
 *
 * @param usedHash - the token that the commits spend, if they spend one.
 * @param scopeHash - the key that they claim, if they claim one.
 */
export const selectCommitted = (
  database: Database,
  commitIds: readonly string[],
  usedHash = '',
  scopeHash = '',
) =>
  unionAll(
    database
      .select({ id: auditEvents.id })
      .from(auditEvents)
      .where(inArray(auditEvents.id, [...commitIds])),
    database
      .select({ id: sql<string>`${usedTokens.usedBy}`.as('id') })
      .from(usedTokens)
      .where(and(eq(usedTokens.hash, usedHash), inArray(usedTokens.usedBy, [...commitIds]))),
    database
      .select({ id: sql<string>`${idempotencyRecords.claimedBy}`.as('id') })
      .from(idempotencyRecords)
      .where(
        and(
          eq(idempotencyRecords.scopeHash, scopeHash),
          inArray(idempotencyRecords.claimedBy, [...commitIds]),
        ),
      ),
  )

/** Writes what a change does to the user, its identifiers, its credentials and its organization's count. */
export function changeStatements(database: Database, change: Change): Statements {
  if (change.before === null) return createStatements(database, change)
  const { after, credential, switched } = change
  const update = database.update(users).set(mutableColumnsOf(after)).where(eq(users.id, after.id))
  if (change.action !== 'archive') {
    return {
      update,
      credential: credential ? credentialStatement(database, after, credential) : undefined,
      switched: switched ? switchStatement(database, after, switched) : undefined,
    }
  }
  // An archived user keeps its identifiers for the record, but holds them no longer (DESIGN section 2, State).
  const release = database
    .update(userIdentifiers)
    .set({ releasedAt: after.archivedAt })
    .where(and(eq(userIdentifiers.userId, after.id), isNull(userIdentifiers.releasedAt)))
  return { update, release, count: countStatement(database, after, -1) }
}

/** A user, its identifiers, its roles and its key come into the store together or not at all. */
function createStatements(database: Database, { after, credential }: Change): Statements {
  const identifiers = after.identifiers.map((identifier) => ({
    ...identifier,
    userId: after.id,
    organizationId: after.organizationId,
  }))
  const assignments = after.assignments.map(({ id, role }) => ({
    id,
    roleId: role.id,
    userId: after.id,
    createdAt: after.createdAt,
  }))
  return {
    insert: database.insert(users).values(after),
    // SQL has no insertion of nothing.
    identifiers:
      identifiers.length > 0 ? database.insert(userIdentifiers).values(identifiers) : undefined,
    assignments:
      assignments.length > 0 ? database.insert(roleAssignments).values(assignments) : undefined,
    credential: credential ? credentialStatement(database, after, credential) : undefined,
    count: countStatement(database, after, 1),
  }
}

/** A key comes into the store; it fails as a whole batch where the key or its id is somebody's (rule K4). */
const credentialStatement = (database: Database, owner: User, credential: NewCredential) =>
  database.insert(credentials).values({ ...credential, organizationId: owner.organizationId })

/** Switches one of the owner's own keys on or off. */
const switchStatement = (
  database: Database,
  owner: User,
  { credentialId, ...times }: NonNullable<Change['switched']>,
) =>
  database
    .update(credentials)
    .set(times)
    .where(and(eq(credentials.id, credentialId), eq(credentials.userId, owner.id)))

/** Notes what a passkey said of itself when it signed; the guard of the same batch compared its count (rule W9). */
export const passkeyStatement = (database: Database, { credentialId, ...note }: PasskeyNote) =>
  database.update(credentials).set(note).where(eq(credentials.id, credentialId))

/** Every column that a change may set, spelled out: the rest is given at birth (RULES threat 6). */
const mutableColumnsOf = (user: User) => ({
  isSsoRequired: user.isSsoRequired,
  isRegistered: user.isRegistered,
  registrationCodeHash: user.registrationCodeHash,
  registrationCodeExpiresAt: user.registrationCodeExpiresAt,
  suspendedAt: user.suspendedAt,
  archivedAt: user.archivedAt,
  tokenEpoch: user.tokenEpoch,
  tokensValidAfterAt: user.tokensValidAfterAt,
  version: user.version,
  updatedAt: user.updatedAt,
})

/** Totals come from this count, never from counting rows, so a list costs the same at any size. */
const countStatement = (database: Database, user: User, by: number) =>
  database
    .update(organizations)
    .set({ userCount: sql`${organizations.userCount} + ${by}` })
    .where(eq(organizations.id, user.organizationId))
