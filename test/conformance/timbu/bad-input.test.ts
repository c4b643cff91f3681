/**
 * Bodies that no change takes: refused as Pydantic 1 refuses them, fault by fault, before anything is changed.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { call, signAction, type Call, type Reply } from '../../support/api.ts'
import { callWithoutTrace, signable } from '../../support/refusals.ts'
import { createWorld, readUserRow, type Actor } from '../../support/world.ts'
import { expectDetail, expectFaults, expectSuccess, missing, type Fault } from './answers.ts'
import { ACTIVATE, DEACTIVATE, writeChange } from './routes.ts'

const bytes = (...values: number[]) => Uint8Array.of(...values)

const NO_DICT: Fault = [['body'], 'value is not a valid dict', 'type_error.dict']
const NO_EMAIL = ['value is not a valid email address', 'value_error.email'] as const
const NO_TEXT = ['str type expected', 'type_error.str'] as const
const NO_FLAG = ['value could not be parsed to a boolean', 'type_error.bool'] as const
const NULL = ['none is not an allowed value', 'type_error.none.not_allowed'] as const

/** Texts and bytes that are no I-JSON (RFC 7493), with the problem and its place. */
const NOT_JSON: readonly {
  readonly name: string
  readonly body: string | Uint8Array
  readonly problem: string
  readonly at: number
}[] = [
  { name: 'an open object', body: '{', problem: 'not_json', at: 1 },
  { name: 'a comma too many', body: '{"a":1,}', problem: 'not_json', at: 7 },
  { name: 'two values', body: '{} {}', problem: 'not_json', at: 3 },
  { name: 'a form', body: 'email=a%40example.test', problem: 'not_json', at: 0 },
  { name: "Python's True", body: '{"is_active":True}', problem: 'not_json', at: 13 },
  {
    name: 'a name twice',
    body: '{"is_active":true,"is_active":false}',
    problem: 'duplicate_name',
    at: 18,
  },
  { name: 'a byte order mark', body: '\uFEFF{}', problem: 'byte_order_mark', at: 0 },
  { name: 'invalid UTF-8', body: bytes(0x7b, 0x22, 0xff, 0x22, 0x7d), problem: 'not_utf8', at: 0 },
  { name: '__proto__', body: '{"__proto__":{"is_active":true}}', problem: 'forbidden_name', at: 1 },
  { name: 'half a character', body: '{"a":"\\ud800"}', problem: 'lone_surrogate', at: 5 },
  { name: 'a number beyond all', body: '{"a":1e400}', problem: 'number_out_of_range', at: 5 },
]

/** Bodies that are no object; null is none at all, and undefined sends none. */
const NO_OBJECTS: readonly { readonly body: string | undefined; readonly fault: Fault }[] = [
  ...[undefined, '', 'null'].map((body) => ({ body, fault: missing('body') })),
  ...['[]', '[{}]', '"x"', '1', 'true'].map((body) => ({ body, fault: NO_DICT })),
]

/** Values of one member, and what is said of them. */
const VALUES: readonly {
  readonly member: 'email' | 'is_active'
  readonly values: readonly unknown[]
  readonly fault: readonly [msg: string, type: string]
}[] = [
  {
    member: 'email',
    values: [
      ...['', ' ', 'x', '@', 'a@', '@b.test', 'a@b', 'a@b..test', 'a@.test', 'a@b.test.'],
      ...['a b@c.test', 'a@b c.test', 'a@b@c.test', 'a@b.test,c@d.test'],
      ...[`${'a'.repeat(65)}@example.test`, `a@${'b'.repeat(250)}.test`, 1, true],
    ],
    fault: NO_EMAIL,
  },
  { member: 'email', values: [[], {}, ['a@b.test']], fault: NO_TEXT },
  {
    member: 'is_active',
    values: ['', 'x', 'truee', ' true', 'null', '2', '1.0', 2, -1, 0.5, [], {}, [true]],
    fault: NO_FLAG,
  },
  { member: 'email', values: [null], fault: NULL },
  { member: 'is_active', values: [null], fault: NULL },
]

const FALSE = [false, 0, 'false', 'False', '0', 'off', 'NO', 'f', 'n']
const TRUE = [true, 1, 'true', 'True', '1', 'on', 'YES', 't', 'y']

let actor: Actor
let inactive: string
let active: string
beforeAll(async () => {
  const world = await createWorld()
  actor = await world.addActor({ isSuperuser: true })
  inactive = await world.addUser({ suspendedAt: 1 })
  active = await world.addUser()
})

describe.each([
  { ...ACTIVATE, contrary: FALSE, permitted: 'True' },
  { ...DEACTIVATE, contrary: TRUE, permitted: 'False' },
])('$name', ({ isActive, contrary, permitted, prepare }) => {
  // Any good body would change this one.
  const targetOf = () => (isActive ? inactive : active)
  const prepareGood = async () => prepare({ targetId: targetOf(), actor })

  const send = async (given: Partial<Call>, query = ''): Promise<Reply> => {
    const request = await prepareGood()
    const { token, organizationId } = actor
    const path = `${request.path}${query}`
    return callWithoutTrace([organizationId], { ...request, path, token, ...given })
  }

  const wrongFlag: Fault = [
    ['body', 'is_active'],
    `unexpected value; permitted: ${permitted}`,
    'value_error.const',
  ]

  const noEmail: Fault = [['body', 'email'], ...NO_EMAIL]
  const noFlag: Fault = [['body', 'is_active'], ...NULL]

  it.each(NOT_JSON)('refuses a body with $name', async ({ body, problem, at }) => {
    const fault = `not valid JSON (${problem}): char ${at}`
    expectFaults(await send({ body }), [['body', at], fault, 'value_error.jsondecode'])
  })

  it.each(NO_OBJECTS)('refuses the body $body', async ({ body, fault }) => {
    expectFaults(await send({ body }), fault)
  })

  it.each(
    VALUES.flatMap(({ member, values, fault }) =>
      values.map((value) => ({ name: JSON.stringify(value), member, value, fault })),
    ),
  )('refuses $member being $name', async ({ member, value, fault }) => {
    const body = { ...writeChange(targetOf(), isActive), [member]: value }
    expectFaults(await send({ body }), [['body', member], ...fault])
  })

  it.each(contrary.map((value) => ({ name: JSON.stringify(value), value })))(
    'refuses is_active being $name, for it would do the contrary of its path',
    async ({ value }) => {
      const body = { ...writeChange(targetOf(), isActive), is_active: value }
      expectFaults(await send({ body }), wrongFlag)
    },
  )

  it.each([
    { body: '{}', faults: [missing('body', 'email'), missing('body', 'is_active')] },
    { body: '{"emails":"a@b.test","is_active":null}', faults: [missing('body', 'email'), noFlag] },
    { body: '{"is_active":null,"Email":"a@b.test","email":"x"}', faults: [noEmail, noFlag] },
    { body: `{"is_active":${String(!isActive)}}`, faults: [missing('body', 'email'), wrongFlag] },
    { body: '{"email":"a@b.test"}', faults: [missing('body', 'is_active')] },
  ])('names every fault of $body, the address first', async ({ body, faults }) => {
    expectFaults(await send({ body }), ...faults)
  })

  it.each(['force', 'is_active', '__proto__', ''].map((name) => ({ name })))(
    'refuses the query "$name", before its body',
    async ({ name }) => {
      const fault: Fault = [['query', name], 'extra fields not permitted', 'value_error.extra']
      expectFaults(await send({}, `?${name}=true`), fault)
      const both = await send({ body: '[]' }, `?${name}=true`)
      expectFaults(both, fault, NO_DICT)
    },
  )

  it('refuses a body that is no JSON by its type, or too large', async () => {
    const form = await send({ contentType: 'application/x-www-form-urlencoded' })
    expectDetail(form, 415, 'the body must be application/json in UTF-8')
    const body = JSON.stringify((await prepareGood()).body).padEnd(16_385)
    expectDetail(await send({ body }), 413, 'the body is larger than 16384 bytes')
  })

  it('takes a user action that came with bad input before, for it was not used', async () => {
    const request = await prepareGood()
    const userAction = await signAction(actor, signable(request))
    for (const body of ['{', '[]', '{}', ' '.repeat(20_000)]) {
      expect([413, 422]).toContain((await send({ body, userAction })).status)
    }
    const sent = { ...request, token: actor.token, userAction }
    const { body } = request
    // The largest body that is taken, as it was signed but for its blanks.
    expectSuccess(await call({ ...sent, body: JSON.stringify(body).padEnd(16_384) }))
    const row = await readUserRow(targetOf())
    expect(row['suspended_at' as never] === null).toBe(isActive)
  })
})
