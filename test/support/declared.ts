/**
 * Checks answers against the document that the service serves, and users against the vendor's own.
 */
import { Validator, type Schema } from '@cfworker/json-schema'
import { exports } from 'cloudflare:workers'
import { expect } from 'vitest'
import contract from '../vectors/dfns.contract.json' with { type: 'json' }

/** As much of an answer as is checked. */
interface CheckedReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

interface Document {
  readonly paths: Record<
    string,
    Record<
      string,
      { readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }> }
    >
  >
  readonly components: { readonly schemas: Record<string, Schema> }
}

let served: Promise<Document> | null = null

/** Reads the document that the Worker under test serves. */
export const readDocument = (): Promise<Document> =>
  (served ??= exports.default
    .fetch('http://localhost:8787/openapi.json')
    .then((response) => response.json() as Promise<Document>))

/** Fails where an answer of a declared operation has a status, a form or a body that is not declared. */
export async function expectDeclaredAnswer(
  method: string,
  path: string,
  reply: CheckedReply,
): Promise<void> {
  const document = await readDocument()
  const operation = findOperation(document, method, path)
  if (!operation || method === 'OPTIONS' || reply.status === 404) return
  expect(Object.keys(operation.responses), `${method} ${path}`).toContain(String(reply.status))
  const content = operation.responses[reply.status]?.content
  const schema = content?.['application/json']?.schema
  if (schema) expectValid(schema, document.components, reply.json)
}

/** Fails where a user is not what the vendor's document says a user is. */
export const expectDfnsUser = (user: unknown): void =>
  expectValid(
    { $ref: '#/components/schemas/User' },
    contract.components as unknown as Document['components'],
    user,
  )

function expectValid(schema: Schema, components: Document['components'], value: unknown): void {
  const validator = new Validator({ ...schema, components } as Schema, '2020-12', false)
  const { valid, errors } = validator.validate(value)
  expect({ valid, errors }).toEqual({ valid: true, errors: [] })
}

function findOperation(document: Document, method: string, path: string) {
  const [bare = ''] = path.split('?')
  const template = Object.keys(document.paths).find((candidate) =>
    new RegExp(`^${candidate.replace(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  )
  // A literal path wins over a template, as the router has it.
  const found = document.paths[bare] ?? (template ? document.paths[template] : undefined)
  return found?.[method.toLowerCase()]
}
