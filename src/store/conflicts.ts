/**
 * Asks whether the names of a new user are taken, in one statement.
 */
import { and, eq, or, sql } from 'drizzle-orm'
import type { NameConflicts } from '../core/create-user.ts'
import type { WantedKey, WantedNames } from '../core/ports.ts'
import type { Database } from './database.ts'
import { credentials, organizations } from './schema.ts'

/** One row, each member null or 0 where the name is free. */
interface ConflictRow {
  readonly usernameTaken: number
  readonly identifierTaken: number
  readonly holderId: string | null
  readonly externalId: string | null
}

/** Selects who holds the names already; archived users hold none. */
export const selectConflicts = (database: Database, organizationId: string, names: WantedNames) =>
  database
    .select({
      usernameTaken: sql<number>`EXISTS (SELECT 1 FROM users
        WHERE organization_id = ${organizationId} AND lower(username) = lower(${names.username})
        AND archived_at IS NULL)`.as('username_taken'),
      identifierTaken: sql<number>`EXISTS (SELECT 1
        FROM json_each(${JSON.stringify(names.identifiers)}) j JOIN user_identifiers i
        ON i.organization_id = ${organizationId} AND i.released_at IS NULL
        AND i.type = j.value ->> 'type' AND i.value = j.value ->> 'value')`.as('identifier_taken'),
      holderId: sql<string | null>`(SELECT id FROM users
        WHERE organization_id = ${organizationId} AND external_id = ${names.externalId}
        AND archived_at IS NULL)`.as('holder_id'),
      externalId: sql<string | null>`${names.externalId}`.as('sent_external_id'),
    })
    .from(organizations)
    .where(eq(organizations.id, organizationId))

/** Turns the row into conflicts; without one there are none. */
export const toConflicts = (row: ConflictRow | undefined): NameConflicts => ({
  isUsernameTaken: row?.usernameTaken === 1 || row?.identifierTaken === 1,
  externalIdHolder:
    row?.holderId && row.externalId ? { userId: row.holderId, externalId: row.externalId } : null,
})

/**
 * Selects the credential that stands in a new key's way: the same key, wherever it is and never free again, or the same
 * id in the organization (rule K4).
 */
export const selectKeyConflict = (database: Database, organizationId: string, key: WantedKey) =>
  database
    .select({ id: credentials.id })
    .from(credentials)
    .where(
      or(
        eq(credentials.publicKeyHash, key.publicKeyHash),
        and(
          eq(credentials.organizationId, organizationId),
          eq(credentials.credentialId, key.credentialId),
        ),
      ),
    )
    .limit(1)
