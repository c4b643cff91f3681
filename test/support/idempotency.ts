/**
 * Every change of every dialect, what each owes whoever sends it with an idempotency key, and Workers of a test's own.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { buildApp, DIALECTS } from '../../src/app.ts'
import { newId, newSecret } from '../../src/auth/random.ts'
import { expectDfnsError } from '../conformance/dfns/answers.ts'
import * as dfns from '../conformance/dfns/routes.ts'
import { expectInputError } from '../conformance/rinne/answers.ts'
import * as rinne from '../conformance/rinne/routes.ts'
import { expectDetail, expectFaults } from '../conformance/timbu/answers.ts'
import * as timbu from '../conformance/timbu/routes.ts'
import { expectApiHeaders } from './api-headers.ts'
import { call, type Call, type Reply } from './api.ts'
import { readRow, runSql } from './commits.ts'
import { forgeUserAction } from './forged.ts'
import {
  callWithoutTrace,
  type AuthenticatedRoute,
  type GuardedRoute,
  type Scene,
} from './refusals.ts'
import { createWorld } from './world.ts'

/** A change, and the status of the same request under another key, once it is done. */
export type ChangeRoute = GuardedRoute & {
  readonly again: number
  /** How many tokens it spends; one where nothing is said, its user action. */
  readonly spends?: number
}

/** All changes of users; conditions.test.ts holds the lists against the document. */
export const CHANGES: readonly ChangeRoute[] = [
  { ...dfns.ACTIVATE, again: 200 },
  { ...dfns.DEACTIVATE, again: 200 },
  { ...dfns.ARCHIVE, again: 404 },
  { ...dfns.UPDATE, again: 200 },
  { ...dfns.CREATE, again: 401 },
  { ...timbu.ACTIVATE, again: 403 },
  { ...timbu.DEACTIVATE, again: 403 },
  { ...rinne.ACTIVATE, again: 200 },
  { ...rinne.SUSPEND, again: 200 },
  { ...rinne.CREATE, again: 409 },
]

/** All changes of the caller's own credentials, which no user is the target of. A new one answers a challenge, too. */
export const CREDENTIAL_CHANGES: readonly ChangeRoute[] = [
  { ...dfns.CREATE_CREDENTIAL, again: 400, spends: 2 },
  { ...dfns.ACTIVATE_CREDENTIAL, again: 200 },
  { ...dfns.DEACTIVATE_CREDENTIAL, again: 200 },
]

/** The changes of a user's state, which take a reason. */
export const STATE_CHANGES = CHANGES.filter(({ name }) => /activate$|suspend$|DELETE/.test(name))

/**
 * Fails unless a header is refused in the form of its dialect, to the letter.
 *
 * @param refusal - 422 for a key of another request, 412 for a condition, or what is wrong with which header.
 */
export function expectRefusal(
  { expectations: { dialect } }: AuthenticatedRoute,
  reply: Reply,
  refusal: 412 | 422 | readonly [header: string, message: string],
): void {
  if (typeof refusal !== 'number') {
    const [name, message] = refusal
    const issues = [{ location: 'header', path: [name], message }]
    if (dialect === 'dfns') expectDfnsError(reply, 400, `${name} ${message}`, { issues })
    else if (dialect === 'rinne') expectInputError(reply, { [name]: `Field '${name}' ${message}` })
    else expectFaults(reply, [['header', name], message, 'value_error'])
    return
  }
  const the = dialect === 'rinne' ? 'The' : 'the'
  const [code, message] =
    refusal === 412
      ? ['PRECONDITION_FAILED', `${the} user is not in the version that If-Match names`]
      : ['IDEMPOTENCY_ERROR', `${the} idempotency key came with another request before`]
  const fault = 'this key came with another request before'
  if (dialect === 'dfns') expectDfnsError(reply, refusal, message)
  else if (dialect === 'rinne') {
    const requestId = reply.headers.get('x-request-id')
    const anything = { path: expect.any(String), timestamp: expect.any(String) } as object
    const error = { code, message, status: refusal, requestId, ...anything }
    expect([reply.status, reply.json]).toEqual([refusal, { error }])
    expectApiHeaders(reply)
  } else if (refusal === 412) expectDetail(reply, refusal, message)
  else expectFaults(reply, [['header', 'Idempotency-Key'], fault, 'value_error.idempotency_key'])
}

/**
 * Sets up a change that is signed, and a key that nobody has used, in an organization that asks for user actions in
 * every dialect, so that their rules show in all.
 *
 * @param given - who and where, if not somebody new in a new place.
 */
export async function setChange(
  route: ChangeRoute,
  given: Partial<Pick<Scene, 'world' | 'actor'>> = {},
) {
  const world = given.world ?? (await createWorld({ requireUserAction: true }))
  const actor = given.actor ?? (await world.addActor(route.powers))
  const targetId = route.target ? await world.addUser(route.target) : newId('user')
  const request = await route.prepare({ targetId, actor })
  const userAction = await forgeUserAction(actor, request)
  const sent: Call = { ...request, token: actor.token, userAction }
  return { world, ids: [world.organizationId], actor, targetId, request, sent, key: newSecret() }
}

/** Puts a key on a request. */
export const keyed = (sent: Call, key: string, headers?: Call['headers']): Call => ({
  ...sent,
  headers: { ...sent.headers, ...headers, 'idempotency-key': key },
})

/** Fails unless a change was done for this very request. */
export function expectDone(route: GuardedRoute, reply: Reply): Reply {
  expect(reply).toMatchObject({ status: route.success ?? 200 })
  expect(reply.headers.has('idempotent-replayed')).toBe(false)
  expectApiHeaders(reply)
  return reply
}

/** Fails unless an answer is another one given again (I10). */
export function expectReplay(reply: Reply, first: Reply): void {
  const [sent, again] = [first, reply].map(({ headers, status, text }) => {
    return [status, text, headers.get('etag'), headers.get('content-type')]
  })
  expect(again).toEqual(sent)
  expect(reply.headers.get('idempotent-replayed')).toBe('true')
  expect(reply.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
  expectApiHeaders(reply)
}

/** Counts the events of an organization, and all kept answers and used tokens. */
export const readTotals = async (organizationId: string) =>
  (await readRow(
    `SELECT (SELECT count(*) FROM audit_events WHERE organization_id = ?) AS events,
      (SELECT count(*) FROM idempotency_records) AS claims,
      (SELECT count(*) FROM used_tokens) AS used`,
    organizationId,
  )) as Record<'events' | 'claims' | 'used', number>

/** Has every call reach a Worker of the test's own, with some headers. What it defers is done before it answers. */
export async function withWorker(
  given: { bindings?: Partial<Env>; clock?: () => number; headers?: Record<string, string> },
  run: () => Promise<void>,
): Promise<void> {
  const app = await buildApp({ ...env, ...given.bindings }, DIALECTS, given.clock)
  const worker = vi.spyOn(exports.default, 'fetch').mockImplementation(async (...input) => {
    const request = new Request(...input)
    Object.entries(given.headers ?? {}).forEach((header) => request.headers.set(...header))
    const context = createExecutionContext()
    const response = await app.fetch(request, env, context)
    await waitOnExecutionContext(context)
    return response
  })
  await run().finally(() => worker.mockRestore())
}

/** What no key is, as it arrives, and what is said of it. */
const BAD_KEYS = [
  ...['', '""', 'a b', '"a b"', 'a\x7f', 'a,b', 'a, b', '"a", "b"', '"a";b=1', '"a', 'a"'],
  'a'.repeat(256),
]
const NO_KEY = ['Idempotency-Key', 'is not one key of 1 to 255 visible ASCII characters'] as const

/** What makes a request another one (I3), besides its path. */
const DIFFERENCES: readonly ((sent: Call) => Call)[] = [
  (sent) => ({ ...sent, body: `${JSON.stringify(sent.body ?? {})} ` }),
  (sent) => ({ ...sent, headers: { 'if-match': '*' } }),
  (sent) => ({ ...sent, headers: { 'activate-reason': 'another' } }),
]

const POWERLESS = [
  'UPDATE users SET is_superuser = 0 WHERE id = ?',
  'DELETE FROM role_assignments WHERE user_id = ?',
]
const SUSPENDED = 'UPDATE users SET suspended_at = 1 WHERE id = ?'
const KEYLESS = 'UPDATE credentials SET deactivated_at = 1 WHERE user_id = ?'

/** Ways to end up where one may not any more: statements on a caller, or none to log out. */
const LOSSES = [
  { name: 'has lost its power', refusal: 'notAllowed', sql: POWERLESS },
  { name: 'is deactivated', refusal: 'unauthenticated', sql: [SUSPENDED] },
  { name: 'is logged out', refusal: 'unauthenticated', sql: [] },
  { name: 'has lost its key', refusal: 'userActionInvalid', sql: [KEYLESS] },
] as const

/** The rules I1 to I4 and I8 to I11, for one change. */
export function describeIdempotency(route: ChangeRoute): void {
  const { expectations, operation } = route

  it('is done once under a key, and every repetition is answered by the same bytes (I10, I11)', async () => {
    const { actor, ids, key, request, sent, world } = await setChange(route)
    const { events, claims, used } = await readTotals(world.organizationId)
    const first = expectDone(route, await call(keyed(sent, key)))
    const totals = { events: events + 1, claims: claims + 1, used: used + (route.spends ?? 1) }
    expect(await readTotals(world.organizationId)).toEqual(totals)
    // Quotes around a key are none of it, and no body is `{}`.
    const respelled = { ...sent, body: sent.body ?? {} }
    expectReplay(await callWithoutTrace(ids, keyed(respelled, `"${key}"`)), first)
    // What an honest repetition may bring anew; the new user action stays unused.
    const userAction = await forgeUserAction(actor, request)
    const anew = { ...sent, token: await actor.issueToken(), userAction }
    const named = keyed(anew, key, { 'x-request-id': 'another-request' })
    expectReplay(await callWithoutTrace(ids, named), first)
    expectations.userActionUsed(await callWithoutTrace(ids, sent))
    expectations.userActionUsed(await callWithoutTrace(ids, keyed(sent, newSecret())))
    const again = await call(keyed(anew, newSecret()))
    expect([again.status, again.headers.has('idempotent-replayed')]).toEqual([route.again, false])
  })

  it('refuses what is no key, and keeps nothing under one of a refused request (I1, I8)', async () => {
    const { ids, sent } = await setChange(route)
    // The platform warns of letters beyond ASCII, each time.
    const beyond = route === CHANGES[0] ? ['schlüssel'] : []
    for (const bad of [...BAD_KEYS, ...beyond]) {
      expectRefusal(route, await callWithoutTrace(ids, keyed(sent, bad)), NO_KEY)
    }
    const longest = newSecret().padEnd(255, '~')
    const unsigned = keyed({ ...sent, userAction: null }, longest)
    expectations.userActionInvalid(await callWithoutTrace(ids, unsigned))
    expectDone(route, await call(keyed(sent, longest)))
  })

  it('refuses the key of another request, whose user action stays good (I3, I4)', async () => {
    const { actor, ids, key, sent, world } = await setChange(route)
    expectDone(route, await call(keyed(sent, key)))
    const other = (await setChange(route, { actor, world })).sent
    for (const request of [other, ...DIFFERENCES.map((differ) => differ(sent))]) {
      expectRefusal(route, await callWithoutTrace(ids, keyed(request, key)), 422)
    }
    expectDone(route, await call(other))
  })

  it('takes the key of another caller, and of another organization (I2)', async () => {
    const { key, sent, world } = await setChange(route)
    const [colleague, stranger] = [await setChange(route, { world }), await setChange(route)]
    for (const request of [sent, colleague.sent, stranger.sent]) {
      expectDone(route, await call(keyed(request, key)))
    }
  })

  // Who asks for itself holds no power that could be lost.
  const isOwn = !route.powers.operations && !route.powers.isSuperuser
  const losses = LOSSES.filter(({ refusal }) => !(isOwn && refusal === 'notAllowed'))

  it.each(losses)('shows nothing to a caller who $name (I9)', async ({ refusal, sql }) => {
    const { actor, ids, key, sent } = await setChange(route)
    expectDone(route, await call(keyed(sent, key)))
    for (const statement of sql) await runSql(statement, actor.userId)
    if (sql.length === 0) await call({ method: 'PUT', path: '/auth/logout', token: actor.token })
    const reply = await callWithoutTrace(ids, keyed(sent, key))
    const caller = { userId: actor.userId, kind: 'CustomerEmployee', operation } as const
    expectations[refusal](reply, { ...caller, hasToken: true })
  })
}
