/**
 * Everything that a request can change, read back: what a refusal must leave as it was.
 */
import { env } from 'cloudflare:workers'

/** Rows by table. */
export type Dump = Readonly<Record<string, readonly unknown[]>>

const OWNED = ['users', 'user_identifiers', 'roles', 'credentials', 'audit_events'] as const

/** Tables without an organization only ever grow within a test, so that their size tells of any new row. */
const SHARED = ['used_tokens', 'revoked_tokens', 'idempotency_records', 'guards'] as const

/** Reads all rows of some organizations, and the size of every table that belongs to none. */
export async function dumpTables(...organizationIds: readonly string[]): Promise<Dump> {
  const list = JSON.stringify(organizationIds)
  const queries: Record<string, string> = {
    organizations: 'SELECT * FROM organizations WHERE id IN (SELECT value FROM json_each(?1))',
    role_assignments: `SELECT a.* FROM role_assignments a JOIN roles r ON r.id = a.role_id
      WHERE r.organization_id IN (SELECT value FROM json_each(?1)) ORDER BY a.id`,
  }
  for (const table of OWNED) {
    queries[table] = `SELECT * FROM ${table}
      WHERE organization_id IN (SELECT value FROM json_each(?1)) ORDER BY id`
  }
  for (const table of SHARED) {
    queries[table] = `SELECT count(*) AS total FROM ${table} WHERE ?1 IS NOT NULL`
  }
  const names = Object.keys(queries)
  const answers = await env.DB.batch(
    names.map((name) => env.DB.prepare(queries[name] ?? '').bind(list)),
  )
  return Object.fromEntries(names.map((name, index) => [name, answers[index]?.results ?? []]))
}
