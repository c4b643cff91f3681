/**
 * Where the suites of faults and histories play: one organization with somebody who may everything, one that nobody may
 * see, and the judgement of what came of their calls.
 */
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { buildApp, DIALECTS } from '../../src/app.ts'
import { hashIdentity } from '../../src/auth/action-binding.ts'
import type { Principal } from '../../src/core/principal.ts'
import type { JsonObject } from '../../src/core/strict-json.ts'
import { DEADLINE_MILLISECONDS } from '../../src/store/database.ts'
import { readDocument } from './declared.ts'
import { dumpTables } from './dump.ts'
import { forgeUserAction } from './forged.ts'
import { expectInvariants, type Store } from './invariants.ts'
import type { Entry, JournalRequest } from './journal.ts'
import { ALL_DFNS, ALL_RINNE, createWorld } from './world.ts'

/** Every dialect that can change a user's state. */
export const DIALECT_NAMES = ['dfns', 'timbu', 'rinne'] as const

/** Runs a statement on the database as it is. */
export const readStore: Store = async (sql, ...params) =>
  (
    await env.DB.prepare(sql)
      .bind(...params)
      .all<Record<string, unknown>>()
  ).results

/** Does a piece of work for each of a list, so many at a time, and answers in the order of the list. */
export async function inTurns<T, R>(
  list: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const rest = list.entries()
  const clear = async () => {
    for (const [at, one] of rest) results[at] = await work(one)
  }
  await Promise.all(Array.from({ length: atOnce }, clear))
  return results
}

/**
 * Waits longer for the database than a client would: hundreds of requests stand in line for one local database, and
 * faults are injected, not awaited. `vi.unstubAllGlobals` ends it.
 */
export function waitInLine(): void {
  const start = globalThis.setTimeout
  vi.stubGlobal('setTimeout', (work: () => void, milliseconds: number) =>
    start(work, milliseconds === DEADLINE_MILLISECONDS ? 60_000 : milliseconds),
  )
}

/** Counts things by their names, and prints them at the end. */
export function createCounter(title: string) {
  const counts: Record<string, number> = {}
  return {
    counts: counts as Readonly<Record<string, number>>,
    add: (some: Readonly<Record<string, number>>) => {
      for (const [name, count] of Object.entries(some)) counts[name] = (counts[name] ?? 0) + count
    },
    print: () => {
      vi.restoreAllMocks()
      const texts = Object.entries(counts).map((one) => one.join(' '))
      console.log(`${title}: ${texts.join(', ')}`)
    },
  }
}

/** Builds the service on bindings of a test's own; `keep` is given what outlives an answer. */
export async function openService(
  changed: Readonly<Record<string, unknown>>,
  keep: (work: Promise<unknown>) => void,
  clock?: () => number,
) {
  const bindings = { ...env, LOG_LEVEL: 'info', ...changed } as unknown as Env
  const app = await buildApp(bindings, DIALECTS, clock)
  const context = { waitUntil: keep, passThroughOnException: () => {} }
  return async (request: Request) =>
    app.fetch(request, bindings, context as unknown as ExecutionContext)
}

/** Sets the scene; every line that is logged from then on is judged, until mocks are restored. */
export async function setScene() {
  const canary = 'Canary-of-another-organization'
  const [world, foreign] = [await createWorld(), await createWorld()]
  await foreign.addUser({ firstName: canary, externalId: canary })
  const actor = await world.addActor({ operations: [...ALL_DFNS, ...ALL_RINNE], isSuperuser: true })
  const keep = async (id: string) => ({ before: await dumpOf(id), read: () => dumpOf(id) })
  const own = await keep(world.organizationId)
  const others = { ...(await keep(foreign.organizationId)), canaries: [canary] }
  const document = await readDocument()
  const logLines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line) => void logLines.push(String(line)))
  return {
    actor,
    /** Adds a user who is inactive. */
    addTarget: async () => {
      const id = await world.addUser({ suspendedAt: 1 })
      return { id, email: `${id}@example.test` }
    },
    /** Proves a request by a user action of its own, issued to whom an issuer knows. */
    prove: async (request: JournalRequest, issuer = env.ISSUER, now = Date.now()) => {
      const { method, path, body = {} } = request
      const identity = await hashIdentity({ issuer, subject: actor.userId } as Principal)
      const sent = { method, path, body: body as JsonObject }
      return forgeUserAction(actor, sent, { now, binding: { identity } })
    },
    /** Asserts V1 to V10 of calls whose targets were inactive at first, and counts. */
    judge: (entries: readonly Entry[], hasFaults: boolean, issuer = env.ISSUER) => {
      const initial = { state: 'inactive', version: 1 }
      const targets = Object.fromEntries(entries.map((one) => [one.targetId ?? '', initial]))
      const kept = { foreign: others, own, document, logLines: logLines.splice(0) }
      return expectInvariants({ entries }, readStore, { issuer, targets, hasFaults, ...kept })
    },
  }
}

/** The rows of one organization; what belongs to none grows with other tests. */
async function dumpOf(organizationId: string) {
  const { users, user_identifiers, audit_events } = await dumpTables(organizationId)
  return { users, user_identifiers, audit_events }
}
