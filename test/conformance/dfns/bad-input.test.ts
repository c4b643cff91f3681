/**
 * Bodies that no route takes: refused in the dialect's form, with a clear message, before anything is changed.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { call, signAction, type Call, type Reply } from '../../support/api.ts'
import { callWithoutTrace } from '../../support/refusals.ts'
import { forgeRegistration } from '../../support/registration.ts'
import { ALL_DFNS, createWorld, readUserRow, type Actor } from '../../support/world.ts'
import { expectDfnsError, expectInputError, expectUserAnswer } from './answers.ts'
import { BODY_ROUTES, type Body } from './bodies.ts'

const bytes = (...values: number[]) => Uint8Array.of(...values)

/** Texts and bytes that are no I-JSON (RFC 7493), by the problem that the message names. */
const NOT_JSON: readonly { name: string; body: string | Uint8Array; problem: string }[] = [
  { name: 'an open object', body: '{', problem: 'not_json' },
  { name: 'a comma too many', body: '{"a":1,}', problem: 'not_json' },
  { name: 'single quotes', body: "{'a':1}", problem: 'not_json' },
  { name: 'two values', body: '{} {}', problem: 'not_json' },
  { name: 'a form', body: 'email=a%40example.test', problem: 'not_json' },
  { name: 'a blank', body: ' ', problem: 'not_json' },
  { name: 'a name twice', body: '{"kind":"EndUser","kind":"x"}', problem: 'duplicate_name' },
  { name: 'a name twice, escaped', body: '{"a":1,"\\u0061":2}', problem: 'duplicate_name' },
  { name: 'a byte order mark', body: '\uFEFF{}', problem: 'byte_order_mark' },
  { name: 'invalid UTF-8', body: bytes(0x7b, 0x22, 0xff, 0x22, 0x7d), problem: 'not_utf8' },
  { name: 'UTF-16', body: bytes(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00), problem: 'not_utf8' },
  { name: '__proto__', body: '{"__proto__":{"isSuperuser":true}}', problem: 'forbidden_name' },
  { name: 'seventeen levels', body: `${'['.repeat(17)}${']'.repeat(17)}`, problem: 'too_deep' },
  { name: '8,000 levels', body: `${'['.repeat(8_000)}${']'.repeat(8_000)}`, problem: 'too_deep' },
  { name: 'half a character', body: '{"a":"\\ud800"}', problem: 'lone_surrogate' },
  { name: 'a number beyond all', body: '{"a":1e400}', problem: 'number_out_of_range' },
]

const NOT_AN_OBJECT = ['null', '[]', '[{}]', '"{}"', '0', 'true'].map((body) => ({
  name: body,
  body,
}))

const MEDIA_TYPES: readonly { name: string; given: Partial<Call> }[] = [
  { name: 'no Content-Type', given: { contentType: null } },
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/vnd.api+json',
    'application/json; charset=utf-16',
    'application/json, text/plain',
    'application/jsonp',
  ].map((contentType) => ({ name: `the Content-Type ${contentType}`, given: { contentType } })),
  { name: 'the Content-Encoding gzip', given: { headers: { 'content-encoding': 'gzip' } } },
]

const SIZES = [
  { name: '16,385 bytes', size: 16_385 },
  { name: 'a megabyte', size: 1_048_576 },
]

/** Sets a member at a dotted place; undefined takes it out. */
function setMember(body: Body, place: string, value: unknown): Body {
  const [name = '', ...rest] = place.split('.')
  const inner =
    rest.length > 0 ? setMember((body[name] ?? {}) as Body, rest.join('.'), value) : value
  return { ...body, [name]: inner }
}

let actor: Actor
let targetId: string
let registration: string
beforeAll(async () => {
  const world = await createWorld()
  actor = await world.addActor({ operations: ALL_DFNS })
  registration = (await forgeRegistration(actor, 'first')).token
  targetId = await world.addUser({ suspendedAt: 1 })
})

const send = (route: { method: string; path: string }, given: Partial<Call>): Promise<Reply> => {
  const { method, path } = route
  // No access token ends a registration.
  const token = path === '/auth/registration' ? registration : actor.token
  return callWithoutTrace([actor.organizationId], { method, path, token, ...given })
}

describe.each(BODY_ROUTES)('$name', (route) => {
  it.each(NOT_JSON)('refuses a body with $name', async ({ body, problem }) => {
    const reply = await send(route, { body })
    expectDfnsError(reply, 400, `the body is not valid JSON (${problem})`)
  })

  it.each(NOT_AN_OBJECT)('refuses the body $name', async ({ body }) => {
    const reply = await send(route, { body })
    expectInputError(reply, { location: 'body', path: [] })
    expect(reply.text).toContain('the body is not of the type object')
  })

  it.each(MEDIA_TYPES)('refuses a body with $name', async ({ given }) => {
    const reply = await send(route, { body: JSON.stringify(route.body), ...given })
    expectDfnsError(reply, 415, 'the body must be application/json in UTF-8')
  })

  it.each(SIZES)('refuses a body of $name', async ({ size }) => {
    const body = JSON.stringify(route.body).padEnd(size)
    const reply = await send(route, { body })
    expectDfnsError(reply, 413, 'the body is larger than 16384 bytes')
  })

  const places = Object.keys(route.members)
  const required = places.filter((place) => !route.optional?.includes(place))

  it.each(
    Object.entries(route.members).flatMap(([place, { wrong }]) =>
      wrong.map((value) => ({ name: `${place} being ${JSON.stringify(value)}`, place, value })),
    ),
  )('refuses $name', async ({ place, value }) => {
    const reply = await send(route, { body: setMember(route.body, place, value) })
    expectInputError(reply, { location: 'body', path: place.split('.') })
  })

  it.each(required.map((name) => ({ name })))('refuses a body without $name', async ({ name }) => {
    const reply = await send(route, { body: setMember(route.body, name, undefined) })
    expectInputError(reply, { location: 'body', path: name.split('.') })
    expect(reply.text).toContain(`${name} is required`)
  })

  it.each(
    ['isSuperuser', 'organizationId', 'constructor', 'toString', 'is_active', 'a b'].map(
      (name) => ({
        name,
      }),
    ),
  )('refuses the unknown member $name', async ({ name }) => {
    const reply = await send(route, { body: { ...route.body, [name]: true } })
    expectInputError(reply, { location: 'body', path: [name] })
  })

  it('names every fault at once', async () => {
    const reply = await send(route, { body: { first: 1, second: 2 } })
    for (const name of ['first', 'second']) {
      expectInputError(reply, { location: 'body', path: [name] })
    }
    for (const name of required.filter((place) => !place.includes('.'))) {
      expectInputError(reply, { location: 'body', path: [name] })
    }
  })

  if (required.length > 0) {
    it('refuses a request without a body', async () => {
      expectInputError(await send(route, {}), { location: 'body', path: [] })
    })
  }
})

describe('PUT /auth/users/{userId}/activate', () => {
  it('takes a user action that came with bad input before, for it was not used', async () => {
    const route = { method: 'PUT', path: `/auth/users/${targetId}/activate` }
    const userAction = await signAction(actor, route)
    for (const body of ['{', '[]', '{"is_active":true}', ' '.repeat(20_000)]) {
      const reply = await send(route, { body, userAction })
      expect([400, 413]).toContain(reply.status)
    }
    expect(await readUserRow(targetId)).toMatchObject({ suspended_at: 1, version: 1 })
    const reply = await call({ ...route, token: actor.token, userAction })
    expectUserAnswer(reply, { isActive: true })
  })
})

describe('PUT /auth/users/{userId}', () => {
  it.each([
    { name: 'of exactly 16,384 bytes', contentType: 'application/json', size: 16_384 },
    { name: 'with charset utf-8', contentType: 'application/json; charset=utf-8', size: 0 },
    { name: 'with charset "UTF-8"', contentType: 'Application/JSON;charset="UTF-8"', size: 0 },
  ])('takes a body $name', async ({ contentType, size }) => {
    const route = { method: 'PUT', path: `/auth/users/${targetId}` }
    const payload = '{"isSSORequired":true}'
    const userAction = await signAction(actor, { ...route, payload })
    const body = payload.padEnd(size)
    const reply = await call({ ...route, token: actor.token, userAction, body, contentType })
    expectUserAnswer(reply, { isSSORequired: true })
  })
})
