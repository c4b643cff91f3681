/**
 * What every answer of the Dfns dialect has in common, and its refusals to the letter (FACTS 1.1.3).
 */
import { expect } from 'vitest'
import type { Reply } from '../../support/api.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { expectDfnsUser } from '../../support/declared.ts'
import type { RefusalExpectations } from '../../support/refusals.ts'

/** Fails where a refusal is not, to the letter, the one that is meant. */
export function expectDfnsError(
  reply: Reply,
  status: number,
  message: string | RegExp,
  details?: Readonly<Record<string, unknown>>,
): void {
  const text = typeof message === 'string' ? message : expect.stringMatching(message)
  const error = { id: expect.stringMatching(/^\d+$/), status, message: text }
  expect({ status: reply.status, body: reply.json }).toEqual({
    status,
    body: { error: details ? { ...error, details } : error },
  })
  expectApiHeaders(reply)
  expect(reply.headers.has('www-authenticate')).toBe(status === 401)
}

/** Fails where input is not refused with 400, a sentence and the place of the fault. */
export function expectInputError(
  reply: Reply,
  issue: { location: string; path: (string | number)[] },
): void {
  expectDfnsError(reply, 400, /^\S.* \w+/, {
    issues: expect.arrayContaining([{ ...issue, message: expect.stringMatching(/\w+ \w+/) }]),
  })
}

/**
 * Fails where an answer is not a challenge with everything that the official clients read (FACTS 1.1.5).
 *
 * @param size - characters of the challenge.
 */
export function expectChallenge(reply: Reply, size: number, credentialId: string): void {
  expect({ status: reply.status, body: reply.json }).toEqual({
    status: 200,
    body: {
      challenge: expect.stringMatching(RegExp(`^[A-Za-z0-9_-]{${size}}$`)),
      challengeIdentifier: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      supportedCredentialKinds: ['Key', 'Fido2'].map((kind) => ({
        kind,
        factor: 'first',
        requiresSecondFactor: false,
      })),
      userVerification: 'required',
      attestation: 'none',
      allowCredentials: { key: [{ type: 'public-key', id: credentialId }], webauthn: [] },
      rp: { id: 'localhost', name: 'Activate' },
      externalAuthenticationUrl: '',
    },
  })
  expectApiHeaders(reply)
}

/** Fails where an answer is not a user of the vendor's contract with the members that are meant. */
export function expectUserAnswer(reply: Reply, members: Readonly<Record<string, unknown>>): void {
  expect({ status: reply.status, body: reply.json }).toMatchObject({ status: 200, body: members })
  expectDfnsUser(reply.json)
  expectApiHeaders(reply)
  expect(reply.headers.has('www-authenticate')).toBe(false)
}

const NOT_AUTHORIZED = 'Not Authorized.'

/** The dialect's refusals, for the shared kit. */
export const DFNS_REFUSALS: RefusalExpectations = {
  dialect: 'dfns',
  userAction: 'always',
  unauthenticated: (reply, { hasToken }) => {
    expectDfnsError(reply, 401, NOT_AUTHORIZED)
    const challenge = hasToken ? 'Bearer error="invalid_token"' : 'Bearer'
    expect(reply.headers.get('www-authenticate')).toBe(challenge)
  },
  notAllowed: (reply, { kind, userId, operation }) =>
    expectDfnsError(
      reply,
      403,
      `${kind} ${userId} is not authorized to perform operation (${operation})`,
    ),
  dialectOff: (reply) =>
    expectDfnsError(reply, 403, 'this API is not enabled for the organization'),
  notFound: (reply, userId, orgId) =>
    expectDfnsError(reply, 404, 'user not found', { userId, orgId }),
  selfChange: (reply) => expectDfnsError(reply, 400, 'application cannot modify its own state'),
  lastHolder: (reply) =>
    expectDfnsError(
      reply,
      409,
      'the user is the last active employee of the organization who can activate users',
    ),
  userActionInvalid: (reply) =>
    expectDfnsError(reply, 403, 'user action signature is missing or invalid'),
  userActionUsed: (reply) => expectDfnsError(reply, 400, 'user action has already been used'),
  mask: (reply) => reply.text.replace(/"id":"\d+"/, '"id":"<number>"'),
}
