/**
 * How refusals are written: every dialect has a table and a body of its own, and what belongs to none has RFC 9457's.
 */
import { z } from '@hono/zod-openapi'
import type { InputIssue, Reason, Refusal, RefusalOf } from '../core/refusal.ts'
import type { HeaderPages } from './openapi-headers.ts'
import type { RequestContext } from './request-context.ts'

/** Content-Type of every answer in JSON. */
export const JSON_TYPE = 'application/json; charset=utf-8'

/** A refusal as it goes on the wire. */
export interface WireRefusal {
  readonly status: number
  /** Undefined where the vendor's answer has no body. */
  readonly body: unknown
  readonly contentType: string
  /** What the vendor says in headers. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A family of paths and the form in which it refuses. */
export interface RefusalForm {
  /** Writes one refusal. */
  readonly write: (refusal: Refusal, context: RequestContext) => WireRefusal
  /** The status of a reason, and what the document says of it; from the same table as `write`. */
  readonly describe: (reason: Reason) => { readonly status: number; readonly description: string }
  /** Schema of the bodies with a status, for the document; null for one without a body. */
  readonly schemaOf: (status: number) => z.ZodType | null
  /** Headers that the vendor has with a status, each with what the document says of it. */
  readonly describeHeaders?: (status: number) => HeaderPages
}

/** The statuses of refusals in all dialects; a table that names them knows them all. */
export type FailureStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 409
  | 412
  | 413
  | 414
  | 415
  | 422
  | 429
  | 431
  | 500
  | 503

/** One line of a dialect's table: a status, a message, and what else the vendor tells. */
export interface FailureRow<R extends Reason> {
  readonly status: FailureStatus
  readonly message: string | ((refusal: RefusalOf<R>) => string)
  /** What stands in the document where the message depends on the request. */
  readonly example?: string
  readonly details?: (refusal: RefusalOf<R>) => unknown
}

/** From reason to status and message. A reason that is missing does not compile. */
export type FailureTable = { readonly [R in Reason]: FailureRow<R> }

/** What a row makes of one refusal. */
export interface Failure {
  readonly status: FailureStatus
  readonly message: string
  readonly details?: unknown
}

/** What a dialect's refusals look like, whatever they say. */
export interface FailureBody extends Pick<RefusalForm, 'schemaOf' | 'describeHeaders'> {
  /** Undefined for none. */
  readonly write: (failure: Failure, context: RequestContext) => unknown
  readonly headersOf?: (refusal: Refusal) => WireRefusal['headers']
}

/** Makes a dialect's form of its table and its body. */
export const createRefusalForm = (table: FailureTable, body: FailureBody): RefusalForm => ({
  write: (refusal, context) => {
    // The row and the refusal belong to the same reason, which the type of a look-up cannot say.
    const row = table[refusal.reason] as FailureRow<Reason>
    const message = typeof row.message === 'string' ? row.message : row.message(refusal as never)
    const { status } = row
    const details = row.details?.(refusal as never)
    const headers = body.headersOf?.(refusal)
    return {
      status,
      body: body.write({ status, message, ...(details === undefined ? {} : { details }) }, context),
      contentType: JSON_TYPE,
      ...(headers ? { headers } : {}),
    }
  },
  describe: (reason) => {
    const { status, message, example } = table[reason]
    return { status, description: typeof message === 'string' ? message : (example ?? '') }
  },
  schemaOf: body.schemaOf,
  ...(body.describeHeaders ? { describeHeaders: body.describeHeaders } : {}),
})

/** Names the field of an issue from the outside in, cut where a client sent a name that is no name. */
export const fieldOf = ({ location, path }: InputIssue): string =>
  path.length === 0 ? location : path.join('.').slice(0, 80)

const PROBLEMS = {
  route_not_found: [404, 'Not Found'],
  method_not_allowed: [405, 'Method Not Allowed'],
  body_too_large: [413, 'Content Too Large'],
  url_too_long: [414, 'URI Too Long'],
  rate_limited: [429, 'Too Many Requests'],
  headers_too_large: [431, 'Request Header Fields Too Large'],
  unavailable: [503, 'Service Unavailable'],
} as const satisfies Partial<Record<Reason, readonly [number, string]>>

const problemOf = (reason: Reason): readonly [number, string] =>
  (PROBLEMS as Partial<Record<Reason, readonly [number, string]>>)[reason] ?? [
    500,
    'Internal Server Error',
  ]

/** The member of a body that says the status again, for whoever logs bodies alone. */
export const STATUS_AGAIN = z.int().openapi({
  format: 'int32',
  minimum: 400,
  maximum: 599,
  description: 'The HTTP status again.',
})

const PROBLEM_SCHEMA = z
  .object({ type: z.string(), title: z.string(), status: z.int(), instance: z.string() })
  .openapi('Problem')

/** RFC 9457 problem details, for paths that belong to no dialect. */
export const PROBLEM_FORM: RefusalForm = {
  write: (refusal, context) => {
    const [status, title] = problemOf(refusal.reason)
    return {
      status,
      body: { type: 'about:blank', title, status, instance: context.requestId },
      contentType: 'application/problem+json; charset=utf-8',
    }
  },
  describe: (reason) => {
    const [status, description] = problemOf(reason)
    return { status, description }
  },
  schemaOf: () => PROBLEM_SCHEMA,
}
