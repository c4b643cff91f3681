/**
 * What every answer of the Timbu dialect has in common, and its refusals to the letter (timbu.md, FACTS 1.2). Bodies
 * are compared as bytes: the order of members is part of them.
 */
import { expect } from 'vitest'
import type { Reply } from '../../support/api.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import type { RefusalExpectations } from '../../support/refusals.ts'
import contract from '../../vectors/timbu.contract.json' with { type: 'json' }

const { requestBody, responses } = contract.paths['/users/{user_id}/activate'].put

/** The bodies of the vendor's page, as they stand there. */
export const SAMPLES = {
  request: requestBody.content['application/json'].example,
  success: responses['200'].content['application/json'].examples.success.value,
  forbidden: responses['403'].content['application/json'].examples.forbidden.value,
  active: responses['403'].content['application/json'].examples.active.value,
}

/** Fails where an answer is not, byte for byte, the one that is meant. */
export function expectAnswer(reply: Reply, status: number, body: unknown): void {
  const { text } = reply
  expect({ status: reply.status, text }).toEqual({ status, text: JSON.stringify(body) })
  expectApiHeaders(reply)
  expect(reply.headers.has('www-authenticate')).toBe(false)
}

/** Fails where a refusal is not the one with these words. */
export const expectDetail = (reply: Reply, status: number, detail: string): void =>
  expectAnswer(reply, status, { detail })

/** Fails where a change is not answered as done. */
export const expectSuccess = (reply: Reply): void => expectAnswer(reply, 200, SAMPLES.success)

/** A fault as Pydantic 1 spells it. */
export type Fault = readonly [loc: readonly (string | number)[], msg: string, type: string]

/** Fails where input is not refused for exactly these faults, in this order. */
export const expectFaults = (reply: Reply, ...faults: readonly Fault[]): void =>
  expectAnswer(reply, 422, { detail: faults.map(([loc, msg, type]) => ({ loc, msg, type })) })

/** What is said of a member, or a body, that is not there. */
export const missing = (...loc: readonly string[]): Fault => [
  loc,
  'field required',
  'value_error.missing',
]

/** The dialect's refusals, for the shared kit. */
export const TIMBU_REFUSALS: RefusalExpectations = {
  dialect: 'timbu',
  userAction: 'by_setting',
  unauthenticated: (reply) => expectDetail(reply, 403, 'Could not validate credentials'),
  notAllowed: (reply) => expectAnswer(reply, 403, SAMPLES.forbidden),
  dialectOff: (reply) => expectDetail(reply, 403, 'this API is not enabled for the organization'),
  notFound: (reply) => expectDetail(reply, 404, 'user not found'),
  selfChange: (reply) =>
    expectDetail(reply, 403, 'you cannot change the state of your own account'),
  lastHolder: (reply) =>
    expectDetail(
      reply,
      403,
      'this user is the last active one of the organization who can activate users',
    ),
  userActionInvalid: (reply) =>
    expectDetail(reply, 403, 'user action signature is missing or invalid'),
  userActionUsed: (reply) => expectDetail(reply, 400, 'user action has already been used'),
  mask: (reply) => reply.text,
}
