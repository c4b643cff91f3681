/**
 * Declarations -> routes. Each path answers its methods, OPTIONS, and refuses every other by 405 with Allow.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Handler } from 'hono'
import type { AppEnv } from './app-env.ts'
import { refuse } from './hygiene.ts'
import type { Operation } from './operation.ts'
import { isFailedAuthentication, type RateLimits } from './rate-limits.ts'
import { JSON_TYPE, type RefusalForm } from './refusal-form.ts'

/** Mounts operations that refuse in one form. Call it once for each base path that they are served under. */
export function mountOperations(
  app: OpenAPIHono<AppEnv>,
  operations: readonly Operation[],
  form: RefusalForm,
  limits: RateLimits,
  basePath = '',
): void {
  const routeOf = (operation: Operation) => `${basePath}${toRoute(operation.path)}`
  for (const operation of operations) {
    app.on(operation.method.toUpperCase(), routeOf(operation), answerWith(operation, form, limits))
  }
  const methods = Map.groupBy(operations, routeOf)
  for (const [route, served] of methods) {
    app.all(route, refuseMethod(allowOf(served.map((one) => one.method)), form))
  }
}

/** OpenAPI's `{userId}` is Hono's `:userId`. */
const toRoute = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1')

/** Lists what a path answers; HEAD comes with GET. */
const allowOf = (methods: readonly string[]): string[] =>
  [...methods, ...(methods.includes('get') ? ['head'] : []), 'options'].map((method) =>
    method.toUpperCase(),
  )

const answerWith =
  (operation: Operation, form: RefusalForm, limits: RateLimits): Handler<AppEnv> =>
  async (c) => {
    c.set('route', operation.path)
    const result = await operation.handle(c, limits)
    if (!result.ok) {
      // Whoever tries credentials learns nothing more once there were too many that failed.
      const { failure } = result
      const limited = isFailedAuthentication(failure.reason)
        ? await limits.countNetwork('failures', c.req.raw.headers)
        : null
      return refuse(c, limited ?? failure, form)
    }
    const { status = operation.answer.status ?? 200, body, text, headers } = result.value
    // RFC 9110 section 15.4.5: what the client has already is not sent, nor said what type it is.
    if (status === 304) return new Response(null, { status, ...(headers ? { headers } : {}) })
    return new Response(text ?? JSON.stringify(body), {
      status,
      headers: { 'content-type': JSON_TYPE, ...headers },
    })
  }

/** Answers OPTIONS with what is allowed, and refuses everything else (RFC 9110 sections 9.3.7 and 15.5.6). */
export const refuseMethod =
  (allow: readonly string[], form?: RefusalForm): Handler<AppEnv> =>
  (c) =>
    c.req.method === 'OPTIONS'
      ? new Response(null, { status: 204, headers: { allow: allow.join(', ') } })
      : refuse(c, { reason: 'method_not_allowed', allow }, form)
