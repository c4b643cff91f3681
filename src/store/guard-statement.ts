/**
 * The statement that aborts a batch when something that was read no longer holds (invariants 2, 4 and 6).
 * It writes nothing when all is well: `guards` stays empty.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Guards } from '../core/ports.ts'
import type { Power } from '../core/powers.ts'
import type { Database } from './database.ts'
import { guards } from './schema.ts'

const HOLDS = sql`1`

/**
 * Builds the guard of a batch: a column for each thing that must hold, 1 or NULL, inserted only if one is NULL.
 * SQLite names the first NULL column in its error, so the order here is the order of the reasons.
 *
 * @see DESIGN invariant 2: "each step that must hit aborts the batch by a failure on a column of its own"
 */
export const guardStatement = (database: Database, expected: Guards) =>
  database.insert(guards).select(sql`
    SELECT * FROM (SELECT
      ${callerHolds(expected)} AS caller,
      ${bearerHolds(expected.revocationKey)} AS bearer,
      ${rolesHold(expected)} AS assignment,
      ${credentialHolds(expected)} AS credential,
      ${targetHolds(expected.target)} AS target,
      ${powersHold(expected)} AS last_holder)
    WHERE caller IS NULL OR bearer IS NULL OR assignment IS NULL OR credential IS NULL
      OR target IS NULL OR last_holder IS NULL`)

const callerHolds = ({ caller, needsSuperuser }: Guards): SQL => sql`(SELECT 1 FROM users
  WHERE id = ${caller.id} AND organization_id = ${caller.organizationId}
  AND version = ${caller.version} AND token_epoch = ${caller.tokenEpoch}
  AND suspended_at IS NULL AND archived_at IS NULL
  AND is_superuser >= ${needsSuperuser ? 1 : 0})`

const bearerHolds = (revocationKey: string | null): SQL =>
  revocationKey === null
    ? HOLDS
    : sql`(SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM revoked_tokens WHERE hash = ${revocationKey}))`

/**
 * What the caller holds by, and what it gives away: each still there, in the version that was read. Lists travel as
 * JSON, for D1 takes a hundred parameters and a caller may hold any number of roles.
 */
const rolesHold = ({ assignments, roles, caller }: Guards): SQL => {
  const held = sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(assignments)}) j
    WHERE NOT EXISTS (SELECT 1 FROM role_assignments a JOIN roles r ON r.id = a.role_id
      WHERE a.id = j.value ->> 'id' AND a.user_id = ${caller.id}
      AND r.version = j.value ->> 'roleVersion'))`
  const granted = sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(roles)}) j
    WHERE NOT EXISTS (SELECT 1 FROM roles r
      WHERE r.id = j.value ->> 'id' AND r.organization_id = ${caller.organizationId}
      AND r.version = j.value ->> 'version'))`
  const each = [...(assignments.length > 0 ? [held] : []), ...(roles.length > 0 ? [granted] : [])]
  return each.length === 0 ? HOLDS : sql`(SELECT 1 WHERE ${sql.join(each, sql` AND `)})`
}

/** The key that signed is still on, and a passkey's count still what its new one was compared with (rule W9). */
const credentialHolds = ({ credentialId, signCount, caller }: Guards): SQL =>
  credentialId === null
    ? HOLDS
    : sql`(SELECT 1 FROM credentials
        WHERE id = ${credentialId} AND user_id = ${caller.id} AND deactivated_at IS NULL
        AND sign_count = ifnull(${signCount}, sign_count))`

const targetHolds = (target: Guards['target']): SQL =>
  target === null
    ? HOLDS
    : sql`(SELECT 1 FROM users WHERE id = ${target.id} AND version = ${target.version})`

const powersHold = ({ sharedPowers, target, caller }: Guards): SQL => {
  if (sharedPowers.length === 0 || target === null) return HOLDS
  const each = sharedPowers.map((power) => anotherHolds(power, caller.organizationId, target.id))
  return sql`(SELECT 1 WHERE ${sql.join(each, sql` AND `)})`
}

// The same definition as core/powers.ts: an active employee, no service account (a test compares the two).
const anotherHolds = (power: Power, organizationId: string, targetId: string): SQL => {
  const employee = sql`u.organization_id = ${organizationId} AND u.id <> ${targetId}
    AND u.kind = 'CustomerEmployee' AND u.is_service_account = 0
    AND u.suspended_at IS NULL AND u.archived_at IS NULL`
  if (power === 'superuser') {
    return sql`EXISTS (SELECT 1 FROM users u WHERE u.is_superuser = 1 AND ${employee})`
  }
  const granted =
    power === 'dfns_operation' ? sql`r.grants_dfns_activate` : sql`r.grants_rinne_activate`
  return sql`EXISTS (SELECT 1 FROM roles r JOIN role_assignments a ON a.role_id = r.id
    JOIN users u ON u.id = a.user_id
    WHERE r.organization_id = ${organizationId} AND ${granted} = 1 AND ${employee})`
}
