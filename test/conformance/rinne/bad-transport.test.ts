/**
 * Requests that are refused by their outside: credentials, path, query, size, method. In the dialect's form, and
 * nothing changes.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { type Call, type Reply } from '../../support/api.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { ALL_RINNE, createWorld, type Actor } from '../../support/world.ts'
import { expectInputError, expectRinneError, RINNE_REFUSALS, SECRET } from './answers.ts'
import { ROUTES } from './routes.ts'

let actor: Actor
let targetId: string
beforeAll(async () => {
  const world = await createWorld()
  actor = await world.addActor({ operations: ALL_RINNE })
  targetId = await world.addUser({ suspendedAt: 1 })
})

const send = ({ path, ...given }: Call): Promise<Reply> => {
  const { token, organizationId } = actor
  const sent = { token, ...given, path: path.replace('{id}', targetId) }
  return callWithoutTrace([organizationId], sent)
}

describe.each(ROUTES)('$name', (route) => {
  it("refuses an API key alone, and repeats the client's request id", async () => {
    const { request, world } = await setScene(route)
    const headers = { 'x-api-key': `ak_${'1'.repeat(32)}`, 'x-request-id': 'client-request-1' }
    const sent = { ...request, path: `/core${request.path}`, headers }
    const reply = await callWithoutTrace([world.organizationId], sent)
    RINNE_REFUSALS.unauthenticated(reply, { hasToken: false })
    const named = { path: request.path, requestId: 'client-request-1' }
    expect(reply.json['error']).toMatchObject(named)
  })

  it('refuses what it does not know in its query', async () => {
    const { actor: caller, request, world } = await setScene(route)
    for (const field of ['force', 'Page', 'page[]', 'constructor', '__proto__']) {
      const sent = { ...request, path: `${request.path}?${field}=${SECRET}`, token: caller.token }
      const reply = await callWithoutTrace([world.organizationId], sent)
      expectInputError(reply, { [field]: 'UNKNOWN_FIELD' })
    }
  })
})

/** Spellings that another reader takes for the canonical path (rule P2). */
const SPELLINGS = [
  { name: 'an encoded letter', path: '/v1/%75sers/{id}/activate' },
  { name: 'an encoded slash', path: '/v1/users/{id}%2Factivate' },
  { name: 'an encoded tag', path: '/v1/users/%3Cscript%3E/activate' },
  { name: 'a slash at the end', path: '/v1/users/{id}/activate/' },
  { name: 'two slashes', path: '/v1/users//{id}/activate' },
  { name: 'a letter beyond ASCII', path: '/v1/users/{id}ä/activate' },
]

const ELSEWHERE = [
  { name: 'a verb in upper case', path: '/v1/users/{id}/ACTIVATE' },
  { name: 'a verb of Dfns', path: '/v1/users/{id}/deactivate' },
  { name: 'one segment more', path: '/v1/users/{id}/activate/now' },
  { name: 'the base path twice', path: '/core/v1/users' },
  { name: 'a route that there is not', path: '/v1/nothing' },
]

describe('the path', () => {
  it.each(SPELLINGS)('answers 404 for $name, and is not repeated', async ({ path }) => {
    for (const base of ['', '/core']) {
      const reply = await send({ method: 'POST', path: `${base}${path}` })
      expectRinneError(reply, 404, 'Route not found', { path: '/v1' })
    }
  })

  it.each(ELSEWHERE)('answers 404 for $name, to anybody', async ({ path }) => {
    for (const token of [actor.token, null]) {
      const reply = await send({ method: 'POST', path: `/core${path}`, token })
      const named = { path: path.replace('{id}', targetId) }
      expectRinneError(reply, 404, 'Route not found', named)
    }
  })
})

describe('the size', () => {
  it.each([
    { name: 'a path', path: '/v1/users/'.padEnd(2_049, 'a'), named: '/v1' },
    { name: 'a query', path: '/core/v1/roles?name='.padEnd(2_049, 'a'), named: '/v1/roles' },
  ])('is refused with 414 for $name over 2 KiB', async ({ path, named }) => {
    const reply = await send({ path })
    expectRinneError(reply, 414, 'The URL is longer than 2048 bytes', { path: named })
  })

  it('is taken for a URL of exactly 2 KiB', async () => {
    const reply = await send({ path: '/v1/roles?name='.padEnd(2_048, 'a') })
    expectInputError(reply, { name: 'INVALID_VALUE' })
  })

  it('is refused with 431 for headers over 16 KiB', async () => {
    const reply = await send({ path: '/v1/roles', headers: { 'x-filler': 'a'.repeat(16_384) } })
    expectRinneError(reply, 431, 'The headers are larger than 16384 bytes', { path: '/v1/roles' })
  })
})

/** What each path answers. */
const METHODS = [
  { path: '/v1/users', allow: 'GET, POST, HEAD, OPTIONS' },
  { path: '/v1/users/{id}', allow: 'GET, HEAD, OPTIONS' },
  { path: '/v1/users/{id}/activate', allow: 'POST, OPTIONS' },
  { path: '/v1/users/{id}/suspend', allow: 'POST, OPTIONS' },
  { path: '/v1/roles', allow: 'GET, HEAD, OPTIONS' },
  { path: '/v1/auth/me', allow: 'GET, HEAD, OPTIONS' },
]

describe.each(METHODS)('the method of $path', ({ path, allow }) => {
  const methods = allow.split(', ')
  const wrong = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !methods.includes(one))

  it.each(wrong.map((method) => ({ method })))('is refused when it is $method', async (row) => {
    const headers = { 'x-http-method-override': 'POST' }
    const reply = await send({ ...row, path: `/core${path}`, headers })
    const named = { path: path.replace('{id}', targetId) }
    expectRinneError(reply, 405, `Method not allowed, use one of ${allow}`, named)
    expect(reply.headers.get('allow')).toBe(allow)
  })

  it('is told to anybody by OPTIONS, and HEAD is GET without a body', async () => {
    const reply = await send({ method: 'OPTIONS', path: `/core${path}`, token: null })
    expect({ status: reply.status, text: reply.text }).toEqual({ status: 204, text: '' })
    expect(reply.headers.get('allow')).toBe(allow)
    for (const [token, status] of [
      [actor.token, 200],
      [null, 401],
    ] as const) {
      const head = await send({ method: 'HEAD', path, token })
      const expected = methods.includes('HEAD') ? status : 405
      expect({ status: head.status, text: head.text }).toEqual({ status: expected, text: '' })
      expectApiHeaders(head)
    }
  })
})
