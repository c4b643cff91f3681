/**
 * Databases and namespaces that fail as a plan says, around the real ones. Knows no test framework, for a Worker loads
 * it too. A proxy has only the members that the service uses: a call past the plan would be a fault not injected.
 */

/** What goes wrong with one call; `commit_` and `_after` make the real one first. */
export type Fault =
  | 'throw_before'
  | 'commit_then_throw'
  | 'hang'
  | 'garbage'
  | 'garbage_after'
  | 'overloaded'
  | 'delay'

/** Longer than any time limit of the service: whoever waited has given up when the call is made. */
export const HANG_MILLISECONDS = 5_000
/** Enough between a look and a write of KV for a race that miniflare hides otherwise (RULES F1). */
export const DELAY_MILLISECONDS = 40

/** One round trip to D1: a write where a statement begins with anything but SELECT or WITH. */
export interface DatabaseCall {
  readonly target: 'database'
  readonly sequence: number
  readonly isWrite: boolean
  readonly sql: readonly string[]
}

/** One call of KV. Both kinds of calls are numbered from 0, per proxy. */
export interface NamespaceCall {
  readonly target: 'namespace'
  readonly sequence: number
  readonly operation: 'get' | 'put'
  readonly key: string
}

type Call = DatabaseCall | NamespaceCall

/** Decides what goes wrong with a call; null where nothing does. */
export type FaultPlan = (call: Call) => Fault | null

/** What a proxy has seen so far, and what it did. */
export type Seen<C> = { readonly calls: () => readonly (C & { readonly fault: Fault | null })[] }

/** How a proxy waits, and which kind of garbage comes first; each further one is the next kind. */
export interface FaultOptions {
  readonly hangMilliseconds?: number
  readonly wait?: (milliseconds: number) => Promise<void>
  readonly garbageFrom?: number
}

const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** Numbers the calls of one proxy, asks the plan, and does what it says. */
function createInjector<C extends Call>(plan: FaultPlan, options: FaultOptions) {
  const { hangMilliseconds = HANG_MILLISECONDS, wait = sleep, garbageFrom = 0 } = options
  const seen: (C & { fault: Fault | null })[] = []
  let turn = garbageFrom
  const send = async <T>(
    call: Omit<C, 'sequence'>,
    errors: { readonly lost: string; readonly overloaded: string },
    garbage: readonly unknown[],
    real: () => Promise<T>,
  ): Promise<T> => {
    const numbered = { ...call, sequence: seen.length } as unknown as C
    const fault = plan(numbered)
    seen.push({ ...numbered, fault })
    if (fault === 'throw_before') throw new Error(errors.lost)
    if (fault === 'overloaded') throw new Error(errors.overloaded)
    if (fault === 'hang') await wait(hangMilliseconds)
    if (fault === 'delay') await wait(DELAY_MILLISECONDS)
    if (fault === null || fault === 'hang' || fault === 'delay') return real()
    // A lost answer is lost whatever it said, a refusal of the database included.
    if (fault !== 'garbage') await real().catch(() => undefined)
    if (fault === 'commit_then_throw') throw new Error(errors.lost)
    return garbage[turn++ % garbage.length] as T
  }
  return { send, calls: () => seen }
}

const DATABASE_ERRORS = {
  lost: 'D1_ERROR: Network connection lost.',
  overloaded: 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
}

/** Has neither the columns that were asked for nor the members that every result of D1 has. */
const COLUMNLESS = { results: [{}] }
const TEXT = 'upstream connect error or disconnect/reset before headers'

/** Answers that the method never gives, so that whoever looks can tell; no rows would be a true one of `raw`. */
const DATABASE_GARBAGE = {
  all: [null, [], COLUMNLESS, TEXT, {}],
  run: [null, [], COLUMNLESS, TEXT, {}],
  raw: [null, {}, [[]], TEXT, [null]],
  first: [undefined, {}, []],
}

/** Wraps D1; what fails is a round trip, so a batch fails or hangs as one. */
export function faultyDatabase(
  binding: D1Database,
  plan: FaultPlan,
  options: FaultOptions = {},
): D1Database & Seen<DatabaseCall> {
  const { send, calls } = createInjector<DatabaseCall>(plan, options)
  const originals = new WeakMap<object, { prepared: D1PreparedStatement; sql: string }>()
  const trip = <T>(sql: readonly string[], garbage: readonly unknown[], real: () => Promise<T>) => {
    const isWrite = sql.some((one) => !/^\s*(select|with)\b/i.test(one))
    return send({ target: 'database', isWrite, sql }, DATABASE_ERRORS, garbage, real)
  }
  // A statement is a host object, so it is kept aside, and what is handed out only stands for it.
  const wrap = (prepared: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const methods = Object.entries(DATABASE_GARBAGE).map(([name, garbage]) => {
      const real = prepared[name as 'run'] as (...input: unknown[]) => Promise<unknown>
      return [
        name,
        (...input: unknown[]) => trip([sql], garbage, () => real.apply(prepared, input)),
      ]
    })
    const bind = (...values: unknown[]) => wrap(prepared.bind(...values), sql)
    const wrapper = { bind, ...Object.fromEntries(methods) } as D1PreparedStatement
    originals.set(wrapper, { prepared, sql })
    return wrapper
  }
  const batch = async (list: D1PreparedStatement[]) => {
    const found = list.flatMap((one) => originals.get(one) ?? [])
    if (found.length < list.length) throw new TypeError('a statement of another database')
    const garbage = [null, [], list.map(() => COLUMNLESS), TEXT, {}]
    const real = () => binding.batch(found.map(({ prepared }) => prepared))
    return trip(
      found.map(({ sql }) => sql),
      garbage,
      real,
    )
  }
  const prepare = (sql: string) => wrap(binding.prepare(sql), sql)
  return { prepare, batch, calls } as unknown as D1Database & Seen<DatabaseCall>
}

type Put = (key: string, text: string, options?: KVNamespacePutOptions) => Promise<void>

/** Makes a namespace of a way to get a text and a way to put one; what is no JSON throws, as it does in KV. */
function wrapNamespace(get: (key: string) => Promise<string | null>, put: Put): KVNamespace {
  const getTyped = async (key: string, type?: string | { readonly type?: string }) => {
    const text = await get(key)
    const isJson = (typeof type === 'string' ? type : type?.type) === 'json'
    return isJson && text !== null ? (JSON.parse(text) as unknown) : text
  }
  return { get: getTyped, put } as unknown as KVNamespace
}

const NAMESPACE_GARBAGE = ['{"status":200,"bo', '[{"status":"200"},null]', 'x'.repeat(5 << 20)]

/** Wraps KV. A put that is garbage stores nothing and says that it did. */
export function faultyNamespace(
  binding: KVNamespace,
  plan: FaultPlan,
  options: FaultOptions = {},
): KVNamespace & Seen<NamespaceCall> {
  const { send, calls } = createInjector<NamespaceCall>(plan, options)
  const errorsOf = (method: string) => ({
    lost: `KV ${method} failed: 500 Internal Server Error`,
    overloaded: `KV ${method} failed: 429 Too Many Requests`,
  })
  const get = (key: string) => {
    const call = { target: 'namespace', operation: 'get', key } as const
    return send(call, errorsOf('GET'), NAMESPACE_GARBAGE, () => binding.get(key, 'text'))
  }
  const put: Put = (key, ...input) => {
    const call = { target: 'namespace', operation: 'put', key } as const
    return send(call, errorsOf('PUT'), [undefined], () => binding.put(key, ...input))
  }
  return { ...wrapNamespace(get, put), calls }
}

/**
 * Wraps KV as a far location sees it: for the stale time a key answers what its first look-up answered, also where that
 * was nothing, while writes reach the store beneath.
 *
 * @param clock - Unix time in milliseconds.
 * @see KV manual, "How KV works": negative look-ups are cached too
 */
export function staleNamespace(
  binding: KVNamespace,
  staleMilliseconds = 60_000,
  clock: () => number = Date.now,
): KVNamespace {
  const known = new Map<string, { text: string | null; until: number }>()
  const get = async (key: string): Promise<string | null> => {
    const last = known.get(key)
    if (last && clock() < last.until) return last.text
    const text = await binding.get(key, 'text')
    known.set(key, { text, until: clock() + staleMilliseconds })
    return text
  }
  return wrapNamespace(get, (...input) => binding.put(...input))
}

/** Plans one fault for the calls of some places, or for those that a predicate picks. */
export const faultsAt =
  (where: readonly number[] | ((call: Call) => boolean), fault: Fault): FaultPlan =>
  (call) =>
    (typeof where === 'function' ? where(call) : where.includes(call.sequence)) ? fault : null

/** Plans faults for a share of the calls, from 0 to 1; with a seeded source the run can be repeated. */
export const randomFaults =
  (rate: number, faults: readonly Fault[], random: () => number): FaultPlan =>
  () =>
    random() < rate ? (faults[Math.floor(random() * faults.length)] ?? null) : null

/** Makes a source of numbers from 0 up to 1 that repeats itself for a seed: mulberry32 (Tommy Ettinger, 2017). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
