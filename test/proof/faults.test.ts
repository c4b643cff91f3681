/**
 * C8: an activation that meets a fault happens once or not at all, is not said to be done before it is, and is done
 * after honest retries.
 */
import { env } from 'cloudflare:workers'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { faultyDatabase, faultyNamespace, staleNamespace } from '../support/faults.ts'
import type { Fault, FaultPlan } from '../support/faults.ts'
import { createJournal, isDone, isReplay, requestOf, type Entry } from '../support/journal.ts'
import { createCounter, DIALECT_NAMES, inTurns } from '../support/proof.ts'
import { openService, readStore, setScene } from '../support/proof.ts'

type Host = (init: RequestInit) => Promise<Response>

const ISSUER = 'https://login.example.test/'
const issuerKeys = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(issuerKeys.publicKey)), kid: 'outside' }
const KEY_SET = JSON.stringify({ keys: [jwk] })

const answer =
  (status: number, text = KEY_SET): Host =>
  async () => {
    const headers = { 'content-type': 'application/json', location: `${ISSUER}other` }
    return new Response(text, { status, headers })
  }
const keepSilent: Host = ({ signal }) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

/** How an outside issuer answers who asks for its keys. */
const HOSTS: Readonly<Record<string, Host>> = {
  slow: keepSilent,
  broken: answer(500),
  huge: answer(200, KEY_SET.padEnd(65_537)),
  redirecting: answer(302),
  garbage: answer(200, '{"keys":['),
  down: () => Promise.reject(new TypeError('fetch failed')),
}

/** What goes wrong with one sending. */
interface Plan {
  /** Of the answer, 200 where nothing is said; null where none comes. Timbu's 401 is 403. */
  readonly status?: number | null
  /** Its round trips to D1 in their order, and all that follow. */
  readonly trips?: readonly (Fault | null)[]
  readonly rest?: Fault
  readonly get?: Fault
  readonly put?: Fault
  readonly garbageFrom?: number
  readonly isStale?: boolean
  /** What outlives the answer is lost. */
  readonly isDropped?: boolean
  /** How far the service's clock is off; how old a token is, and how old it may become: all in seconds. */
  readonly clock?: { readonly shift: number; readonly age?: number; readonly lifetime?: number }
  /** One of `HOSTS`; warm is who knows its keys already. */
  readonly host?: string
  readonly isWarm?: boolean
  /** The client goes away at the call with the fault, with its request or without it, or when the answer comes. */
  readonly client?: 'dies' | 'leaves' | 'is deaf'
}

const kinds = (fault: Fault, count: number) =>
  Array.from({ length: count }, (_, kind) => `${fault} ${kind}`)
const FAULTS = ['throw_before', 'commit_then_throw', 'hang', ...kinds('garbage', 5)]
const BATCHES = [...FAULTS, ...kinds('garbage_after', 5)]
const LOOK_UPS = [...FAULTS.slice(0, -2), 'delay']
const SOME = [...FAULTS.slice(0, 4), 'delay', 'overloaded']
const READINGS = [...FAULTS, 'overloaded']
const DOUBTS = ['throw_before', 'commit_then_throw', 'garbage', 'garbage_after'] as const
// Whoever let each of many round trips hang would wait for longer than any client does.
const LASTING = ['throw_before', 'commit_then_throw', 'garbage 0']

const second = (one: Fault, status = 200, more: Plan = {}): Plan => {
  return { trips: [null, one], status, ...more }
}

/** Plans each fault of a list, each kind of garbage for itself. */
const each = (faults: readonly string[], planOf: (fault: Fault) => Plan): Plan[] =>
  faults.map((fault) => {
    const [name, kind] = fault.split(' ')
    return { ...planOf(name as Fault), ...(kind ? { garbageFrom: Number(kind) } : {}) }
  })
const eachHost = (plan: Plan): Plan[] => Object.keys(HOSTS).map((host) => ({ host, ...plan }))
const eachDoubt = (faults: readonly string[], planOf: (one: Fault, then: Fault) => Plan) =>
  DOUBTS.flatMap((one) => each(faults, (then) => planOf(one, then)))

/** Combinations that make no sense: why a point has no scenarios without a key. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  keyed: 'KV is not asked without a key',
  again: 'nothing is repeated without a key',
}

const CLOCKS: readonly Plan[] = [
  { clock: { shift: -120 }, status: 401 },
  { clock: { shift: -120, age: 200 } },
  { clock: { shift: 120 } },
  { clock: { shift: 120, lifetime: 80 }, status: 401 },
]

const CLIENTS: readonly Plan[] = [
  { client: 'dies', trips: ['hang'], status: null },
  { client: 'dies', trips: [null, 'hang'], status: null },
  { client: 'leaves', trips: ['delay'], status: null },
  { client: 'leaves', trips: [null, 'delay'], status: null },
  { client: 'is deaf', status: null },
]

/** Where something goes wrong; `again` with the second sending of a key. */
const POINTS: readonly (readonly [point: string, when: string, plans: readonly Plan[]])[] = [
  ['the look-up in KV', 'keyed', each(LOOK_UPS, (get) => ({ get }))],
  ['the look-up in KV', 'again', each(LOOK_UPS, (get) => ({ get }))],
  ['the copy in KV', 'keyed', each(SOME, (put) => ({ put }))],
  ['KV that is behind', 'keyed', [{ isStale: true }]],
  ['waitUntil', 'keyed', [{ put: 'garbage', isDropped: true }]],
  ['the first reading', 'always', each(READINGS, (one) => ({ trips: [one], status: 503 }))],
  ['the first reading', 'again', each(READINGS, (one) => ({ trips: [one], status: 503 }))],
  ['the kept answer', 'again', each(FAULTS, (one) => second(one, 503, { get: 'throw_before' }))],
  ['the batch', 'always', [...each(BATCHES, (one) => second(one)), second('overloaded', 503)]],
  ['the reading back', 'always', eachDoubt(SOME, (one, then) => ({ trips: [null, one, then] }))],
  ['all after the batch', 'always', eachDoubt(LASTING, (one, rest) => second(one, 503, { rest }))],
  ['the keys of an issuer', 'always', eachHost({ status: 503 })],
  ['the keys of an issuer that are known', 'always', eachHost({ isWarm: true })],
  ['the clock', 'always', CLOCKS],
  ['the client', 'always', CLIENTS],
]

const scenariosOf = ([point, when, plans]: (typeof POINTS)[number]) =>
  plans.flatMap((plan) =>
    DIALECT_NAMES.flatMap((dialect) =>
      (LEFT_OUT[when] ? [true] : [true, false]).map((hasKey) => {
        const name = `${point} (${when}) ${JSON.stringify({ plan, dialect, hasKey })}`
        return { name, dialect, hasKey, plan, isRepeated: when === 'again' }
      }),
    ),
  )

type Scenario = ReturnType<typeof scenariosOf>[number]

const CASES = POINTS.map((point) => ({
  name: `${point[0]} (${point[1]})`,
  scenarios: scenariosOf(point),
}))

const scene = await setScene()
const hosts = new Map<string, Host>()
const total = createCounter('C8')

/** Opens a service that fails by the plan of the moment, and sends to it as a client that may go away. */
async function openFaulty(plan: Plan, name: string) {
  let current: Plan = {}
  let trip = 0
  let asked = 0
  /** Milliseconds that clients have waited for, as the service sees it. */
  let waited = 0
  let leave = () => {}
  const late: Promise<unknown>[] = []
  const keep = <T>(work: Promise<T>) => (late.push(work), work)
  const faultOf: FaultPlan = (call) => {
    const isTrip = call.target === 'database'
    const fault = isTrip ? (current.trips?.[trip++] ?? current.rest) : current[call.operation]
    if (fault && current.client) leave()
    return fault ?? null
  }
  const wait = (milliseconds: number) =>
    plan.client === 'dies'
      ? new Promise<void>(() => {})
      : keep(new Promise<void>((resolve) => setTimeout(resolve, milliseconds)))
  const options = { wait, garbageFrom: plan.garbageFrom ?? 0 }
  const batch = (list: D1PreparedStatement[]) => keep(env.DB.batch(list))
  const binding = { prepare: (sql: string) => env.DB.prepare(sql), batch } as unknown as D1Database
  const copies = plan.isStale ? staleNamespace(env.IDEMPOTENCY) : env.IDEMPOTENCY
  const DB = faultyDatabase(binding, faultOf, options)
  const IDEMPOTENCY = faultyNamespace(copies, faultOf, options)
  const jwksUrl = `${ISSUER}${name}`
  hosts.set(jwksUrl, (init) => {
    const host = HOSTS[current.host ?? '']
    asked += host ? 1 : 0
    return (host ?? answer(200))(init)
  })
  const { organizationId } = scene.actor
  const trusted = [{ issuer: ISSUER, jwksUrl, audience: env.AUDIENCE, organizationId }]
  const service = await openService(
    { DB, IDEMPOTENCY, TRUSTED_ISSUERS: JSON.stringify(trusted) },
    (work) => void (current.isDropped || keep(work)),
    () => Date.now() + waited + (current.clock?.shift ?? 0) * 1_000,
  )
  return {
    setPlan: (next: Plan) => {
      current = next
      trip = 0
    },
    pass: (milliseconds: number) => (waited += milliseconds),
    send: async (request: Request) => {
      const { client } = current
      const gone = new AbortController()
      const { promise: left, reject } = Promise.withResolvers<never>()
      leave = () => {
        gone.abort()
        reject(new Error('the client is gone'))
      }
      const work = service(new Request(request, { signal: gone.signal }))
      const response = await Promise.race([client === 'dies' ? work : keep(work), left])
      if (client === 'is deaf') leave()
      return client === 'is deaf' ? left : response
    },
    /** Waits for what is still going on, and for what begins after it. */
    settle: async () => {
      while (late.length > 0) await Promise.allSettled(late.splice(0))
    },
    countFaults: () => {
      const calls = [...DB.calls(), ...IDEMPOTENCY.calls()].filter(({ fault }) => fault !== null)
      const { isStale, isDropped, clock, client } = plan
      return calls.length + asked + [isStale, isDropped, clock, client].filter(Boolean).length
    },
  }
}

/** Issues the token that a plan is about. */
async function issueToken({ host, clock }: Plan, now: number): Promise<string> {
  const lifetimeSeconds = clock?.lifetime ?? 3_600
  if (!host) return scene.actor.issueToken({ now, lifetimeSeconds })
  const iat = Math.floor(now / 1_000)
  return new SignJWT({ iat, exp: iat + lifetimeSeconds, iss: ISSUER, aud: env.AUDIENCE })
    .setSubject(scene.actor.userId)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'outside' })
    .sign(issuerKeys.privateKey)
}

const isUnchanged = ({ text }: Entry) => text.includes('already active')

/** Plays a scenario, and tells what is wrong with it. */
async function play({ name, dialect, hasKey, isRepeated, plan }: Scenario) {
  const target = await scene.addTarget()
  const request = requestOf(dialect, 'activate', target)
  const { setPlan, pass, send, settle, countFaults } = await openFaulty(plan, target.id)
  const { call, entries } = createJournal(send)
  const issuedAt = Date.now() - (plan.clock?.age ?? 0) * 1_000
  const who = { ...scene.actor, token: await issueToken(plan, issuedAt) }
  const complaints: string[] = []
  const expectThat = (isTrue: boolean, what: string) => {
    if (!isTrue) complaints.push(`${name}: ${what}`)
  }
  let userAction: string | null = null

  const activate = async (next: Plan): Promise<Entry> => {
    // A client with a key sends the very same request again; one without signs anew.
    if (dialect === 'dfns' && !(hasKey && userAction)) {
      userAction = await scene.prove(request, plan.host ? ISSUER : env.ISSUER, issuedAt + pass(0))
    }
    setPlan(next)
    const entry = await call(request, { who, key: hasKey ? target.id : null, userAction })
    const rows = await readStore('SELECT 1 FROM audit_events WHERE target_id = ?', target.id)
    const isUnclear = entry.status === null || entry.status === 503
    const right = isDone(entry) || isUnchanged(entry) ? [1] : isUnclear ? [0, 1] : [0]
    expectThat(right.includes(rows.length), `${rows.length} rows at ${entry.status} ${entry.text}`)
    expectThat(!hasKey || !isUnchanged(entry), 'a repetition is refused')
    return entry
  }

  if (isRepeated) {
    await activate({})
    await settle()
  }
  if (plan.isWarm) {
    await call(requestOf('rinne', 'read', target), { who })
    pass(660_000)
  }
  let entry = await activate(plan)
  const { status = 200 } = plan
  const expected = status === 401 && dialect === 'timbu' ? 403 : status
  expectThat(entry.status === expected, `answers ${entry.status} ${entry.text}`)
  let retries = 0
  while (!isDone(entry) && !isUnchanged(entry) && retries++ < 5) {
    pass(10_000)
    entry = await activate({})
  }
  expectThat(retries <= 5, 'is not done after five retries')
  await settle()
  if (hasKey) expectThat(isReplay(await activate({})), 'is not repeated')
  const faults = countFaults()
  expectThat(faults > 0, 'nothing goes wrong')
  total.add({ scenarios: 1, 'faults injected': faults, retries })
  for (const one of entries) total.add({ [`answers ${one.status ?? 'lost'}`]: 1 })
  return { entries, complaints }
}

const isSlow = ({ plan }: Scenario): boolean =>
  plan.host === 'slow' || [...(plan.trips ?? []), plan.get, plan.put].includes('hang')

/** What hangs, by its point: begun at once, so that the waiting is for all of it together. */
const slow = new Map<string, Promise<Awaited<ReturnType<typeof play>>[]>>()

beforeAll(() => {
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => hosts.get(url)?.(init))
  for (const { name, scenarios } of CASES) {
    slow.set(name, Promise.all(scenarios.filter(isSlow).map(play)))
  }
})

afterAll(() => {
  vi.unstubAllGlobals()
  for (const [, when, { length }] of POINTS) {
    if (LEFT_OUT[when])
      total.add({ [`left out (${LEFT_OUT[when]})`]: length * DIALECT_NAMES.length })
  }
  total.print()
})

// What hangs, hangs for seconds, and a group waits for all of its own.
vi.setConfig({ testTimeout: 120_000 })

describe('an activation', () => {
  it.each(CASES)('is done, and once, after a fault of $name', async ({ name, scenarios }) => {
    // Few at a time, so that a slow machine, too, keeps to the service's time limits.
    const quick = await inTurns(
      scenarios.filter((one) => !isSlow(one)),
      12,
      play,
    )
    const plays = [...quick, ...((await slow.get(name)) ?? [])]
    expect(plays.flatMap(({ complaints }) => complaints)).toEqual([])
    const issuer = scenarios.some(({ plan }) => plan.host) ? ISSUER : env.ISSUER
    const entries = plays.flatMap((one) => one.entries)
    const counts = await scene.judge(entries, true, issuer)
    expect(counts).toMatchObject({ transitions: scenarios.length, auditRows: scenarios.length })
    total.add(counts)
  })

  it('meets 300 faults or more', () => {
    const { scenarios = 0 } = total.counts
    expect(scenarios).toBeGreaterThanOrEqual(300)
    expect(scenarios).toBe(CASES.flatMap((one) => one.scenarios).length)
  })
})
