/**
 * Bodies that no route takes: refused for every fault at once, without what was sent, before anything is changed.
 */
import { beforeAll, describe, it } from 'vitest'
import { call, type Call, type Reply } from '../../support/api.ts'
import { callWithoutTrace } from '../../support/refusals.ts'
import { ALL_RINNE, createWorld, type Actor } from '../../support/world.ts'
import {
  expectInputError,
  expectRinneError,
  RINNE_REFUSALS,
  SECRET,
  type Issues,
} from './answers.ts'

let actor: Actor
let targetId: string
beforeAll(async () => {
  const world = await createWorld()
  actor = await world.addActor({ operations: ALL_RINNE })
  targetId = await world.addUser({ suspendedAt: 1 })
})

const send = (path: string, given: Partial<Call>): Promise<Reply> => {
  const { token, organizationId } = actor
  const sent = { method: 'POST', path: path.replace('{userId}', targetId), token, ...given }
  return callWithoutTrace([organizationId], sent)
}

const email = (value: string) => ({ type: 'email', value })
const phone = (value: string) => ({ type: 'phone', value })

const NAMES = { first_name: 'Ada', last_name: 'Lovelace' }
const VALID = { identifiers: [email(`${SECRET}@example.test`)], ...NAMES }

/** Bodies that are no JSON object, with the message of the one fault. */
const NO_OBJECTS = [
  { body: '{"a":', message: 'Not valid JSON (not_json) at character 5' },
  { body: `a=${SECRET}`, message: 'Not valid JSON (not_json) at character 0' },
  { body: '{"a":1,"a":2}', message: 'Not valid JSON (duplicate_name) at character 7' },
  { body: 'null', message: 'Expected object, received null' },
  { body: '[]', message: 'Expected object, received array' },
  { body: '"{}"', message: 'Expected object, received string' },
]

const MEDIA_TYPES: readonly { name: string; given: Partial<Call> }[] = [
  { name: 'no Content-Type', given: { contentType: null } },
  { name: 'a form', given: { contentType: 'application/x-www-form-urlencoded' } },
  { name: 'the Content-Encoding gzip', given: { headers: { 'content-encoding': 'gzip' } } },
]

describe.each([
  { path: '/v1/users/{userId}/activate', valid: {} },
  { path: '/v1/users/{userId}/suspend', valid: {} },
  { path: '/v1/users', valid: VALID },
])('POST $path', ({ path, valid }) => {
  it.each(NO_OBJECTS)('refuses the body $body', async ({ body, message }) => {
    expectInputError(await send(path, { body }), { body: message })
  })

  it.each(MEDIA_TYPES)('refuses a body with $name', async ({ given }) => {
    const reply = await send(path, { body: JSON.stringify(valid), ...given })
    expectRinneError(reply, 415, 'The body must be application/json in UTF-8')
  })

  it('refuses a body of 16,385 bytes, and reads one of 16,384', async () => {
    const body = JSON.stringify({ ...valid, more: SECRET })
    const reply = await send(path, { body: body.padEnd(16_385) })
    expectRinneError(reply, 413, 'The body is larger than 16384 bytes')
    expectInputError(await send(path, { body: body.padEnd(16_384) }), { more: 'UNKNOWN_FIELD' })
  })

  it('refuses unknown members, whatever they would mean elsewhere', async () => {
    for (const name of ['is_superuser', 'kind', 'organization_id', 'company_id', 'constructor']) {
      const reply = await send(path, { body: { ...valid, [name]: SECRET } })
      expectInputError(reply, { [name]: 'UNKNOWN_FIELD' })
    }
  })
})

/** Values of one member, each with the same fault, at the member itself where no other place is said. */
const each = (name: string, values: readonly unknown[], issue = 'INVALID_VALUE', place = name) =>
  values.map((value) => ({ members: { [name]: value }, issues: { [place]: issue } }))

const EMAILS = [
  ...['', SECRET, `${SECRET}@`, `@${SECRET}.test`, `${SECRET} a@b.test`, `${SECRET}@a`],
  ...[`${SECRET.padEnd(65, 'a')}@b.test`, `${SECRET}@b.${'c'.repeat(250)}.test`],
]
const PHONES = ['5511999999999', '+0551199999999', '+551199', '+5511999999999999', '+5511 99999999']
const NO_PHONE = "Field 'identifiers.0.value' is not a phone number in the form +5511999999999"
const PERSON_NAMES = [
  ...['', ' ', 'a'.repeat(129)],
  ...['\u0000', '\u0085', '\u202e', '\u2028', '\t'].map((hidden) => `${SECRET}${hidden}b`),
]
const NO_TEXT = 'Expected string, received number'
const manyOf = <T>(count: number, make: (text: string) => T) =>
  Array.from({ length: count }, (_, at) => make(`${SECRET}${at}`))

/** Lists that are no identifiers of one user, whatever their members are. */
const LISTS = [
  [],
  manyOf(11, (text) => email(`${text}@a.test`)),
  [email(`${SECRET}@a.test`), email(`${SECRET}@A.TEST`)],
  [phone('+5511999999999'), { ...phone('+5511999999999'), type: 'PHONE' }],
]

/** Members of a new user that it does not have, with all the faults that they are. */
const MEMBERS: readonly { members: Readonly<Record<string, unknown>>; issues: Issues }[] = [
  ...EMAILS.flatMap((value) => {
    const identifiers = [email(`${SECRET}@a.test`), email(value)]
    return each('identifiers', [identifiers], 'INVALID_VALUE', 'identifiers.1.value')
  }),
  ...[...PHONES, '+5511999999999\n', `${SECRET}@a.test`].flatMap((value) =>
    each('identifiers', [[phone(value)]], NO_PHONE, 'identifiers.0.value'),
  ),
  ...each('identifiers', LISTS),
  ...each('first_name', PERSON_NAMES),
  ...each('last_name', PERSON_NAMES),
  ...each('first_name', [7], NO_TEXT),
  ...each('last_name', [null], 'Expected string, received null'),
  ...each('identifiers', [{}], 'Expected array, received object'),
  ...each('roles', [SECRET], 'Expected array, received string'),
  ...each('roles', [[SECRET, SECRET], manyOf(21, (text) => text)]),
  ...each('auth_methods', [true], 'Expected array, received boolean'),
  ...each('auth_methods', [['password', SECRET]], 'INVALID_VALUE', 'auth_methods.1'),
  {
    members: { roles: ['', 7, SECRET.padEnd(257, 'a')] },
    issues: { 'roles.0': 'INVALID_VALUE', 'roles.1': NO_TEXT, 'roles.2': 'INVALID_VALUE' },
  },
  {
    members: { identifiers: [{}, { type: SECRET, value: SECRET, verified: true }] },
    issues: {
      'identifiers.0.type': 'REQUIRED',
      'identifiers.0.value': 'REQUIRED',
      'identifiers.1.type': 'INVALID_VALUE',
      'identifiers.1.verified': 'UNKNOWN_FIELD',
    },
  },
  {
    members: { identifiers: undefined, first_name: undefined, last_name: undefined, kind: SECRET },
    issues: {
      identifiers: 'REQUIRED',
      first_name: 'REQUIRED',
      last_name: 'REQUIRED',
      kind: 'UNKNOWN_FIELD',
    },
  },
]

describe('POST /v1/users', () => {
  it.each(MEMBERS.map((row) => ({ ...row, name: JSON.stringify(row.members).slice(0, 90) })))(
    'refuses $name',
    async ({ members, issues }) => {
      expectInputError(await send('/v1/users', { body: { ...VALID, ...members } }), issues)
    },
  )

  it('refuses a request without a body', async () => {
    expectInputError(await send('/v1/users', {}), { body: 'REQUIRED' })
  })

  it('asks who the caller is before it looks at the body', async () => {
    const reply = await call({ method: 'POST', path: '/v1/users', body: '{' })
    RINNE_REFUSALS.unauthenticated(reply, { hasToken: false })
  })
})
