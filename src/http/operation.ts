/**
 * One operation of an API: what it takes, what it answers, for which reasons it refuses. The same declaration makes
 * the route and its page in the OpenAPI document, so that the two cannot differ (invariant 9).
 */
import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Principal } from '../core/principal.ts'
import type { Reason, Refusal } from '../core/refusal.ts'
import { fail, type Result } from '../core/result.ts'
import type { JsonValue } from '../core/strict-json.ts'
import type { AppEnv } from './app-env.ts'
import { readJsonBody } from './body.ts'
import { parseInput, type InputSchemas } from './input.ts'
import type { HeaderPages } from './openapi-headers.ts'
import type { RateLimits } from './rate-limits.ts'
import type { RequestContext } from './request-context.ts'

/** The header that proves intent; its name, Dfns' own, is the same in every dialect. */
export const USER_ACTION_HEADER = 'X-DFNS-USERACTION'

/** Name of its security scheme: who declares it reads the header. */
export const USER_ACTION_SCHEME_NAME = 'userActionSignature'

/** The methods that operations use. */
export type Method = 'get' | 'post' | 'put' | 'delete'

/** A successful answer. */
export interface Answer {
  /** The declared one where nothing is said. */
  readonly status?: number
  /** Written as JSON. */
  readonly body?: unknown
  /** A body that was written before and goes out as it is. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A request whose input has its types and whose sender, where one is asked for, is proven. */
export interface OperationRequest<Sender, P, Q, B, H> {
  readonly sender: Sender
  readonly params: P
  readonly query: Q
  readonly body: B
  /** The headers that the operation declares; `header` reads those that every request may have. */
  readonly headers: H
  /** The JSON value of the body as it was sent; undefined for none. */
  readonly payload: JsonValue | undefined
  /** The body as it was sent. */
  readonly bytes: Uint8Array
  readonly context: RequestContext
  readonly header: (name: string) => string | null
  /** Which operation it is, and what it answers where all goes well. */
  readonly operation: {
    readonly id: string
    /** Its path with this request's parameters, without a further base path. */
    readonly path: string
    readonly status: number
  }
  /** Lets work outlive the answer. */
  readonly defer: (work: Promise<void>) => void
}

/** What people read about an operation in the OpenAPI document. */
interface OperationPage {
  /** Unique in the whole document. */
  readonly id: string
  readonly method: Method
  /** Template in OpenAPI's form: `/auth/users/{userId}`. */
  readonly path: string
  readonly summary: string
  readonly description: string
  readonly tag: string
  /** Whether the vendor's contract lacks it: the document then marks it with `x-extension`. */
  readonly isExtension?: boolean
  readonly security: readonly Readonly<Record<string, string[]>>[]
  /** The one successful answer; 200 where no status is said. */
  readonly answer: {
    readonly status?: 200 | 201
    readonly description: string
    readonly schema: z.ZodType
    /** Headers of its own, besides those that follow from what it takes. */
    readonly headers?: HeaderPages
  }
  /** Whether it hands out proofs or tokens, and is counted more narrowly for it. */
  readonly isSigning?: boolean
  /** Every reason that it can refuse for, besides those that any request can be refused for. */
  readonly reasons: readonly Reason[]
}

/** An operation as it is declared. */
export interface OperationSpecification<
  Sender extends Principal | null,
  P extends z.ZodType,
  Q extends z.ZodObject,
  B extends z.ZodType,
  H extends z.ZodObject,
> extends OperationPage {
  readonly input: InputSchemas<P, Q, B, H>
  /** Proves the sender before anything of the input is looked at. */
  readonly authenticate: (
    authorization: string | null,
    now: number,
  ) => Promise<Result<Sender, Refusal>>
  readonly run: (
    request: OperationRequest<Sender, z.output<P>, z.output<Q>, z.output<B>, z.output<H>>,
  ) => Promise<Result<Answer, Refusal>>
}

/** An operation as it is mounted: its types are its own business. */
export interface Operation extends OperationPage {
  readonly input: InputSchemas<z.ZodType, z.ZodObject, z.ZodType, z.ZodObject>
  readonly handle: (
    context: Context<AppEnv>,
    limits: RateLimits,
  ) => Promise<Result<Answer, Refusal>>
}

/** Declares an operation. Its handling is linear: who, wire form, then its own work. */
export function defineOperation<
  Sender extends Principal | null,
  P extends z.ZodType,
  Q extends z.ZodObject,
  B extends z.ZodType,
  H extends z.ZodObject,
>(specification: OperationSpecification<Sender, P, Q, B, H>): Operation {
  const { authenticate, run, ...page } = specification
  const takesUserAction = page.security.some((one) => USER_ACTION_SCHEME_NAME in one)
  const handle: Operation['handle'] = async (context, limits) => {
    const request = context.req.raw
    const header = (name: string) => request.headers.get(name)
    const requestContext = context.get('context')
    if (page.isSigning) {
      const limited = await limits.countNetwork('signing', request.headers)
      if (limited) return fail(limited)
    }
    const sender = await authenticate(header('authorization'), requestContext.now)
    if (!sender.ok) return sender
    if (sender.value) {
      const limited = await limits.countSender(sender.value)
      if (limited) return fail(limited)
      // An outside issuer's name for a user may be an address; only an id of ours goes into the log.
      const { reference } = sender.value
      if (reference.by === 'id') context.set('subjectId', reference.userId)
    }
    const body = await readJsonBody(request)
    if (!body.ok) return body
    const { bytes, value: payload } = body.value
    const params: Readonly<Record<string, string>> = context.req.param()
    const input = parseInput(specification.input, {
      params,
      query: new URLSearchParams(requestContext.search),
      body: payload,
      header,
    })
    if (!input.ok) return input
    // U6: proof of intent is for changes. Where none is read, one that came is refused, not left aside.
    if (!takesUserAction && (header(USER_ACTION_HEADER) ?? '') !== '') {
      return fail({ reason: 'user_action_invalid', cause: 'not_taken_here' })
    }
    return run({
      sender: sender.value,
      ...input.value,
      payload,
      bytes,
      context: requestContext,
      header,
      operation: {
        id: page.id,
        path: page.path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? ''),
        status: page.answer.status ?? 200,
      },
      defer: (work) => context.executionCtx.waitUntil(work),
    })
  }
  return { ...page, handle }
}
