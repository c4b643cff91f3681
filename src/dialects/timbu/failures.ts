/**
 * Refusals in Timbu's form: FastAPI's, with faults of the input as Pydantic 1 spells them. The messages of timbu.md
 * and FACTS 1.2 are kept to the letter; others are our words.
 */
import { z } from '@hono/zod-openapi'
import type { InputIssue } from '../../core/refusal.ts'
import { createRefusalForm, type FailureTable } from '../../http/refusal-form.ts'

// The contract lists 403 where others have 401, and one message for every fault of a token (FACTS, decided list).
const NOT_VALIDATED = { status: 403 as const, message: 'Could not validate credentials' }
const NOT_ALLOWED = {
  status: 403 as const,
  message: 'only super admins can perform this operation',
}

/**
 * From reason to status and message. A reason that is missing here does not compile.
 * No message quotes what was sent: not a token, not an address, not a value of the input.
 */
const FAILURES: FailureTable = {
  route_not_found: { status: 404, message: 'Not Found' },
  method_not_allowed: { status: 405, message: 'Method Not Allowed' },
  url_too_long: { status: 414, message: 'the URL is longer than 2048 bytes' },
  headers_too_large: { status: 431, message: 'the headers are larger than 16384 bytes' },
  body_too_large: { status: 413, message: 'the body is larger than 16384 bytes' },
  media_type_unsupported: { status: 415, message: 'the body must be application/json in UTF-8' },
  body_malformed: {
    status: 422,
    message: 'the body is not valid JSON',
    details: ({ problem, at }) => [
      writeFault(['body', at], `not valid JSON (${problem}): char ${at}`, 'value_error.jsondecode'),
    ],
  },
  input_invalid: {
    status: 422,
    message: 'the input is not valid',
    details: ({ issues }) => issues.map(describeIssue),
  },
  token_missing: NOT_VALIDATED,
  token_invalid: NOT_VALIDATED,
  caller_unknown: NOT_VALIDATED,
  caller_inactive: NOT_VALIDATED,
  dialect_off: { status: 403, message: 'this API is not enabled for the organization' },
  kind_refused: NOT_ALLOWED,
  permission_missing: NOT_ALLOWED,
  user_action_invalid: { status: 403, message: 'user action signature is missing or invalid' },
  user_action_used: { status: 400, message: 'user action has already been used' },
  idempotency_key_reused: {
    status: 422,
    message: 'the idempotency key came with another request before',
    // One form for one status: whoever reads a 422 of this API reads a list.
    details: () => [
      writeFault(
        ['header', 'Idempotency-Key'],
        'this key came with another request before',
        'value_error.idempotency_key',
      ),
    ],
  },
  precondition_failed: {
    status: 412,
    message: 'the user is not in the version that If-Match names',
  },
  user_not_found: { status: 404, message: 'user not found' },
  organization_not_found: { status: 404, message: 'organization not found' },
  role_not_found: { status: 404, message: 'role not found' },
  state_unchanged: {
    status: 403,
    message: ({ state }) => `this user is already ${state}`,
    example: 'this user is already {state}',
  },
  self_change: { status: 403, message: 'you cannot change the state of your own account' },
  last_holder: {
    status: 403,
    message: 'this user is the last active one of the organization who can activate users',
  },
  username_taken: { status: 409, message: 'this email or phone number is already in use' },
  public_key_taken: { status: 409, message: 'this public key is already in use' },
  external_id_taken: { status: 409, message: 'this external id is already in use' },
  credential_invalid: { status: 400, message: 'this credential cannot be registered' },
  credential_taken: { status: 409, message: 'this credential is already in use' },
  too_many_credentials: {
    status: 409,
    message: 'this user has as many credentials as it can have',
  },
  credential_not_found: { status: 404, message: 'credential not found' },
  last_credential: { status: 409, message: 'this credential is the last active one of the user' },
  registration_refused: NOT_VALIDATED,
  registration_code_expired: { status: 400, message: 'this registration code has expired' },
  login_refused: NOT_VALIDATED,
  account_deactivated: { status: 403, message: 'this user is inactive' },
  sso_required: { status: 403, message: 'this user must log in by SSO' },
  challenge_invalid: { status: 400, message: 'this challenge is not valid' },
  token_not_revocable: { status: 400, message: 'this token cannot be logged out here' },
  rate_limited: { status: 429, message: 'Too Many Requests' },
  unavailable: { status: 503, message: 'Service Unavailable' },
  internal: { status: 500, message: 'Internal Server Error' },
}

const TimbuError = z
  .object({ detail: z.string().openapi({ description: 'What went wrong, for people.' }) })
  .openapi('TimbuError')

/** An index of a list, or a character of the body. */
const PLACE = z.int().openapi({ format: 'int32', minimum: 0, maximum: 16_384 })

const TimbuValidationError = z
  .object({
    detail: z.array(
      z.object({
        loc: z
          .array(z.union([z.string(), PLACE]))
          .openapi({ description: 'Place of the fault, from the outside in.' }),
        msg: z.string(),
        type: z.string().openapi({ description: "Pydantic 1's name of the fault." }),
      }),
    ),
  })
  .openapi('TimbuValidationError')

/** Timbu's form of refusing. */
export const REFUSAL_FORM = createRefusalForm(FAILURES, {
  write: ({ message, details }) => ({ detail: details ?? message }),
  schemaOf: (status) => (status === 422 ? TimbuValidationError : TimbuError),
})

/** Faults of a type that Pydantic 1 has a message for, by the type that was expected. */
const TYPE_FAULTS: Readonly<Record<string, readonly [msg: string, type: string]>> = {
  string: ['str type expected', 'type_error.str'],
  object: ['value is not a valid dict', 'type_error.dict'],
}

/** Names of faults without a rule of their own, by their code. */
const FAULT_TYPES = { missing: 'value_error.missing', unknown: 'value_error.extra' } as const

/**
 * Spells a fault as Pydantic 1 does; a body of `null` is none to FastAPI.
 *
 * @see FACTS 1.2, "Validation error 422"
 */
function describeIssue({ location, path, code, message, rule, ...types }: InputIssue) {
  const place = [location, ...path]
  if (rule !== undefined) return writeFault(place, message, rule)
  const isAbsent = code === 'missing' || (path.length === 0 && types.received === 'null')
  if (isAbsent) return writeFault(place, 'field required', FAULT_TYPES.missing)
  if (code === 'unknown') {
    return writeFault(place, 'extra fields not permitted', FAULT_TYPES.unknown)
  }
  const fault = code === 'type' ? TYPE_FAULTS[types.expected ?? ''] : undefined
  return writeFault(place, fault?.[0] ?? message, fault?.[1] ?? 'value_error')
}

const writeFault = (loc: readonly (string | number)[], msg: string, type: string) => ({
  loc,
  msg,
  type,
})
