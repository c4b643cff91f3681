/**
 * The headers that every answer of the API has, whatever its dialect (RULES section 5).
 */
import { expect } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import type { Reply } from './api.ts'

/** Security headers whose whole value is fixed. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox",
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

const API_HEADERS = {
  ...SECURITY_HEADERS,
  'cache-control': 'no-store',
  'content-type': 'application/json; charset=utf-8',
  'x-api-version': packageJson.version,
}

/** Fails where an answer lacks a header of the API, or names what serves it. */
export function expectApiHeaders(reply: Reply): void {
  expect(Object.fromEntries(reply.headers)).toMatchObject(API_HEADERS)
  expect(reply.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9_-]{8,64}$/)
  expect(reply.headers.get('permissions-policy')).not.toBeNull()
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin', 'set-cookie']) {
    expect(reply.headers.has(name), name).toBe(false)
  }
}
