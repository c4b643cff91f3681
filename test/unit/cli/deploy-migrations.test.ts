/**
 * Migrations are applied before the code that needs them, and stay when that code is taken back: so each only adds, and
 * what the code before it reads and writes is there as before.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'

const FOLDER = path.join(import.meta.dirname, '..', '..', '..', 'migrations')

const MIGRATIONS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .toSorted()
  .map((name) => ({ name, sql: readFileSync(path.join(FOLDER, name), 'utf8') }))

/** Describes every column, table and index by what older code can notice of it. */
function readSchema(database: DatabaseSync): string[] {
  const rows = (sql: string, ...values: string[]) => database.prepare(sql).all(...values)
  return rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .flatMap(({ name }) => [
      ...rows('SELECT * FROM pragma_table_xinfo(?)', String(name)).map(
        (one) =>
          `${name}.${one['name']} ${one['type']} ${one['notnull']} ${one['dflt_value']} ${one['pk']} ${one['hidden']}`,
      ),
      ...rows('SELECT * FROM pragma_foreign_key_list(?)', String(name)).map(
        (one) => `${name}.${one['from']} is of ${one['table']}`,
      ),
      // By columns, and not by name: `ON CONFLICT` finds an index by them.
      ...rows('SELECT name FROM pragma_index_list(?) WHERE "unique" = 1', String(name)).map(
        (one) =>
          `${name} unique by ${rows('SELECT name FROM pragma_index_info(?)', String(one['name'])).map((column) => column['name'])}`,
      ),
    ])
    .toSorted()
}

/** Tells what is gone or changed after each migration, and which rules are new for tables that were there before. */
function findLosses(migrations: readonly { readonly name: string; readonly sql: string }[]) {
  const database = new DatabaseSync(':memory:')
  const losses: string[] = []
  let before: string[] = []
  for (const { name, sql } of migrations) {
    database.exec(sql)
    const after = readSchema(database)
    const tables = new Set(before.map((line) => line.split(/[. ]/)[0]))
    const gone = before.filter((line) => !after.includes(line))
    const stricter = after
      .filter((line) => !before.includes(line) && tables.has(line.split(/[. ]/)[0]))
      // A rule over rows that older code goes on writing without it.
      .filter((line) => / unique by | is of /.test(line))
    losses.push(...[...gone, ...stricter].map((line) => `${name}: ${line}`))
    before = after
  }
  return losses
}

const plant = (sql: string) => [
  {
    name: '0',
    sql: 'CREATE TABLE a (id text PRIMARY KEY, b integer, c text); CREATE TABLE d (e text)',
  },
  { name: '1', sql },
]

describe('the migrations', () => {
  it('only add to what the version before them reads and writes', () => {
    expect(MIGRATIONS.length).toBeGreaterThan(3)
    expect(findLosses(MIGRATIONS)).toEqual([])
  })

  it.each([
    { name: 'a column that is new', sql: "ALTER TABLE a ADD f text DEFAULT 'x' NOT NULL" },
    { name: 'a table that is new', sql: 'CREATE TABLE f (g text UNIQUE)' },
    { name: 'an index', sql: 'CREATE INDEX g ON a (b)' },
  ])('may bring $name', ({ sql }) => {
    expect(findLosses(plant(sql))).toEqual([])
  })

  it.each([
    { name: 'drops a table', sql: 'DROP TABLE d' },
    { name: 'drops a column', sql: 'ALTER TABLE a DROP COLUMN b' },
    { name: 'renames a column', sql: 'ALTER TABLE a RENAME COLUMN b TO f' },
    { name: 'renames a table', sql: 'ALTER TABLE a RENAME TO f' },
    {
      name: 'makes a table anew with another type',
      sql: 'CREATE TABLE f (id text PRIMARY KEY, b text, c text); DROP TABLE a; ALTER TABLE f RENAME TO a',
    },
    {
      name: 'makes a table anew that asks for more',
      sql: 'CREATE TABLE f (id text PRIMARY KEY, b integer NOT NULL, c text); DROP TABLE a; ALTER TABLE f RENAME TO a',
    },
    { name: 'makes values unique that were not', sql: 'CREATE UNIQUE INDEX g ON a (b)' },
  ])('are noticed when one $name', ({ sql }) => {
    expect(findLosses(plant(sql))).not.toEqual([])
  })
})
