/**
 * The composition root: what is missing, wrong or demo answers 503 in the form of the path, and says why in the log
 * only (invariants 8 and 10).
 */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { appFor, buildApp } from '../../src/app.ts'
import { dfns } from '../../src/dialects/dfns/index.ts'
import { runSql } from '../support/commits.ts'
import { failDatabase } from '../support/recording-database.ts'
import { createSigner } from '../support/signer.ts'
import { ALL_DFNS, createWorld, type Actor } from '../support/world.ts'

const PRODUCTION = { PUBLIC_ORIGIN: 'https://api.example.test' }

/** Stands in every value that must not come out again. */
const MARK = 'do-not-echo'

let lines: string[] = []
beforeEach(() => {
  lines = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await runSql('UPDATE organizations SET is_demo = 0')
})

/** Builds an app on bindings that are those of the Worker under test but for some, and sends a request. */
async function send(
  bindings: Record<string, unknown>,
  request: { method?: string; path: string; token?: string; body?: unknown },
) {
  const app = await buildApp({ ...env, ...bindings } as Env, [dfns])
  const { method = 'GET', path, token, body } = request
  const response = await app.request(
    `http://localhost:8787${path}`,
    {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    env,
  )
  const text = await response.text()
  return { status: response.status, headers: response.headers, text }
}

/** Fails unless an answer is the 503 of its path, and says nothing more. */
function expectUnavailable(reply: Awaited<ReturnType<typeof send>>, path: string) {
  expect(reply.status).toBe(503)
  expect(reply.headers.get('retry-after')).toBe('1')
  expect(reply.headers.get('cache-control')).toBe('no-store')
  expect(reply.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/)
  const isDialect = path.startsWith('/auth')
  const type = isDialect ? 'application/json' : 'application/problem+json'
  expect(reply.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
  expect(JSON.parse(reply.text)).toEqual(
    isDialect
      ? {
          error: {
            id: expect.stringMatching(/^\d+$/) as string,
            status: 503,
            message: 'Service Unavailable',
          },
        }
      : {
          type: 'about:blank',
          title: 'Service Unavailable',
          status: 503,
          instance: expect.stringMatching(/^req_[0-9a-f]{32}$/) as string,
        },
  )
}

/** One request of every kind, as an actor sends it. */
const requestsOf = (actor: Actor) => [
  {
    name: 'a login challenge',
    method: 'POST',
    path: '/auth/login/init',
    body: { username: actor.username, orgId: actor.organizationId },
  },
  { name: 'a list', path: '/auth/users', token: actor.token },
  { name: 'a user', path: `/auth/users/${actor.userId}`, token: actor.token },
  {
    name: 'a change',
    method: 'PUT',
    path: `/auth/users/${actor.userId}/activate`,
    token: actor.token,
  },
  {
    name: 'an action challenge',
    method: 'POST',
    path: '/auth/action/init',
    token: actor.token,
    body: {
      userActionPayload: '',
      userActionHttpMethod: 'PUT',
      userActionHttpPath: `/auth/users/${actor.userId}/activate`,
    },
  },
  { name: 'a logout', method: 'PUT', path: '/auth/logout', token: actor.token, body: {} },
]

const KINDS = [
  'a login challenge',
  'a list',
  'a user',
  'a change',
  'an action challenge',
  'a logout',
] as const

/** The request of one kind. */
const requestOf = (actor: Actor, kind: string) => {
  const request = requestsOf(actor).find(({ name }) => name === kind)
  if (!request) throw new Error(`no request is ${kind}`)
  return request
}

async function setUp(given: Parameters<typeof createWorld>[0] = {}) {
  const world = await createWorld(given)
  return world.addActor({ operations: ALL_DFNS, signer: await createSigner('Ed25519') })
}

const BAD_BINDINGS: readonly { name: string; bindings: Record<string, unknown> }[] = [
  { name: 'PUBLIC_ORIGIN', bindings: { PUBLIC_ORIGIN: `http://${MARK}.example` } },
  { name: 'ISSUER', bindings: { ISSUER: undefined } },
  { name: 'AUDIENCE', bindings: { AUDIENCE: '' } },
  { name: 'TRUSTED_ISSUERS', bindings: { TRUSTED_ISSUERS: MARK } },
  { name: 'CHALLENGE_SECONDS', bindings: { CHALLENGE_SECONDS: MARK } },
  { name: 'SIGNING_KEYS', bindings: { SIGNING_KEYS: undefined } },
  { name: 'SIGNING_KEYS', bindings: { SIGNING_KEYS: MARK } },
  { name: 'SIGNING_KEYS', bindings: { SIGNING_KEYS: JSON.stringify([{ kty: 'RSA', kid: MARK }]) } },
  {
    name: 'DENIED_KIDS',
    bindings: { DENIED_KIDS: (JSON.parse(env.SIGNING_KEYS) as { kid: string }[])[0]?.kid },
  },
]

describe('buildApp on a configuration that is wrong', () => {
  const PATHS = ['/auth/users', '/auth/login/init', '/health', '/openapi.json', '/nowhere']

  it.each(BAD_BINDINGS)('answers 503 everywhere and logs $name', async ({ name, bindings }) => {
    for (const path of PATHS) {
      const reply = await send(bindings, { path })
      expectUnavailable(reply, path)
      expect(reply.text).not.toContain(name)
    }
    expect(lines).toHaveLength(PATHS.length)
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ level: 'error' })
      expect(line).toContain(name)
      expect(line).not.toContain(MARK)
    }
  })

  it('still refuses what no configuration would take', async () => {
    const reply = await send({ ISSUER: undefined }, { path: '/auth//users' })
    expect(reply.status).toBe(404)
  })
})

describe('buildApp with a key of the demo', () => {
  const [key] = JSON.parse(env.SIGNING_KEYS) as { kid: string }[]
  const demoKeys = { SIGNING_KEYS: JSON.stringify([{ ...key, kid: 'dev-1' }]) }

  it.each(['/auth/users', '/health', '/ready', '/.well-known/jwks.json'])(
    'answers 503 on %s of an https origin',
    async (path) => {
      expectUnavailable(await send({ ...PRODUCTION, ...demoKeys }, { path }), path)
      expect(lines[0]).toContain('SIGNING_KEYS holds a demo key')
    },
  )

  it('answers 503 when the demo key is not the one that signs', async () => {
    const keys = [key, { ...key, kid: 'dev-2' }]
    const bindings = { ...PRODUCTION, SIGNING_KEYS: JSON.stringify(keys) }
    expectUnavailable(await send(bindings, { path: '/health' }), '/health')
  })

  it('serves on this machine', async () => {
    const reply = await send(demoKeys, { path: '/health' })
    expect(reply.text).toBe('{"status":"ok"}')
  })
})

describe('buildApp on an https origin', () => {
  it.each(KINDS)('answers 503 to the demo organization, asked for %s', async (kind) => {
    const request = requestOf(await setUp({ isDemo: true }), kind)
    expectUnavailable(await send(PRODUCTION, request), request.path)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('demo organization on a production origin')
  })

  it('is not ready while there is demo data', async () => {
    expect((await send(PRODUCTION, { path: '/ready' })).text).toBe('{"status":"ready"}')
    await setUp({ isDemo: true })
    expectUnavailable(await send(PRODUCTION, { path: '/ready' }), '/ready')
    expect((await send({}, { path: '/ready' })).text).toBe('{"status":"ready"}')
  })

  it.each([
    { origin: 'http', bindings: {}, isDemo: true },
    { origin: 'https', bindings: PRODUCTION, isDemo: false },
  ])('serves others: $origin with demo data $isDemo', async ({ bindings, isDemo }) => {
    const requests = requestsOf(await setUp({ isDemo }))
    const statuses: number[] = []
    for (const request of requests) statuses.push((await send(bindings, request)).status)
    expect(statuses).toEqual([200, 200, 200, 403, 200, 200])
  })
})

describe('buildApp on a database that fails', () => {
  const message = `D1_ERROR: near "${MARK}": syntax error: SQLITE_ERROR`

  it.each(KINDS)('answers 503 and nothing of the error, asked for %s', async (kind) => {
    const request = requestOf(await setUp(), kind)
    const reply = await send({ DB: failDatabase(env.DB, message) }, request)
    expectUnavailable(reply, request.path)
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: 'error',
        requestId: reply.headers.get('x-request-id'),
        fault: 'database',
      },
    ])
  })

  it('is alive but not ready', async () => {
    const bindings = { DB: failDatabase(env.DB, message) }
    expect((await send(bindings, { path: '/health' })).text).toBe('{"status":"ok"}')
    expectUnavailable(await send(bindings, { path: '/ready' }), '/ready')
  })

  it('answers 500 when the fault is ours, and nothing of it', async () => {
    const actor = await setUp()
    const DB = failDatabase(env.DB, `${MARK} is not a function`)
    const reply = await send({ DB }, { path: '/auth/users', token: actor.token })
    expect(reply.status).toBe(500)
    expect(JSON.parse(reply.text)).toMatchObject({
      error: { status: 500, message: 'Internal Server Error' },
    })
    expect(reply.text).not.toContain(MARK)
  })
})

describe('buildApp for an organization that has the dialect off', () => {
  it.each(['a list', 'a user', 'a change'])('answers 403, asked for %s', async (kind) => {
    const request = requestOf(await setUp({ dialects: ['timbu', 'rinne'] }), kind)
    const reply = await send({}, request)
    expect(reply.status).toBe(403)
    expect(JSON.parse(reply.text)).toEqual({
      error: {
        id: expect.stringMatching(/^\d+$/) as string,
        status: 403,
        message: 'this API is not enabled for the organization',
      },
    })
  })
})

describe('appFor', () => {
  it('builds one app an isolate', async () => {
    const other = { ...env }
    expect(await appFor(env)).toBe(await appFor(env))
    expect(await appFor(other)).not.toBe(await appFor(env))
  })

  it('answers with the app of the bindings, wrong ones too', async () => {
    const app = await appFor({ ...env, AUDIENCE: '' })
    const request = new Request('http://localhost:8787/health')
    const response = await app.fetch(request, env, createExecutionContext())
    expect(response.status).toBe(503)
  })
})
