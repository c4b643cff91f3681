/**
 * Checks answers against the document that the service serves, and against the vendors' own.
 */
import { Validator, type Schema } from '@cfworker/json-schema'
import { exports } from 'cloudflare:workers'
import { expect } from 'vitest'
import dfns from '../vectors/dfns.contract.json' with { type: 'json' }
import rinne from '../vectors/rinne.contract.json' with { type: 'json' }
import timbu from '../vectors/timbu.contract.json' with { type: 'json' }

/** As much of an answer as is checked. */
interface CheckedReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

/** As much of an OpenAPI document as is asked. */
export interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Record<
        string,
        { readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }> }
      >
    >
  >
  readonly components: { readonly schemas: Record<string, Schema> }
}

/** The vendors' documents, without their prose. */
export const CONTRACTS = { dfns, timbu, rinne } as unknown as Readonly<
  Record<'dfns' | 'timbu' | 'rinne', Document>
>

let served: Promise<Document> | null = null

/** Reads the document of all dialects that the Worker under test serves. */
export const readDocument = (): Promise<Document> =>
  (served ??= exports.default
    .fetch('http://localhost:8787/openapi.json')
    .then((response) => response.json() as Promise<Document>))

/**
 * Fails where an answer of a declared operation has a status, a form or a body that is not declared, or a body that
 * the vendor's contract has otherwise.
 */
export async function expectDeclaredAnswer(
  method: string,
  path: string,
  reply: CheckedReply,
): Promise<void> {
  if (method === 'OPTIONS') return
  // The vendor's base URL ends in `/core`; its paths begin behind it.
  const [bare = ''] = path.replace(/^\/core(?=\/v1\/)/, '').split('?')
  const document = await readDocument()
  const operation = findOperation(document, method, bare)
  if (operation && reply.status !== 404) {
    expect(Object.keys(operation.responses), `${method} ${bare}`).toContain(String(reply.status))
  }
  for (const one of [document, ...Object.values(CONTRACTS)]) {
    const response = findOperation(one, method, bare)?.responses[reply.status]
    const schema = response?.content?.['application/json']?.schema
    if (schema) expectValid(schema, one.components, reply.json)
  }
}

/** Fails where a value is not what a vendor's document says that it is. */
export const expectContract = (
  vendor: keyof typeof CONTRACTS,
  schemaName: string,
  value: unknown,
): void =>
  expectValid({ $ref: `#/components/schemas/${schemaName}` }, CONTRACTS[vendor].components, value)

/** Fails where a user is not what Dfns' document says a user is. */
export const expectDfnsUser = (user: unknown): void => expectContract('dfns', 'User', user)

function expectValid(schema: Schema, components: Document['components'], value: unknown): void {
  const validator = new Validator({ ...schema, components } as Schema, '2020-12', false)
  const { valid, errors } = validator.validate(value)
  expect({ valid, errors }).toEqual({ valid: true, errors: [] })
}

function findOperation(document: Document, method: string, path: string) {
  const template = Object.keys(document.paths).find((candidate) =>
    new RegExp(`^${candidate.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  // A literal path wins over a template, as the router has it.
  const found = document.paths[path] ?? (template ? document.paths[template] : undefined)
  return found?.[method.toLowerCase()]
}
