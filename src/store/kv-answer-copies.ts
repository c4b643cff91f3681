/**
 * Copies of completed answers on KV. Everything here may fail, lag or be missing without anybody noticing but by time
 * (invariant 3, rule I13).
 */
import type { AnswerCopies, ClaimMark, KeptAnswer } from '../core/idempotency.ts'

/** How long a look-up may take: what is not there by then is read from the database. */
export const FIND_MILLISECONDS = 50

/** KV takes no shorter life (rule F12). */
const LEAST_TTL_SECONDS = 60

/**
 * Makes the copies; without a namespace there are none.
 *
 * @param beginTrip - told that a call begins; what it returns is told that it has ended, or is no longer waited for.
 */
export const createKvAnswerCopies = (
  namespace: KVNamespace | undefined,
  beginTrip: () => () => void = () => () => undefined,
): AnswerCopies => ({
  find: async (scopeHash) => {
    if (!namespace) return null
    const { promise: late, resolve } = Promise.withResolvers<null>()
    const timer = setTimeout(() => resolve(null), FIND_MILLISECONDS)
    const endTrip = beginTrip()
    try {
      const text = await Promise.race([namespace.get(scopeHash, 'text'), late])
      return text === null ? null : readCopy(JSON.parse(text))
    } catch {
      return null
    } finally {
      endTrip()
      clearTimeout(timer)
    }
  },
  keep: async ({ scopeHash, ...copy }, now) => {
    // Never longer than the claim: a copy of one that has expired could meet the next one under the same key.
    const expirationTtl = Math.floor((copy.expiresAt - now) / 1000)
    if (!namespace || expirationTtl < LEAST_TTL_SECONDS) return
    const endTrip = beginTrip()
    try {
      await namespace.put(scopeHash, JSON.stringify(copy), { expirationTtl })
    } catch {
      // The database has the answer.
    } finally {
      endTrip()
    }
  },
})

/** Reads a copy; null for anything that is none, whoever wrote it. */
function readCopy(value: unknown): (ClaimMark & KeptAnswer) | null {
  if (typeof value !== 'object' || value === null) return null
  const { fingerprint, expiresAt, status, body, headers } = value as Record<string, unknown>
  const isMark = typeof fingerprint === 'string' && typeof expiresAt === 'number'
  if (!isMark || typeof status !== 'number' || typeof body !== 'string') return null
  if (typeof headers !== 'object' || headers === null) return null
  const isText = Object.values(headers).every((text) => typeof text === 'string')
  return isText
    ? { fingerprint, expiresAt, status, body, headers: headers as KeptAnswer['headers'] }
    : null
}
