/**
 * Which pages may read answers: those of the listed origins, compared to the letter.
 */
import { describe, expect, it } from 'vitest'
import { createCorsWriter } from '../../../src/http/cors.ts'

const LISTED = 'https://app.example.test'
const HEADERS =
  'authorization, content-type, x-dfns-useraction, x-dfns-sdk-version, idempotency-key, if-match, if-none-match, activate-reason, x-request-id'
const EXPOSED =
  'ETag, Idempotent-Replayed, RateLimit-Policy, Retry-After, X-Request-Id, x-api-version'

/** Writes the headers on an answer that has some already, and reads all of them back. */
function write(
  sent: Readonly<Record<string, string>>,
  { method = 'GET', answered = {}, origins = [LISTED] } = {},
): Record<string, string> {
  const headers = new Headers(answered)
  createCorsWriter(origins)(new Request('https://api.test/', { method, headers: sent }), headers)
  return Object.fromEntries(headers)
}

describe('createCorsWriter', () => {
  it('writes nothing where no origin is listed', () => {
    expect(write({ origin: LISTED }, { origins: [] })).toEqual({})
  })

  it('names the listed origin, and what its scripts may read', () => {
    expect(write({ origin: LISTED })).toEqual({
      'access-control-allow-origin': LISTED,
      'access-control-expose-headers': EXPOSED,
      vary: 'Origin',
    })
  })

  it.each([
    'null',
    'https://evil.test',
    'https://app.example.test.evil.test',
    'https://app.example.test/',
    'https://APP.example.test',
    'http://app.example.test',
    'https://app.example.test:8443',
    `${LISTED}, https://evil.test`,
  ])('names no origin to %s, and keeps caches apart', (origin) => {
    expect(write({ origin })).toEqual({ vary: 'Origin' })
  })

  it('adds to what an answer varies by', () => {
    expect(write({}, { answered: { vary: 'Accept' } })).toEqual({ vary: 'Accept, Origin' })
  })

  it('answers a preflight by what the path takes, and never by what was asked for', () => {
    const asked = {
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'x-evil, '.repeat(2_000),
    }
    const answered = { allow: 'PUT, OPTIONS' }
    const sent = { origin: LISTED, ...asked }
    expect(write(sent, { method: 'OPTIONS', answered })).toEqual({
      'access-control-allow-headers': HEADERS,
      'access-control-allow-methods': 'PUT, OPTIONS',
      'access-control-allow-origin': LISTED,
      'access-control-max-age': '600',
      allow: 'PUT, OPTIONS',
      vary: 'Origin',
    })
  })

  it.each([
    { name: 'an OPTIONS that is none', sent: { origin: LISTED }, method: 'OPTIONS' },
    {
      name: 'a request of another method',
      sent: { origin: LISTED, 'access-control-request-method': 'PUT' },
      method: 'POST',
    },
  ])('takes $name for no preflight', ({ sent, method }) => {
    const headers = write(sent, { method, answered: { allow: 'PUT' } })
    expect(headers).not.toHaveProperty('access-control-allow-methods')
  })
})
