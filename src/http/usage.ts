/**
 * What a request asks of the stores: how often, and how long it waits. Counted where the bindings are called, for the
 * request that is being answered there and then.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** What is counted of one store. */
export interface StoreUsage {
  /** Round trips that were begun. */
  calls: number
  /** Sum of those that have ended: more than the time that passed, where some ran beside each other. */
  milliseconds: number
}

/** What one request asked of each store. */
export interface Usage {
  readonly d1: StoreUsage
  readonly kv: StoreUsage
}

/** Begins to count a request. */
export const createUsage = (): Usage => ({
  d1: { calls: 0, milliseconds: 0 },
  kv: { calls: 0, milliseconds: 0 },
})

/**
 * Numbers only. What is kept here refers to nothing of its request: the framework's own storage keeps the whole context,
 * which workerd 1.20261023 then never lets go of, 4 KB a request (`npm run test:soak` measures the heap).
 */
const current = new AsyncLocalStorage<Usage>()

/** Does some work, and counts for it whatever it asks of the stores. */
export const countUsage = <T>(usage: Usage, work: () => Promise<T>): Promise<T> =>
  current.run(usage, work)

/** Told that a round trip begins; what it returns is told that it has ended. */
export type RoundTripObserver = () => () => void

/**
 * Makes the observer of a store. It counts for no request where none is being answered, as in scheduled work.
 *
 * @param clock - reads milliseconds; the platform's stands still but while something is waited for.
 */
export const observeStore =
  (store: keyof Usage, clock: () => number): RoundTripObserver =>
  () => {
    const usage = current.getStore()?.[store]
    if (!usage) return () => undefined
    const begunAt = clock()
    usage.calls += 1
    return () => {
      usage.milliseconds += clock() - begunAt
    }
  }

/**
 * Writes `Server-Timing`.
 *
 * @see W3C Server Timing section 2
 */
export const writeServerTiming = (milliseconds: number, { d1, kv }: Usage): string =>
  [
    `total;dur=${milliseconds}`,
    `d1;dur=${d1.milliseconds};desc="${d1.calls} calls"`,
    `kv;dur=${kv.milliseconds};desc="${kv.calls} calls"`,
  ].join(', ')
