/**
 * One client-signed `jti`, sent 200 times at once in tokens that are all different, is good for one change, and one
 * idempotency key for one, however many proofs there are (RULES.md sections 2.5 and 3).
 */
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newSecret } from '../../src/auth/random.ts'
import { faultyNamespace, staleNamespace } from '../support/faults.ts'
import { createJournal, requestOf, type Entry } from '../support/journal.ts'
import {
  createCounter,
  DIALECT_NAMES,
  inTurns,
  openService,
  readStore,
  setScene,
  waitInLine,
} from '../support/proof.ts'
import { createProofSigner } from '../support/proofs.ts'
import { hashOfUse, proveRequest } from '../support/provers.ts'
import { addCredential } from '../support/world.ts'

const SIZE = 200

/** Key-value stores, and how their calls fail or lag. */
const NAMESPACES = [
  { kv: 'as it is', fault: null, isStale: false },
  { kv: '40 ms late', fault: 'delay', isStale: false },
  { kv: '60 s behind', fault: null, isStale: true },
  { kv: 'down', fault: 'throw_before', isStale: false },
] as const

const { actor, addTarget, judge } = await setScene()
// Its signatures are never the same twice.
const signer = await createProofSigner('P-256')
await addCredential(actor.organizationId, actor.userId, signer)
const counter = createCounter('Races of client-signed proofs')

/** Names how the rest of a race was answered: by what, and how often. */
const countAnswers = (entries: readonly Entry[]) =>
  Object.fromEntries(
    [...Map.groupBy(entries, ({ status, text }) => `${status} ${/already been used/.test(text)}`)]
      .map(([name, { length }]): [string, number] => [name, length])
      .sort(),
  )

/**
 * Activates users by many requests at once, in turn by each of some dialects.
 *
 * @param jtis - of their proofs, in turn.
 * @param given.users - how many are activated, in turn; one where nothing is said.
 */
async function race(
  dialects: readonly (typeof DIALECT_NAMES)[number][],
  jtis: readonly string[],
  given: { readonly key?: string; readonly users?: number; readonly namespace?: KVNamespace } = {},
) {
  const { key = null, users = 1, namespace: IDEMPOTENCY = env.IDEMPOTENCY } = given
  const deferred: Promise<unknown>[] = []
  // Time stands still: no proof grows old while it waits in line.
  const now = Date.now()
  const keep = (work: Promise<unknown>) => void deferred.push(work)
  const { call, entries } = createJournal(await openService({ IDEMPOTENCY }, keep, () => now))
  const targets = await inTurns(Array.from({ length: users }), 4, addTarget)
  const sendings: (readonly [ReturnType<typeof requestOf>, string])[] = []
  for (let at = 0; at < SIZE; at++) {
    const target = targets[at % users] as (typeof targets)[number]
    const request = requestOf(dialects[at % dialects.length] ?? 'dfns', 'activate', target)
    const claims = { jti: jtis[at % jtis.length] }
    const prover = { ...actor, signer }
    sendings.push([request, await proveRequest(prover, request, { claims, known: { now } })])
  }
  expect(new Set(sendings.map(([, proof]) => proof)).size).toBe(SIZE)
  await Promise.all(
    sendings.map(([request, userAction]) => call(request, { who: actor, key, userAction })),
  )
  await Promise.all(deferred)
  const hashes = jtis.map((jti) => hashOfUse(actor.organizationId, signer.credentialId, jti))
  const sql =
    'SELECT used_by FROM used_tokens WHERE hash IN (SELECT value FROM json_each(?)) AND used_by IS NOT NULL'
  const used = await readStore(sql, JSON.stringify(await Promise.all(hashes)))
  const counts = await judge(entries, false)
  counter.add({ runs: 1, ...counts })
  return { answers: countAnswers(entries), used: used.length, counts }
}

beforeAll(waitInLine)

afterAll(() => {
  vi.unstubAllGlobals()
  counter.print()
})

describe('200 activations at once by proofs with one jti', () => {
  it.each([
    ...DIALECT_NAMES.map((name) => ({ name, dialects: [name] })),
    { name: 'all three dialects in turn', dialects: DIALECT_NAMES },
  ])('happen once, and the others are told that it is used, by $name', async ({ dialects }) => {
    const { answers, used, counts } = await race(dialects, [newSecret()])
    expect(answers).toEqual({ '200 false': 1, '400 true': SIZE - 1 })
    expect(counts).toMatchObject({ transitions: 1, auditRows: 1, replays: 0 })
    expect(used).toBe(1)
  })

  it('happen once where each is of another user, so that nothing but the use is fought for', async () => {
    const { answers, used, counts } = await race(DIALECT_NAMES, [newSecret()], { users: SIZE })
    expect(answers).toEqual({ '200 false': 1, '400 true': SIZE - 1 })
    expect(counts).toMatchObject({ transitions: 1, auditRows: 1, replays: 0 })
    expect(used).toBe(1)
  })
})

describe.each(NAMESPACES)('200 activations at once under one key, KV $kv', ({ fault, isStale }) => {
  it.each(DIALECT_NAMES)('happen once, each by a proof of its own, by %s', async (dialect) => {
    const store = isStale ? staleNamespace(env.IDEMPOTENCY) : env.IDEMPOTENCY
    const namespace = faultyNamespace(store, () => fault)
    const jtis = Array.from({ length: SIZE }, () => newSecret())
    const { answers, used, counts } = await race([dialect], jtis, { key: newSecret(), namespace })
    expect(answers).toEqual({ '200 false': SIZE })
    expect(counts).toMatchObject({ transitions: 1, auditRows: 1, replays: SIZE - 1 })
    // What was answered again used up nothing.
    expect(used).toBe(1)
    const injected = namespace.calls().filter((one) => one.fault !== null)
    expect(injected.length > 0).toBe(fault !== null)
    counter.add({ 'faults injected': injected.length })
  })
})
