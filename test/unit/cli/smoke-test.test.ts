/**
 * What a deployed service is asked, each of its faults, and how long it is waited for.
 */
import { describe, expect, it } from 'vitest'
import { runSmokeTest } from '../../../src/cli/smoke-test.ts'

const ORIGIN = 'https://api.activate-tests.net'
const TARGET = { origin: ORIGIN, version: '1.2.3' }

const PUBLIC_KEY = { kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'k', alg: 'EdDSA', use: 'sig' }

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })

type Page = () => Response

const READY: Page = () => json({ status: 'ready' })
const KEYS: Page = () => json({ keys: [PUBLIC_KEY] })
const DOCUMENT: Page = () => json({ openapi: '3.1.0', info: { version: '1.2.3' } })

const GOOD: Readonly<Record<string, Page>> = {
  '/ready': READY,
  '/.well-known/jwks.json': KEYS,
  '/openapi.json': DOCUMENT,
}

/** Makes a world in which some pages differ; time passes only where it is slept or a page takes its time. */
function createWorld(pages: Readonly<Record<string, Page>>, slownessMilliseconds = 0) {
  let time = 0
  const asked: { url: string; init: RequestInit }[] = []
  const slept: number[] = []
  const tools = {
    fetch: async (url: string, init: RequestInit) => {
      asked.push({ url, init })
      const page = { ...GOOD, ...pages }[new URL(url).pathname]
      if (!page) throw new Error('one page too many')
      if (url.endsWith('/ready')) time += slownessMilliseconds
      return page()
    },
    sleep: async (milliseconds: number) => {
      time += milliseconds
      slept.push(milliseconds)
    },
    now: () => time,
  }
  return { tools, asked, slept }
}

const refuseConnection: Page = () => {
  throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') })
}

describe('runSmokeTest', () => {
  it('asks three pages of the origin, without a token, and follows nobody elsewhere', async () => {
    const { tools, asked, slept } = createWorld({})
    expect(await runSmokeTest(TARGET, tools)).toEqual([])
    expect(new Set(asked.map(({ url }) => url))).toEqual(
      new Set(Object.keys(GOOD).map((path) => `${ORIGIN}${path}`)),
    )
    for (const { init } of asked) {
      expect(init).toMatchObject({ redirect: 'manual', headers: { accept: 'application/json' } })
      expect(init.signal).toBeInstanceOf(AbortSignal)
    }
    expect(asked).toHaveLength(3 * 3)
    expect(slept).toEqual([5_000, 5_000])
  })

  it.each([
    { path: '/ready', page: () => json({}, 503), says: 'answers 503' },
    { path: '/ready', page: () => json({ status: 'ready' }, 302), says: 'answers 302' },
    { path: '/ready', page: () => json({ status: 'ok' }), says: 'does not say that it is ready' },
    { path: '/ready', page: () => new Response('<html>'), says: 'does not say that it is ready' },
    { path: '/ready', page: () => json(['ready']), says: 'does not say that it is ready' },
    { path: '/ready', page: refuseConnection, says: 'does not answer: getaddrinfo ENOTFOUND' },
    { path: '/.well-known/jwks.json', page: () => json({}, 404), says: 'answers 404' },
    { path: '/.well-known/jwks.json', page: () => json({ keys: [] }), says: 'has no key' },
    { path: '/.well-known/jwks.json', page: () => json({ keys: 'k' }), says: 'has no key' },
    { path: '/.well-known/jwks.json', page: () => json({}), says: 'has no key' },
    { path: '/openapi.json', page: () => json({}, 500), says: 'answers 500' },
    {
      path: '/openapi.json',
      page: () => json({ info: { version: '1.2.2' } }),
      says: 'has version "1.2.2", not "1.2.3"',
    },
    { path: '/openapi.json', page: () => json({}), says: 'has version undefined, not "1.2.3"' },
  ])('says that $path $says', async ({ path, page, says }) => {
    const { tools } = createWorld({ [path]: page })
    expect(await runSmokeTest(TARGET, tools)).toEqual([`${ORIGIN}${path} ${says}`])
  })

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])(
    'says that a key is not public when it has the member %s',
    async (member) => {
      const keys = [PUBLIC_KEY, { ...PUBLIC_KEY, [member]: 'secret' }]
      const { tools } = createWorld({ '/.well-known/jwks.json': () => json({ keys }) })
      const [fault, ...rest] = await runSmokeTest(TARGET, tools)
      expect(fault).toContain('/.well-known/jwks.json shows a private key')
      expect(fault).not.toContain('secret')
      expect(rest).toEqual([])
    },
  )

  it('names all faults of the last try', async () => {
    const pages = { '/ready': refuseConnection, '/openapi.json': refuseConnection }
    const { tools } = createWorld(pages)
    expect(await runSmokeTest(TARGET, tools)).toHaveLength(2)
  })

  it('waits for a version that is not everywhere yet', async () => {
    const statuses = [503, 503, 200]
    const ready: Page = () => json({ status: 'ready' }, statuses.shift() ?? 200)
    const { tools, slept } = createWorld({ '/ready': ready })
    expect(await runSmokeTest(TARGET, tools)).toEqual([])
    expect(slept).toHaveLength(4)
  })

  it('is not content with the version before, which is well for some seconds more', async () => {
    const statuses = [200, 200]
    const ready: Page = () => json({ status: 'ready' }, statuses.shift() ?? 503)
    const { tools } = createWorld({ '/ready': ready })
    expect(await runSmokeTest(TARGET, tools)).toEqual([`${ORIGIN}/ready answers 503`])
  })

  it.each([
    { name: 'at once', slowness: 0, tries: 25 },
    { name: 'late', slowness: 10_000, tries: 9 },
  ])('gives up after two minutes when the answers come $name', async ({ slowness, tries }) => {
    const { tools, asked } = createWorld({ '/ready': () => json({}, 503) }, slowness)
    expect(await runSmokeTest(TARGET, tools)).toEqual([`${ORIGIN}/ready answers 503`])
    expect(asked).toHaveLength(tries * 3)
  })

  it('does not give up what has just become well', async () => {
    const ready: Page = () => json({ status: 'ready' }, asked.length < 24 * 3 ? 503 : 200)
    const { tools, asked } = createWorld({ '/ready': ready })
    expect(await runSmokeTest(TARGET, tools)).toEqual([])
  })
})
