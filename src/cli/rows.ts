/**
 * Rows for the tables of store/schema.ts, typed by it, so that a renamed column breaks the build of this folder too.
 * A row becomes a prepared statement, or SQL text for tools that take no parameters. Runs nothing.
 */
import type {
  credentials,
  organizations,
  roleAssignments,
  roles,
  userIdentifiers,
  users,
} from '../store/schema.ts'

type Table =
  | typeof organizations
  | typeof users
  | typeof userIdentifiers
  | typeof roles
  | typeof roleAssignments
  | typeof credentials

/** What SQLite stores here. */
export type SqlValue = string | number | null

/** One row to be inserted; columns and values have the same order. */
export interface Row {
  readonly table: string
  readonly columns: readonly string[]
  readonly values: readonly SqlValue[]
}

/** The part of drizzle's column that is needed, because this folder does not import drizzle-orm. */
interface Column {
  readonly name: string
  readonly mapToDriverValue: (value: unknown) => unknown
}

// drizzle registers the symbol globally, as the key of a table's name.
const TABLE_NAME = Symbol.for('drizzle:Name')

/** Spells a record in columns and stored values: booleans as 0 and 1, lists as JSON. */
export function createRow<T extends Table>(table: T, record: T['$inferInsert']): Row {
  const schema = table as unknown as Record<string, Column> & Record<symbol, string>
  const entries = Object.entries(record).flatMap(([key, value]) => {
    const column = schema[key]
    return column ? [[column.name, value === null ? null : column.mapToDriverValue(value)]] : []
  })
  return {
    table: schema[TABLE_NAME] ?? '',
    columns: entries.map(([name]) => name as string),
    values: entries.map(([, value]) => value as SqlValue),
  }
}

/** Prepares the insertion of a row; values are bound, never spliced. */
export function prepareRow(db: D1Database, row: Row): D1PreparedStatement {
  const marks = row.columns.map(() => '?').join(', ')
  return db
    .prepare(`INSERT INTO ${row.table} (${row.columns.join(', ')}) VALUES (${marks})`)
    .bind(...row.values)
}

/** Writes the insertion of a row as one line of SQL. */
export function writeRowSql(row: Row): string {
  const values = row.values.map((value) => (typeof value === 'string' ? quoteSql(value) : value))
  const literals = values.map((value) => value ?? 'NULL').join(', ')
  return `INSERT INTO ${row.table} (${row.columns.join(', ')}) VALUES (${literals});`
}

/**
 * Writes a text as an SQL literal: the only way for text into SQL that takes no parameters.
 *
 * @throws RangeError for U+0000, where SQLite would end the text.
 * @see https://www.sqlite.org/lang_expr.html section 3 (literal values)
 */
export function quoteSql(text: string): string {
  if (text.includes('\0')) throw new RangeError('a text for SQL holds no U+0000')
  const quoted = `'${text.replaceAll("'", "''")}'`
  // wrangler d1 execute cuts these two words out of a file, in texts too (wrangler 4.155.0, src/d1/trimmer.ts).
  return quoted.replaceAll('BEGIN TRANSACTION', "BEGIN' || ' TRANSACTION")
}
