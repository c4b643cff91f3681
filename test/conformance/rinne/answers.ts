/**
 * What every answer of the Rinne dialect has in common, and its refusals to the letter (FACTS 1.3).
 */
import { expect } from 'vitest'
import type { Reply } from '../../support/api.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { CONTRACTS, expectContract } from '../../support/declared.ts'
import type { RefusalExpectations } from '../../support/refusals.ts'

/** UTC with milliseconds, as the contract's examples have it. */
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** A role as the contract has it, with the members that are meant. */
export const roleOf = (organizationId: string, members: Readonly<Record<string, unknown>>) => ({
  id: expect.stringMatching(/^pm-\w{5}-\w{5}-\w{14,16}$/),
  description: null,
  company_id: organizationId,
  organization_id: null,
  created_at: expect.stringMatching(DATE),
  updated_at: expect.stringMatching(DATE),
  ...members,
})

/** Stands in what is sent, and in no answer; its letters are in no id. */
export const SECRET = 'ZyZZyVa'

/** By status: the code, and the contract's schema where it has one. */
const FORMS: Readonly<Record<number, readonly [code: string, schema?: string]>> = {
  400: ['VALIDATION_ERROR'],
  401: ['AUTHENTICATION_ERROR', 'AuthenticationErrorResponse'],
  403: ['AUTHORIZATION_ERROR', 'AuthorizationErrorResponse'],
  404: ['RESOURCE_NOT_FOUND', 'NotFoundErrorResponse'],
  405: ['METHOD_NOT_ALLOWED'],
  409: ['CONFLICT_ERROR'],
  413: ['PAYLOAD_TOO_LARGE'],
  414: ['URI_TOO_LONG'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
  431: ['HEADERS_TOO_LARGE'],
  500: ['INTERNAL_SERVER_ERROR', 'InternalServerErrorResponse'],
}

/**
 * Fails where a refusal is not, to the letter and in the contract's order of members, the one that is meant.
 *
 * @param given.path - the path that it names; any of this API, without `/core`, where nothing is said.
 */
export function expectRinneError(
  reply: Reply,
  status: number,
  message: string,
  given: { readonly details?: unknown; readonly path?: string } = {},
): void {
  const [code, schema] = FORMS[status] ?? []
  const error = {
    code,
    message,
    status,
    ...(given.details === undefined ? {} : { details: given.details }),
    path: given.path ?? expect.stringMatching(/^\/v1(\/[\w.~-]+)*$/),
    timestamp: expect.stringMatching(DATE),
    requestId: reply.headers.get('x-request-id'),
  }
  expect({ status: reply.status, body: reply.json }).toEqual({ status, body: { error } })
  expect(Object.keys(reply.json['error'] ?? {})).toEqual(Object.keys(error))
  if (schema) expectContract('rinne', schema, reply.json)
  expectApiHeaders(reply)
  expect(reply.headers.has('www-authenticate')).toBe(status === 401)
}

/** Faults by field: the type, or the whole message, whose beginning tells the type. */
export type Issues = Readonly<Record<string, string>>

const writeIssue = (field: string, issue: string) => {
  if (issue === 'REQUIRED') return { type: issue, message: `Field '${field}' is required` }
  if (issue === 'UNKNOWN_FIELD')
    return { type: issue, message: `Field '${field}' is not known here` }
  if (issue.startsWith('Expected ')) return { type: 'INVALID_TYPE', message: issue }
  if (issue.startsWith('Not valid JSON ')) return { type: 'INVALID_JSON', message: issue }
  const message = expect.stringMatching(RegExp(`^Field '${field}' \\w+ \\w+`))
  return { type: 'INVALID_VALUE', message: issue === 'INVALID_VALUE' ? message : issue }
}

/** Fails where input is not refused for exactly these faults, or where the answer repeats what was sent. */
export function expectInputError(reply: Reply, expected: Issues): void {
  const issues = Object.entries(expected).map(([field, issue]) => ({
    field,
    ...writeIssue(field, issue),
  }))
  expectRinneError(reply, 400, 'Validation error', { details: { issues } })
  expect(reply.text.toLowerCase()).not.toContain(SECRET.toLowerCase())
}

/** Fails where a user is not one of the contract, with its members in the contract's order. */
export function expectUser(user: unknown, members: Readonly<Record<string, unknown>>): void {
  expect(user).toMatchObject(members)
  expectContract('rinne', 'UserResponse', user)
  const { properties = {} } = CONTRACTS.rinne.components.schemas['UserResponse'] ?? {}
  const names = Object.keys(user as object)
  expect(names).toEqual(Object.keys(properties).filter((name) => names.includes(name)))
  for (const [, date] of JSON.stringify(user).matchAll(/"\w+_at":"?([^",}]*)/g)) {
    expect(date).toMatch(DATE)
  }
}

/** Fails where an answer is not a user of the contract with the members that are meant. */
export function expectUserAnswer(
  reply: Reply,
  members: Readonly<Record<string, unknown>>,
  status = 200,
): void {
  expect({ status: reply.status, body: reply.json }).toMatchObject({ status })
  expectUser(reply.json, members)
  expectApiHeaders(reply)
}

const refusing = (status: number, message: string) => (reply: Reply) =>
  expectRinneError(reply, status, message)

const REASON = 'Missing or invalid bearer token; an API key is not enough here'
const LAST = 'The user is the last active one of the organization who can activate users'

/** The dialect's refusals, for the shared kit. */
export const RINNE_REFUSALS: RefusalExpectations = {
  dialect: 'rinne',
  userAction: 'by_setting',
  unauthenticated: (reply, { hasToken }) => {
    const message = 'Authentication required to access this resource'
    expectRinneError(reply, 401, message, { details: { reason: REASON } })
    const challenge = hasToken ? 'Bearer error="invalid_token"' : 'Bearer'
    expect(reply.headers.get('www-authenticate')).toBe(challenge)
  },
  notAllowed: (reply, { operation }) =>
    expectRinneError(reply, 403, `You need '${operation}' permissions to access this resource`),
  dialectOff: refusing(403, 'This API is not enabled for the organization'),
  notFound: (reply, userId) => expectRinneError(reply, 404, `User with ID '${userId}' not found`),
  selfChange: refusing(409, 'You cannot change the state of your own user'),
  lastHolder: refusing(409, LAST),
  userActionInvalid: refusing(403, 'user action signature is missing or invalid'),
  userActionUsed: (reply) => {
    const message = 'It is good for one use'
    const issues = [{ field: 'X-DFNS-USERACTION', type: 'INVALID_VALUE', message }]
    expectRinneError(reply, 400, 'user action has already been used', { details: { issues } })
  },
  mask: ({ text }) => text.replace(/"(timestamp|requestId)":"[^"]+"/g, '"$1":"<its own>"'),
}
