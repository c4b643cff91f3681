/**
 * Asks whether the names of a new user are taken, in one statement.
 */
import { eq, sql } from 'drizzle-orm'
import type { NameConflicts } from '../core/create-user.ts'
import type { WantedNames } from '../core/ports.ts'
import type { Database } from './database.ts'
import { organizations } from './schema.ts'

/** One row, each member null or 0 where the name is free. */
interface ConflictRow {
  readonly usernameTaken: number
  readonly identifierTaken: number
  readonly keyTaken: number
  readonly holderId: string | null
  readonly externalId: string | null
}

/** Selects who holds the names already; archived users hold none, but a public key is never free again (rule K4). */
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
      keyTaken: sql<number>`EXISTS (SELECT 1 FROM credentials
        WHERE public_key_hash = ${names.publicKeyHash})`.as('key_taken'),
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
  isPublicKeyTaken: row?.keyTaken === 1,
  externalIdHolder:
    row?.holderId && row.externalId ? { userId: row.holderId, externalId: row.externalId } : null,
})
