/**
 * The one way to D1: drizzle over the binding, and a batch whose answers keep their names. Knows no table.
 */
import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1'
import type { BatchItem } from 'drizzle-orm/batch'

/** The database as the store's files use it. */
export type Database = DrizzleD1Database

/** Opens the binding. Plain `env.DB` is the primary: what decides is never read from a replica (rule I14). */
export const openDatabase = (binding: D1Database): Database => drizzle(binding)

/** Statements by name, in the order of their execution; one that is undefined is left out. */
export type Statements = Record<string, BatchItem<'sqlite'> | undefined>

/** What each statement of a batch answered, under its name. */
type Answers<S extends Statements> = {
  [K in keyof S]: NonNullable<S[K]>['_']['result'] | Extract<S[K], undefined>
}

/**
 * Runs statements as one transaction and one round trip.
 *
 * @throws what D1 throws; the whole batch is rolled back then.
 * @see D1 manual, "Batched statements are SQL transactions"
 */
export async function runBatch<S extends Statements>(
  database: Database,
  statements: S,
): Promise<Answers<S>> {
  const named = Object.entries(statements).filter(([, statement]) => statement !== undefined)
  const [first, ...rest] = named.map(([, statement]) => statement as BatchItem<'sqlite'>)
  if (!first) return {} as Answers<S>
  const answers = (await database.batch([first, ...rest])) as readonly unknown[]
  return Object.fromEntries(named.map(([name], index) => [name, answers[index]])) as Answers<S>
}
