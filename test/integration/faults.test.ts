/**
 * Each fault of the proxies does what it says, to real D1 and real KV.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newSecret } from '../../src/auth/random.ts'
import { openDatabase } from '../../src/store/database.ts'
import { usedTokens } from '../../src/store/schema.ts'
import { isStoreFailure } from '../../src/store/store-failure.ts'
import {
  faultsAt,
  faultyDatabase,
  faultyNamespace,
  randomFaults,
  seededRandom,
  staleNamespace,
  type Fault,
  type FaultPlan,
} from '../support/faults.ts'

/** The value of a promise, or the text of its error. */
const outcomeOf = (promise: Promise<unknown>) => promise.catch((error: Error) => error.message)

const countRows = (hash: string) =>
  env.DB.prepare('SELECT count(*) n FROM used_tokens WHERE hash = ?').bind(hash).first<number>('n')

/** Writes a row and reads it in one batch with a fault, and looks at the table while the proxy waits. */
async function insertWith(fault: Fault | null, hash = newSecret()) {
  const waited: unknown[] = []
  const wait = async (milliseconds: number) => {
    waited.push(milliseconds, await countRows(hash))
  }
  const database = faultyDatabase(env.DB, () => fault, { wait })
  const sent = database.batch([
    database
      .prepare('INSERT INTO used_tokens (hash, purpose, expires_at) VALUES (?, ?, ?)')
      .bind(hash, 'user-action', Date.now() + 3_600_000),
    database.prepare('SELECT purpose FROM used_tokens WHERE hash = ?').bind(hash),
  ])
  const outcome = await outcomeOf(sent)
  return { outcome, rows: await countRows(hash), waited, calls: database.calls(), hash }
}

const LOST = 'D1_ERROR: Network connection lost.'
const OVERLOADED = 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.'
const WRITTEN = [{ success: true }, { results: [{ purpose: 'user-action' }] }]

describe('faultyDatabase', () => {
  it.each<{ fault: Fault | null; outcome: unknown; rows: number; waited?: number[] }>([
    { fault: null, outcome: WRITTEN, rows: 1 },
    { fault: 'throw_before', outcome: LOST, rows: 0 },
    { fault: 'overloaded', outcome: OVERLOADED, rows: 0 },
    { fault: 'commit_then_throw', outcome: LOST, rows: 1 },
    { fault: 'garbage', outcome: null, rows: 0 },
    { fault: 'garbage_after', outcome: null, rows: 1 },
    { fault: 'hang', outcome: WRITTEN, rows: 1, waited: [5_000, 0] },
    { fault: 'delay', outcome: WRITTEN, rows: 1, waited: [40, 0] },
  ])('leaves $rows rows of a batch with the fault $fault', async ({ waited = [], ...expected }) => {
    const calls = [{ sequence: 0, isWrite: true, fault: expected.fault }]
    const { fault: _, ...left } = expected
    expect(await insertWith(expected.fault)).toMatchObject({ ...left, waited, calls })
  })

  it('loses a refusal of the database too when the answer is lost', async () => {
    const { hash } = await insertWith(null)
    expect((await insertWith('commit_then_throw', hash)).outcome).toBe(LOST)
  })

  it('waits by itself when nobody else does', async () => {
    const database = faultyDatabase(env.DB, () => 'hang', { hangMilliseconds: 1 })
    expect(await database.prepare('SELECT 1 AS one').first('one')).toBe(1)
  })

  it('answers each kind of garbage in turn, none of them true', async () => {
    const database = faultyDatabase(env.DB, () => 'garbage', { garbageFrom: 2 })
    const statement = database.prepare('SELECT 1 AS one')
    const batches: unknown[] = []
    while (batches.length < 5) batches.push(await database.batch([statement]))
    const text = expect.stringContaining('upstream') as unknown
    expect(batches).toEqual([[{ results: [{}] }], text, {}, null, []])
    expect(await statement.all()).toEqual({ results: [{}] })
    expect(await statement.run()).toEqual(text)
    expect(await statement.raw()).toEqual([null])
    expect(await statement.first()).toEqual({})
  })

  it('fails drizzle at the calls of the plan, and keeps them', async () => {
    const database = faultyDatabase(env.DB, faultsAt([0, 2, 3], 'throw_before'))
    const store = openDatabase(database)
    const row = { hash: newSecret(), purpose: 'user-action', expiresAt: Date.now() + 60_000 }
    const select = () => store.select().from(usedTokens).limit(0)
    expect(await store.insert(usedTokens).values(row).catch(isStoreFailure)).toBe(true)
    expect(await select()).toEqual([])
    expect(await select().catch(isStoreFailure)).toBe(true)
    expect(await store.batch([select()]).catch(isStoreFailure)).toBe(true)
    const seen = database.calls().map(({ isWrite, fault }) => [isWrite, fault])
    const failed = 'throw_before'
    expect(seen).toEqual([
      [true, failed],
      [false, null],
      [false, failed],
      [false, failed],
    ])
    expect(database.calls()[2]?.sql).toEqual([select().toSQL().sql])
  })
})

describe('faultyNamespace', () => {
  it.each<{ fault: Fault | null; put?: string; get: string; stored: string }>([
    { fault: null, get: 'new', stored: 'new' },
    { fault: 'throw_before', put: '500 Internal', get: '500 Internal', stored: 'old' },
    { fault: 'overloaded', put: '429 Too Many', get: '429 Too Many', stored: 'old' },
    { fault: 'commit_then_throw', put: '500 Internal', get: '500 Internal', stored: 'new' },
    { fault: 'garbage', get: '[{', stored: 'old' },
    { fault: 'garbage_after', get: '[{', stored: 'new' },
    { fault: 'hang', get: 'new', stored: 'new' },
    { fault: 'delay', get: 'new', stored: 'new' },
  ])('leaves the $stored text with the fault $fault', async ({ fault, put, get, stored }) => {
    const key = newSecret()
    await env.IDEMPOTENCY.put(key, 'old')
    const wait = async () => undefined
    const namespace = faultyNamespace(env.IDEMPOTENCY, () => fault, { wait })
    const answered = await outcomeOf(namespace.put(key, 'new', { expirationTtl: 60 }))
    expect(answered).toEqual(put && expect.stringMatching(`^KV PUT failed: ${put}`))
    const failed = put ? 'KV GET failed: ' : ''
    expect(await outcomeOf(namespace.get(key, 'text'))).toContain(`${failed}${get}`)
    expect(await env.IDEMPOTENCY.get(key)).toBe(stored)
    const seen = { target: 'namespace', key, fault }
    expect(namespace.calls()).toEqual([
      { ...seen, operation: 'put', sequence: 0 },
      { ...seen, operation: 'get', sequence: 1 },
    ])
  })

  it('answers text that is no JSON, other JSON and a huge text in turn', async () => {
    const namespace = faultyNamespace(env.IDEMPOTENCY, () => 'garbage')
    expect(await outcomeOf(namespace.get('a', { type: 'json' }))).toContain('JSON')
    expect(await namespace.get('a', { type: 'json' })).toEqual([{ status: '200' }, null])
    expect((await namespace.get('a', 'text'))?.length).toBeGreaterThan(5_000_000)
  })
})

describe('staleNamespace', () => {
  it('answers what it saw first until the time is over, also when that was nothing', async () => {
    let now = 0
    const [late, early] = [newSecret(), newSecret()]
    const far = staleNamespace(env.IDEMPOTENCY, 60_000, () => now)
    const read = async () => [await far.get(late, 'text'), await far.get(early, { type: 'json' })]
    await env.IDEMPOTENCY.put(early, '1')
    expect(await read()).toEqual([null, 1])
    await Promise.all([env.IDEMPOTENCY.put(late, 'there'), far.put(early, '2')])
    now = 59_999
    expect(await read()).toEqual([null, 1])
    expect(await env.IDEMPOTENCY.get(early)).toBe('2')
    now = 60_000
    expect(await read()).toEqual(['there', 2])
  })
})

describe('a plan', () => {
  const run = (plan: FaultPlan) =>
    Array.from({ length: 10_000 }, (_, sequence) =>
      plan({ target: 'namespace', sequence, operation: 'get', key: `${sequence % 5_000}` }),
    )

  it('picks calls by a predicate', () => {
    const picked = run(faultsAt((call) => call.target === 'namespace' && call.key === '7', 'hang'))
    expect(picked.flatMap((fault, at) => (fault ? [at] : []))).toEqual([7, 5_007])
  })

  it('fails a share of the calls, the same ones for the same seed', () => {
    const draw = (seed: number) => run(randomFaults(0.02, ['hang', 'garbage'], seededRandom(seed)))
    const faults = draw(1).filter((fault) => fault !== null)
    expect(faults.length / 10_000).toBeCloseTo(0.02, 2)
    expect(new Set(faults).size).toBe(2)
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })
})
