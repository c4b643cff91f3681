/**
 * The tables. This file alone knows columns; everything else goes through it. No queries.
 * Times are Unix milliseconds in columns that end in `_at`; lists and objects are JSON text.
 */
import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { KeyAlgorithm, UserKind } from '../core/user.ts'

const flag = (name: string) => integer(name, { mode: 'boolean' })

/** Tenants. `user_count` is kept by the batches that create or archive. */
export const organizations = sqliteTable('organizations', {
  id: text('id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
  name: text('name').notNull(),
  dialects: text('dialects', { mode: 'json' }).$type<string[]>().notNull(),
  requireUserAction: flag('require_user_action').notNull().default(false),
  isDemo: flag('is_demo').notNull().default(false),
  userCount: integer('user_count').notNull().default(0),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
})

/** Users of all kinds. Unique names hold among those that are not archived, so archiving frees them. */
export const users = sqliteTable(
  'users',
  {
    id: text('id').primaryKey(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    kind: text('kind').$type<UserKind>().notNull(),
    username: text('username').notNull(),
    firstName: text('first_name'),
    lastName: text('last_name'),
    isServiceAccount: flag('is_service_account').notNull().default(false),
    isRegistered: flag('is_registered').notNull().default(false),
    isSsoRequired: flag('is_sso_required').notNull().default(false),
    isSuperuser: flag('is_superuser').notNull().default(false),
    externalId: text('external_id'),
    metadata: text('metadata', { mode: 'json' }).$type<Record<string, unknown>>(),
    suspendedAt: integer('suspended_at'),
    archivedAt: integer('archived_at'),
    tokenEpoch: integer('token_epoch').notNull().default(0),
    tokensValidAfterAt: integer('tokens_valid_after_at'),
    registrationCodeHash: text('registration_code_hash'),
    registrationCodeExpiresAt: integer('registration_code_expires_at'),
    version: integer('version').notNull().default(1),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('users_username_unique')
      .on(table.organizationId, sql`lower(${table.username})`)
      .where(sql`${table.archivedAt} IS NULL`),
    uniqueIndex('users_external_id_unique')
      .on(table.organizationId, table.externalId)
      .where(sql`${table.archivedAt} IS NULL AND ${table.externalId} IS NOT NULL`),
    index('users_page')
      .on(table.organizationId, table.createdAt, table.id)
      .where(sql`${table.archivedAt} IS NULL`),
    index('users_page_by_kind')
      .on(table.organizationId, table.kind, table.createdAt, table.id)
      .where(sql`${table.archivedAt} IS NULL`),
    index('users_superusers')
      .on(table.organizationId)
      .where(sql`${table.isSuperuser} = 1 AND ${table.archivedAt} IS NULL`),
  ],
)

/** Email addresses and phone numbers, stored in lower case. `released_at` frees the value of an archived user. */
export const userIdentifiers = sqliteTable(
  'user_identifiers',
  {
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    organizationId: text('organization_id').notNull(),
    type: text('type').$type<'email' | 'phone'>().notNull(),
    value: text('value').notNull(),
    verifiedAt: integer('verified_at'),
    releasedAt: integer('released_at'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('user_identifiers_value_unique')
      .on(table.organizationId, table.type, table.value)
      .where(sql`${table.releasedAt} IS NULL`),
    index('user_identifiers_user').on(table.userId),
  ],
)

/**
 * Tells in SQL whether a JSON list of operations holds one. JSON's escapes are blanked first, so that a quote within
 * an operation does not pass for the beginning of another. Raw, for DDL takes no parameters; only literals come here.
 */
const holds = (operation: 'Auth:Users:Activate' | 'user.edit' | 'user.*' | '*.*') =>
  sql.raw(`instr(replace(replace(operations, '\\\\', '?'), '\\"', '?'), '"${operation}"') > 0`)

/**
 * Roles (Dfns: permissions). The computed columns let SQL ask who holds a power to activate (invariant 6).
 */
export const roles = sqliteTable(
  'roles',
  {
    id: text('id').primaryKey(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    name: text('name').notNull(),
    description: text('description'),
    operations: text('operations', { mode: 'json' }).$type<string[]>().notNull(),
    grantsDfnsActivate: integer('grants_dfns_activate').generatedAlwaysAs(
      sql`(${holds('Auth:Users:Activate')})`,
      { mode: 'stored' },
    ),
    grantsRinneActivate: integer('grants_rinne_activate').generatedAlwaysAs(
      sql`(${holds('user.edit')} OR ${holds('user.*')} OR ${holds('*.*')})`,
      { mode: 'stored' },
    ),
    version: integer('version').notNull().default(1),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [uniqueIndex('roles_name_unique').on(table.organizationId, table.name)],
)

/** Who holds which role. */
export const roleAssignments = sqliteTable(
  'role_assignments',
  {
    id: text('id').primaryKey(),
    roleId: text('role_id')
      .notNull()
      .references(() => roles.id),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('role_assignments_user_role_unique').on(table.userId, table.roleId),
    index('role_assignments_role').on(table.roleId),
  ],
)

/** Registered public keys. One key serves one user only (rule K4). */
export const credentials = sqliteTable(
  'credentials',
  {
    id: text('id').primaryKey(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    kind: text('kind').$type<'Key' | 'Fido2'>().notNull(),
    credentialId: text('credential_id').notNull(),
    algorithm: text('algorithm').$type<KeyAlgorithm>().notNull(),
    publicKeyPem: text('public_key_pem').notNull(),
    publicKeyHash: text('public_key_hash').notNull(),
    name: text('name').notNull(),
    accessTokenId: text('access_token_id'),
    signCount: integer('sign_count').notNull().default(0),
    isBackupEligible: flag('is_backup_eligible').notNull().default(false),
    relyingPartyId: text('relying_party_id'),
    origin: text('origin'),
    suspectedAt: integer('suspected_at'),
    activatedAt: integer('activated_at'),
    deactivatedAt: integer('deactivated_at'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('credentials_credential_id_unique').on(table.organizationId, table.credentialId),
    uniqueIndex('credentials_public_key_unique').on(table.publicKeyHash),
    index('credentials_user').on(table.userId),
  ],
)

/** Tokens that are good for one use, once used: challenges, user actions, proofs, registration codes. */
export const usedTokens = sqliteTable(
  'used_tokens',
  {
    hash: text('hash').primaryKey(),
    purpose: text('purpose').notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedBy: text('used_by'),
  },
  (table) => [index('used_tokens_expiry').on(table.expiresAt)],
)

/** Access tokens that were logged out or revoked before their time. */
export const revokedTokens = sqliteTable(
  'revoked_tokens',
  { hash: text('hash').primaryKey(), expiresAt: integer('expires_at').notNull() },
  (table) => [index('revoked_tokens_expiry').on(table.expiresAt)],
)

/** Completed answers of requests that carried an idempotency key. */
export const idempotencyRecords = sqliteTable(
  'idempotency_records',
  {
    scopeHash: text('scope_hash').primaryKey(),
    fingerprint: text('fingerprint').notNull(),
    status: integer('status').notNull(),
    body: text('body').notNull(),
    headers: text('headers', { mode: 'json' }).$type<Record<string, string>>().notNull(),
    expiresAt: integer('expires_at').notNull(),
    claimedBy: text('claimed_by'),
  },
  (table) => [index('idempotency_records_expiry').on(table.expiresAt)],
)

/** The record. Triggers refuse UPDATE and DELETE (invariant 7). Ids only, no personal data. */
export const auditEvents = sqliteTable(
  'audit_events',
  {
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    id: text('id').notNull().unique(),
    at: integer('at').notNull(),
    organizationId: text('organization_id').notNull(),
    actorId: text('actor_id').notNull(),
    targetId: text('target_id').notNull(),
    action: text('action').notNull(),
    fromState: text('from_state'),
    toState: text('to_state'),
    dialect: text('dialect').notNull(),
    requestId: text('request_id').notNull(),
    evidence: text('evidence', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    index('audit_events_target').on(table.targetId, table.sequence),
    index('audit_events_organization').on(table.organizationId, table.sequence),
  ],
)

/**
 * Always empty. A batch inserts NULL here for the first thing it read that no longer holds, and so aborts by the
 * NOT NULL failure of the column that says which (invariants 2 and 4).
 */
export const guards = sqliteTable('guards', {
  caller: integer('caller').notNull(),
  bearer: integer('bearer').notNull(),
  assignment: integer('assignment').notNull(),
  credential: integer('credential').notNull(),
  target: integer('target').notNull(),
  lastHolder: integer('last_holder').notNull(),
})
