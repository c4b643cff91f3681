/**
 * Refusals of paths that belong to no dialect: RFC 9457 problem details.
 */
import { describe, expect, it } from 'vitest'
import type { Refusal } from '../../../src/core/refusal.ts'
import { PROBLEM_FORM } from '../../../src/http/refusal-form.ts'
import { readRequestContext } from '../../../src/http/request-context.ts'
import { NOW } from '../../support/sample.ts'

const CONTEXT = readRequestContext(new Request('http://localhost/secret'), NOW)

const ROWS: readonly { refusal: Refusal; status: number; title: string }[] = [
  { refusal: { reason: 'route_not_found' }, status: 404, title: 'Not Found' },
  {
    refusal: { reason: 'method_not_allowed', allow: ['GET'] },
    status: 405,
    title: 'Method Not Allowed',
  },
  { refusal: { reason: 'body_too_large' }, status: 413, title: 'Content Too Large' },
  { refusal: { reason: 'url_too_long' }, status: 414, title: 'URI Too Long' },
  {
    refusal: { reason: 'headers_too_large' },
    status: 431,
    title: 'Request Header Fields Too Large',
  },
  {
    refusal: { reason: 'unavailable', cause: 'secret' },
    status: 503,
    title: 'Service Unavailable',
  },
  { refusal: { reason: 'internal' }, status: 500, title: 'Internal Server Error' },
  {
    refusal: { reason: 'user_not_found', userId: 'us-secret', organizationId: 'or-secret' },
    status: 500,
    title: 'Internal Server Error',
  },
]

describe('PROBLEM_FORM', () => {
  it.each(ROWS)('writes $refusal.reason as $status', ({ refusal, status, title }) => {
    expect(PROBLEM_FORM.write(refusal, CONTEXT)).toEqual({
      status,
      body: { type: 'about:blank', title, status, instance: CONTEXT.requestId },
      contentType: 'application/problem+json; charset=utf-8',
    })
  })

  it.each(ROWS)('declares $refusal.reason as it is written', ({ refusal, status, title }) => {
    expect(PROBLEM_FORM.describe(refusal.reason)).toEqual({ status, description: title })
  })

  it.each(ROWS)('writes a body of its schema for $refusal.reason', ({ refusal }) => {
    const { body } = PROBLEM_FORM.write(refusal, CONTEXT)
    expect(PROBLEM_FORM.schema.safeParse(body).success).toBe(true)
    expect(JSON.stringify(body)).not.toContain('secret')
  })
})
