/**
 * The one way to D1: drizzle over the binding, and a batch whose answers keep their names. Knows no table.
 */
import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1'
import type { BatchItem } from 'drizzle-orm/batch'

/** The database as the store's files use it. */
export type Database = DrizzleD1Database

/** How long a round trip may take. D1 itself gives a batch 30 s, by when no client is waiting any more. */
export const DEADLINE_MILLISECONDS = 4_000

/**
 * Opens the binding. Plain `env.DB` is the primary: what decides is never read from a replica (rule I14).
 *
 * @param beginTrip - told that a round trip begins; what it returns is told that it has ended.
 */
export const openDatabase = (
  binding: D1Database,
  beginTrip: () => () => void = () => () => undefined,
): Database =>
  drizzle({
    prepare: (query: string) => binding.prepare(query),
    batch: async (statements: D1PreparedStatement[]) => {
      const answers = await withDeadline(binding.batch(statements)).finally(beginTrip())
      // Rows of no shape must not pass for an empty table, nor for a batch that was run.
      if (!isAnswer(answers, statements.length)) throw new Error('D1 answer unreadable')
      return answers
    },
    // The driver calls nothing else, and its type asks for everything.
  } as unknown as D1Database)

/** Statements by name, in the order of their execution; one that is undefined is left out. */
export type Statements = Record<string, BatchItem<'sqlite'> | undefined>

/** What each statement of a batch answered, under its name. */
type Answers<S extends Statements> = {
  [K in keyof S]: NonNullable<S[K]>['_']['result'] | Extract<S[K], undefined>
}

/**
 * Runs statements as one transaction and one round trip.
 *
 * @throws what D1 throws, or an error of our own after `DEADLINE_MILLISECONDS`; whether the batch was run, and whether
 *   it will be, is unknown then, but for errors that name a constraint: those have rolled it back.
 * @see D1 manual, "Batched statements are SQL transactions"
 */
export async function runBatch<S extends Statements>(
  database: Database,
  statements: S,
): Promise<Answers<S>> {
  const named = Object.entries(statements).filter(([, statement]) => statement !== undefined)
  const [first, ...rest] = named.map(([, statement]) => statement as BatchItem<'sqlite'>)
  if (!first) return {} as Answers<S>
  const answers: readonly unknown[] = await database.batch([first, ...rest])
  return Object.fromEntries(named.map(([name], index) => [name, answers[index]])) as Answers<S>
}

const isAnswer = (answers: unknown, length: number): boolean =>
  Array.isArray(answers) &&
  answers.length === length &&
  answers.every((one: { readonly results?: unknown } | null) => {
    const rows = one?.results
    return Array.isArray(rows) && rows.every((row: unknown) => Object.keys(row ?? {}).length > 0)
  })

async function withDeadline<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('D1 takes too long')), DEADLINE_MILLISECONDS)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
