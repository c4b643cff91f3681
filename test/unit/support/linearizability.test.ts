/**
 * Histories of one account that have an order and histories that have none, and that the search finds out which.
 */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../support/faults.ts'
import {
  describeChange,
  describeRead,
  findLinearization,
  keyOfAccount,
  type AccountAnswer,
  type AccountState,
  type Operation,
} from '../../support/linearizability.ts'

type Call = Operation<AccountState>

const INITIAL: AccountState = { isActive: true, version: 1 }

/** Reads "off 0-1? 4-5F2, a 6-7T": a change sent twice, its first answer lost, and a read that saw no version. */
const parseHistory = (text: string): Call[] =>
  text.split(', ').map((call) => {
    const [name = '', ...spans] = call.split(' ')
    const sendings = spans.map((span) => {
      const [, from, to, state, version] = /^(\d)-(\d)([TF?])(\d?)$/.exec(span) ?? []
      const answer = { isActive: state === 'T', version: version ? Number(version) : null }
      const times = { invokedAt: Number(from), returnedAt: Number(to) }
      return { ...times, answer, ...(state === '?' && { answer: null }) }
    })
    if (/^o/.test(name)) return describeChange(name, /^on/.test(name), sendings, /!$/.test(name))
    return describeRead(name, sendings[0] as Parameters<typeof describeRead>[1])
  })

/** Searches, and counts how often a state was looked at. */
function find(calls: readonly Call[]) {
  let effort = 0
  const order = findLinearization(INITIAL, calls, (state) => (effort++, keyOfAccount(state)))
  return { order: order && order.join(' '), effort }
}

describe('findLinearization', () => {
  it.each([
    { name: 'calls in turn', calls: 'b 2-3F2, on 4-5T3, off 0-1F2', order: 'off b on' },
    { name: 'a read before a change took effect', calls: 'off 0-3F2, a 1-2T1', order: 'a off' },
    { name: 'a read invoked at the time of a return', calls: 'off 0-1F2, a 1-2T1', order: 'a off' },
    { name: 'a stale read after a change returned', calls: 'off 0-1F2, a 2-3T1', order: null },
    { name: 'a change seen and then not', calls: 'off 0-9F2, a 1-2F2, b 3-4T1', order: null },
    { name: 'a lost update', calls: 'off 0-1F2, on 2-3T3, a 4-5F2', order: null },
    { name: 'two changes of one version', calls: 'off 0-3F2, on 0-3T2', order: null },
    { name: 'a double effect', calls: 'off 0-1F2, a 2-3F3', order: null },
    { name: 'nothing to change', calls: 'on 0-1T1, off 2-3F2, off 4-5F2', order: 'on off off' },
    { name: 'a change to another state', calls: 'off 0-1T1', order: null },
    { name: 'a refusal as unchanged in another state', calls: 'off 0-1F, a 2-3T', order: null },
    { name: 'an unchanged answer', calls: 'on 0-1T', order: 'on' },
    { name: 'an unchanged answer that would be a refusal', calls: 'on! 0-1T', order: null },
    { name: 'a lost effect that is seen', calls: 'off 0-1?, a 2-3T1, b 4-5F2', order: 'a off b' },
    { name: 'a lost effect that never was', calls: 'off 0-1?, a 2-3T1', order: 'a' },
    { name: 'a lost effect with nothing to do', calls: 'on 0-1?, a 2-3T1', order: 'a' },
    { name: 'a lost effect that un-happens', calls: 'off 0-1?, a 2-3F2, b 4-5T1', order: null },
    { name: 'a lost effect that happens twice', calls: 'off 0-1?, on 2-3T3, a 4-5F4', order: null },
    { name: 'an effect before its invocation', calls: 'a 0-1F2, off 2-3?', order: null },
    { name: 'a replay', calls: 'off 0-1? 4-5F2 6-9F2, a 2-3F2, on 7-8T3', order: 'off a on' },
    { name: 'no effect when one was answered', calls: 'off 0-9F2 1-2F2, a 3-4T1', order: null },
    { name: 'a replay that differs', calls: 'off 0-1F2 4-5F4, on 2-3T3', order: null },
  ])('answers $order for $name', ({ calls, order }) => {
    expect(find(parseHistory(calls)).order).toBe(order)
  })

  it('throws on a call that returned before it was invoked', () => {
    expect(() => find(parseHistory('a 3-2T'))).toThrow(RangeError)
  })
})

/** Makes 60 calls of eight clients to a real account, with a time in the middle when none is on its way. */
function generateHistory(random: () => number, lossRate: number) {
  let state = INITIAL
  let quiet = INITIAL
  const calls = Array.from({ length: 60 }, (_, place): Call => {
    if (place === 30) quiet = state
    // A client has every eighth call, and so none that begins before its last one ended.
    const at = place * 100 + (place < 30 ? 0 : 1_000)
    const span = { invokedAt: at - random() * 390, returnedAt: at + random() * 390 }
    const isActive = random() < 0.5
    const isLost = random() < lossRate
    if (random() < 0.4) {
      const version = random() < 0.5 ? state.version : null
      return describeRead(`${place}`, { ...span, answer: { ...state, version } })
    }
    const hasEffect = state.isActive !== isActive && !(isLost && random() < 0.5)
    if (hasEffect) state = { isActive, version: state.version + 1 }
    return describeChange(`${place}`, isActive, [{ ...span, answer: isLost ? null : state }])
  })
  const see = (answer: AccountAnswer) =>
    find([...calls, describeRead('quiet', { invokedAt: 3_400, returnedAt: 3_500, answer })])
  return { calls, quiet, see }
}

const isUnknown = ({ returnedAt }: Call) => returnedAt === Infinity

/** Tries every order there is, with nothing that shortens the search. */
const isExplainable = (state: AccountState, calls: readonly Call[]): boolean =>
  calls.every(isUnknown) ||
  calls.some((one) => {
    if (calls.some(({ returnedAt }) => returnedAt < one.invokedAt)) return false
    const next = one.apply(state)
    return (
      next !== null &&
      isExplainable(
        next,
        calls.filter((other) => other !== one),
      )
    )
  })

describe('findLinearization: generated histories', () => {
  it('explains what a real account answered, also when a fifth of the answers is lost', () => {
    const random = seededRandom(1)
    const found = Array.from({ length: 300 }, (_, count) => {
      const { calls } = generateHistory(random, (count % 3) / 10)
      return find(calls)
    })
    expect(found.filter(({ order }) => order === null)).toEqual([])
    // Of 2^60 subsets; the count, unlike the time, is the same on every machine.
    expect(Math.max(...found.map(({ effort }) => effort))).toBeLessThan(5_000)
  })

  it('refuses a read that is wrong when no call is on its way', () => {
    const random = seededRandom(2)
    for (let count = 0; count < 300; count++) {
      const { quiet, see } = generateHistory(random, 0)
      const flipped = see({ isActive: !quiet.isActive, version: null })
      const stale = see({ ...quiet, version: quiet.version - 2 })
      expect([flipped.order, stale.order, typeof see(quiet).order]).toEqual([null, null, 'string'])
      expect(flipped.effort + stale.effort).toBeLessThan(5_000)
    }
  })

  it('agrees with a search of every order', () => {
    const random = seededRandom(3)
    const pick = (below: number) => Math.floor(random() * below)
    const found = Array.from({ length: 3_000 }, () => {
      const calls = Array.from({ length: 6 }, (_, place) => {
        const invokedAt = pick(12)
        const isActive = pick(2) === 0
        const answer = { isActive, version: pick(3) === 0 ? 1 + pick(3) : null }
        const sending = { invokedAt, returnedAt: invokedAt + pick(12), answer }
        if (pick(3) === 0) return describeRead(`${place}`, sending)
        const sent = pick(3) === 0 ? { ...sending, answer: null } : sending
        return describeChange(`${place}`, isActive, [sent], pick(3) === 0)
      })
      return { isFound: find(calls).order !== null, isThere: isExplainable(INITIAL, calls) }
    })
    expect(found.filter(({ isFound, isThere }) => isFound !== isThere)).toEqual([])
    expect(found.filter(({ isThere }) => isThere).length).toBeGreaterThan(500)
    expect(found.filter(({ isThere }) => !isThere).length).toBeGreaterThan(500)
  })
})
