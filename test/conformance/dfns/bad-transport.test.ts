/**
 * Requests that are refused by their outside: path, query, size, method. In the dialect's form, and nothing changes.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { call, signAction, type Call, type Reply } from '../../support/api.ts'
import { callWithoutTrace } from '../../support/refusals.ts'
import { ALL_DFNS, createWorld, readUserRow, type Actor } from '../../support/world.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { DFNS_REFUSALS, expectDfnsError, expectInputError } from './answers.ts'

let actor: Actor
let targetId: string
let userAction: string
beforeAll(async () => {
  const world = await createWorld()
  actor = await world.addActor({ operations: ALL_DFNS })
  targetId = await world.addUser({ suspendedAt: 1 })
  // It is good for the canonical path, which none of the spellings below may be taken for.
  userAction = await signAction(actor, { method: 'PUT', path: `/auth/users/${targetId}/activate` })
})

const send = (request: Call): Promise<Reply> => {
  const { token, organizationId } = actor
  return callWithoutTrace([organizationId], { token, userAction, ...request })
}

/** Spellings that another reader takes for the canonical path (rule P2). */
const PATHS: readonly { name: string; spell: (id: string) => string }[] = [
  {
    name: 'an encoded letter',
    spell: (id) => `/auth/users/${id.replace('us-', '%75s-')}/activate`,
  },
  {
    name: 'an encoded hyphen',
    spell: (id) => `/auth/users/${id.replaceAll('-', '%2D')}/activate`,
  },
  { name: 'an encoded slash', spell: (id) => `/auth/users/${id}%2Factivate` },
  { name: 'an encoded zero byte', spell: (id) => `/auth/users/${id}%00/activate` },
  { name: 'a broken encoding', spell: (id) => `/auth/users/${id}%/activate` },
  { name: 'a slash at the end', spell: (id) => `/auth/users/${id}/activate/` },
  { name: 'two slashes', spell: (id) => `/auth/users//${id}/activate` },
  { name: 'two slashes before the verb', spell: (id) => `/auth/users/${id}//activate` },
  { name: 'no id', spell: () => '/auth/users//activate' },
  { name: 'a verb in upper case', spell: (id) => `/auth/users/${id}/ACTIVATE` },
  { name: 'a noun in upper case', spell: (id) => `/auth/Users/${id}/activate` },
  { name: 'a parameter of the path', spell: (id) => `/auth/users/${id}/activate;x=1` },
  { name: 'a blank at the end', spell: (id) => `/auth/users/${id}/activate%20` },
  { name: 'a letter beyond ASCII', spell: (id) => `/auth/users/${id}ä/activate` },
  { name: 'an extension', spell: (id) => `/auth/users/${id}/activate.json` },
  { name: 'one segment more', spell: (id) => `/auth/users/${id}/activate/now` },
  { name: 'a route that there is not', spell: () => '/auth/nothing' },
  { name: 'the prefix alone', spell: () => '/auth' },
]

/** Every changing route; a query is no part of any (rule P3). */
const CHANGES = [
  { name: 'PUT /auth/users/{userId}/activate', method: 'PUT', path: '/auth/users/{id}/activate' },
  {
    name: 'PUT /auth/users/{userId}/deactivate',
    method: 'PUT',
    path: '/auth/users/{id}/deactivate',
  },
  { name: 'DELETE /auth/users/{userId}', method: 'DELETE', path: '/auth/users/{id}' },
  {
    name: 'PUT /auth/users/{userId}',
    method: 'PUT',
    path: '/auth/users/{id}',
    body: { isSSORequired: true },
  },
  {
    name: 'POST /auth/users',
    method: 'POST',
    path: '/auth/users',
    body: { email: `${newId('user')}@example.test`, kind: 'CustomerEmployee' },
  },
  { name: 'PUT /auth/logout', method: 'PUT', path: '/auth/logout' },
]

/** What each path answers. */
const METHODS: readonly { path: string; allow: string }[] = [
  { path: '/auth/users', allow: 'GET, POST, HEAD, OPTIONS' },
  { path: '/auth/users/{id}', allow: 'GET, PUT, DELETE, HEAD, OPTIONS' },
  { path: '/auth/users/{id}/activate', allow: 'PUT, OPTIONS' },
  { path: '/auth/users/{id}/deactivate', allow: 'PUT, OPTIONS' },
  { path: '/auth/login/init', allow: 'POST, OPTIONS' },
  { path: '/auth/login', allow: 'POST, OPTIONS' },
  { path: '/auth/logout', allow: 'PUT, OPTIONS' },
  { path: '/auth/action/init', allow: 'POST, OPTIONS' },
  { path: '/auth/action', allow: 'POST, OPTIONS' },
]

const WRONG_METHODS = METHODS.flatMap(({ path, allow }) =>
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']
    .filter((method) => !allow.split(', ').includes(method))
    .map((method) => ({ name: `${method} ${path}`, method, path, allow })),
)

describe('the path', () => {
  it.each(PATHS)('answers 404 for $name', async ({ spell }) => {
    const reply = await send({ method: 'PUT', path: spell(targetId) })
    expectDfnsError(reply, 404, 'route not found')
    expect(await readUserRow(targetId)).toMatchObject({ suspended_at: 1, version: 1 })
  })

  it('answers 404 to an anonymous caller too, for there is nothing to guard', async () => {
    const reply = await send({ path: '/auth/nothing', token: null, userAction: null })
    expectDfnsError(reply, 404, 'route not found')
  })
})

describe('the query', () => {
  it.each(CHANGES)('is refused by $name', async ({ method, path, ...given }) => {
    for (const [query, member] of [
      ['force=true', 'force'],
      ['__proto__=1', '__proto__'],
      ['=', ''],
    ] as const) {
      const target = `${path.replace('{id}', targetId)}?${query}`
      const reply = await send({ method, path: target, ...given })
      expectInputError(reply, { location: 'query', path: [member] })
    }
  })

  it('is refused by a route that reads one user', async () => {
    const reply = await send({ path: `/auth/users/${targetId}?expand=all`, userAction: null })
    expectInputError(reply, { location: 'query', path: ['expand'] })
  })
})

describe('the size', () => {
  it.each([
    { name: 'a path', path: `/auth/users/${'a'.repeat(2_037)}` },
    { name: 'a query', path: `/auth/users?paginationToken=${'a'.repeat(2_021)}` },
    { name: 'a path of 100 KB', path: `/auth/users/${'a'.repeat(102_400)}` },
  ])('is refused with 414 for $name over 2 KiB', async ({ path }) => {
    expect(path.length).toBeGreaterThan(2_048)
    expectDfnsError(await send({ path }), 414, 'the URL is longer than 2048 bytes')
  })

  it('is taken for a URL of exactly 2 KiB', async () => {
    const path = '/auth/users?paginationToken='.padEnd(2_048, 'a')
    const reply = await send({ path, userAction: null })
    expectInputError(reply, { location: 'query', path: ['paginationToken'] })
  })

  const HEADERS = 'the headers are larger than 16384 bytes'

  it.each([
    { name: 'one header', given: { headers: { 'x-filler': 'a'.repeat(16_384) } } },
    {
      name: 'many headers',
      given: {
        headers: Object.fromEntries(
          Array.from({ length: 100 }, (_, index) => [`x-filler-${index}`, 'a'.repeat(170)]),
        ),
      },
    },
    { name: 'a token of 100 KB', given: { token: 'a'.repeat(102_400) } },
    { name: 'a user action of 100 KB', given: { userAction: 'a'.repeat(102_400) } },
  ])('is refused with 431 for $name', async ({ given }) => {
    const path = `/auth/users/${targetId}/activate`
    expectDfnsError(await send({ method: 'PUT', path, ...given }), 431, HEADERS)
  })

  it('is refused with 401 for a token of 10 KB', async () => {
    const reply = await send({ path: '/auth/users', token: 'a'.repeat(10_240), userAction: null })
    DFNS_REFUSALS.unauthenticated(reply, { hasToken: true })
  })
})

describe('the method', () => {
  it.each(WRONG_METHODS)('is refused for $name', async ({ method, path, allow }) => {
    const reply = await send({ method, path: path.replace('{id}', targetId) })
    expectDfnsError(reply, 405, `method not allowed, use one of ${allow}`)
    expect(reply.headers.get('allow')).toBe(allow)
  })

  it('is not what a header says it is', async () => {
    const path = `/auth/users/${targetId}/activate`
    const headers = { 'x-http-method-override': 'PUT', 'x-http-method': 'PUT' }
    const reply = await send({ method: 'POST', path, headers })
    expectDfnsError(reply, 405, 'method not allowed, use one of PUT, OPTIONS')
  })

  it.each(METHODS)(
    'answers OPTIONS $path with what is allowed, to anybody',
    async ({ path, allow }) => {
      const target = path.replace('{id}', targetId)
      const sent = { method: 'OPTIONS', path: target, token: null, userAction: null }
      const reply = await send(sent)
      expect({ status: reply.status, text: reply.text }).toEqual({ status: 204, text: '' })
      expect(reply.headers.get('allow')).toBe(allow)
      expect(reply.headers.get('access-control-allow-origin')).toBeNull()
    },
  )

  it.each([{ path: '/auth/users' }, { path: '/auth/users/{id}' }])(
    'answers HEAD $path like GET, without a body',
    async ({ path }) => {
      const target = path.replace('{id}', targetId)
      const reply = await send({ method: 'HEAD', path: target, userAction: null })
      expect({ status: reply.status, text: reply.text }).toEqual({ status: 200, text: '' })
      expectApiHeaders(reply)
      const refused = await send({ method: 'HEAD', path: target, token: null, userAction: null })
      expect({ status: refused.status, text: refused.text }).toEqual({ status: 401, text: '' })
    },
  )
})

describe('the user action', () => {
  it('is still good after all of these refusals', async () => {
    const path = `/auth/users/${targetId}/activate`
    const reply = await call({ method: 'PUT', path, token: actor.token, userAction })
    expect(reply.status).toBe(200)
    expect(await readUserRow(targetId)).toMatchObject({ suspended_at: null, version: 2 })
  })
})
