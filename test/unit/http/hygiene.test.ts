/**
 * What every answer carries, and what only a 401 does (T14); what is thrown ends in one line without a word of it.
 */
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { Refusal } from '../../../src/core/refusal.ts'
import type { AppEnv } from '../../../src/http/app-env.ts'
import { createFailsafe } from '../../../src/http/failsafe.ts'
import { createHygiene, refuse } from '../../../src/http/hygiene.ts'
import { createLogger } from '../../../src/http/log.ts'
import { PROBLEM_FORM, type RefusalForm } from '../../../src/http/refusal-form.ts'
import { VERSION } from '../../../src/http/version.ts'
import { isStoreFailure } from '../../../src/store/store-failure.ts'
import { NOW } from '../../support/sample.ts'
import { SECURITY_HEADERS } from '../../support/api-headers.ts'

/** Writes every fault of the caller as 401, as a dialect may. */
const FORM: RefusalForm = {
  ...PROBLEM_FORM,
  write: (refusal, context) => ({
    ...PROBLEM_FORM.write(refusal, context),
    ...(refusal.reason.startsWith('token_') ? { status: 401 } : {}),
  }),
}

/** Sends one request to an app that refuses, throws or answers. */
async function send(
  outcome: {
    refusal?: Refusal
    error?: Error
    headers?: Record<string, string>
    tellsTiming?: boolean
  },
  request: { path?: string; headers?: Record<string, string> } = {},
) {
  const lines: string[] = []
  const log = createLogger('info', (line) => lines.push(line))
  const app = new Hono<AppEnv>()
  const familyOf = (path: string) => ({ dialect: path === '/route' ? 'toy' : null, form: FORM })
  app.use(
    createHygiene({
      ...{ familyOf, log, clock: () => NOW, limitPolicy: '"requests";q=7;w=60' },
      writeCors: (_request, headers) => headers.append('vary', 'Origin'),
      tellsTiming: outcome.tellsTiming ?? false,
    }),
  )
  app.onError(createFailsafe(familyOf, log, isStoreFailure))
  app.get('/route', (c) => {
    if (outcome.error) throw outcome.error
    if (outcome.refusal) return refuse(c, outcome.refusal, FORM)
    return new Response('{}', { headers: outcome.headers ?? {} })
  })
  const { path = '/route', headers = {} } = request
  const response = await app.request(`http://localhost${path}`, { headers })
  return { response, text: await response.text(), lines }
}

describe('createHygiene', () => {
  it.each([
    { name: 'an answer', outcome: {} },
    { name: 'a refusal', outcome: { refusal: { reason: 'internal' } as const } },
    { name: 'a fault', outcome: { error: new Error('broken') } },
  ])('puts the security headers and the release on $name', async ({ outcome }) => {
    const { response } = await send(outcome)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...SECURITY_HEADERS,
      'cache-control': 'no-store',
      'x-api-version': VERSION,
    })
  })

  it('lets a public document say how long it keeps', async () => {
    const { response } = await send({ headers: { 'cache-control': 'public, max-age=300' } })
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
  })

  it("repeats the client's request id, or sends ours", async () => {
    const sent = await send({}, { headers: { 'x-request-id': 'client-request' } })
    expect(sent.response.headers.get('x-request-id')).toBe('client-request')
    const { response } = await send({}, { headers: { 'x-request-id': 'bad id' } })
    expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/)
  })

  it('says what is counted on the answers of dialects, and on no other', async () => {
    const { response } = await send({})
    expect(response.headers.get('ratelimit-policy')).toBe('"requests";q=7;w=60')
    const other = await send({}, { path: '/other' })
    expect(other.response.headers.has('ratelimit-policy')).toBe(false)
  })

  it('has the headers of CORS written on every answer, refusals too', async () => {
    for (const path of ['/route', '/other', '/%72oute']) {
      const { response } = await send({}, { path })
      expect(response.headers.get('vary')).toBe('Origin')
    }
  })

  it('tells how long it took where it is told to', async () => {
    const { response } = await send({ tellsTiming: true })
    const timing = 'total;dur=0, d1;dur=0;desc="0 calls", kv;dur=0;desc="0 calls"'
    expect(response.headers.get('server-timing')).toBe(timing)
    expect((await send({})).response.headers.has('server-timing')).toBe(false)
  })

  it('refuses a path that is not canonical before any route', async () => {
    const { response, lines } = await send({}, { path: '/%72oute' })
    expect(response.status).toBe(404)
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { status: 404, reason: 'route_not_found', route: 'none' },
    ])
  })
})

describe('refuse', () => {
  it.each<{ refusal: Refusal; header: string | null }>([
    { refusal: { reason: 'token_missing' }, header: 'Bearer' },
    {
      refusal: { reason: 'token_invalid', cause: 'kid_unknown' },
      header: 'Bearer error="invalid_token"',
    },
    { refusal: { reason: 'route_not_found' }, header: null },
    { refusal: { reason: 'internal' }, header: null },
  ])('answers $refusal.reason with the challenge $header (T14)', async ({ refusal, header }) => {
    const { response, text } = await send({ refusal })
    expect(response.headers.get('www-authenticate')).toBe(header)
    expect(text).not.toContain('kid_unknown')
  })

  it('answers every bad token alike, and logs the cause (T14)', async () => {
    const bodyOf = async (cause: string) => {
      const { text, lines } = await send({ refusal: { reason: 'token_invalid', cause } })
      expect(lines[0]).toContain(`"cause":"${cause}"`)
      return text.replace(/req_\w+/, '')
    }
    expect(await bodyOf('ERR_JWT_EXPIRED')).toBe(await bodyOf('kid_unknown'))
  })

  it('says when to try again, and what is allowed', async () => {
    const unavailable = await send({ refusal: { reason: 'unavailable', cause: 'store' } })
    expect(unavailable.response.headers.get('retry-after')).toBe('1')
    const limited = { limit: 'requests', quota: 7, periodSeconds: 60 } as const
    const late = await send({ refusal: { reason: 'rate_limited', ...limited } })
    expect(late.response.headers.get('retry-after')).toBe('60')
    const method = await send({ refusal: { reason: 'method_not_allowed', allow: ['GET', 'PUT'] } })
    expect(method.response.headers.get('allow')).toBe('GET, PUT')
  })
})

describe('createFailsafe', () => {
  it.each([
    { name: 'a fault of ours', error: new TypeError('secret is undefined'), status: 500 },
    { name: 'a failing store', error: new Error('D1_ERROR: secret: SQLITE_BUSY'), status: 503 },
    {
      name: 'a failing store within another error',
      error: new Error('wrapped', { cause: new Error('D1_ERROR: secret') }),
      status: 503,
    },
  ])('answers $status for $name without a word of it', async ({ error, status }) => {
    const { response, text } = await send({ error })
    expect(response.status).toBe(status)
    expect(text).not.toMatch(/secret|D1_|wrapped|Error:/)
  })

  it('logs the fault under the id of the answer', async () => {
    const { response, lines } = await send({ error: new TypeError('x is undefined') })
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        level: 'error',
        requestId: response.headers.get('x-request-id'),
        fault: 'TypeError: x is undefined',
      },
      { level: 'info', status: 500, reason: 'internal' },
    ])
  })
})
