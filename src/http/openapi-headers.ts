/**
 * The headers of answers as the document has them: described once each, named by reference wherever an answer brings
 * one. What puts them there is hygiene.ts, cors.ts and the operations themselves.
 */
import type { Operation } from './operation.ts'

/** What the document says of a header. */
export interface HeaderPage {
  readonly description: string
  readonly schema:
    | { readonly type: 'string'; readonly enum: readonly string[] }
    | { readonly type: 'string'; readonly pattern: string; readonly maxLength: number }
    | {
        readonly type: 'integer'
        readonly format: 'int32'
        readonly minimum: number
        readonly maximum: number
      }
}

/** Headers by name. */
export type HeaderPages = Readonly<Record<string, HeaderPage>>

/** Headers of an answer in the document. */
export type HeaderReferences = Record<string, { readonly $ref: string }>

/** Describes a header whose values have a pattern; lengths are in characters. */
export const textHeader = (
  description: string,
  pattern: string,
  maxLength: number,
): HeaderPage => ({ description, schema: { type: 'string', pattern, maxLength } })

const constantHeader = (description: string, ...values: readonly string[]): HeaderPage => ({
  description,
  schema: { type: 'string', enum: values },
})

const ETAG = textHeader(
  'Version of the user, for `If-Match` and `If-None-Match`.',
  '^"[0-9]{1,16}"$',
  18,
)

/** What every answer of a dialect brings. */
const EVERYWHERE: HeaderPages = {
  'X-Request-Id': textHeader(
    'The `X-Request-Id` of the request if it has 8 to 64 letters, digits, `-` or `_`; else one made for it. ' +
      'The log has both.',
    '^[A-Za-z0-9_-]{8,64}$',
    64,
  ),
  'x-api-version': textHeader(
    'Release of the service that answered (semantic version).',
    '^[0-9]+\\.[0-9]+\\.[0-9]+$',
    32,
  ),
  'RateLimit-Policy': textHeader(
    'How many requests (`q`) there may be in so many seconds (`w`), by what is counted: requests of a caller; logins ' +
      'and signatures, and failed authentications, of a network. Absent where the operator counts nothing.',
    '^"[a-z]+";q=[0-9]+;w=[0-9]+(, "[a-z]+";q=[0-9]+;w=[0-9]+)*$',
    256,
  ),
  'Access-Control-Allow-Origin': textHeader(
    'The origin of the page that asks, if the operator has listed it; absent for every other and for whoever is no page.',
    '^https?://[^/]+$',
    // The longest host name (RFC 1035 section 2.3.4) with scheme and port.
    267,
  ),
}

/** What an operation's answer brings along for a header that it takes. */
const BY_TAKEN_HEADER: Readonly<Record<string, HeaderPages>> = {
  'If-None-Match': { ETag: ETAG },
  'If-Match': { ETag: ETAG },
  'Idempotency-Key': {
    'Idempotent-Replayed': constantHeader(
      'There if the answer was given before, to the same key.',
      'true',
    ),
  },
}

/** What refusals bring by their status; 429 and 503 say when to try again. */
const BY_STATUS: Readonly<Record<number, HeaderPages>> = {
  304: { ETag: ETAG },
  401: {
    'WWW-Authenticate': constantHeader(
      'How to authenticate; with the error where a token was refused (RFC 6750 section 3).',
      'Bearer',
      'Bearer error="invalid_token"',
    ),
  },
  ...Object.fromEntries(
    [429, 503].map((status) => [
      status,
      {
        'Retry-After': {
          description: 'Seconds after which to try again.',
          schema: { type: 'integer', format: 'int32', minimum: 1, maximum: 60 },
        } satisfies HeaderPage,
      },
    ]),
  ),
}

/** Tells whether an operation takes a header; what it answers by headers follows from it. */
export const takesHeader = ({ input }: Operation, name: string): boolean =>
  input.headers !== undefined && Object.hasOwn(input.headers.shape, name)

/** Lists the headers of an operation's successful answer, its own first. */
export const headersOfAnswer = (operation: Operation): HeaderPages => {
  const taken = Object.entries(BY_TAKEN_HEADER).filter(([name]) => takesHeader(operation, name))
  return {
    ...Object.fromEntries(taken.flatMap(([, answered]) => Object.entries(answered))),
    ...operation.answer.headers,
    ...EVERYWHERE,
  }
}

/** Lists the headers of every other answer, by its status. */
export const headersOfStatus = (status: number): HeaderPages => ({
  ...BY_STATUS[status],
  ...EVERYWHERE,
})
