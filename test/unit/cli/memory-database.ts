/**
 * The D1 methods that the command line uses, over Node's own SQLite: our SQL runs against the real migrations without
 * workerd. A batch is one transaction, as in D1.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

type Value = string | number | null

/** A database with all migrations applied, as the command line and as the test see it. */
export interface MemoryDatabase {
  readonly db: D1Database
  /** Reads rows of the whole database. */
  readonly select: (sql: string, ...values: Value[]) => Record<string, Value>[]
  /** Runs statements that change rows. */
  readonly execute: (sql: string) => void
}

/** Opens an empty one. */
export function createMemoryDatabase(migrationsFolder = 'migrations'): MemoryDatabase {
  const sqlite = new DatabaseSync(':memory:')
  const files = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql'))
  for (const name of files.sort()) sqlite.exec(readFileSync(join(migrationsFolder, name), 'utf8'))

  const select = (sql: string, ...values: Value[]) =>
    sqlite.prepare(sql).all(...values) as Record<string, Value>[]

  function prepare(sql: string, values: Value[] = []) {
    return {
      bind: (...bound: Value[]) => prepare(sql, bound),
      all: () => Promise.resolve({ results: select(sql, ...values) }),
      first: () => Promise.resolve(select(sql, ...values)[0] ?? null),
      run: () => Promise.resolve(sqlite.prepare(sql).run(...values)),
    }
  }

  async function batch(statements: ReturnType<typeof prepare>[]) {
    sqlite.exec('BEGIN')
    try {
      for (const statement of statements) await statement.run()
      sqlite.exec('COMMIT')
    } catch (error) {
      sqlite.exec('ROLLBACK')
      throw error
    }
  }

  return {
    db: { prepare, batch } as unknown as D1Database,
    select,
    execute: (sql) => sqlite.exec(sql),
  }
}
