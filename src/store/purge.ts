/**
 * Removes what has expired, in chunks, so that no single statement holds the database for long.
 */
import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'

const PURGED_TABLES = ['used_tokens', 'revoked_tokens', 'idempotency_records'] as const

/** Rows that one statement removes at most. */
export const PURGE_CHUNK_ROWS = 1_000

/** Statements per table and run; what is left waits for the next run. */
export const PURGE_MAX_CHUNKS = 20

/**
 * Deletes rows whose time is over. A row is kept to the very millisecond that its token could last be used in.
 *
 * @param now - Unix time in milliseconds.
 * @returns how many rows went, by table.
 */
export async function purgeExpired(
  database: Database,
  now: number,
): Promise<Record<(typeof PURGED_TABLES)[number], number>> {
  const purged = { used_tokens: 0, revoked_tokens: 0, idempotency_records: 0 }
  for (const table of PURGED_TABLES) {
    const name = sql.identifier(table)
    for (let chunk = 0; chunk < PURGE_MAX_CHUNKS; chunk++) {
      const gone = await database.all<{ gone: number }>(sql`DELETE FROM ${name} WHERE rowid IN
        (SELECT rowid FROM ${name} WHERE expires_at < ${now} LIMIT ${PURGE_CHUNK_ROWS})
        RETURNING 1 AS gone`)
      purged[table] += gone.length
      if (gone.length < PURGE_CHUNK_ROWS) break
    }
  }
  return purged
}
