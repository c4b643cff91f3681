/**
 * The first and the last thing that happens to every request: ids, limits, security headers, one log line.
 * Knows no dialect but through the form in which it refuses.
 */
import type { Context, MiddlewareHandler } from 'hono'
import type { Reason, Refusal } from '../core/refusal.ts'
import type { AppEnv } from './app-env.ts'
import { findEdgeFault } from './edge-limits.ts'
import type { Logger } from './log.ts'
import { PROBLEM_FORM, type RefusalForm } from './refusal-form.ts'
import { readRequestContext } from './request-context.ts'

/** Seconds after which a client may try again what failed for no fault of its own. */
const RETRY_AFTER_SECONDS = '1'

/** Headers of every answer of the API (RULES section 5; the explorer's stand in the assets' `_headers`). */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox",
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()',
}

/** Reasons that speak of the bearer that was sent; a failed login or a taken name does not. */
const REFUSED_TOKENS: ReadonlySet<Reason> = new Set([
  'token_invalid',
  'caller_unknown',
  'caller_inactive',
])

/** Finds the form in which a path's refusals are written. */
export type FormFinder = (path: string) => RefusalForm

/**
 * Opens and closes every request.
 *
 * @param clock - reads Unix time in milliseconds; once a request (rule T12).
 */
export const createHygiene =
  (formOf: FormFinder, log: Logger, clock: () => number): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const context = readRequestContext(c.req.raw, clock())
    c.set('context', context)
    const fault = findEdgeFault(c.req.raw.headers, context)
    if (fault) c.res = refuse(c, fault, formOf(context.path))
    else await next()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value)
    // What says who somebody is must not be kept by anything on the way; public documents say otherwise themselves.
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store')
    c.res.headers.set('x-request-id', context.clientRequestId ?? context.requestId)
    log.request(c)
  }

/** Writes a refusal in a form, and remembers it for the log. */
export function refuse(
  c: Context<AppEnv>,
  refusal: Refusal,
  form: RefusalForm = PROBLEM_FORM,
): Response {
  c.set('refusal', refusal)
  const { status, body, contentType } = form.write(refusal, c.get('context'))
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': contentType, ...headersOf(refusal, status) },
  })
}

function headersOf(refusal: Refusal, status: number): Record<string, string> {
  if (refusal.reason === 'method_not_allowed') return { allow: refusal.allow.join(', ') }
  if (refusal.reason === 'unavailable') return { 'retry-after': RETRY_AFTER_SECONDS }
  // T14: RFC 6750 section 3 wants the error code where a token was refused, and nowhere else. It belongs to 401 only.
  if (status !== 401) return {}
  const challenge = REFUSED_TOKENS.has(refusal.reason) ? 'Bearer error="invalid_token"' : 'Bearer'
  return { 'www-authenticate': challenge }
}
