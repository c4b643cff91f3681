/**
 * Refusals in Rinne's form. The codes and messages of the contract and FACTS 1.3 are kept to the letter; others are
 * our words.
 */
import { z } from '@hono/zod-openapi'
import type { InputIssue, RefusalOf } from '../../core/refusal.ts'
import { isCanonicalPath } from '../../http/edge-limits.ts'
import { textHeader } from '../../http/openapi-headers.ts'
import {
  createRefusalForm,
  fieldOf,
  STATUS_AGAIN,
  type FailureStatus,
  type FailureTable,
} from '../../http/refusal-form.ts'

/** Where the vendor's base URL ends; paths in answers begin behind it. */
export const BASE_PATH = '/core'

// One message and one reason for every fault of a token (rule T14), the log has the cause.
const NOT_AUTHENTICATED = {
  status: 401 as const,
  message: 'Authentication required to access this resource',
  details: () => ({ reason: 'Missing or invalid bearer token; an API key is not enough here' }),
}
const NOT_ALLOWED = {
  status: 403 as const,
  message: ({ operation }: { operation: string }) =>
    `You need '${operation}' permissions to access this resource`,
  example: "You need '{permission}' permissions to access this resource",
}
const INVALID_INPUT = { status: 400 as const, message: 'Validation error' }

/**
 * From reason to status and message; the code follows from the status. A reason that is missing here does not
 * compile. No message quotes what was sent but the id in the path, as the vendor's does.
 */
const FAILURES: FailureTable = {
  route_not_found: { status: 404, message: 'Route not found' },
  method_not_allowed: {
    status: 405,
    message: ({ allow }) => `Method not allowed, use one of ${allow.join(', ')}`,
    example: 'Method not allowed, use one of {methods}',
  },
  url_too_long: { status: 414, message: 'The URL is longer than 2048 bytes' },
  headers_too_large: { status: 431, message: 'The headers are larger than 16384 bytes' },
  body_too_large: { status: 413, message: 'The body is larger than 16384 bytes' },
  media_type_unsupported: { status: 415, message: 'The body must be application/json in UTF-8' },
  body_malformed: {
    ...INVALID_INPUT,
    details: ({ problem, at }) =>
      writeIssues('body', 'INVALID_JSON', `Not valid JSON (${problem}) at character ${at}`),
  },
  input_invalid: {
    ...INVALID_INPUT,
    details: ({ issues }) => ({ issues: issues.map(describeIssue) }),
  },
  token_missing: NOT_AUTHENTICATED,
  token_invalid: NOT_AUTHENTICATED,
  caller_unknown: NOT_AUTHENTICATED,
  caller_inactive: NOT_AUTHENTICATED,
  dialect_off: { status: 403, message: 'This API is not enabled for the organization' },
  kind_refused: NOT_ALLOWED,
  permission_missing: NOT_ALLOWED,
  user_action_invalid: { status: 403, message: 'user action signature is missing or invalid' },
  user_action_used: {
    status: 400,
    message: 'user action has already been used',
    details: () => writeIssues('X-DFNS-USERACTION', 'INVALID_VALUE', 'It is good for one use'),
  },
  idempotency_key_reused: {
    status: 422,
    message: 'The idempotency key came with another request before',
  },
  precondition_failed: {
    status: 412,
    message: 'The user is not in the version that If-Match names',
  },
  user_not_found: {
    status: 404,
    message: ({ userId }) => `User with ID '${userId}' not found`,
    example: "User with ID '{id}' not found",
  },
  organization_not_found: {
    status: 404,
    message: ({ organizationId }) => `Organization with ID '${organizationId}' not found`,
    example: "Organization with ID '{id}' not found",
  },
  role_not_found: {
    ...INVALID_INPUT,
    details: ({ index }) =>
      writeIssues(`roles.${index}`, 'INVALID_VALUE', `Field 'roles.${index}' names no role`),
  },
  state_unchanged: {
    status: 409,
    message: ({ state }) => `The user is ${state} already`,
    example: 'The user is {state} already',
  },
  self_change: { status: 409, message: 'You cannot change the state of your own user' },
  last_holder: {
    status: 409,
    message: 'The user is the last active one of the organization who can activate users',
  },
  username_taken: { status: 409, message: 'A user with this identifier already exists' },
  public_key_taken: { status: 409, message: 'This public key is registered already' },
  external_id_taken: { status: 409, message: 'A user with this external id already exists' },
  credential_invalid: { status: 400, message: 'The credential cannot be registered' },
  credential_taken: { status: 409, message: 'This credential is registered already' },
  too_many_credentials: { status: 409, message: 'The user has as many credentials as it can have' },
  credential_not_found: { status: 404, message: 'Credential not found' },
  last_credential: { status: 409, message: 'The credential is the last active one of the user' },
  registration_refused: NOT_AUTHENTICATED,
  registration_code_expired: { status: 400, message: 'The registration code has expired' },
  login_refused: NOT_AUTHENTICATED,
  account_deactivated: { status: 403, message: 'The user is suspended' },
  sso_required: { status: 403, message: 'The user must log in by SSO' },
  challenge_invalid: { status: 400, message: 'The challenge is not valid' },
  token_not_revocable: { status: 400, message: 'This token cannot be logged out here' },
  rate_limited: { status: 429, message: 'Too many requests' },
  unavailable: { status: 503, message: 'The service is not available, try again' },
  internal: { status: 500, message: 'An unexpected error occurred' },
}

/** The vendor answers it without a body (FACTS 1.0 number 10). */
const TOO_MANY_REQUESTS = 429

/** By status; those without a source are in FACTS' decided list, 414 and 431 are ours in the same style. */
const CODES: Readonly<Record<Exclude<FailureStatus, typeof TOO_MANY_REQUESTS>, string>> = {
  400: 'VALIDATION_ERROR',
  401: 'AUTHENTICATION_ERROR',
  403: 'AUTHORIZATION_ERROR',
  404: 'RESOURCE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'CONFLICT_ERROR',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'IDEMPOTENCY_ERROR',
  431: 'HEADERS_TOO_LARGE',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
}

const createSchema = (name: string, details?: z.ZodType) =>
  z
    .object({
      error: z.object({
        code: z.string().openapi({ description: 'Stable name of the kind of error.' }),
        message: z.string(),
        status: STATUS_AGAIN,
        ...(details ? { details } : {}),
        path: z.string().openapi({ description: 'Path of the request, without `/core`.' }),
        timestamp: z.string().openapi({ format: 'date-time' }),
        requestId: z.string().openapi({ description: 'As the header `X-Request-Id`.' }),
      }),
    })
    .openapi(name)

const ERROR_SCHEMA = createSchema('ErrorResponse')

const ISSUES = z.object({
  issues: z.array(z.object({ field: z.string(), type: z.string(), message: z.string() })),
})

/** The bodies that have a name of their own, those of the contract under its names. */
const SCHEMAS: Readonly<Record<number, z.ZodType>> = {
  400: createSchema('ValidationErrorResponse', ISSUES.optional()),
  401: createSchema('AuthenticationErrorResponse', z.object({ reason: z.string() })),
  403: createSchema('AuthorizationErrorResponse'),
  404: createSchema('NotFoundErrorResponse'),
  500: createSchema('InternalServerErrorResponse'),
}

/** The vendor's own, for the document. */
const LIMIT_HEADERS = {
  'x-ratelimited': textHeader('Always `true`.', '^true$', 4),
  'x-ratelimit-limit': textHeader(
    'How many requests there may be: the number, and the number in how many seconds.',
    '^[0-9]+, [0-9]+;w=[0-9]+$',
    64,
  ),
  'x-ratelimit-remaining': textHeader('How many are left: none.', '^0$', 1),
  'x-ratelimit-reset': textHeader('Seconds after which there may be more.', '^[0-9]+$', 16),
}

/** What the vendor's limit says instead of a body; the names are its own, the numbers ours (FACTS 1.3). */
const writeLimit = ({
  quota,
  periodSeconds,
}: RefusalOf<'rate_limited'>): Record<keyof typeof LIMIT_HEADERS, string> => ({
  'x-ratelimited': 'true',
  'x-ratelimit-limit': `${quota}, ${quota};w=${periodSeconds}`,
  'x-ratelimit-remaining': '0',
  'x-ratelimit-reset': String(periodSeconds),
})

/** Rinne's form of refusing. */
export const REFUSAL_FORM = createRefusalForm(FAILURES, {
  write: ({ status, message, details }, context) =>
    status === TOO_MANY_REQUESTS
      ? undefined
      : {
          // The members in the contract's order.
          error: {
            code: CODES[status],
            message,
            status,
            ...(details === undefined ? {} : { details }),
            path: readPath(context.path),
            timestamp: new Date(context.now).toISOString(),
            requestId: context.clientRequestId ?? context.requestId,
          },
        },
  headersOf: (refusal) => (refusal.reason === 'rate_limited' ? writeLimit(refusal) : undefined),
  describeHeaders: (status) => (status === TOO_MANY_REQUESTS ? LIMIT_HEADERS : {}),
  schemaOf: (status) => (status === TOO_MANY_REQUESTS ? null : (SCHEMAS[status] ?? ERROR_SCHEMA)),
})

/** The path as it is routed; a spelling that is not the canonical one is not repeated (RULES section 5, errors). */
function readPath(path: string): string {
  if (!isCanonicalPath(path)) return '/v1'
  const isBelow = path === BASE_PATH || path.startsWith(`${BASE_PATH}/`)
  return isBelow ? path.slice(BASE_PATH.length) || '/' : path
}

const writeIssues = (field: string, type: string, message: string) => ({
  issues: [{ field, type, message }],
})

/**
 * Spells a fault as the vendor's manual does, but without the value that was sent.
 *
 * @see FACTS 1.3, row 400
 */
function describeIssue(issue: InputIssue) {
  const field = fieldOf(issue)
  const { code, message, expected = 'another type', received = 'nothing' } = issue
  if (code === 'missing')
    return { field, type: 'REQUIRED', message: `Field '${field}' is required` }
  if (code === 'type') {
    return { field, type: 'INVALID_TYPE', message: `Expected ${expected}, received ${received}` }
  }
  const type = code === 'unknown' ? 'UNKNOWN_FIELD' : 'INVALID_VALUE'
  return { field, type, message: `Field '${field}' ${message}` }
}
