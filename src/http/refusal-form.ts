/**
 * How refusals are written: every dialect has a form of its own, and what belongs to none has RFC 9457's.
 */
import { z } from '@hono/zod-openapi'
import type { Reason, Refusal } from '../core/refusal.ts'
import type { RequestContext } from './request-context.ts'

/** A refusal as it goes on the wire. */
export interface WireRefusal {
  readonly status: number
  readonly body: unknown
  readonly contentType: string
}

/** A family of paths and the form in which it refuses. */
export interface RefusalForm {
  /** Writes one refusal. */
  readonly write: (refusal: Refusal, context: RequestContext) => WireRefusal
  /** The status of a reason, and what the document says of it; from the same table as `write`. */
  readonly describe: (reason: Reason) => { readonly status: number; readonly description: string }
  /** Schema of every refusal's body, for the document. */
  readonly schema: z.ZodType
}

const PROBLEMS = {
  route_not_found: [404, 'Not Found'],
  method_not_allowed: [405, 'Method Not Allowed'],
  body_too_large: [413, 'Content Too Large'],
  url_too_long: [414, 'URI Too Long'],
  headers_too_large: [431, 'Request Header Fields Too Large'],
  unavailable: [503, 'Service Unavailable'],
} as const satisfies Partial<Record<Reason, readonly [number, string]>>

const problemOf = (reason: Reason): readonly [number, string] =>
  (PROBLEMS as Partial<Record<Reason, readonly [number, string]>>)[reason] ?? [
    500,
    'Internal Server Error',
  ]

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
  schema: z
    .object({ type: z.string(), title: z.string(), status: z.int(), instance: z.string() })
    .openapi('Problem'),
}
