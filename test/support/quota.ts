/**
 * A counter as the platform's rate limiter is one: lets so many requests of one key pass, and tells what it was asked.
 */

/** Makes a counter; `seen` has how often each key came. */
export function createQuotaCounter(quota: number) {
  const seen = new Map<string, number>()
  const limit = ({ key }: { key: string }) => {
    seen.set(key, (seen.get(key) ?? 0) + 1)
    return Promise.resolve({ success: (seen.get(key) ?? 0) <= quota })
  }
  return { limit, seen }
}
