/**
 * HTTP hygiene (RULES section 5) over the wire: what workerd does not send to itself, and the explorer's files, which the
 * platform has.
 */
import { request, type RequestOptions } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, inject, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { EXPLORER_HEADERS } from '../../src/cli/explorer-pages.ts'
import { ALL_PATHS, headersIn, headersOf, statusOf } from '../support/hygiene.ts'

const demo = inject('demo')
const { hostname, port } = new URL(demo.baseUrl)
const { token = '', userId = '' } = demo.actors['admin'] ?? {}

/** Headers of the connection, and where the platform had a file from. */
const OF_THE_WIRE = [
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
].concat('cf-cache-status')

/** Sends one request as it is said; redirects are not followed. */
const send = (path: string, options: RequestOptions = {}, body?: string) =>
  new Promise<{ status: number; headers: Record<string, string>; text: string }>((done, fail) => {
    const sent = request({ hostname, port, path, ...options }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => (text += chunk))
      answer.on('end', () => {
        const pairs = Object.entries(answer.headers) as [string, string][]
        const headers = headersIn(pairs.filter(([name]) => !OF_THE_WIRE.includes(name)))
        done({ status: answer.statusCode ?? 0, headers, text })
      })
    })
    sent.on('error', fail).end(body)
  })

/** Sends a request line that no client library would, and reads the status of its answer. */
const sendLine = (line: string) =>
  new Promise<number>((done, fail) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${line} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`)
    })
    socket.on('data', (chunk) => (text += chunk))
    socket.on('close', () => done(Number(text.split(' ')[1]))).on('error', fail)
  })

describe('every path', () => {
  it.each(['GET', 'HEAD', 'PATCH', 'TRACE', 'OPTIONS'])(
    'answers %s with exactly its status and headers, and never leads elsewhere but at /',
    async (method) => {
      for (const path of ALL_PATHS) {
        const { text: _text, ...answer } = await send(path.replace('{id}', userId), { method })
        const status = statusOf(path, method, 'no')
        expect({ path, ...answer }).toEqual({
          path,
          status,
          headers: headersOf(path, status, 'no'),
        })
        expect(status === 302).toBe(path === '/' && ['GET', 'HEAD'].includes(method))
      }
    },
  )

  // The exception: the platform's own server knows no such method, and answers before any code of ours.
  it.each(['BREW', 'get', 'put', 'Post'])('is not reached by the method %s', async (method) => {
    for (const path of ['/auth/users', '/users/me', '/core/v1/users', '/health', '/docs/']) {
      expect(await sendLine(`${method} ${path}`)).toBe(501)
    }
  })

  it.each([
    { 'x-http-method-override': 'DELETE', 'x-http-method': 'PUT', 'x-method-override': 'PUT' },
    { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.test', 'x-forwarded-prefix': '/x' },
    { forwarded: 'host=evil.test;proto=https', 'x-original-url': '/health', 'x-rewrite-url': '/' },
  ])('is the same whatever a proxy says: %j', async (said) => {
    const headers = { authorization: `Bearer ${token}` }
    for (const path of ['/', '/auth/users', '/users/me', '/core/v1/auth/me', '/openapi.json']) {
      const plain = await send(path, { headers })
      expect(await send(path, { headers: { ...headers, ...said } })).toEqual(plain)
    }
  })

  it.each(['/auth/users', '/users/me', '/core/v1/auth/me'])(
    'reads by %s with no body but {}',
    async (path) => {
      const refused = path === '/users/me' ? 422 : 400
      for (const body of ['{}', '{"a":1}', '[]', '{', ' '.repeat(16_385)]) {
        const authorization = `Bearer ${token}`
        const type = { 'content-type': 'application/json', 'content-length': body.length }
        const { status } = await send(path, { headers: { authorization, ...type } }, body)
        expect(status).toBe(body === '{}' ? 200 : body.length > 16_384 ? 413 : refused)
      }
    },
  )
})

const TYPES: Readonly<Record<string, string>> = {
  '/docs/': 'text/html; charset=utf-8',
  '/docs/initializer.js': 'text/javascript; charset=utf-8',
  '/docs/swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  '/docs/swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  '/docs/swagger-ui.css': 'text/css; charset=utf-8',
  '/docs/favicon-32x32.png': 'image/png',
}

/** To the letter, but for the list of features that are denied. */
const SHARED = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': EXPLORER_HEADERS['Permissions-Policy'],
  'cache-control': 'public, max-age=300',
  'x-request-id': '<id>',
  'x-api-version': packageJson.version,
}

describe('the explorer', () => {
  it.each(Object.entries(TYPES))('serves %s with exactly its headers, once', async (path, type) => {
    const { status, headers, text } = await send(path)
    const { etag = '' } = headers
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
    expect(text.length).toBeGreaterThan(300)
    const wanted = { ...SHARED, 'content-type': type, etag }
    expect({ status, headers }).toEqual({ status: 200, headers: wanted })
    expect(await send(path, { method: 'HEAD' })).toEqual({ status, headers, text: '' })
    const again = await send(path, { headers: { 'if-none-match': etag } })
    expect(again).toEqual({ status: 304, headers, text: '' })
  })

  it.each(['/docs', '/docs/index.html'])('leads from %s to its page', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const headers = { ...SHARED, location: '/docs/' }
      expect(await send(path, { method })).toEqual({ status: 307, headers, text: '' })
    }
  })

  it.each(['/docs/nothing', '/docs//', '/docsx', '/_headers', '/docs/.env'])(
    'answers %s like every path that there is not',
    async (path) => {
      const { text: _text, ...answer } = await send(path)
      expect(answer).toEqual({ status: 404, headers: headersOf('/nothing', 404, 'no') })
    },
  )

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'])(
    'refuses %s, names what it allows, and has no refusal kept',
    async (method) => {
      for (const path of ['/docs', ...Object.keys(TYPES)]) {
        const { text: _text, ...answer } = await send(path, { method })
        expect({ path, ...answer }).toEqual({
          path,
          status: 405,
          headers: headersOf(path, 405, 'no'),
        })
      }
    },
  )

  it('answers OPTIONS with what is allowed', async () => {
    for (const path of ['/docs', ...Object.keys(TYPES)]) {
      const { status, headers, text } = await send(path, { method: 'OPTIONS' })
      expect({ path, status, text, allow: headers['allow'] }).toEqual({
        ...{ path, status: 204, text: '' },
        allow: 'GET, HEAD, OPTIONS',
      })
    }
  })
})
