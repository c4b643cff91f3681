/**
 * What a request asks of the stores: how often, and how long it waits. Counted where the bindings are called, for the
 * request that is being answered there and then.
 */
import { tryGetContext } from 'hono/context-storage'
import type { AppEnv } from './app-env.ts'

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
    const usage = tryGetContext<AppEnv>()?.get('usage')[store]
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
