/**
 * Requests that are refused by their outside: path, size, method. In the dialect's form, and nothing changes.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Call, Reply } from '../../support/api.ts'
import { callWithoutTrace } from '../../support/refusals.ts'
import { createWorld, type Actor } from '../../support/world.ts'
import { expectDetail } from './answers.ts'
import { writeChange } from './routes.ts'

let actor: Actor
let targetId: string
beforeAll(async () => {
  const world = await createWorld()
  actor = await world.addActor({ isSuperuser: true })
  targetId = await world.addUser({ suspendedAt: 1 })
})

/** Fills in the ids of a path. */
const spell = (path: string) =>
  path.replace('{id}', targetId).replace('{organization}', actor.organizationId)

const send = ({ path, ...request }: Call): Promise<Reply> => {
  const { token, organizationId } = actor
  return callWithoutTrace([organizationId], { token, path: spell(path), ...request })
}

const sendChange = (path: string, given: Partial<Call> = {}): Promise<Reply> =>
  send({ method: 'PUT', body: writeChange(targetId, true), ...given, path })

const UNKNOWN = [
  ...['/users', '/users/{id}', '/users/{id}/suspend', '/users/{id}/activate/now'],
  ...['/users/{id}/activate/', '/users/{id}/ACTIVATE', '/users//{id}/activate'],
  ...['/users/{id}%2Factivate', '/users/{id}%00/activate', '/users/%{id}/activate'],
  ...['/organizations', '/organizations/{organization}', '/organizations//users'],
  ...['/organizations/{organization}/users/', '/organizations/{organization}/users/{id}'],
]

/** What each path answers. */
const METHODS: readonly { path: string; allow: string }[] = [
  { path: '/users/{id}/activate', allow: 'PUT, OPTIONS' },
  { path: '/users/{id}/deactivate', allow: 'PUT, OPTIONS' },
  { path: '/users/me', allow: 'GET, HEAD, OPTIONS' },
  { path: '/organizations/{organization}/users', allow: 'GET, HEAD, OPTIONS' },
]

const WRONG_METHODS = METHODS.flatMap(({ path, allow }) =>
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
    .filter((method) => !allow.split(', ').includes(method))
    .map((method) => ({ method, path, allow })),
)

describe('the path', () => {
  it.each(UNKNOWN.map((path) => ({ path })))('answers 404 for $path', async ({ path }) => {
    expectDetail(await sendChange(path), 404, 'Not Found')
    expectDetail(await sendChange(path, { token: null }), 404, 'Not Found')
  })

  it.each(['/usersx', '/user', '/Users/me', '/organization'].map((path) => ({ path })))(
    'belongs to nobody where it is $path',
    async ({ path }) => {
      const { status, headers } = await send({ path })
      expect(status).toBe(404)
      expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    },
  )
})

describe('the method', () => {
  it.each(WRONG_METHODS)('is refused for $method $path', async ({ method, path, allow }) => {
    const headers = { 'x-http-method-override': 'PUT' }
    const reply = await send({ method, path, headers })
    expectDetail(reply, 405, 'Method Not Allowed')
    expect(reply.headers.get('allow')).toBe(allow)
  })
})

describe('the size', () => {
  it.each([
    { name: 'a path', path: `/users/${'a'.repeat(2_042)}/activate` },
    { name: 'a query', path: `/organizations/{organization}/users?x=${'a'.repeat(2_048)}` },
  ])('is refused with 414 for $name over 2 KiB', async ({ path }) => {
    expectDetail(await sendChange(path), 414, 'the URL is longer than 2048 bytes')
  })

  it('is refused with 431 for a token of 16 KiB', async () => {
    const reply = await sendChange('/users/{id}/activate', { token: 'a'.repeat(16_384) })
    expectDetail(reply, 431, 'the headers are larger than 16384 bytes')
  })
})
