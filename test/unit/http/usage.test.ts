/**
 * What a request asked of the stores: counted for the very request that is being answered, and for none outside of one.
 */
import { describe, expect, it } from 'vitest'
import {
  countUsage,
  createUsage,
  observeStore,
  writeServerTiming,
} from '../../../src/http/usage.ts'

describe('observeStore', () => {
  it('counts calls and their time for the request that makes them, beside others', async () => {
    let now = 0
    const begin = observeStore('d1', () => now)
    const ask = async (calls: number) => {
      const usage = createUsage()
      await countUsage(usage, async () => {
        for (let left = calls; left > 0; left -= 1) {
          const end = begin()
          await Promise.resolve()
          now += 5
          end()
        }
      })
      return usage
    }
    const [one, three] = await Promise.all([ask(1), ask(3)])
    expect(one).toMatchObject({ d1: { calls: 1 }, kv: { calls: 0, milliseconds: 0 } })
    expect(three).toMatchObject({ d1: { calls: 3 } })
    expect(await ask(2)).toMatchObject({ d1: { calls: 2, milliseconds: 10 } })
  })

  it('counts nothing outside of a request', () => {
    expect(() => observeStore('kv', () => 0)()()).not.toThrow()
  })
})

describe('writeServerTiming', () => {
  it('names the whole, and each store with its calls', () => {
    const usage = { d1: { calls: 2, milliseconds: 9 }, kv: { calls: 1, milliseconds: 3 } }
    expect(writeServerTiming(12, usage)).toBe(
      'total;dur=12, d1;dur=9;desc="2 calls", kv;dur=3;desc="1 calls"',
    )
  })
})
