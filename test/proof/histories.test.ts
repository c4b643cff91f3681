/**
 * C12: whatever several clients do to one user at once, every answer that they get is explained by some order.
 */
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { faultyDatabase, faultyNamespace, randomFaults } from '../support/faults.ts'
import { seededRandom, staleNamespace } from '../support/faults.ts'
import { createJournal, requestOf, stateIn } from '../support/journal.ts'
import type { Entry, JournalRequest, Sender, Verb } from '../support/journal.ts'
import { describeChange, describeRead } from '../support/linearizability.ts'
import { findLinearization, keyOfAccount } from '../support/linearizability.ts'
import {
  createCounter,
  DIALECT_NAMES,
  inTurns,
  openService,
  setScene,
  waitInLine,
} from '../support/proof.ts'
import { createProofSigner } from '../support/proofs.ts'
import { proveRequest } from '../support/provers.ts'
import { addCredential } from '../support/world.ts'

/** Fewer are enough for a service with a fault that was planted; one a circumstance is the least. */
const HISTORIES = Math.max(5, Number(env.PROOF_HISTORIES || 200))
const OPERATIONS = 60
/** Enough for histories to meet in the one database, and too few for them to stand in line for it. */
const AT_ONCE = 4

/** What the histories are exposed to, in turn. */
const CIRCUMSTANCES = [
  { when: 'all is well', rate: 0, isLate: false, isStale: false },
  { when: 'KV is 40 ms late', rate: 0, isLate: true, isStale: false },
  { when: 'KV is 60 s behind', rate: 0, isLate: false, isStale: true },
  { when: 'D1 loses 2 of 100 calls', rate: 0.02, isLate: false, isStale: false },
  { when: 'D1 loses 2 of 100 calls and KV is late', rate: 0.02, isLate: true, isStale: false },
]

const VERBS: readonly Verb[] = ['activate', 'deactivate', 'read']
const READERS = ['dfns', 'rinne'] as const

const scene = await setScene()
const signer = await createProofSigner()
await addCredential(scene.actor.organizationId, scene.actor.userId, signer)
const prover = { ...scene.actor, signer }
const total = createCounter('C12')

/** Lets six to eight clients loose on a user who is inactive. */
async function play(seed: number, { rate, isLate, isStale }: (typeof CIRCUMSTANCES)[number]) {
  const random = seededRandom(seed)
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  const losses = randomFaults(rate, ['throw_before', 'commit_then_throw'], random)
  const DB = faultyDatabase(env.DB, losses)
  const copies = isStale ? staleNamespace(env.IDEMPOTENCY) : env.IDEMPOTENCY
  const IDEMPOTENCY = faultyNamespace(copies, () => (isLate ? 'delay' : null))
  const deferred: Promise<unknown>[] = []
  // A proof is repeated as long as a history goes on, however slow the machine is.
  const now = Date.now()
  const keep = (work: Promise<unknown>) => void deferred.push(work)
  const service = await openService({ DB, IDEMPOTENCY }, keep, () => now)
  const { call, entries } = createJournal(service)
  const target = await scene.addTarget()
  const keyed: (readonly [JournalRequest, Sender])[] = []
  let left = OPERATIONS

  const send = async () => {
    if (keyed.length > 0 && random() < 0.25) return call(...pick(keyed))
    const verb = pick(VERBS)
    const isRead = verb === 'read'
    const request = requestOf(pick(isRead ? READERS : DIALECT_NAMES), verb, target)
    const key = !isRead && random() < 0.5 ? `${target.id}-${left}` : null
    const isProven = !isRead && random() < 0.5
    const needsToken = !isRead && !isProven && request.dialect === 'dfns'
    const userAction = isProven
      ? await proveRequest(prover, request, { known: { now } })
      : needsToken
        ? await scene.prove(request, env.ISSUER, now)
        : null
    total.add({ proofs: isProven ? 1 : 0, tokens: needsToken ? 1 : 0 })
    const sender = { who: scene.actor, key, userAction }
    if (key !== null) keyed.push([request, sender])
    return call(request, sender)
  }
  const act = async () => {
    while (left-- > 0) await send()
  }
  await Promise.all(Array.from({ length: 6 + Math.floor(random() * 3) }, act))
  await Promise.all(deferred)
  const faults = [...DB.calls(), ...IDEMPOTENCY.calls()].filter(({ fault }) => fault !== null)
  const pairs = entries.flatMap((one, at) =>
    entries.slice(at + 1).filter((other) => other.invokedAt < one.returnedAt),
  )
  total.add({ histories: 1, operations: entries.length, 'overlapping pairs': pairs.length })
  total.add({ 'faults injected': faults.length + (isStale ? 1 : 0) })
  const initial = { isActive: false, version: 1 }
  const order = findLinearization(initial, operationsOf(entries), keyOfAccount)
  return { entries, order, text: `seed ${seed}\n${entries.map(write).join('\n')}` }
}

/** Reads what was seen: all sendings under a key are one change, but for those that Timbu refused. */
const operationsOf = (entries: readonly Entry[]) =>
  [...Map.groupBy(entries, ({ key, requestId }) => key ?? requestId)].flatMap(([name, group]) => {
    const seen = group.map((entry) => ({ ...entry, answer: stateIn(entry) }))
    const isRead = ({ operation, status }: Entry) => operation === 'read' || status === 403
    const reads = seen
      .filter(isRead)
      .flatMap(({ answer, ...entry }) =>
        answer ? [describeRead(entry.requestId, { ...entry, answer })] : [],
      )
    const changes = seen.filter((entry) => !isRead(entry))
    const [first] = changes
    if (!first) return reads
    const { operation, dialect } = first
    return [...reads, describeChange(name, operation === 'activate', changes, dialect === 'timbu')]
  })

const write = (entry: Entry): string => {
  const { invokedAt, returnedAt, dialect, operation, key, status } = entry
  const answer = JSON.stringify(stateIn(entry))
  return `${invokedAt}-${returnedAt} ${dialect} ${operation} ${key}: ${status} ${answer}`
}

beforeAll(waitInLine)

afterAll(() => {
  vi.unstubAllGlobals()
  total.print()
})

describe('histories of one user each', () => {
  it.each(CIRCUMSTANCES)('have an order that explains them when $when', async (circumstances) => {
    const { rate } = circumstances
    const isMine = (seed: number) => CIRCUMSTANCES[seed % CIRCUMSTANCES.length] === circumstances
    const seeds = Array.from({ length: HISTORIES }, (_, seed) => seed).filter(isMine)
    const plays = await inTurns(seeds, AT_ONCE, (seed) => play(seed, circumstances))
    expect(plays.flatMap(({ order, text }) => (order ? [] : [text]))).toEqual([])
    const entries = plays.flatMap((one) => one.entries)
    // Whoever behaves is refused nothing but what is done already.
    const odd = entries.filter((entry) => stateIn(entry) === null && entry.status !== 503)
    expect(odd.map(write)).toEqual([])
    const { unavailable, ...counts } = await scene.judge(entries, rate > 0)
    total.add({ ...counts, 'unknown outcomes': unavailable })
  })
})
