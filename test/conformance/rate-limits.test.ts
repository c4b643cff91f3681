/**
 * Limits over HTTP: what is counted for whom, each dialect's own 429, and that the platform's counters are asked. The
 * counters are a test's own, but in the last test.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { expectApiHeaders } from '../support/api-headers.ts'
import { call, type Call, type Reply } from '../support/api.ts'
import { withWorker } from '../support/idempotency.ts'
import { createQuotaCounter } from '../support/quota.ts'
import { callWithoutTrace } from '../support/refusals.ts'
import { ALL_DFNS, ALL_RINNE, createWorld } from '../support/world.ts'
import { expectDfnsError } from './dfns/answers.ts'
import { expectDetail } from './timbu/answers.ts'

/** Runs a Worker that counts up to these quotas; what is not said is never met. */
async function withLimits(
  quotas: { requests?: number; signing?: number; failures?: number },
  run: (seen: Record<'requests' | 'signing' | 'failures', Map<string, number>>) => Promise<void>,
): Promise<void> {
  const { requests = 1e6, signing = 1e6, failures = 1e6 } = quotas
  const [one, two, three] = [requests, signing, failures].map(createQuotaCounter)
  if (!one || !two || !three) throw new Error('three counters are needed')
  const bindings = {
    RATE_LIMITS: 'on',
    RATE_LIMIT_REQUESTS: '3',
    RATE_LIMITER: one,
    RATE_LIMITER_LOGIN: two,
    RATE_LIMITER_FAILURES: three,
  } as unknown as Partial<Env>
  await withWorker({ bindings }, () =>
    run({ requests: one.seen, signing: two.seen, failures: three.seen }),
  )
}

const POLICY = '"requests";q=3;w=60, "signing";q=300;w=60, "failures";q=60;w=60'

function expectLimitHeaders(reply: Reply): void {
  expect(reply.headers.get('retry-after')).toBe('60')
  expect(reply.headers.get('ratelimit-policy')).toBe(POLICY)
  expect(reply.headers.has('www-authenticate')).toBe(false)
}

/** One reading of each dialect, and its 429 to the letter. */
const DIALECTS = [
  {
    name: 'dfns',
    path: '/auth/users',
    expectLimited: (reply: Reply) => expectDfnsError(reply, 429, 'Too Many Requests'),
  },
  {
    name: 'timbu',
    path: '/users/me',
    expectLimited: (reply: Reply) => expectDetail(reply, 429, 'Too Many Requests'),
  },
  {
    name: 'rinne',
    path: '/core/v1/auth/me',
    expectLimited: (reply: Reply) => {
      expect({ status: reply.status, text: reply.text }).toEqual({ status: 429, text: '' })
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'x-ratelimited': 'true',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '60',
        'cache-control': 'no-store',
      })
      expect(reply.headers.has('content-type')).toBe(false)
    },
  },
]

const createCaller = async () =>
  (await createWorld()).addActor({ operations: [...ALL_DFNS, ...ALL_RINNE], isSuperuser: true })

const from = (address: string) => ({ 'cf-connecting-ip': address })

describe.each(DIALECTS)('$name', ({ path, expectLimited }) => {
  it('refuses a sender whose period is used up, and no other', async () => {
    const [caller, other] = [await createCaller(), await createCaller()]
    await withLimits({ requests: 3 }, async () => {
      for (let left = 3; left > 0; left -= 1) {
        const reply = await call({ path, token: caller.token })
        expect(reply.status).toBe(200)
        expect(reply.headers.get('ratelimit-policy')).toBe(POLICY)
      }
      const reply = await callWithoutTrace([caller.organizationId], { path, token: caller.token })
      expectLimited(reply)
      expectLimitHeaders(reply)
      if (path.startsWith('/core')) {
        expect(reply.headers.get('x-ratelimit-limit')).toBe('3, 3;w=60')
      }
      // Another token of the same sender is no other sender.
      expectLimited(await call({ path, token: await caller.issueToken() }))
      expect((await call({ path, token: other.token })).status).toBe(200)
    })
  })

  it('answers 429 instead of its refusal once too many authentications failed', async () => {
    const { token } = await createCaller()
    await withLimits({ failures: 2 }, async ({ failures }) => {
      const send = (address: string) => call({ path, token: 'bad', headers: from(address) })
      const first = await send('2001:db8::1')
      expect([401, 403]).toContain(first.status)
      expect((await send('2001:db8::2')).status).toBe(first.status)
      const reply = await send('2001:db8::3')
      expectLimited(reply)
      expectLimitHeaders(reply)
      expect((await send('2001:db8:0:1::3')).status).toBe(first.status)
      // Whoever is somebody is served, whatever others of that network tried.
      const good = await call({ path, token, headers: from('2001:db8::4') })
      expect(good.status).toBe(200)
      expect([...failures]).toEqual([
        ['2001:db8:0:0::/64', 3],
        ['2001:db8:0:1::/64', 1],
      ])
    })
  })
})

describe('logins and signatures', () => {
  const body = { username: 'nobody@example.test', orgId: 'or-00000-00000-0000000000000000' }
  const SIGNING: readonly Call[] = [
    { method: 'POST', path: '/auth/login/init', body },
    { method: 'POST', path: '/auth/login', body: {} },
    { method: 'POST', path: '/auth/action/init', body: {} },
    { method: 'POST', path: '/auth/action', body: {} },
  ]

  it.each(SIGNING)('counts $path by network, before anything else is looked at', async (one) => {
    await withLimits({ signing: 1 }, async ({ failures, signing }) => {
      const headers = from('192.0.2.1')
      expect((await call({ ...one, headers })).status).not.toBe(429)
      const tried = failures.get('192.0.2.1') ?? 0
      const reply = await call({ ...one, headers })
      expectDfnsError(reply, 429, 'Too Many Requests')
      expectLimitHeaders(reply)
      expect((await call({ ...one, headers: from('192.0.2.2') })).status).not.toBe(429)
      expect(signing.get('192.0.2.1')).toBe(2)
      expect(failures.get('192.0.2.1') ?? 0).toBe(tried)
    })
  })

  it('counts no other operation so', async () => {
    const { token } = await createCaller()
    await withLimits({ signing: 0 }, async ({ signing }) => {
      for (const { path } of DIALECTS) expect((await call({ path, token })).status).toBe(200)
      expect(signing.size).toBe(0)
    })
  })
})

describe('/ready', () => {
  it('is counted by network, for it asks the database for anybody', async () => {
    await withLimits({ signing: 1 }, async () => {
      const headers = from('192.0.2.1')
      expect((await call({ path: '/ready', headers })).status).toBe(200)
      const reply = await call({ path: '/ready', headers })
      expect(reply).toMatchObject({ status: 429, json: { title: 'Too Many Requests' } })
      expect(reply.headers.get('retry-after')).toBe('60')
      expect((await call({ path: '/health', headers })).status).toBe(200)
    })
  })
})

describe('the counters', () => {
  it('are not asked, and not spoken of, where limits are off', async () => {
    const { token } = await createCaller()
    const broken = { limit: () => Promise.reject(new Error('asked')) } as unknown as RateLimit
    const bindings = { RATE_LIMITER: broken, RATE_LIMITER_FAILURES: broken }
    await withWorker({ bindings }, async () => {
      const reply = await call({ path: '/auth/users', token })
      expect(reply.status).toBe(200)
      expect(reply.headers.has('ratelimit-policy')).toBe(false)
      expectApiHeaders(reply)
    })
  })

  it('must be there where limits are on: else everything is 503', async () => {
    const bindings = { RATE_LIMITS: 'on', RATE_LIMITER_FAILURES: undefined }
    await withWorker({ bindings: bindings as unknown as Partial<Env> }, async () => {
      expect((await call({ path: '/auth/users' })).status).toBe(503)
    })
  })

  it("are the platform's own: 130 bad tokens of one network are refused 60 times at least, then 429", async () => {
    const bindings = { RATE_LIMITS: 'on' } as unknown as Partial<Env>
    expect(env.RATE_LIMITER_FAILURES).toBeDefined()
    await withWorker({ bindings }, async () => {
      const statuses: number[] = []
      // Twice the quota and more, for a period may end meanwhile.
      for (let left = 130; left > 0; left -= 1) {
        const headers = from('2001:db8:5:5::1')
        statuses.push((await call({ path: '/auth/users', token: 'bad', headers })).status)
      }
      expect(statuses.slice(0, 60)).toEqual(Array(60).fill(401))
      expect(new Set(statuses)).toEqual(new Set([401, 429]))
    })
  })
})
