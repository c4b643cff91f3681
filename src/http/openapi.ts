/**
 * Declarations -> OpenAPI 3.1. Statuses come from the table that answers; nothing is written down twice.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Reason } from '../core/refusal.ts'
import type { AppEnv } from './app-env.ts'
import { EMPTY_BODY, NOTHING } from './input.ts'
import type { Operation } from './operation.ts'
import type { RefusalForm } from './refusal-form.ts'

/** Reasons for which any request to any operation can be refused. */
const EVERYWHERE: readonly Reason[] = [
  'body_malformed',
  'input_invalid',
  'body_too_large',
  'url_too_long',
  'media_type_unsupported',
  'headers_too_large',
  'internal',
  'unavailable',
]

/** Where definitions of paths and schemas are collected. */
export type Registry = OpenAPIHono<AppEnv>['openAPIRegistry']

/** Adds an operation to the document. */
export function registerOperation(
  registry: Registry,
  operation: Operation,
  form: RefusalForm,
): void {
  const { params, query, body } = operation.input
  registry.registerPath({
    method: operation.method,
    path: operation.path,
    operationId: operation.id,
    summary: operation.summary,
    description: operation.description,
    tags: [operation.tag],
    security: operation.security.map((one) => ({ ...one })),
    request: {
      ...(params === NOTHING ? {} : { params: params as never }),
      ...(query === NOTHING ? {} : { query: query as never }),
      ...(body === EMPTY_BODY
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      200: {
        description: operation.answer.description,
        content: { 'application/json': { schema: operation.answer.schema } },
      },
      ...describeRefusals([...operation.reasons, ...EVERYWHERE], form),
    },
  })
}

/** One response a status, with all the reasons that lead to it. */
function describeRefusals(reasons: readonly Reason[], form: RefusalForm) {
  const rows = [...new Set(reasons)].map((reason) => form.describe(reason))
  const byStatus = Map.groupBy(rows, (row) => row.status)
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: [...new Set(same.map((row) => row.description))].join('; '),
        content: { 'application/json': { schema: form.schema } },
      },
    ]),
  )
}

/** What the document says of the service as a whole. */
export interface DocumentTitle {
  readonly title: string
  readonly version: string
  readonly description: string
  /** Origin of the service, as clients reach it. */
  readonly origin: string
}

/** Writes the document; call it once an isolate, it is the same for everybody. */
export const writeDocument = (app: OpenAPIHono<AppEnv>, title: DocumentTitle): string =>
  JSON.stringify(
    app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: title.title, version: title.version, description: title.description },
      servers: [{ url: title.origin }],
    }),
  )
