/**
 * What is wrong with an answer by the document that the service serves, and by the vendors' own. Knows neither platform
 * nor test framework.
 */
import { Validator, type Schema } from '@cfworker/json-schema'
import dfns from '../vectors/dfns.contract.json' with { type: 'json' }
import rinne from '../vectors/rinne.contract.json' with { type: 'json' }
import timbu from '../vectors/timbu.contract.json' with { type: 'json' }

/** What no answer may ever hold (V7), but inside of a token or an id, whose letters are random. */
export const FORBIDDEN =
  /(?<![\w-])(D1_[A-Z]|SQLITE|ZodError|stack)|at .*\.(ts|js):|-----BEGIN (?!PUBLIC KEY)/

/** As much of an answer as is checked. */
export interface CheckedReply {
  readonly status: number
  readonly json: unknown
  /** The body as it came. */
  readonly text: string
}

/** A response, or the name of one that operations share. */
interface DeclaredResponse {
  readonly $ref?: string
  readonly content?: Record<string, { schema: Schema }>
  readonly headers?: Record<string, { readonly $ref?: string }>
}

/** As much of an OpenAPI document as is asked. */
export interface Document {
  readonly paths: Readonly<
    Record<string, Record<string, { readonly responses: Record<string, DeclaredResponse> }>>
  >
  readonly components: {
    readonly schemas: Record<string, Schema>
    readonly responses?: Record<string, DeclaredResponse>
    readonly headers?: Record<string, { readonly schema: Schema }>
  }
}

/** The vendors' documents, without their prose. */
export const CONTRACTS = { dfns, timbu, rinne } as unknown as Readonly<
  Record<'dfns' | 'timbu' | 'rinne', Document>
>

/**
 * Lists where an answer of a declared operation has a status, a form or a body that is not declared, or a body that the
 * vendor's contract has otherwise.
 */
export function faultsOfAnswer(
  document: Document,
  method: string,
  path: string,
  { status, json, text }: CheckedReply,
): string[] {
  if (method === 'OPTIONS') return []
  // The vendor's base URL ends in `/core`; its paths begin behind it.
  const [bare = ''] = path.replace(/^\/core(?=\/v1\/)/, '').split('?')
  const operation = findOperation(document, method, bare)
  const isDeclared = !operation || String(status) in operation.responses
  const faults = [document, ...Object.values(CONTRACTS)].flatMap((one) => {
    const response = resolve(one, findOperation(one, method, bare)?.responses[status])
    const schema = response?.content?.['application/json']?.schema
    if (response && !response.content) return text === '' ? [] : ['a body is not declared']
    return schema ? faultsOfValue(schema, one.components, json) : []
  })
  const named = isDeclared ? faults : [`status ${status} is not declared`, ...faults]
  return named.map((fault) => `${method} ${bare}: ${fault}`)
}

/** Finds a response that is shared by its name. */
const resolve = (document: Document, response: DeclaredResponse | undefined) =>
  response?.$ref === undefined ? response : document.components.responses?.[lastOf(response.$ref)]

const lastOf = (reference: string): string => reference.split('/').at(-1) ?? ''

/** What every answer has for whatever carries and shows it, and what no client is told of. */
const UNDECLARED =
  /^(allow|cache-control|content-.*|vary|strict-transport-security|x-content-type-options|referrer-policy|cross-origin-resource-policy|permissions-policy|server-timing|access-control-expose-headers)$/

/** Lists the headers of an answer that the document does not have, or has with other values. */
export function faultsOfHeaders(
  document: Document,
  method: string,
  path: string,
  { status, headers }: { readonly status: number; readonly headers: Headers },
): string[] {
  const [bare = ''] = path.replace(/^\/core(?=\/v1\/)/, '').split('?')
  const response = resolve(document, findOperation(document, method, bare)?.responses[status])
  if (!response || method === 'OPTIONS') return []
  const declared = new Map(
    Object.entries(response.headers ?? {}).map(([name, { $ref = '' }]) => [
      name.toLowerCase(),
      document.components.headers?.[lastOf($ref)]?.schema ?? {},
    ]),
  )
  return [...headers].flatMap(([name, text]) => {
    const schema = declared.get(name)
    if (!schema) return UNDECLARED.test(name) ? [] : [`header ${name} is not declared`]
    const value = schema.type === 'integer' ? Number(text) : text
    return faultsOfValue(schema, document.components, value).map((fault) => `${name} ${fault}`)
  })
}

/** Dereferencing a whole document is the dear part of a validation. */
const validators = new WeakMap<object, Validator>()

/** Lists where a value is not what a schema says that it is. */
export function faultsOfValue(
  schema: Schema,
  components: Pick<Document['components'], 'schemas'>,
  value: unknown,
): string[] {
  // Of schemas alone: an example may have members that a schema would be named by.
  const { schemas } = components
  const whole = { ...schema, components: { schemas } } as Schema
  const validator = validators.get(schema) ?? new Validator(whole, '2020-12', false)
  validators.set(schema, validator)
  const { valid, errors } = validator.validate(value)
  const faults = errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`)
  return valid ? [] : ['is not valid', ...faults]
}

function findOperation(document: Document, method: string, path: string) {
  const template = Object.keys(document.paths).find((candidate) =>
    new RegExp(`^${candidate.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  // A literal path wins over a template, as the router has it.
  const found = document.paths[path] ?? (template ? document.paths[template] : undefined)
  return found?.[method.toLowerCase()]
}
