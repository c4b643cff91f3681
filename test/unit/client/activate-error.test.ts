/**
 * What the client makes of refusals: those of the service's own tables in all three forms, and those of nobody.
 */
import { describe, expect, it } from 'vitest'
import { isActivateError, type ActivateErrorCode } from '../../../src/client/index.ts'
import type { Refusal } from '../../../src/core/refusal.ts'
import { REFUSAL_FORM as DFNS } from '../../../src/dialects/dfns/failures.ts'
import { REFUSAL_FORM as RINNE } from '../../../src/dialects/rinne/failures.ts'
import { REFUSAL_FORM as TIMBU } from '../../../src/dialects/timbu/failures.ts'
import { CALLS, createClientDouble, failureOf, SIGNER, TOKEN } from '../../support/fetch-double.ts'
import { NOW } from '../../support/sample.ts'

const FORMS = { dfns: DFNS, timbu: TIMBU, rinne: RINNE } as const
const DIALECTS = ['dfns', 'timbu', 'rinne'] as const

const EVIDENCE = { kind: 'EndUser', userId: 'us-1', operation: 'user.edit' } as const
const ISSUE = { location: 'header', path: ['If-Match'], code: 'value', message: 'is bad' } as const
const LIMIT = { limit: 'requests', quota: 9, periodSeconds: 60 } as const

/** What a change of a user's state can be refused for, and what the client calls it. */
const REFUSALS: Partial<Record<ActivateErrorCode, readonly Refusal[]>> = {
  invalid: [
    { reason: 'method_not_allowed', allow: ['PUT'] },
    { reason: 'url_too_long' },
    { reason: 'headers_too_large' },
    { reason: 'body_too_large' },
    { reason: 'media_type_unsupported' },
    { reason: 'body_malformed', problem: 'early end', at: 7 },
    { reason: 'input_invalid', issues: [ISSUE] },
  ],
  unauthorized: [
    { reason: 'token_missing' },
    { reason: 'token_invalid', cause: 'time_invalid' },
    { reason: 'caller_unknown' },
    { reason: 'caller_inactive' },
  ],
  forbidden: [
    { reason: 'dialect_off', dialect: 'rinne' },
    { reason: 'kind_refused', ...EVIDENCE },
    { reason: 'permission_missing', ...EVIDENCE },
  ],
  user_action_invalid: [{ reason: 'user_action_invalid', cause: 'expired' }],
  user_action_used: [{ reason: 'user_action_used' }],
  idempotency_key_reused: [{ reason: 'idempotency_key_reused' }],
  precondition_failed: [{ reason: 'precondition_failed' }],
  not_found: [
    { reason: 'route_not_found' },
    { reason: 'user_not_found', userId: 'us-1', organizationId: 'or-1' },
  ],
  conflict: [
    { reason: 'state_unchanged', state: 'active' },
    { reason: 'state_unchanged', state: 'inactive' },
    { reason: 'self_change' },
    { reason: 'last_holder' },
  ],
  rate_limited: [{ reason: 'rate_limited', ...LIMIT }],
  unavailable: [{ reason: 'unavailable', cause: 'kv' }],
  internal: [{ reason: 'internal' }],
}

/** An answer as the service would write it. */
const writeAnswer = (dialect: keyof typeof FORMS, refusal: Refusal) =>
  FORMS[dialect].write(refusal, {
    requestId: 'req_0001',
    clientRequestId: null,
    errorNumber: '1',
    now: NOW,
    method: 'PUT',
    path: '/core/v1/users/us-1/activate',
    search: '',
  })

const RETRIED = ['rate_limited', 'unavailable']

describe.each(Object.entries(REFUSALS))('a refusal that is %s', (code, refusals) => {
  it('is called so in every dialect, in the words of the service', async () => {
    for (const refusal of refusals) {
      for (const dialect of DIALECTS) {
        const { status, body } = writeAnswer(dialect, refusal)
        const headers = { 'x-request-id': 'req_0001' }
        const fate = { status, body: body === undefined ? '' : body, headers }
        const { client, sent } = createClientDouble([fate], { maxRetries: 0 })
        const error = await failureOf(CALLS[dialect](client))
        expect(isActivateError(error)).toBe(true)
        expect({ dialect, ...refusal, answered: error }).toMatchObject({
          answered: { name: 'ActivateError', code, status, requestId: 'req_0001', attempts: 1 },
        })
        expect(error.isRetryable).toBe(RETRIED.includes(code))
        expect(error.idempotencyKey).toBe(sent[0]?.headers.get('idempotency-key'))
        const text = JSON.stringify(body ?? '')
        for (const words of error.message.split(/: |; /)) {
          if (body !== undefined) expect(text).toContain(words.split('.').at(-1))
        }
      }
    }
  })
})

describe('the words of an error', () => {
  const list = [
    { loc: ['body', 'email'], msg: 'field required', type: 'value_error.missing' },
    { loc: ['body', 'is_active'], msg: 'unexpected value', type: 'value_error.const' },
  ]
  it.each([
    { name: "Dfns' envelope", body: { error: { message: 'no' } }, says: 'no' },
    { name: "Timbu's text", body: { detail: 'no' }, says: 'no' },
    {
      name: "Timbu's list",
      body: { detail: list },
      says: 'body.email: field required; body.is_active: unexpected value',
    },
    {
      name: 'a list of nothing known',
      body: { detail: [7, { msg: { toString: 1 } }, { loc: ['body'] }] },
      says: 'the service answered 418 without words',
    },
    {
      name: 'a list whose places are no names',
      body: { detail: [{ loc: ['body', 0, { toString: 1 }, [[]]], msg: 'no' }] },
      says: 'body.0: no',
    },
    { name: 'a problem of RFC 9457', body: { title: 'Not Found' }, says: 'Not Found' },
    { name: 'a page', body: '<html>no</html>', says: 'the service answered 418 without words' },
    { name: 'a list', body: ['no'], says: 'the service answered 418 without words' },
    { name: 'nothing', body: '', says: 'the service answered 418 without words' },
    { name: 'far too much', body: { detail: 'a'.repeat(9_000) }, says: 'a'.repeat(500) },
  ])('are read from $name', async ({ body, says }) => {
    const { client } = createClientDouble([{ status: 418, body }])
    expect(await failureOf(CALLS.dfns(client))).toMatchObject({ code: 'invalid', message: says })
  })

  it('quote neither bearer nor proof, whoever repeats them', async () => {
    const fates = [403, 302].map((status) => (proof: string) => ({
      status,
      body: { detail: `bad: Bearer ${TOKEN}, ${proof}, ${TOKEN.slice(0, -9)}` },
    }))
    for (const fate of fates) {
      const answering = async (_url: string, init: RequestInit) => {
        const { status, body } = fate(new Headers(init.headers).get('x-dfns-useraction') ?? '')
        return Response.json(body, { status })
      }
      const { client } = createClientDouble([], { fetch: answering })
      const error = await failureOf(CALLS.dfns(client))
      expect(error.message).toBe('bad: Bearer [removed], [removed], [removed]')
      const told = [JSON.stringify(error), error.stack, String(error.cause)].join()
      for (const secret of TOKEN.split('.')) expect(told).not.toContain(secret)
    }
  })
})

describe('the secrets of a request', () => {
  const OPAQUE = 'opaque+token/of/another="issuer"'
  const opaque = { token: OPAQUE, signer: { ...SIGNER, userId: 'us-1', audience: 'activate' } }

  it('are removed from words and name of the request, whatever they look like', async () => {
    for (const proofLength of [9_999, 90]) {
      const answering = async (_url: string, init: RequestInit) => {
        const proof = new Headers(init.headers).get('x-dfns-useraction') ?? ''
        const detail = `${OPAQUE} and ${proof.slice(0, proofLength)}; Bearer ${OPAQUE}`
        return Response.json({ detail }, { status: 403 })
      }
      const { client } = createClientDouble([], { ...opaque, fetch: answering })
      expect((await failureOf(CALLS.dfns(client))).message).toBe(
        '[removed] and [removed]; Bearer [removed]',
      )
    }
  })

  it('are removed whole where one has the other in it', async () => {
    const answering = async (_url: string, init: RequestInit) =>
      Response.json({ detail: new Headers(init.headers).get('x-dfns-useraction') }, { status: 403 })
    const { client } = createClientDouble([], { ...opaque, token: 'eyJ', fetch: answering })
    expect((await failureOf(CALLS.dfns(client))).message).toBe('[removed]')
  })

  it.each([
    { name: 'is one of the service', requestId: 'req_0123456789abcdef', told: true },
    { name: 'is too short', requestId: 'req_123', told: false },
    { name: 'is too long', requestId: 'a'.repeat(65), told: false },
    { name: 'has other signs', requestId: 'req_<script>', told: false },
    { name: 'has the token in it', requestId: 'not-secret-secret', told: false },
  ])('are in no requestId: the one that $name is told: $told', async ({ requestId, told }) => {
    const fate = { status: 403, body: { detail: 'no' }, headers: { 'x-request-id': requestId } }
    const { client } = createClientDouble([fate], { ...opaque, token: 'secret-secret' })
    const error = await failureOf(CALLS.dfns(client))
    expect(error).toMatchObject({ code: 'forbidden', requestId: told ? requestId : null })
  })
})

describe('an answer that is no answer of the contract', () => {
  it.each([
    { name: 'a page', status: 200, body: '<html></html>' },
    { name: 'the answer of another contract', status: 200, body: { message: 'done' } },
    { name: 'nothing', status: 200, body: '' },
    { name: 'a user under another status', status: 202, body: { userId: 'us-1', isActive: true } },
    { name: 'a redirect', status: 307, body: '', headers: { location: 'https://b.example.test' } },
    { name: 'a status of no contract', status: 501, body: '' },
    { name: 'so deep that it cannot be read', status: 200, body: '['.repeat(1e5) },
  ])('is unexpected and not tried again when it is $name', async (fate) => {
    for (const dialect of DIALECTS) {
      const { client, sent } = createClientDouble([fate])
      const error = await failureOf(CALLS[dialect](client))
      expect(error).toMatchObject({ code: 'unexpected', status: fate.status, isRetryable: false })
      expect(sent).toHaveLength(1)
    }
  })
})

describe('isActivateError', () => {
  it.each([new Error('no'), { name: 'ActivateError' }, null, 'ActivateError'])(
    'is false of %o',
    (value) => {
      expect(isActivateError(value)).toBe(false)
    },
  )
})
