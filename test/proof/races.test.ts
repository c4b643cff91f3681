/**
 * C6: one activation, sent 2 to 200 times at once, happens once, whatever the key-value store does.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildApp, DIALECTS } from '../../src/app.ts'
import { sha256Hex } from '../../src/auth/digest.ts'
import { faultyNamespace, staleNamespace } from '../support/faults.ts'
import { readClaims } from '../support/forged.ts'
import { createJournal, requestOf } from '../support/journal.ts'
import { createCounter, DIALECT_NAMES, readStore, setScene, waitInLine } from '../support/proof.ts'

/** How many are sent at once, one more is sent late; the first three races run side by side. */
const SIZES = [2, 10, 50, 200]

/** What the sendings of one run have in common. */
const SHARED = [
  { shared: 'a key', hasKey: true, hasAction: false },
  { shared: 'a user action', hasKey: false, hasAction: true },
  { shared: 'both', hasKey: true, hasAction: true },
  { shared: 'nothing', hasKey: false, hasAction: false },
]

/** Key-value stores, and which of their calls fail or lag. */
const NAMESPACES = [
  { kv: 'as it is', faults: '', fault: null, isStale: false },
  { kv: '40 ms late', faults: 'get put', fault: 'delay', isStale: false },
  { kv: '60 s behind', faults: 'get', fault: null, isStale: true },
  { kv: 'down', faults: 'get put', fault: 'throw_before', isStale: false },
] as const

/** Counts how many of some user actions are used up. */
async function countUsed(userActions: readonly string[]): Promise<unknown> {
  const ids = userActions.map((token) => `user-action\n${String(readClaims(token)['jti'])}`)
  const hashes = JSON.stringify(await Promise.all(ids.map(sha256Hex)))
  const sql = 'SELECT count(*) AS n FROM used_tokens WHERE hash IN (SELECT value FROM json_each(?))'
  return (await readStore(sql, hashes))[0]?.['n']
}

const { actor, addTarget, prove, judge } = await setScene()
const counter = createCounter('C6')

/** Activates a user of its own by as many requests at once and a late one, and says what came of it. */
async function race(
  IDEMPOTENCY: KVNamespace,
  dialect: (typeof DIALECT_NAMES)[number],
  { hasKey, hasAction }: (typeof SHARED)[number],
  size: number,
) {
  const bindings = { ...env, IDEMPOTENCY, LOG_LEVEL: 'info' } as unknown as Env
  const app = await buildApp(bindings, DIALECTS)
  const deferred: Promise<void>[] = []
  const { call, entries } = createJournal(async (message) => {
    const context = createExecutionContext()
    const response = await app.fetch(message, bindings, context)
    deferred.push(waitOnExecutionContext(context))
    return response
  })
  const target = await addTarget()
  const request = requestOf(dialect, 'activate', target)
  const actions: string[] = []
  while (actions.length < (hasAction ? 1 : size + 1)) actions.push(await prove(request))
  const send = (_: unknown, index: number) => {
    const userAction = actions[index % actions.length] ?? null
    return call(request, { who: actor, key: hasKey ? `key-of-${target.id}` : null, userAction })
  }
  await Promise.all(Array.from({ length: size }, send))
  await Promise.all(deferred)
  // By now KV has a copy of the answer, or has long known that there is none.
  await send(null, size)
  return {
    counts: await judge(entries, false),
    statuses: entries.map(({ status }) => status).sort(),
    used: await countUsed(actions),
  }
}

beforeAll(waitInLine)

afterAll(() => {
  vi.unstubAllGlobals()
  counter.print()
})

describe.each(NAMESPACES)('activations at once, KV $kv', ({ faults, fault, isStale }) => {
  describe.each(DIALECT_NAMES)('by %s', (dialect) => {
    it.each(SHARED)('happen once when they share $shared', async (row) => {
      const store = isStale ? staleNamespace(env.IDEMPOTENCY) : env.IDEMPOTENCY
      const namespace = faultyNamespace(store, () => fault)
      const run = async (size: number) => {
        const { counts, statuses, used } = await race(namespace, dialect, row, size)
        // The rest replays; is told that the user action is used; or finds it done, which Timbu refuses.
        const unchanged = dialect === 'timbu' ? 403 : 200
        const rest = row.hasKey ? 200 : row.hasAction ? 400 : unchanged
        expect(statuses).toEqual([200, ...Array.from({ length: size }, () => rest)])
        const replays = row.hasKey ? size : 0
        expect(counts).toMatchObject({ transitions: 1, auditRows: 1, replays })
        // An answer "nothing to change" uses up its user action too.
        expect(used).toBe(!row.hasKey && !row.hasAction && rest === 200 ? size + 1 : 1)
        counter.add({ runs: 1, ...counts })
      }
      await Promise.all(SIZES.slice(0, -1).map(run))
      await run(SIZES.at(-1) ?? 0)
      const injected = namespace.calls().filter(({ operation }) => faults.includes(operation))
      counter.add({ 'faults injected': injected.length })
    })
  })
})
