/**
 * Declarations -> OpenAPI 3.1. Statuses come from the table that answers; nothing is written down twice.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
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
  'user_action_invalid',
  'rate_limited',
  'internal',
  'unavailable',
]

/** A security scheme as OpenAPI writes it; the two kinds that the contracts have. */
export type SecurityScheme =
  | {
      readonly type: 'http'
      readonly scheme: 'bearer'
      readonly bearerFormat: 'JWT'
      readonly description: string
    }
  | {
      readonly type: 'apiKey'
      readonly in: 'header'
      readonly name: string
      readonly description: string
    }

/** Operations that refuse in one form, with the schemes that their security names. */
export interface DocumentPart {
  /** For people: whose operations these are. */
  readonly title: string
  readonly operations: readonly Operation[]
  readonly form: RefusalForm
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
}

/** What a document says of what it describes as a whole. */
export interface DocumentTitle {
  readonly title: string
  readonly version: string
  readonly description: string
  /** Where the paths of the document begin, as clients reach them. */
  readonly server: string
}

/** Writes a document; call it once an isolate, it is the same for everybody. */
export function writeDocument(title: DocumentTitle, parts: readonly DocumentPart[]): string {
  // An app of its own, for its registry alone: no request ever reaches it.
  const pages = new OpenAPIHono<AppEnv>()
  for (const { operations, form, securitySchemes } of parts) {
    for (const [name, scheme] of Object.entries(securitySchemes)) {
      pages.openAPIRegistry.registerComponent('securitySchemes', name, scheme)
    }
    for (const operation of operations) registerOperation(pages, operation, form)
  }
  return JSON.stringify(
    pages.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: title.title, version: title.version, description: title.description },
      servers: [{ url: title.server }],
      tags: parts.flatMap(describeTags),
    }),
  )
}

/** Says of each tag whose it is, for tags of different contracts look alike. */
const describeTags = ({ title, operations }: DocumentPart) =>
  [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name, description: title }))

function registerOperation(
  pages: OpenAPIHono<AppEnv>,
  operation: Operation,
  form: RefusalForm,
): void {
  const { params, query, body, headers } = operation.input
  const { status: answered = 200 } = operation.answer
  pages.openAPIRegistry.registerPath({
    method: operation.method,
    path: operation.path,
    operationId: operation.id,
    summary: operation.summary,
    description: operation.description,
    tags: [operation.tag],
    ...(operation.isExtension ? { 'x-extension': true } : {}),
    security: operation.security.map((one) => ({ ...one })),
    request: {
      ...(params === NOTHING ? {} : { params: params as never }),
      ...(query === NOTHING ? {} : { query: query as never }),
      ...(headers ? { headers: headers as never } : {}),
      ...(body === EMPTY_BODY
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [answered]: {
        description: operation.answer.description,
        headers: describeHeaders(operation),
        content: { 'application/json': { schema: operation.answer.schema } },
      },
      ...(takes(operation, 'If-None-Match') ? { 304: NOT_MODIFIED } : {}),
      ...describeRefusals([...operation.reasons, ...EVERYWHERE], form),
    },
  })
}

/** Tells whether an operation takes a header; what it answers by headers follows from it. */
const takes = ({ input }: Operation, name: keyof typeof ANSWERED_HEADERS): boolean =>
  input.headers !== undefined && Object.hasOwn(input.headers.shape, name)

const ETAG = {
  schema: { type: 'string' },
  description: 'Version of the user, for `If-Match` and `If-None-Match`.',
} as const

/** What an operation's answer brings along for a header that it takes. */
const ANSWERED_HEADERS = {
  'If-None-Match': { ETag: ETAG },
  'If-Match': { ETag: ETAG },
  'Idempotency-Key': {
    'Idempotent-Replayed': {
      schema: { type: 'string', enum: ['true'] },
      description: 'There if the answer was given before, to the same key.',
    },
  },
} as const

const NOT_MODIFIED = {
  description: 'The user is still as `If-None-Match` has it.',
  headers: { ETag: ETAG },
}

/** What says when to try again. */
const RETRIED: readonly number[] = [429, 503]

const RETRY_AFTER = {
  schema: { type: 'integer' },
  description: 'Seconds after which to try again.',
} as const

const describeVendorHeaders = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { schema: { type: 'string' as const }, description },
    ]),
  )

const describeHeaders = (operation: Operation) =>
  Object.fromEntries(
    Object.entries(ANSWERED_HEADERS).flatMap(([taken, answered]) =>
      takes(operation, taken as keyof typeof ANSWERED_HEADERS) ? Object.entries(answered) : [],
    ),
  )

/** One response a status, with all the reasons that lead to it. */
function describeRefusals(reasons: readonly Reason[], form: RefusalForm) {
  const rows = [...new Set(reasons)].map((reason) => form.describe(reason))
  const byStatus = Map.groupBy(rows, (row) => row.status)
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => {
      const schema = form.schemaOf(status)
      const response = {
        description: [...new Set(same.map((row) => row.description))].join('; '),
        headers: {
          ...(RETRIED.includes(status) ? { 'Retry-After': RETRY_AFTER } : {}),
          ...describeVendorHeaders(form.describeHeaders?.(status) ?? {}),
        },
        ...(schema ? { content: { 'application/json': { schema } } } : {}),
      }
      return [status, response]
    }),
  )
}
