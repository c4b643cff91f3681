/**
 * Size and spelling of a request, before anybody looks at what it wants (P2).
 */
import { describe, expect, it } from 'vitest'
import {
  findEdgeFault,
  isCanonicalPath,
  MAX_HEADER_BYTES,
  MAX_URL_BYTES,
} from '../../../src/http/edge-limits.ts'
import { readRequestContext } from '../../../src/http/request-context.ts'

const ORIGIN = 'http://localhost:8787'

/** Asks for a path as the runtime delivers it. */
function ask(pathAndQuery: string, headers: Record<string, string> = {}, origin = ORIGIN) {
  const request = new Request(`${origin}${pathAndQuery}`, { headers })
  return findEdgeFault(request.headers, readRequestContext(request, 0))?.reason ?? null
}

describe('findEdgeFault: the URL', () => {
  it.each([
    { path: '/auth/users', origin: ORIGIN },
    { path: '/', origin: ORIGIN },
    { path: '/l', origin: ORIGIN },
    { path: '/a', origin: 'https://api.example.test' },
  ])('takes $path with a query up to 2,048 bytes and no further', ({ path, origin }) => {
    const query = (bytes: number) => `${path}?${'q'.repeat(bytes - path.length - 1)}`
    expect(MAX_URL_BYTES).toBe(2_048)
    expect(ask(query(MAX_URL_BYTES), {}, origin)).toBeNull()
    expect(ask(query(MAX_URL_BYTES + 1), {}, origin)).toBe('url_too_long')
  })

  it('counts the bytes on the wire, not the characters', () => {
    expect(ask(`/auth?${'é'.repeat(400)}`)).toBe('url_too_long')
  })

  it('refuses a path that is too long by itself', () => {
    expect(ask(`/${'a'.repeat(MAX_URL_BYTES)}`)).toBe('url_too_long')
  })
})

describe('findEdgeFault: the headers', () => {
  it('takes names and values of 16,384 bytes together and no further', () => {
    const padded = (bytes: number) => ({ 'x-one': 'v', 'x-two': 'v'.repeat(bytes - 11) })
    expect(MAX_HEADER_BYTES).toBe(16_384)
    expect(ask('/auth', padded(MAX_HEADER_BYTES))).toBeNull()
    expect(ask('/auth', padded(MAX_HEADER_BYTES + 1))).toBe('headers_too_large')
  })

  it('counts many small headers too', () => {
    const headers = Object.fromEntries(
      Array.from({ length: 1_700 }, (_, index) => [`x-${String(index).padStart(6, '0')}`, 'vv']),
    )
    expect(ask('/auth', headers)).toBe('headers_too_large')
  })
})

describe('findEdgeFault: the path', () => {
  it.each([
    '/',
    '/auth/users',
    '/auth/users/us-6b58p-8abcd-8abcdefghijklmno/activate',
    '/.well-known/jwks.json',
    '/v1/users/a_b~c-d.e',
    '/auth/users?limit=1&paginationToken=%3D',
  ])('takes %s', (path) => {
    expect(ask(path)).toBeNull()
  })

  it.each([
    { name: 'an encoded letter', path: '/auth/%75sers' },
    { name: 'an encoded slash', path: '/auth/users/a%2Fb' },
    { name: 'an encoded NUL', path: '/auth/users/%00' },
    { name: 'a lone percent sign', path: '/auth/users/%' },
    { name: 'two slashes', path: '/auth//users' },
    { name: 'two slashes in front', path: '//auth/users' },
    { name: 'a slash at the end', path: '/auth/users/' },
    { name: 'a parameter', path: '/auth/users;v=1' },
    { name: 'a colon', path: '/auth/users/a:b' },
    { name: 'an at sign', path: '/auth/users/a@b' },
    { name: 'a letter that is not ASCII', path: '/auth/users/é' },
    { name: 'a blank', path: '/auth/users/a b' },
    { name: 'an asterisk', path: '/auth/*' },
  ])('refuses $name', ({ path }) => {
    expect(ask(path)).toBe('route_not_found')
  })

  it('names length before headers, and headers before the path', () => {
    const big = { 'x-big': 'v'.repeat(MAX_HEADER_BYTES) }
    expect(ask(`//${'a'.repeat(MAX_URL_BYTES)}`, big)).toBe('url_too_long')
    expect(ask('//auth', big)).toBe('headers_too_large')
  })
})

describe('isCanonicalPath', () => {
  it('takes what findEdgeFault takes as path, up to the same length', () => {
    const [longest, longer] = [2_047, 2_048].map((letters) => `/${'a'.repeat(letters)}`)
    const paths = ['/', '/v1/users/a_b~c-d.e', longest, longer, '', 'v1', '/v1/', '/a//b', '/a%20']
    expect(paths.filter((path = '') => isCanonicalPath(path))).toEqual(paths.slice(0, 3))
  })
})
