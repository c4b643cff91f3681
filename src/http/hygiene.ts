/**
 * The first and the last thing that happens to every request: ids, limits, security headers, one log line.
 * Knows no dialect but through the form in which it refuses.
 */
import type { Context, MiddlewareHandler } from 'hono'
import type { Reason, Refusal } from '../core/refusal.ts'
import type { AppEnv } from './app-env.ts'
import type { CorsWriter } from './cors.ts'
import { findEdgeFault } from './edge-limits.ts'
import type { Logger } from './log.ts'
import { PROBLEM_FORM, type RefusalForm } from './refusal-form.ts'
import { readRequestContext } from './request-context.ts'
import { countUsage, createUsage, writeServerTiming } from './usage.ts'
import { VERSION } from './version.ts'

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

/** A family of paths: a dialect's, or those of none. */
export interface Family {
  /** Null for paths that belong to no dialect. */
  readonly dialect: string | null
  readonly form: RefusalForm
}

/** Finds the family of a path, by which its refusals are written. */
export type FamilyFinder = (path: string) => Family

/** What every request goes through. */
export interface HygieneSettings {
  readonly familyOf: FamilyFinder
  readonly log: Logger
  /** Reads Unix time in milliseconds: once for all decisions (rule T12), and once more for the log. */
  readonly clock: () => number
  readonly writeCors: CorsWriter
  /** `RateLimit-Policy` of the dialects' answers; null for none. */
  readonly limitPolicy: string | null
  /** Whether answers tell how long they took. */
  readonly tellsTiming: boolean
}

/** Opens and closes every request. */
export const createHygiene =
  (settings: HygieneSettings): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const { familyOf, clock, limitPolicy } = settings
    const context = readRequestContext(c.req.raw, clock())
    const usage = createUsage()
    c.set('context', context)
    c.set('usage', usage)
    const { dialect, form } = familyOf(context.path)
    c.set('dialect', dialect)
    const fault = findEdgeFault(c.req.raw.headers, context)
    if (fault) c.res = refuse(c, fault, form)
    else await countUsage(usage, next)
    const { headers } = c.res
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      // The explorer's files bring a policy of their own: a page that may run scripts.
      if (!headers.has(name)) headers.set(name, value)
    }
    // What says who somebody is must not be kept by anything on the way; public documents say otherwise themselves.
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
    headers.set('x-api-version', VERSION)
    headers.set('x-request-id', context.clientRequestId ?? context.requestId)
    if (limitPolicy !== null && dialect !== null) headers.set('ratelimit-policy', limitPolicy)
    settings.writeCors(c.req.raw, headers)
    const milliseconds = clock() - context.now
    if (settings.tellsTiming) headers.set('server-timing', writeServerTiming(milliseconds, usage))
    settings.log.request(c, milliseconds)
  }

/** Writes a refusal in a form, and remembers it for the log. */
export function refuse(
  c: Context<AppEnv>,
  refusal: Refusal,
  form: RefusalForm = PROBLEM_FORM,
): Response {
  c.set('refusal', refusal)
  const { status, body, contentType, headers } = form.write(refusal, c.get('context'))
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: {
      ...(body === undefined ? {} : { 'content-type': contentType }),
      ...headers,
      ...headersOf(refusal, status),
    },
  })
}

function headersOf(refusal: Refusal, status: number): Record<string, string> {
  if (refusal.reason === 'method_not_allowed') return { allow: refusal.allow.join(', ') }
  if (refusal.reason === 'rate_limited') return { 'retry-after': String(refusal.periodSeconds) }
  if (refusal.reason === 'unavailable') return { 'retry-after': RETRY_AFTER_SECONDS }
  // T14: RFC 6750 section 3 wants the error code where a token was refused, and nowhere else. It belongs to 401 only.
  if (status !== 401) return {}
  const challenge = REFUSED_TOKENS.has(refusal.reason) ? 'Bearer error="invalid_token"' : 'Bearer'
  return { 'www-authenticate': challenge }
}
