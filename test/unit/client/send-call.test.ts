/**
 * One call over several requests: when it is tried again, with what, after how long, and how it ends.
 */
import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { createActivateClient } from '../../../src/client/index.ts'
import { sleep } from '../../../src/client/until-aborted.ts'
import {
  CALLS,
  claimsOf,
  createClientDouble,
  createFetchDouble,
  DFNS_USER,
  failureOf,
  proofOf,
  RINNE_USER,
  SIGNER,
  TOKEN,
  type Fate,
} from '../../support/fetch-double.ts'
import { NOW } from '../../support/sample.ts'

const DONE = { status: 200, body: { ...DFNS_USER, ...RINNE_USER, message: 'success' } }
const BUSY = { status: 503, body: { error: { message: 'Service Unavailable' } } }

const keysOf = (sent: readonly { readonly headers: Headers }[]) =>
  new Set(sent.map(({ headers }) => headers.get('idempotency-key')))

const afterwards = (seconds: string): Fate => ({ ...BUSY, headers: { 'retry-after': seconds } })

describe('a call that is tried again', () => {
  it.each([
    { name: '429', fate: { status: 429 } },
    { name: '502', fate: { status: 502, body: '<html></html>' } },
    { name: '503', fate: BUSY },
    { name: '504', fate: { status: 504 } },
    { name: 'a lost connection', fate: 'lost' as const },
    { name: 'no answer in time', fate: 'silent' as const },
  ])('succeeds after $name', async ({ fate }) => {
    for (const dialect of ['dfns', 'timbu', 'rinne'] as const) {
      const { client, sent } = createClientDouble([fate, DONE], { timeoutMilliseconds: 50 })
      expect(await CALLS[dialect](client)).toEqual(DONE.body)
      expect(sent).toHaveLength(2)
    }
  })

  it('signs anew each time, for the same request under the same key', async () => {
    const { client, sent } = createClientDouble([BUSY, 'lost', BUSY, DONE])
    await client.timbu.activateUser({ userId: 'us-1', email: 'a@example.test' })
    const claims = sent.map(claimsOf)
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(4)
    expect(claims.map(({ iat }) => Number(iat) - NOW / 1000)).toEqual([0, 1, 2, 3])
    expect(claims.map(({ exp, iat }) => Number(exp) - Number(iat))).toEqual([60, 60, 60, 60])
    const constant = claims.map(({ jti: _jti, iat: _iat, exp: _exp, ...rest }) => rest)
    expect(new Set(constant.map((rest) => JSON.stringify(rest))).size).toBe(1)
    expect(new Set(sent.map(({ body, url, method }) => `${method} ${url} ${body}`)).size).toBe(1)
    expect(keysOf(sent).size).toBe(1)
  })

  it('keeps the key that it was given', async () => {
    const { client, sent } = createClientDouble([BUSY, DONE])
    await client.dfns.activateUser('us-1', { idempotencyKey: 'job-7' })
    expect([...keysOf(sent)]).toEqual(['job-7'])
  })

  it('asks for the token each time, and proves that it is the one', async () => {
    const tokens = [TOKEN, `${TOKEN.slice(0, -2)}AA`]
    const asked: string[] = []
    const token = async () => {
      const next = tokens[asked.length] ?? ''
      asked.push(next)
      return next
    }
    const { client, sent } = createClientDouble([BUSY, DONE], { token })
    await CALLS.dfns(client)
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual(
      tokens.map((one) => `Bearer ${one}`),
    )
    expect(new Set(sent.map((request) => claimsOf(request)['ath'])).size).toBe(2)
  })

  it('waits up to a bound that doubles, by chance', async () => {
    const { client, delays } = createClientDouble(Array(9).fill(BUSY), { maxRetries: 7 })
    const error = await failureOf(CALLS.dfns(client))
    expect(error).toMatchObject({ code: 'unavailable', attempts: 8, isRetryable: true })
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 2_500, 2_500])
    const chances = [0, 0.999]
    const random = () => chances.shift() ?? 0
    const other = createClientDouble([BUSY, BUSY, DONE], { random })
    await CALLS.dfns(other.client)
    expect(other.delays).toEqual([0, 399.6])
  })

  it.each([
    { name: 'seconds', header: '7', delays: [7_100] },
    { name: 'a minute', header: '60', delays: [60_100] },
    { name: 'nothing', header: '0', delays: [100] },
    { name: 'a date', header: 'Wed, 21 Oct 2026 07:28:00 GMT', delays: [100] },
    { name: 'a fraction', header: '1.5', delays: [100] },
  ])('waits as the service asks when it says $name', async ({ header, delays }) => {
    const double = createClientDouble([afterwards(header), DONE])
    await CALLS.dfns(double.client)
    expect(double.delays).toEqual(delays)
  })
})

describe('a call that is not tried again', () => {
  it('ends when the service asks for more than a minute', async () => {
    const { client, sent, delays } = createClientDouble([afterwards('61')])
    const error = await failureOf(CALLS.dfns(client))
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 61, isRetryable: true })
    expect([sent.length, delays]).toEqual([1, []])
  })

  it.each([400, 401, 403, 404, 409, 412, 422, 500])('ends with a %i', async (status) => {
    const { client, sent } = createClientDouble([{ status, body: { detail: 'no' } }])
    const error = await failureOf(CALLS.timbu(client))
    expect(error).toMatchObject({ status, attempts: 1, isRetryable: false, message: 'no' })
    expect(sent).toHaveLength(1)
  })

  it.each([
    { name: 'three times unless told otherwise', maxRetries: undefined, attempts: 4 },
    { name: 'never if told so', maxRetries: 0, attempts: 1 },
  ])('was tried again $name', async ({ maxRetries, attempts }) => {
    const { client, sent } = createClientDouble(Array(9).fill('lost'), { maxRetries })
    const error = await failureOf(CALLS.rinne(client))
    expect(error).toMatchObject({ code: 'network', status: null, requestId: null, attempts })
    expect(sent).toHaveLength(attempts)
  })

  it('tells its key, so that it can be continued', async () => {
    const first = createClientDouble(['lost'], { maxRetries: 0 })
    const { idempotencyKey } = await failureOf(CALLS.dfns(first.client))
    const second = createClientDouble([DONE])
    await second.client.dfns.activateUser('us-1', { idempotencyKey: idempotencyKey ?? '' })
    expect(keysOf(second.sent)).toEqual(keysOf(first.sent))
  })

  it('names the fault of the network, and none of what was sent', async () => {
    const { client, sent } = createClientDouble(['lost'], { maxRetries: 0 })
    const error = await failureOf(CALLS.dfns(client))
    expect(error.message).toBe('there was no answer (ECONNRESET)')
    const told = [JSON.stringify(error), error.stack, String(error.cause)].join()
    for (const secret of [TOKEN, proofOf(sent[0])]) expect(told).not.toContain(secret)
  })

  it('says after how long it gave up', async () => {
    const options = { maxRetries: 1, timeoutMilliseconds: 20 }
    const { client, sent } = createClientDouble(['silent', 'silent'], options)
    const error = await failureOf(CALLS.dfns(client))
    expect(error).toMatchObject({ code: 'timeout', attempts: 2, isRetryable: true })
    expect(error.message).toBe('there was no answer within 20 ms')
    expect(sent).toHaveLength(2)
  })

  it('is given up when its answer does not end', async () => {
    const endless = async (_url: string, { signal }: RequestInit) =>
      new Response(
        new ReadableStream({
          start: (controller) =>
            signal?.addEventListener('abort', () => controller.error(signal.reason)),
        }),
      )
    const options = { fetch: endless, maxRetries: 0, timeoutMilliseconds: 20 }
    const { client } = createClientDouble([], options)
    expect(await failureOf(CALLS.dfns(client))).toMatchObject({ code: 'timeout', attempts: 1 })
  })

  it.each(['lost', 'silent', DONE])('leaves nothing behind after %j', async (fate) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { signal } = new AbortController()
      const { fetch: answer } = createFetchDouble([fate as Fate])
      const held: number[] = []
      const holding = async (url: string, init: RequestInit) => {
        held.push(vi.getTimerCount(), getEventListeners(signal, 'abort').length)
        queueMicrotask(() => fate === 'silent' && vi.runAllTimers())
        return await answer(url, init)
      }
      const { client } = createClientDouble([], { fetch: holding, maxRetries: 0 })
      await client.dfns.activateUser('us-1', { signal }).catch(() => null)
      expect(held).toEqual([1, 1])
      expect([vi.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([0, 0])
    } finally {
      vi.useRealTimers()
    }
  })

  it('is given up in time by a fetch that knows no signal, too', async () => {
    const deaf = () => new Promise<never>(() => undefined)
    const options = { fetch: deaf, maxRetries: 0, timeoutMilliseconds: 20 }
    expect(await failureOf(CALLS.dfns(createClientDouble([], options).client))).toMatchObject({
      code: 'timeout',
    })
  })
})

describe('a call that its caller ends', () => {
  it.each(['token', 'signer'] as const)('does not wait for the %s', async (which) => {
    const caller = new AbortController()
    const hang = () => {
      // Later than the call begins to wait.
      setTimeout(() => caller.abort(), 1)
      return new Promise<never>(() => undefined)
    }
    const given = { token: { token: hang }, signer: { signer: { ...SIGNER, sign: hang } } }
    const { client, sent } = createClientDouble([], given[which])
    const error = await failureOf(client.dfns.activateUser('us-1', { signal: caller.signal }))
    expect(error).toMatchObject({ code: 'aborted', attempts: 0, mayHaveBeenDone: false })
    expect([sent, getEventListeners(caller.signal, 'abort')]).toEqual([[], []])
  })

  it('sends nothing when it ends while the request is made', async () => {
    const caller = new AbortController()
    const token = () => {
      caller.abort()
      return TOKEN
    }
    const { client, sent } = createClientDouble([], { token, signer: undefined })
    const call = client.rinne.activateUser('us-1', { signal: caller.signal })
    expect(await failureOf(call)).toMatchObject({ code: 'aborted', attempts: 0 })
    expect(sent).toEqual([])
  })

  it('ends it at whatever moment, and knows whether it was sent', async () => {
    const counts = new Set<number>()
    for (let ticks = 0; ticks < 40; ticks += 1) {
      const caller = new AbortController()
      const sign = async (...bytes: Parameters<typeof SIGNER.sign>) => {
        const signature = await SIGNER.sign(...bytes)
        void (async () => {
          for (let tick = 0; tick < ticks; tick += 1) await null
          caller.abort()
        })()
        return signature
      }
      const options = { signer: { ...SIGNER, sign }, timeoutMilliseconds: 600_000 }
      const { client, sent } = createClientDouble(['silent'], options)
      const error = await failureOf(client.dfns.activateUser('us-1', { signal: caller.signal }))
      const isSent = sent.length === 1
      expect(error).toMatchObject({
        code: 'aborted',
        attempts: sent.length,
        mayHaveBeenDone: isSent,
      })
      counts.add(sent.length)
    }
    expect([...counts].sort()).toEqual([0, 1])
  })

  it('leaves no timer of a waiting that it ends', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const caller = new AbortController()
      const waiting = sleep(60_000, caller.signal)
      expect(vi.getTimerCount()).toBe(1)
      caller.abort()
      await waiting
      await sleep(60_000, caller.signal)
      const timers = vi.getTimerCount()
      expect([timers, getEventListeners(caller.signal, 'abort').length]).toEqual([0, 0])
    } finally {
      vi.useRealTimers()
    }
  })

  it('does not begin to wait for its next try', async () => {
    // Without a waiting of its own, as in the next test but one.
    const caller = new AbortController()
    const client = createActivateClient({
      baseUrl: 'https://api.example.test',
      token: TOKEN,
      signer: SIGNER,
      fetch: createFetchDouble([afterwards('60')]).fetch,
      random: () => {
        caller.abort()
        return 0
      },
    })
    const error = await failureOf(client.dfns.activateUser('us-1', { signal: caller.signal }))
    expect(error).toMatchObject({ code: 'aborted', attempts: 1, mayHaveBeenDone: true })
  })

  it('sends nothing when it has ended before', async () => {
    const { client, sent } = createClientDouble([])
    const call = client.dfns.activateUser('us-1', { signal: AbortSignal.abort() })
    expect(await failureOf(call)).toMatchObject({ code: 'aborted', attempts: 0 })
    expect(sent).toEqual([])
  })

  it('does not wait for the answer', async () => {
    const caller = new AbortController()
    // Without the caller's signal, it would not end before the test does.
    const { client, sent } = createClientDouble(['silent'], { timeoutMilliseconds: 600_000 })
    const call = failureOf(client.dfns.activateUser('us-1', { signal: caller.signal }))
    while (sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    caller.abort()
    expect(await call).toMatchObject({ code: 'aborted', attempts: 1, isRetryable: false })
  })

  it('does not wait for its next try', async () => {
    // Without the client's own waiting, which is a minute here, this would show nothing.
    const { fetch: fetchDouble, sent } = createFetchDouble([afterwards('60')])
    const client = createActivateClient({
      baseUrl: 'https://api.example.test',
      token: TOKEN,
      signer: SIGNER,
      fetch: fetchDouble,
    })
    const caller = new AbortController()
    const call = failureOf(client.dfns.activateUser('us-1', { signal: caller.signal }))
    while (sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await new Promise((resolve) => setTimeout(resolve, 20))
    caller.abort()
    expect(await call).toMatchObject({ code: 'aborted', attempts: 1 })
    expect(sent).toHaveLength(1)
  })
})
