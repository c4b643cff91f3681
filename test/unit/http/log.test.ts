/**
 * The log: listed members only, and faults without what may be in their messages (invariant 8).
 */
import type { Context } from 'hono'
import { describe, expect, it } from 'vitest'
import type { Refusal } from '../../../src/core/refusal.ts'
import type { AppEnv } from '../../../src/http/app-env.ts'
import { createLogger, describeFault } from '../../../src/http/log.ts'
import { NOW } from '../../support/sample.ts'

/** As much of a request's context as the log reads, and more that it must not. */
const contextOf = (
  given: {
    refusal?: Refusal
    route?: string
    clientRequestId?: string
    subjectId?: string
    method?: string
  } = {},
) => {
  const values: Record<string, unknown> = {
    context: {
      requestId: 'req_1',
      clientRequestId: given.clientRequestId ?? null,
      errorNumber: '7',
      now: NOW,
      method: given.method ?? 'PUT',
      path: '/auth/users/us-secret/activate',
      search: '?query=secret',
    },
    refusal: given.refusal,
    route: given.route,
    dialect: given.route ? 'dfns' : null,
    subjectId: given.subjectId,
    usage: { d1: { calls: 2, milliseconds: 9 }, kv: { calls: 1, milliseconds: 3 } },
  }
  const request = new Request('http://localhost/?query=secret', {
    headers: { authorization: 'Bearer secret' },
  })
  return {
    get: (name: string) => values[name],
    res: new Response(null, { status: given.refusal ? 403 : 200 }),
    req: { raw: request },
  } as unknown as Context<AppEnv>
}

/** What every line says of time and stores. */
const USAGE = { milliseconds: 12, d1Calls: 2, d1Milliseconds: 9, kvCalls: 1, kvMilliseconds: 3 }

/** Logs one request or fault and reads the lines back. */
function log(
  level: 'error' | 'info' | 'debug',
  write: (logger: ReturnType<typeof createLogger>) => void,
) {
  const lines: string[] = []
  write(createLogger(level, (line) => lines.push(line)))
  return lines.map((line) => JSON.parse(line) as unknown)
}

describe('createLogger: request', () => {
  it('writes exactly the listed members', () => {
    const context = contextOf({ route: '/auth/users/{userId}/activate' })
    expect(log('info', (logger) => logger.request(context, 12))).toEqual([
      {
        level: 'info',
        requestId: 'req_1',
        dialect: 'dfns',
        method: 'PUT',
        route: '/auth/users/{userId}/activate',
        status: 200,
        ...USAGE,
      },
    ])
  })

  it('adds the reason of a refusal, its cause, and the id of the client', () => {
    const refusal = { reason: 'token_invalid', cause: 'kid_unknown' } as const
    const context = contextOf({ refusal, clientRequestId: 'client-1' })
    expect(log('debug', (logger) => logger.request(context, 12))).toEqual([
      {
        level: 'info',
        requestId: 'req_1',
        clientRequestId: 'client-1',
        method: 'PUT',
        route: 'none',
        status: 403,
        reason: 'token_invalid',
        cause: 'kid_unknown',
        ...USAGE,
      },
    ])
  })

  it('leaves out all other evidence of a refusal', () => {
    const duplicate = { userId: 'us-secret', externalId: 'secret' }
    const context = contextOf({ refusal: { reason: 'external_id_taken', duplicate } })
    const lines = log('info', (logger) => logger.request(context, 12))
    expect(lines).toMatchObject([{ reason: 'external_id_taken' }])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })

  it('adds the id of the caller, and the limit that was met', () => {
    const limit = { limit: 'failures', quota: 60, periodSeconds: 60 } as const
    const refusal = { reason: 'rate_limited', ...limit } as const
    const context = contextOf({ refusal, subjectId: 'us-00000-00000-0000000000000000' })
    expect(log('info', (logger) => logger.request(context, 12))).toMatchObject([
      {
        reason: 'rate_limited',
        limit: 'failures',
        subjectId: 'us-00000-00000-0000000000000000',
      },
    ])
  })

  it('names no method that a client made up', () => {
    const context = contextOf({ method: 'SECRET' })
    expect(log('info', (logger) => logger.request(context, 12))).toMatchObject([
      { method: 'other' },
    ])
  })

  it('writes nothing on the level error', () => {
    expect(log('error', (logger) => logger.request(contextOf(), 12))).toEqual([])
  })
})

describe('createLogger: fault', () => {
  it.each(['error', 'info', 'debug'] as const)('writes id and fault on the level %s', (level) => {
    const error = new TypeError('x is not a function')
    expect(log(level, (logger) => logger.fault(contextOf(), error))).toEqual([
      { level: 'error', requestId: 'req_1', fault: 'TypeError: x is not a function' },
    ])
  })
})

describe('describeFault', () => {
  const token = `${'a'.repeat(40)}.${'b'.repeat(60)}.${'c'.repeat(86)}`

  it.each([
    'D1_ERROR: UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT',
    'Failed query: insert into "users" values (?)\nparams: ada@example.test',
    'near "SELEC": syntax error: SQLITE_ERROR',
    'D1 DB is overloaded. Requests queued for too long.',
  ])('says database and nothing more for "%s"', (message) => {
    expect(describeFault(new Error(message))).toBe('database')
  })

  it.each([
    { name: 'a token', message: `bad ${token} here`, fault: 'Error: bad … here' },
    {
      name: 'a key',
      message: 'key MC4CAQAwBQYDK2VwBCIEIJ+/abc= broken',
      fault: 'Error: key … broken',
    },
    {
      name: 'a path of the machine',
      message: 'at /opt/somewhere/project/file.ts',
      fault: 'Error: at …',
    },
    {
      name: 'further lines',
      message: 'first\nsecond secret\nat file.ts:1',
      fault: 'Error: first',
    },
  ])('cuts $name', ({ message, fault }) => {
    expect(describeFault(new Error(message))).toBe(fault)
  })

  it('writes at most 200 characters of a message', () => {
    expect(describeFault(new Error('word '.repeat(100)))).toBe(`Error: ${'word '.repeat(40)}`)
  })

  it.each(['text with secret', null, undefined, 7, { message: 'secret' }])(
    'says nothing of %j that is no error',
    (thrown) => {
      expect(describeFault(thrown)).toBe('thrown value')
    },
  )
})
