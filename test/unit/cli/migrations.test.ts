/**
 * Which migrations a local store still needs.
 */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { listPendingMigrations } from '../../../src/cli/migrations.ts'
import { createMemoryDatabase } from './memory-database.ts'

const files = readdirSync('migrations')
  .filter((name) => name.endsWith('.sql'))
  .sort()

describe('listPendingMigrations', () => {
  it("lists all of them when wrangler's table is missing", async () => {
    expect(await listPendingMigrations(createMemoryDatabase().db)).toEqual(files)
  })

  it('lists those that the table does not name', async () => {
    const { db, execute } = createMemoryDatabase()
    execute(`CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE, applied_at TEXT);
      INSERT INTO d1_migrations (name) VALUES ('${files[0]}')`)
    expect(await listPendingMigrations(db)).toEqual(files.slice(1))
  })
})
