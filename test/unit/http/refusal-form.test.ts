/**
 * How refusals are written: from a dialect's table, and as RFC 9457 problem details where a path belongs to none.
 */
import { z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import type { Refusal } from '../../../src/core/refusal.ts'
import {
  createRefusalForm,
  fieldOf,
  PROBLEM_FORM,
  type FailureTable,
} from '../../../src/http/refusal-form.ts'
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

  it.each(ROWS)('writes a body of its schema for $refusal.reason', ({ refusal, status }) => {
    const { body } = PROBLEM_FORM.write(refusal, CONTEXT)
    expect(PROBLEM_FORM.schemaOf(status)?.safeParse(body).success).toBe(true)
    expect(JSON.stringify(body)).not.toContain('secret')
  })
})

const form = createRefusalForm(
  {
    self_change: { status: 409, message: 'not yours' },
    state_unchanged: { status: 409, message: ({ state }) => `is ${state}`, example: 'is <state>' },
    role_not_found: {
      status: 400,
      message: ({ index }) => `no role ${index}`,
      details: ({ index }) => (index > 0 ? { index } : undefined),
    },
    // As much of a table as these tests ask for.
  } satisfies Partial<FailureTable> as unknown as FailureTable,
  {
    write: (failure, { now }) => ({ ...failure, now }),
    schemaOf: (status) => z.literal(status),
  },
)

describe('createRefusalForm', () => {
  it.each<{ refusal: Refusal; status: number; message: string; details?: object }>([
    { refusal: { reason: 'self_change' }, status: 409, message: 'not yours' },
    {
      refusal: { reason: 'state_unchanged', state: 'inactive' },
      status: 409,
      message: 'is inactive',
    },
    { refusal: { reason: 'role_not_found', index: 0 }, status: 400, message: 'no role 0' },
    {
      refusal: { reason: 'role_not_found', index: 2 },
      status: 400,
      message: 'no role 2',
      details: { index: 2 },
    },
  ])('writes $refusal by its row and the body of the dialect', ({ refusal, status, ...rest }) => {
    expect(form.write(refusal, CONTEXT)).toStrictEqual({
      status,
      body: { status, ...rest, now: NOW },
      contentType: 'application/json; charset=utf-8',
    })
  })

  it('describes by message, or by example where the message depends on the request', () => {
    const reasons = ['self_change', 'state_unchanged', 'role_not_found'] as const
    expect(reasons.map(form.describe)).toEqual([
      { status: 409, description: 'not yours' },
      { status: 409, description: 'is <state>' },
      { status: 400, description: '' },
    ])
    expect(form.schemaOf(409)?.safeParse(409).success).toBe(true)
  })
})

describe('fieldOf', () => {
  it.each([
    { name: 'the place of a whole', path: [], field: 'body' },
    { name: 'names and indexes', path: ['identifiers', 0, 'value'], field: 'identifiers.0.value' },
    { name: 'the first 80 characters', path: ['a'.repeat(79), 'bc'], field: `${'a'.repeat(79)}.` },
  ])('answers with $name', ({ path, field }) => {
    expect(fieldOf({ location: 'body', path, code: 'unknown', message: '' })).toBe(field)
  })
})
