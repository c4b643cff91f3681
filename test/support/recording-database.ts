/**
 * A database that keeps what it was asked and counts round trips, around the real one. It can be told to ask something
 * else, or to fail.
 */

/** One statement as it went to the database. */
export interface RecordedStatement {
  readonly sql: string
  readonly params: readonly unknown[]
}

/** A binding, and what went through it. */
export interface RecordingDatabase {
  readonly binding: D1Database
  readonly statements: readonly RecordedStatement[]
  readonly roundTrips: () => number
}

/** What happens on the way to the database. */
export interface RecordingOptions {
  /** Changes a statement's text. */
  readonly rewrite?: (sql: string) => string
  /** Runs before every round trip; what it throws is what the database throws. */
  readonly before?: () => void
}

/** Wraps a binding. */
export function recordDatabase(
  binding: D1Database,
  options: RecordingOptions = {},
): RecordingDatabase {
  const { rewrite = (sql) => sql, before = () => undefined } = options
  const statements: RecordedStatement[] = []
  const originals = new WeakMap<
    object,
    { prepared: D1PreparedStatement; sql: string; params: readonly unknown[] }
  >()
  let roundTrips = 0

  const send = (sent: readonly RecordedStatement[]) => {
    roundTrips += 1
    statements.push(...sent)
    before()
  }

  /** A prepared statement is a host object: it is passed on itself, and only its wrapper is proxied. */
  const wrap = (
    prepared: D1PreparedStatement,
    sql: string,
    params: readonly unknown[],
  ): D1PreparedStatement => {
    const run =
      <A extends unknown[], R>(method: (...input: A) => Promise<R>) =>
      async (...input: A): Promise<R> => {
        send([{ sql, params }])
        return method.apply(prepared, input)
      }
    const wrapper = {
      bind: (...values: unknown[]) => wrap(prepared.bind(...values), sql, values),
      all: run(prepared.all),
      run: run(prepared.run),
      first: run(prepared.first as (...input: unknown[]) => Promise<unknown>),
      raw: run(prepared.raw as (...input: unknown[]) => Promise<unknown>),
    } as unknown as D1PreparedStatement
    originals.set(wrapper, { prepared, sql, params })
    return wrapper
  }

  const recording = {
    prepare: (sql: string) => wrap(binding.prepare(rewrite(sql)), rewrite(sql), []),
    batch: async (list: D1PreparedStatement[]) => {
      const found = list.map((one) => {
        const original = originals.get(one)
        if (!original) throw new TypeError('a statement of another database')
        return original
      })
      send(found)
      return binding.batch(found.map(({ prepared }) => prepared))
    },
  }
  return {
    binding: recording as unknown as D1Database,
    statements,
    roundTrips: () => roundTrips,
  }
}

/** A database that answers every round trip with one error. */
export const failDatabase = (binding: D1Database, message: string): D1Database =>
  recordDatabase(binding, {
    before: () => {
      throw new Error(message)
    },
  }).binding
