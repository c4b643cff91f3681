/**
 * Path, query and body -> typed input: every fault is named at once, and no value that was sent.
 */
import { z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import { EMPTY_BODY, NOTHING, parseInput } from '../../../src/http/input.ts'
import type { JsonValue } from '../../../src/core/strict-json.ts'

const SCHEMAS = {
  params: z.strictObject({ userId: z.string().max(8) }),
  query: z.strictObject({
    limit: z.string().regex(/^\d+$/, 'is not a whole number').transform(Number).optional(),
  }),
  body: z.strictObject({
    email: z.email(),
    isActive: z.boolean().optional(),
    tags: z.array(z.string()).optional(),
  }),
}

const GOOD_BODY = { email: 'ada@example.test' }

/** What a test says of input. */
interface RawTestInput {
  readonly userId?: string
  readonly query?: string
  readonly body?: JsonValue | undefined
}

/** Input of an operation that takes no headers. */
const NO_HEADERS = { header: () => null }

/** Parses input that is good but for what a test says. */
const parse = (raw: RawTestInput = {}) =>
  parseInput(SCHEMAS, {
    params: { userId: raw.userId ?? 'us-1' },
    query: new URLSearchParams(raw.query ?? ''),
    body: 'body' in raw ? raw.body : GOOD_BODY,
    ...NO_HEADERS,
  })

/** Lists the issues of a refusal. */
function issuesOf(...input: Parameters<typeof parse>) {
  const parsed = parse(...input)
  if (parsed.ok) return []
  return parsed.failure.reason === 'input_invalid' ? parsed.failure.issues : parsed.failure.reason
}

describe('parseInput', () => {
  it('answers with the types of the schemas', () => {
    expect(parse({ query: 'limit=7' })).toEqual({
      ok: true,
      value: { params: { userId: 'us-1' }, query: { limit: 7 }, headers: {}, body: GOOD_BODY },
    })
  })

  it('names every fault at once, path before query before body', () => {
    const issues = issuesOf({
      userId: 'us-123456789',
      query: 'limit=x&offset=1&limit=y',
      body: { email: 7, role: 'admin' },
    })
    expect(issues).toEqual([
      {
        location: 'path',
        path: ['userId'],
        code: 'value',
        message: 'is not valid (too big: expected string to have <=8 characters)',
      },
      { location: 'query', path: ['limit'], code: 'value', message: 'is given more than once' },
      { location: 'query', path: ['limit'], code: 'value', message: 'is not a whole number' },
      { location: 'query', path: ['offset'], code: 'unknown', message: 'is not known here' },
      {
        location: 'body',
        path: ['email'],
        code: 'type',
        message: 'is not of the type string',
        expected: 'string',
        received: 'number',
      },
      { location: 'body', path: ['role'], code: 'unknown', message: 'is not known here' },
    ])
  })

  it.each<{ name: string; body: JsonValue; received: string }>([
    { name: 'null', body: null, received: 'null' },
    { name: 'a list', body: [], received: 'array' },
    { name: 'a text', body: 'text', received: 'string' },
    { name: 'a number', body: 7, received: 'number' },
  ])('names the type of the whole body when it is $name', ({ body, received }) => {
    expect(issuesOf({ body })).toEqual([
      {
        location: 'body',
        path: [],
        code: 'type',
        message: 'is not of the type object',
        expected: 'object',
        received,
      },
    ])
  })

  it('tells a missing member from one of another type', () => {
    const missing = { code: 'missing', message: 'is required', received: 'undefined' }
    expect(issuesOf({ body: {} })).toMatchObject([{ ...missing, path: ['email'] }])
    expect(issuesOf({ body: { email: null } })).toMatchObject([{ code: 'type', received: 'null' }])
  })

  it('names a missing body where one is required', () => {
    expect(issuesOf({ body: undefined })).toMatchObject([
      { location: 'body', path: [], code: 'missing', message: 'is required' },
    ])
  })

  it('names the place of a fault inside of a list', () => {
    const issues = issuesOf({ body: { ...GOOD_BODY, tags: ['a', 7] } })
    expect(issues).toMatchObject([{ path: ['tags', 1], code: 'type', received: 'number' }])
  })

  it('repeats no value that was sent', () => {
    const issues = issuesOf({
      userId: 'secret-path',
      query: 'limit=secret',
      body: { email: 'secret' },
    })
    expect(issues).toHaveLength(3)
    expect(JSON.stringify(issues)).not.toContain('secret')
  })

  it('names each repeated name of the query once, even where every value is good', () => {
    const issues = issuesOf({ query: 'limit=1&limit=1&limit=1' })
    expect(issues).toEqual([
      { location: 'query', path: ['limit'], code: 'value', message: 'is given more than once' },
    ])
  })

  it('names nothing of a query that its schema ignores', () => {
    const query = new URLSearchParams('x=1&x=2&y=3')
    const schemas = { params: NOTHING, query: z.object({}), body: NOTHING }
    expect(parseInput(schemas, { params: {}, query, body: undefined, ...NO_HEADERS }).ok).toBe(true)
  })

  it('cuts names that nobody knows, for anything may have been pasted there', () => {
    const name = 'eyJ'.padEnd(2_000, 'a')
    const issues = issuesOf({ query: `limit=1&${name}=1` })
    expect(issues).toMatchObject([{ path: [name.slice(0, 40)], code: 'unknown' }])
  })

  it('tells a missing member of a list of values from a wrong one, in words that follow a name', () => {
    const body = z.strictObject({ type: z.enum(['email', 'phone']), email: z.email() })
    const raw = { params: {}, query: new URLSearchParams(), ...NO_HEADERS }
    const parseBody = (value: JsonValue) =>
      parseInput({ params: NOTHING, query: NOTHING, body }, { ...raw, body: value })
    const email = { code: 'value', message: 'is not valid (invalid email address)' }
    expect(parseBody({ email: 'ada' })).toMatchObject({
      failure: { issues: [{ path: ['type'], code: 'missing', message: 'is required' }, email] },
    })
    const message = expect.stringMatching(/^is not valid \(invalid option/) as string
    expect(parseBody({ type: 'fax', email: '' })).toMatchObject({
      failure: { issues: [{ path: ['type'], code: 'value', message }, email] },
    })
  })

  it("keeps the rule of a dialect's own fault, and the words of one without", () => {
    const body = z.strictObject({ a: z.unknown() }).superRefine((_value, context) => {
      const fault = { code: 'custom' as const, path: ['a'] }
      context.addIssue({ ...fault, message: 'Extra words', params: { rule: 'type_error.a' } })
      context.addIssue({ ...fault, message: 'is a fault' })
    })
    const raw = { params: {}, query: new URLSearchParams(), body: { a: null }, ...NO_HEADERS }
    const place = { location: 'body', path: ['a'], code: 'value' }
    expect(parseInput({ params: NOTHING, query: NOTHING, body }, raw)).toMatchObject({
      failure: {
        issues: [
          { ...place, message: 'Extra words', rule: 'type_error.a', received: 'null' },
          { ...place, message: 'is a fault' },
        ],
      },
    })
  })

  it.each(['__proto__', 'constructor', 'toString'])('refuses the query name %s', (name) => {
    expect(issuesOf({ query: `${name}=1` })).toEqual([
      { location: 'query', path: [name], code: 'unknown', message: 'is not known here' },
    ])
  })

  it.each([undefined, {}])('reads the body %j as {} where nothing is required', (body) => {
    const schemas = { params: NOTHING, query: NOTHING, body: EMPTY_BODY }
    const raw = { params: {}, query: new URLSearchParams(), body, ...NO_HEADERS }
    expect(parseInput(schemas, raw)).toEqual({
      ok: true,
      value: { params: {}, query: {}, headers: {}, body: {} },
    })
  })

  it('refuses a member where none is known', () => {
    const schemas = { params: NOTHING, query: NOTHING, body: EMPTY_BODY }
    const raw = {
      params: {},
      query: new URLSearchParams(),
      body: { isSuperuser: true },
      ...NO_HEADERS,
    }
    expect(parseInput(schemas, raw)).toMatchObject({
      ok: false,
      failure: { issues: [{ path: ['isSuperuser'], code: 'unknown' }] },
    })
  })
})
