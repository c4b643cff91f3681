/**
 * Refusals in Dfns' form. The messages of FACTS 1.1.3 are kept to the letter; others are our words.
 */
import { z } from '@hono/zod-openapi'
import type { InputIssue } from '../../core/refusal.ts'
import {
  createRefusalForm,
  fieldOf,
  STATUS_AGAIN,
  type FailureTable,
} from '../../http/refusal-form.ts'

// The later of the vendor's two texts (FACTS 1.1.3); one message for every fault of a token, the log has the cause.
const NOT_AUTHORIZED = 'Not Authorized.'
const NOT_ALLOWED = {
  status: 403 as const,
  message: (refusal: { kind: string; userId: string; operation: string }) =>
    `${refusal.kind} ${refusal.userId} is not authorized to perform operation (${refusal.operation})`,
  example: '{kind} {userId} is not authorized to perform operation ({operation})',
}

/**
 * From reason to status and message. A reason that is missing here does not compile.
 * No message quotes what was sent: not a token, not an address, not a value of the input.
 */
const FAILURES: FailureTable = {
  route_not_found: { status: 404, message: 'route not found' },
  method_not_allowed: {
    status: 405,
    message: ({ allow }) => `method not allowed, use one of ${allow.join(', ')}`,
    example: 'method not allowed, use one of {methods}',
  },
  url_too_long: { status: 414, message: 'the URL is longer than 2048 bytes' },
  headers_too_large: { status: 431, message: 'the headers are larger than 16384 bytes' },
  body_too_large: { status: 413, message: 'the body is larger than 16384 bytes' },
  media_type_unsupported: { status: 415, message: 'the body must be application/json in UTF-8' },
  body_malformed: {
    status: 400,
    message: ({ problem }) => `the body is not valid JSON (${problem})`,
    example: 'the body is not valid JSON ({problem})',
  },
  input_invalid: {
    status: 400,
    message: ({ issues }) => issues.map(describeIssue).join('; '),
    example: '{field} {fault}',
    details: ({ issues }) => ({
      issues: issues.map(({ location, path, message }) => ({ location, path, message })),
    }),
  },
  token_missing: { status: 401, message: NOT_AUTHORIZED },
  token_invalid: { status: 401, message: NOT_AUTHORIZED },
  caller_unknown: { status: 401, message: NOT_AUTHORIZED },
  caller_inactive: { status: 401, message: NOT_AUTHORIZED },
  dialect_off: { status: 403, message: 'this API is not enabled for the organization' },
  kind_refused: NOT_ALLOWED,
  permission_missing: NOT_ALLOWED,
  user_action_invalid: { status: 403, message: 'user action signature is missing or invalid' },
  user_action_used: { status: 400, message: 'user action has already been used' },
  idempotency_key_reused: {
    status: 422,
    message: 'the idempotency key came with another request before',
  },
  precondition_failed: {
    status: 412,
    message: 'the user is not in the version that If-Match names',
  },
  user_not_found: {
    status: 404,
    message: 'user not found',
    details: ({ userId, organizationId }) => ({ userId, orgId: organizationId }),
  },
  organization_not_found: { status: 404, message: 'organization not found' },
  role_not_found: { status: 404, message: 'permission not found' },
  state_unchanged: {
    status: 409,
    message: ({ state }) => `the user is ${state} already`,
    example: 'the user is {state} already',
  },
  self_change: { status: 400, message: 'application cannot modify its own state' },
  last_holder: {
    status: 409,
    message: 'the user is the last active employee of the organization who can activate users',
  },
  username_taken: { status: 401, message: 'User already exists.' },
  public_key_taken: { status: 409, message: 'the public key is registered already' },
  external_id_taken: {
    status: 409,
    message: 'Conflicting user with same externalId',
    details: ({ duplicate }) => ({
      duplicate: { id: duplicate.userId, externalId: duplicate.externalId },
    }),
  },
  credential_invalid: {
    status: 400,
    message: 'the credential cannot be registered: its key or its proof of possession is not valid',
  },
  credential_taken: { status: 409, message: 'the credential is registered already' },
  too_many_credentials: { status: 409, message: 'the user has as many credentials as it can have' },
  credential_not_found: { status: 404, message: 'credential not found' },
  last_credential: { status: 409, message: 'the credential is the last active one of the user' },
  // Source silent: whoever has no code learns as little as whoever cannot log in.
  registration_refused: { status: 401, message: NOT_AUTHORIZED },
  registration_code_expired: { status: 400, message: 'Registration code expired' },
  login_refused: { status: 401, message: NOT_AUTHORIZED },
  account_deactivated: { status: 400, message: 'User account has been deactivated.' },
  sso_required: { status: 403, message: 'the user must log in by SSO' },
  challenge_invalid: { status: 400, message: 'Challenge token is not valid.' },
  token_not_revocable: {
    status: 400,
    message: 'only a token of this service that has a jti can be logged out',
  },
  rate_limited: { status: 429, message: 'Too Many Requests' },
  unavailable: { status: 503, message: 'Service Unavailable' },
  internal: { status: 500, message: 'Internal Server Error' },
}

/** The error envelope of the vendor's current manual (FACTS 1.1.3). */
const DfnsError = z
  .object({
    error: z.object({
      id: z.string().regex(/^\d+$/).openapi({ description: 'Number of this error, for support.' }),
      status: STATUS_AGAIN,
      message: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .openapi('DfnsError')

/** Dfns' form of refusing. */
export const REFUSAL_FORM = createRefusalForm(FAILURES, {
  write: (failure, context) => ({ error: { id: context.errorNumber, ...failure } }),
  schemaOf: () => DfnsError,
})

/** Names the field, and says what is wrong with it. */
function describeIssue(issue: InputIssue): string {
  const field = issue.path.length > 0 ? fieldOf(issue) || 'the empty name' : `the ${issue.location}`
  return `${field} ${issue.message}`
}
