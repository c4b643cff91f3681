/**
 * The scheduled run: what has expired goes, in chunks, and nothing else. Times are of 1970, where no other test lives.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { runScheduled } from '../../src/app.ts'
import { openDatabase } from '../../src/store/database.ts'
import { PURGE_CHUNK_ROWS, PURGE_MAX_CHUNKS, purgeExpired } from '../../src/store/purge.ts'
import { readRow, runSql } from '../support/commits.ts'
import { recordDatabase } from '../support/recording-database.ts'

const database = openDatabase(env.DB)

const INSERTS = {
  used_tokens:
    "INSERT INTO used_tokens (hash, purpose, expires_at) SELECT ?1 || value, 'user-action', ?2 FROM",
  revoked_tokens: 'INSERT INTO revoked_tokens SELECT ?1 || value, ?2 FROM',
  idempotency_records:
    "INSERT INTO idempotency_records SELECT ?1 || value, '', 200, '', '{}', ?2, NULL FROM",
} as const

type Table = keyof typeof INSERTS
const TABLES = Object.keys(INSERTS) as Table[]

/** Adds rows that expire at one time. */
const add = (table: Table, expiresAt: number, rows = 1) =>
  runSql(
    `${INSERTS[table]} (WITH RECURSIVE list(value) AS
      (SELECT 1 UNION ALL SELECT value + 1 FROM list WHERE value < ?3) SELECT value FROM list)`,
    crypto.randomUUID(),
    expiresAt,
    rows,
  )

/** Counts rows that expire before a time of 1970. */
const countBefore = async (table: Table, time: number) =>
  (await readRow(`SELECT count(*) AS rows FROM ${table} WHERE expires_at < ?`, time))?.['rows']

describe('purgeExpired', () => {
  it.each(TABLES)('removes from %s what expired before now, and keeps the rest', async (table) => {
    for (const expiresAt of [1_000, 1_999, 2_000, 2_001]) await add(table, expiresAt)
    const purged = await purgeExpired(database, 2_000)
    expect(purged).toEqual({
      used_tokens: 0,
      revoked_tokens: 0,
      idempotency_records: 0,
      [table]: 2,
    })
    expect(await countBefore(table, 5_000)).toBe(2)
    expect(await purgeExpired(database, 3_000)).toMatchObject({ [table]: 2 })
  })

  it('removes more than a chunk, one statement a chunk', async () => {
    await add('used_tokens', 1_000, 2 * PURGE_CHUNK_ROWS + 500)
    const recording = recordDatabase(env.DB)
    const purged = await purgeExpired(openDatabase(recording.binding), 2_000)
    expect(purged.used_tokens).toBe(2_500)
    expect(recording.statements.filter(({ sql }) => sql.includes('used_tokens'))).toHaveLength(3)
    expect(recording.roundTrips()).toBe(5)
  })

  it('leaves what is over twenty chunks to the next run', { timeout: 60_000 }, async () => {
    const most = PURGE_CHUNK_ROWS * PURGE_MAX_CHUNKS
    await add('revoked_tokens', 1_000, most + 7)
    expect((await purgeExpired(database, 2_000)).revoked_tokens).toBe(most)
    expect((await purgeExpired(database, 2_000)).revoked_tokens).toBe(7)
  })
})

describe('runScheduled', () => {
  it('purges by the time of the trigger', async () => {
    await add('used_tokens', 1_000)
    await runScheduled(env, 900)
    expect(await countBefore('used_tokens', 2_000)).toBe(1)
    await runScheduled(env, 1_001)
    expect(await countBefore('used_tokens', 2_000)).toBe(0)
  })
})
