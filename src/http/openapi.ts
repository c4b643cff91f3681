/**
 * Declarations -> OpenAPI 3.1. Statuses come from the table that answers; nothing is written down twice.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './app-env.ts'
import { EMPTY_BODY, NOTHING } from './input.ts'
import {
  headersOfAnswer,
  headersOfStatus,
  takesHeader,
  type HeaderPages,
  type HeaderReferences,
} from './openapi-headers.ts'
import {
  describeOutside,
  describeRefusals,
  reasonsOf,
  writeRefusalExamples,
} from './openapi-refusals.ts'
import { shareResponses } from './openapi-sharing.ts'
import type { Operation } from './operation.ts'
import type { RefusalForm } from './refusal-form.ts'

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

/** What an operation was sent and what it answered, in a run of the seeded service. */
export interface OperationExample {
  /** Absent where no body is sent. */
  readonly request?: unknown
  readonly answer: unknown
}

/** Operations that refuse in one form, with the schemes that their security names. */
export interface DocumentPart {
  /** Short: begins the names of what the document shares. */
  readonly name: string
  /** For people: whose operations these are. */
  readonly title: string
  readonly operations: readonly Operation[]
  readonly form: RefusalForm
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
  /** What the tags of the operations stand for; the title where nothing is said. */
  readonly tags?: Readonly<Record<string, string>>
  /** By operation id. */
  readonly examples?: Readonly<Record<string, OperationExample>>
  /** An operation or permission as its roles spell it, for examples of callers that lack it. */
  readonly power?: string
}

/** What a document says of what it describes as a whole. */
export interface DocumentTitle {
  readonly title: string
  readonly version: string
  readonly description: string
  /** As clients reach the service. */
  readonly origin: string
  /** Where the paths of the document begin, behind the origin. */
  readonly basePath: string
}

/** Writes a document; call it once an isolate, it is the same for everybody. */
export function writeDocument(title: DocumentTitle, parts: readonly DocumentPart[]): string {
  // An app of its own, for its registry alone: no request ever reaches it.
  const pages = new OpenAPIHono<AppEnv>()
  const { openAPIRegistry: registry } = pages
  const headers = new Map<string, HeaderPages[string]>()
  for (const part of parts) {
    for (const [name, scheme] of Object.entries(part.securitySchemes)) {
      registry.registerComponent('securitySchemes', name, scheme)
    }
    for (const [name, example] of Object.entries(writeRefusalExamples(part))) {
      registry.registerComponent('examples', name, example)
    }
    for (const operation of part.operations) registerOperation(pages, operation, part, headers)
  }
  for (const [name, page] of headers) {
    // The pages are constants; the type of the library's own would let it change them.
    registry.registerComponent('headers', name, structuredClone(page) as never)
  }
  const document = pages.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: title.title,
      version: title.version,
      description: [title.description, ABOUT_REFUSALS, describeOutside(formsOf(parts))].join(
        '\n\n',
      ),
      contact: { name: 'Operator of this deployment', url: `${title.origin}/docs/` },
    },
    servers: [
      {
        url: `${title.origin}${title.basePath}`,
        // DESIGN invariant 10 draws the same line: what is reached by https is no place for demo data.
        description: title.origin.startsWith('https:') ? 'Production.' : 'Local development.',
        'x-internal': false,
      },
    ],
    tags: parts.flatMap(describeTags),
  })
  return JSON.stringify(shareResponses(document, parts))
}

const ABOUT_REFUSALS =
  'Every refusal has a stable name: the one of its example beside the response, and `reason` in the log of the ' +
  'service. The example says what happened and what to do next; a path, a permission or a state in its body is that ' +
  'of an activation. Two are refused before there is an operation:'

const formsOf = (parts: readonly DocumentPart[]) => parts.map(({ form }) => form)

/** Says of each tag what it stands for, and whose it is, for tags of different contracts look alike. */
const describeTags = ({ title, operations, tags }: DocumentPart) =>
  [...new Set(operations.map(({ tag }) => tag))].map((name) => ({
    name,
    description: [title, tags?.[name]].filter(Boolean).join(': '),
  }))

function registerOperation(
  pages: OpenAPIHono<AppEnv>,
  operation: Operation,
  part: DocumentPart,
  seen: Map<string, HeaderPages[string]>,
): void {
  const { params, query, body, headers } = operation.input
  const { status: answered = 200, schema, description } = operation.answer
  const example = part.examples?.[operation.id]
  const refer = (named: HeaderPages): HeaderReferences =>
    Object.fromEntries(
      Object.entries(named).map(([name, page]) => {
        seen.set(name, page)
        return [name, { $ref: `#/components/headers/${name}` }]
      }),
    )
  const refusals = describeRefusals(reasonsOf(operation), part).map(
    ({ status, headers: named, ...response }) => [status, { ...response, headers: refer(named) }],
  )
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
      ...(body === EMPTY_BODY ? {} : { body: describeBody(body, example?.request) }),
    },
    responses: {
      [answered]: {
        description,
        headers: refer(headersOfAnswer(operation)),
        content: describeBody(schema, example?.answer).content,
      },
      ...(takesHeader(operation, 'If-None-Match')
        ? { 304: { description: NOT_MODIFIED, headers: refer(headersOfStatus(304)) } }
        : {}),
      ...Object.fromEntries(refusals),
    },
  })
}

const NOT_MODIFIED = 'The user is still as `If-None-Match` has it.'

const describeBody = (schema: Operation['answer']['schema'], example: unknown) => ({
  required: true,
  content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } },
})
