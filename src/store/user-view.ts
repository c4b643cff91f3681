/**
 * Reads a user with everything that the dialects show of it in one statement, so that a snapshot stays one round
 * trip whatever the user holds.
 */
import { and, eq, isNull, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../core/access.ts'
import type { Principal } from '../core/principal.ts'
import type { Assignment, Identifier, Organization, User } from '../core/user.ts'
import type { Database } from './database.ts'
import { organizations, users } from './schema.ts'

// Written out, for a nested select of the query builder would lose the names of the outer table's columns.
const IDENTIFIERS = sql<string>`(SELECT json_group_array(json_object(
  'id', i.id, 'type', i.type, 'value', i.value, 'verifiedAt', i.verified_at, 'createdAt', i.created_at))
  FROM (SELECT * FROM user_identifiers WHERE user_id = users.id AND released_at IS NULL
    ORDER BY created_at, id) i)`

const ASSIGNMENTS = sql<string>`(SELECT json_group_array(json_object('id', a.id, 'role', json_object(
  'id', r.id, 'organizationId', r.organization_id, 'name', r.name, 'description', r.description,
  'operations', json(r.operations), 'version', r.version,
  'createdAt', r.created_at, 'updatedAt', r.updated_at)))
  FROM (SELECT * FROM role_assignments WHERE user_id = users.id ORDER BY created_at, id) a
  JOIN roles r ON r.id = a.role_id)`

const PRIMARY_CREDENTIAL_ID = sql<string | null>`(SELECT c.id FROM credentials c
  WHERE c.user_id = users.id AND c.deactivated_at IS NULL AND c.access_token_id IS NULL
  ORDER BY c.created_at, c.id LIMIT 1)`

// One value, for a batch's rows are objects by column name: a second `id` or `created_at` would swallow the first
// and shift all that follow (drizzle-orm's D1 batch maps rows by position).
const ORGANIZATION = sql<string>`json_object('id', organizations.id,
  'tenantId', organizations.tenant_id, 'name', organizations.name,
  'dialects', json(organizations.dialects),
  'requireUserAction', json(iif(organizations.require_user_action, 'true', 'false')),
  'isDemo', json(iif(organizations.is_demo, 'true', 'false')))`

const USER_COLUMNS = {
  user: users,
  tenantId: organizations.tenantId,
  identifiers: IDENTIFIERS.as('identifiers'),
  assignments: ASSIGNMENTS.as('assignments'),
  primaryCredentialId: PRIMARY_CREDENTIAL_ID.as('primary_credential_id'),
}

/** One row of the view, as the driver gives it. */
export interface UserRow {
  readonly user: typeof users.$inferSelect
  readonly tenantId: string
  readonly identifiers: string
  readonly assignments: string
  readonly primaryCredentialId: string | null
}

/** Selects users that are not archived. */
export const selectUsers = (database: Database, condition: SQL | undefined) =>
  database
    .select(USER_COLUMNS)
    .from(users)
    .innerJoin(organizations, eq(organizations.id, users.organizationId))
    .where(and(condition, isNull(users.archivedAt)))

/** The condition by which a token names its user: within its organization, by our id or the organization's own. */
export const isNamedBy = ({
  organizationId,
  reference,
}: Pick<Principal, 'organizationId' | 'reference'>): SQL | undefined =>
  and(
    eq(users.organizationId, organizationId),
    isNull(users.archivedAt),
    reference.by === 'id'
      ? eq(users.id, reference.userId)
      : eq(users.externalId, reference.externalId),
  )

/** Selects the user that a token names, its organization, and whether the token was logged out. */
export const selectCaller = (
  database: Database,
  principal: Pick<Principal, 'organizationId' | 'reference' | 'revocationKey'>,
) =>
  database
    .select({
      ...USER_COLUMNS,
      organization: ORGANIZATION.as('organization'),
      isBearerRevoked:
        sql<number>`EXISTS (SELECT 1 FROM revoked_tokens WHERE hash = ${principal.revocationKey})`.as(
          'is_bearer_revoked',
        ),
    })
    .from(users)
    .innerJoin(organizations, eq(organizations.id, users.organizationId))
    .where(isNamedBy(principal))

/** Turns a row of the view into a user. */
export function toUser(row: UserRow): User {
  return {
    ...row.user,
    tenantId: row.tenantId,
    identifiers: JSON.parse(row.identifiers) as Identifier[],
    assignments: JSON.parse(row.assignments) as Assignment[],
    primaryCredentialId: row.primaryCredentialId,
  }
}

/** A row of the caller's statement. */
interface CallerRow extends UserRow {
  readonly organization: string
}

const toCaller = (row: CallerRow | undefined): Caller | null =>
  row ? { user: toUser(row), organization: JSON.parse(row.organization) as Organization } : null

/** Tells who asked, of a row of the caller's statement: what every reading answers beside what was asked for. */
export const toAsker = (
  row: (CallerRow & { readonly isBearerRevoked: number }) | undefined,
): { readonly caller: Caller | null; readonly isBearerRevoked: boolean } => ({
  caller: toCaller(row),
  isBearerRevoked: row?.isBearerRevoked === 1,
})
