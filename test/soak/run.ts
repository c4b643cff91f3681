/**
 * C9, the soak: `node test/soak/run.ts [--requests N] [--clients N] [--seed N]`. Clients over HTTP against
 * `wrangler dev`, whose D1 and KV fail at random. Ends with 1 where V1 to V10 do not hold, where the heap grows, and
 * where too little happened to tell.
 */
import { parseArgs } from 'node:util'
import type { Document } from '../support/declared-answer.ts'
import { expectInvariants } from '../support/invariants.ts'
import { createJournal, isReplay } from '../support/journal.ts'
import { createLoad, type Admin } from './load.ts'
import { startSoakServer } from './server.ts'

const FAULT_RATE = 0.01
const USERS = 64
const WARM_UP_REQUESTS = 2_000
const PURGES = 4
/** Only a service that hangs takes longer; the run as a whole ends for the same reason. */
const REQUEST_MILLISECONDS = 60_000
const RUN_MILLISECONDS = 900_000
/** The load ends then, however few requests there were: before a user action may be purged, whose use is looked up. */
const LOAD_MILLISECONDS = 500_000
const USER_ACTION_SECONDS = 600
const EXPECTED_STATUSES: readonly (number | null)[] = [200, 400, 403, 404, 503, null]
const MAX_HEAP_RATIO = 1.1
/** Said and not demanded: no test depends on a machine's time. */
const MAX_P99_RATIO = 1.5

const count = (names: readonly unknown[]) =>
  [...Map.groupBy(names, (name) => name)]
    .map(([name, { length }]) => `${name} ${length}`)
    .join(', ')

function quantilesOf(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  const [p50 = 0, p99 = 0] = [0.5, 0.99].map((share) => sorted[Math.floor(times.length * share)])
  return { p99, text: `${p50.toFixed()} / ${p99.toFixed()} ms` }
}

const option = (usual: string) => ({ type: 'string', default: usual }) as const
const defaults = { requests: option('20000'), clients: option('16'), seed: option('1') }
const { values } = parseArgs({ options: defaults })
const [requests, clients, seed] = [+values.requests, +values.clients, +values.seed]

setTimeout(() => process.kill(process.pid, 'SIGTERM'), RUN_MILLISECONDS).unref()
const server = await startSoakServer(USERS, {
  SOAK_RATE: String(FAULT_RATE),
  RATE_LIMITS: 'off',
  SOAK_SEED: String(seed),
  USER_ACTION_SECONDS: String(USER_ACTION_SECONDS),
  // So that there is something to purge.
  CHALLENGE_SECONDS: '60',
  // Faults only: wrangler's inspector keeps a line for each request, and takes minutes to hand over twenty thousand.
  LOG_LEVEL: 'error',
})
try {
  const violations = await soak()
  for (const one of violations.slice(0, 50)) console.log(one)
  console.log(`violations = ${violations.length}`)
  process.exitCode = violations.length > 0 ? 1 : 0
} finally {
  await server.stop()
  await server.remove()
}

/** Does all of it, says what there was to see, and lists what is wrong. */
async function soak(): Promise<string[]> {
  const { baseUrl, demo, store } = server
  const { orgId: organizationId } = demo.organization
  const { userId: id = '', email = '' } = demo.targets['foreign'] ?? {}
  // But for the people of the demo, who change others.
  const users = (await store(
    `SELECT id, username AS email, iif(suspended_at IS NULL, 'active', 'inactive') AS state, version
     FROM users WHERE organization_id = ? AND is_registered = 0 ORDER BY id`,
    organizationId,
  )) as unknown as { id: string; email: string; state: string; version: number }[]
  const readForeign = () => store('SELECT * FROM users WHERE organization_id <> ?', organizationId)
  const foreign = { before: await readForeign(), read: readForeign, canaries: [email] }
  const document = (await (await fetch(`${baseUrl}/openapi.json`)).json()) as Document
  const durations: number[] = []
  const journal = createJournal(async (request) => {
    const startedAt = performance.now()
    const signal = AbortSignal.timeout(REQUEST_MILLISECONDS)
    return fetch(request, { signal }).finally(() => durations.push(performance.now() - startedAt))
  }, baseUrl)
  const admins = ['admin', 'secondAdmin'].map(
    (name) => ({ ...demo.actors[name], organizationId }) as Admin,
  )
  // A stranger among those who are asked for now and then.
  const targets: { id: string; email: string }[] = [...users]
  targets.splice(USERS / 2, 0, { id, email })
  const load = createLoad(journal, admins, targets, { clients, seed })
  const startedAt = performance.now()
  const isLate = () => performance.now() - startedAt > LOAD_MILLISECONDS
  const loadUntil = (total: number) => load(() => journal.entries.length >= total || isLate())

  const warmUp = Math.min(WARM_UP_REQUESTS, requests / 2)
  await loadUntil(warmUp)
  const before = await server.readHeapMegabytes()
  const purges: boolean[] = []
  for (let turn = 1; turn <= PURGES; turn++) {
    const part = warmUp + ((requests - warmUp) * turn) / PURGES
    const [isPurged] = await Promise.all([server.purge(), loadUntil(part)])
    purges.push(isPurged)
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const after = await server.readHeapMegabytes()
  const resident = server.readResidentMegabytes().toFixed()
  const faults = Object.entries(await server.readFaults())
  // What was given up may still be written, but not by a server that has ended.
  await server.stop()

  const { entries } = journal
  const logLines = server.logLines()
  const violations: string[] = []
  await expectInvariants(journal, store, {
    ...{ issuer: baseUrl, hasFaults: true, foreign, document, logLines },
    targets: Object.fromEntries(users.map((user) => [user.id, user])),
    // A soak is never nothing but refusals.
    own: { before: null, read: async () => null },
  }).catch((error: Error) => violations.push(...error.message.split('\n').slice(1)))
  const rows = await store('SELECT dialect, to_state AS state FROM audit_events')
  const changes = rows.filter(({ state }) => state !== null).map(({ dialect }) => dialect)
  const replays = entries.filter(isReplay).length
  const unclear = entries.filter(({ status }) => status === null || status === 503)
  const unknown = unclear.filter(
    ({ key, userAction, operation }) => (key ?? userAction) === null && /activate/.test(operation),
  )
  const strange = entries.filter(({ status }) => !EXPECTED_STATUSES.includes(status))
  const total = faults.reduce((sum, [, times]) => sum + times, 0)
  const ratio = after / before
  const isIdle = [replays, total, logLines.length].includes(0) || !purges.includes(true)
  if (ratio > MAX_HEAP_RATIO) violations.push('the heap has grown')
  if (isIdle || new Set(changes).size < 3) violations.push('too little happened to tell')
  violations.push(...strange.map(({ requestId, status }) => `${requestId} was answered ${status}`))

  const tenth = Math.ceil(durations.length / 10)
  const [first, last] = [
    quantilesOf(durations.slice(0, tenth)),
    quantilesOf(durations.slice(-tenth)),
  ]
  const slower = last.p99 / first.p99
  console.log(
    `C9: ${entries.length} requests by ${clients} clients in ${seconds} s, seed ${seed}
answers: ${count(entries.map(({ status }) => status ?? 'none'))}
faults: ${total}: ${faults.map((one) => one.join(' ')).join(', ')}
transitions: ${changes.length} (${count(changes)}), audit rows: ${rows.length}
replays: ${replays}, outcomes unknown: ${unknown.length}, purges: ${count(purges)}
p50 / p99: first tenth ${first.text}, last tenth ${last.text}, p99 ratio ${slower.toFixed(2)}, ${slower > MAX_P99_RATIO ? 'rising' : 'flat'}
heap: ${before.toFixed(2)} MB after ${warmUp} requests, ${after.toFixed(2)} MB at the end, ratio ${ratio.toFixed(3)}
workerd: ${resident} MB resident`,
  )
  return violations
}
