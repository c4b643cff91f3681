/**
 * The six calls of the client as they go on the wire, and what it answers; what it refuses to send.
 */
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import {
  createActivateClient,
  isActivateError,
  type ActivateClient,
  type DfnsUser,
  type RinneUser,
  type TimbuSuccess,
} from '../../../src/client/index.ts'
import type { WireUser as DfnsWireUser } from '../../../src/dialects/dfns/schema.ts'
import type { WireUser as RinneWireUser } from '../../../src/dialects/rinne/schema.ts'
import type { WireSuccess } from '../../../src/dialects/timbu/schema.ts'
import {
  CALLS,
  createClientDouble,
  DFNS_USER,
  failureOf,
  proofOf,
  RINNE_USER,
  TOKEN,
} from '../../support/fetch-double.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** A type whose members cannot be written, all the way down. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T

const TARGET = { userId: 'us-1', email: 'a@example.test' }
const SUCCESS = { message: 'success' }

const WIRE = [
  {
    name: 'dfns.activateUser',
    call: ({ dfns }: ActivateClient) => dfns.activateUser('us-1'),
    sends: 'PUT /auth/users/us-1/activate',
    body: '',
    answer: DFNS_USER,
  },
  {
    name: 'dfns.deactivateUser',
    call: ({ dfns }: ActivateClient) => dfns.deactivateUser('us-1'),
    sends: 'PUT /auth/users/us-1/deactivate',
    body: '',
    answer: { ...DFNS_USER, isActive: false },
  },
  {
    name: 'timbu.activateUser',
    call: ({ timbu }: ActivateClient) => timbu.activateUser(TARGET),
    sends: 'PUT /users/us-1/activate',
    body: '{"email":"a@example.test","is_active":true}',
    answer: SUCCESS,
  },
  {
    name: 'timbu.deactivateUser',
    call: ({ timbu }: ActivateClient) => timbu.deactivateUser(TARGET),
    sends: 'PUT /users/us-1/deactivate',
    body: '{"email":"a@example.test","is_active":false}',
    answer: SUCCESS,
  },
  {
    name: 'rinne.activateUser',
    call: ({ rinne }: ActivateClient) => rinne.activateUser('us-1'),
    sends: 'POST /core/v1/users/us-1/activate',
    body: '',
    answer: RINNE_USER,
  },
  {
    name: 'rinne.deactivateUser',
    call: ({ rinne }: ActivateClient) => rinne.deactivateUser('us-1'),
    sends: 'POST /core/v1/users/us-1/suspend',
    body: '',
    answer: { ...RINNE_USER, suspended_at: '2026-11-22T00:00:00.000Z' },
  },
]

describe('createActivateClient', () => {
  it.each(WIRE)('sends $sends once for $name', async ({ call, sends, body, answer }) => {
    const { client, sent } = createClientDouble([{ status: 200, body: answer }])
    expect(await call(client)).toEqual(answer)
    expect(sent).toHaveLength(1)
    expect(`${sent[0]?.method} ${sent[0]?.url}`).toBe(
      sends.replace(' ', ' https://api.example.test'),
    )
    expect(sent[0]).toMatchObject({ body, redirect: 'manual', hasSignal: true })
    const { 'x-dfns-useraction': proof, ...headers } = Object.fromEntries(sent[0]?.headers ?? [])
    expect(proof).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/)
    expect(headers).toEqual({
      authorization: `Bearer ${TOKEN}`,
      'idempotency-key': expect.stringMatching(UUID),
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
    })
  })

  it('answers in the types of the contracts', () => {
    expectTypeOf<DfnsUser>().toEqualTypeOf<Frozen<z.output<typeof DfnsWireUser>>>()
    expectTypeOf<RinneUser>().toEqualTypeOf<Frozen<z.output<typeof RinneWireUser>>>()
    expectTypeOf<TimbuSuccess>().toEqualTypeOf<Frozen<z.output<typeof WireSuccess>>>()
  })

  it('says key, version and reason where it is told them', async () => {
    const { client, sent } = createClientDouble([{ status: 200, body: DFNS_USER }])
    const options = { idempotencyKey: 'job-7', ifMatch: '"3"', reason: 'Ticket 4711' }
    await client.dfns.activateUser('us-1', options)
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toMatchObject({
      'idempotency-key': 'job-7',
      'if-match': '"3"',
      'activate-reason': 'Ticket 4711',
    })
  })

  it('draws a key for every call', async () => {
    const answer = { status: 200, body: DFNS_USER }
    const { client, sent } = createClientDouble([answer, answer])
    await client.dfns.activateUser('us-1')
    await client.dfns.activateUser('us-1')
    expect(new Set(sent.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(2)
  })

  it.each(['timbu', 'rinne'] as const)('sends no proof by %s without a signer', async (dialect) => {
    const body = { ...SUCCESS, ...RINNE_USER }
    const { client, sent } = createClientDouble([{ status: 200, body }], { signer: undefined })
    await CALLS[dialect](client)
    expect(sent.map(proofOf)).toEqual([''])
  })

  it('sends nothing by Dfns without a signer', async () => {
    const { client, sent } = createClientDouble([], { signer: undefined })
    const error = await failureOf(CALLS.dfns(client))
    expect(isActivateError(error)).toBe(true)
    expect(error).toMatchObject({ code: 'signer_missing', attempts: 0, isRetryable: false })
    expect(error.message).toContain('createKeySigner')
    expect(sent).toEqual([])
  })

  it.each(['', '..', 'us-1/../us-2', 'us-1?a', 'us-1%2f', 'ü', 'a'.repeat(65)])(
    'sends nothing for the id "%s"',
    async (userId) => {
      const { client, sent } = createClientDouble([])
      const calls = [
        client.dfns.activateUser(userId),
        client.dfns.deactivateUser(userId),
        client.timbu.activateUser({ ...TARGET, userId }),
        client.timbu.deactivateUser({ ...TARGET, userId }),
        client.rinne.activateUser(userId),
        client.rinne.deactivateUser(userId),
      ]
      const codes = (await Promise.all(calls.map(failureOf))).map(({ code }) => code)
      expect(codes).toEqual(Array.from(calls, () => 'invalid'))
      expect(sent).toEqual([])
    },
  )

  it.each([
    { name: 'an empty key', options: { idempotencyKey: '' }, says: 'idempotency-key' },
    { name: 'a reason of two lines', options: { reason: 'a\nb' }, says: 'activate-reason' },
    { name: 'a version that is no ASCII', options: { ifMatch: '"ü"' }, says: 'if-match' },
  ])('sends nothing with $name', async ({ options, says }) => {
    const { client, sent } = createClientDouble([])
    const error = await failureOf(client.dfns.activateUser('us-1', options))
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining(says) })
    expect(sent).toEqual([])
  })

  it.each([
    { name: 'a line feed', token: `${TOKEN}\n` },
    { name: 'nothing', token: '' },
    { name: 'no claims', token: 'secret-secret' },
    { name: 'claims that are no JSON', token: 'secret-secret.bm90IGpzb24.x' },
    { name: 'two audiences', token: `a.${btoa('{"aud":["b","c"],"sub":"d"}')}.x` },
    { name: 'no subject', token: `a.${btoa('{"aud":"b"}')}.x` },
  ])('sends nothing with a token that has $name', async ({ token }) => {
    const { client, sent } = createClientDouble([], { token })
    const error = await failureOf(CALLS.dfns(client))
    expect(error).toMatchObject({ code: 'misconfigured', isRetryable: false })
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('secret-secret')
    expect(sent).toEqual([])
  })

  it.each([
    'api.example.test',
    'ftp://api.example.test',
    'https://api.example.test/core',
    'https://api.example.test/?a',
    'https://ada@api.example.test',
    '',
  ])('is not made for "%s", which is no origin', (baseUrl) => {
    const make = () => createActivateClient({ baseUrl, token: TOKEN })
    expect(make).toThrow(expect.objectContaining({ code: 'misconfigured' }))
  })

  const whole = [0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, '3' as never, null as never]
  it.each([
    ...[...whole, 11].map((maxRetries) => ({ says: 'maxRetries', given: { maxRetries } })),
    ...[...whole, 0, 2_147_483_648].map((timeoutMilliseconds) => ({
      says: 'timeoutMilliseconds',
      given: { timeoutMilliseconds },
    })),
  ])('is not made with $given', ({ says, given }) => {
    expect(() => createClientDouble([], given)).toThrow(
      expect.objectContaining({ code: 'misconfigured', message: expect.stringContaining(says) }),
    )
  })

  it.each([
    { maxRetries: 0, timeoutMilliseconds: 1 },
    { maxRetries: 10, timeoutMilliseconds: 2_147_483_647 },
  ])('is made with %o', (given) => {
    expect(() => createClientDouble([], given)).not.toThrow()
  })

  it('calls the given fetch as browsers and Workers want theirs called', async () => {
    const calledOn: unknown[] = []
    const strict = async function (this: unknown) {
      calledOn.push(this)
      if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation')
      return Response.json(DFNS_USER)
    }
    const { client } = createClientDouble([], { fetch: strict, maxRetries: 0 })
    expect(await client.dfns.activateUser('us-1')).toEqual(DFNS_USER)
    expect(calledOn).toHaveLength(1)
  })

  it('takes an origin with a slash behind it', async () => {
    const baseUrl = 'https://api.example.test/'
    const { client, sent } = createClientDouble([{ status: 200, body: DFNS_USER }], { baseUrl })
    await CALLS.dfns(client)
    expect(sent[0]?.url).toBe('https://api.example.test/auth/users/us-1/activate')
  })
})
