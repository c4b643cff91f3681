/**
 * Requests made of what the served document says of an operation: as it wants them, or broken in one place. Knows neither
 * platform nor test framework.
 */
import fc from 'fast-check'

/** As much of JSON Schema as the document uses of it. */
interface Schema {
  readonly $ref?: string
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
}

/** As much of an operation as is asked. */
export interface Operation {
  readonly operationId: string
  readonly method: string
  readonly path: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: 'path' | 'query' | 'header'
    readonly schema: Schema
  }[]
  readonly security?: readonly object[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { schema: Schema } } }
}

/** A request that was drawn; `text` is its body, null for none. */
export interface Drawn {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string | null
  /** As it is before anything is broken. */
  readonly body: unknown
  /** What was broken; null for nothing. */
  readonly broken: string | null
  /** Whether what is broken must be refused. */
  readonly isRefused: boolean
}

/** Values that are there, for members and parameters of these names: without them nobody would ever be found. */
export type Known = Readonly<Record<string, readonly string[]>>

type Components = { readonly schemas: Readonly<Record<string, object>> }

/** Lists the operations of a document, with their methods and paths. */
export const operationsOf = (document: { readonly paths: object }): Operation[] =>
  Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, one]) => ({
        ...one,
        method: method.toUpperCase(),
        path,
      })),
  )

/** Draws values of a schema; `name` is the member or parameter that they are for. */
function valuesOf(
  { $ref, ...given }: Schema,
  components: Components,
  known: Known,
  name = '',
): fc.Arbitrary<unknown> {
  const schema = $ref ? (components.schemas[$ref.split('/').at(-1) ?? ''] as Schema) : given
  const { minLength = 0, maxLength = 300, minItems: minimum = 0, maxItems = 5 } = schema
  const some = known[name] ?? []
  if (some.length > 0) {
    const strange = valuesOf(schema, components, {})
    return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...some) }, strange)
  }
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([member, one]) => [
            member,
            valuesOf(one, components, known, member),
          ]),
        ),
        { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true },
      )
    case 'array': {
      const items = valuesOf(schema.items ?? {}, components, known, name)
      return fc.array(items, { minLength: minimum, maxLength: Math.min(maxItems, 5) })
    }
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 })
    case 'boolean':
      return fc.boolean()
    default:
      if (schema.format === 'email') return fc.emailAddress()
      if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern), { size: 'small' })
      return fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 300) })
  }
}

const encode = (text: unknown) => encodeURIComponent(String(text).toWellFormed())

/** Draws requests as the document wants them. */
export function wantedOf(
  { method, path, parameters = [], requestBody }: Operation,
  components: Components,
  known: Known,
): fc.Arbitrary<Drawn> {
  const schema = requestBody?.content['application/json'].schema
  const names = (place: string) => parameters.filter((one) => one.in === place)
  const draw = (place: string) =>
    fc.record(
      Object.fromEntries(
        names(place).map((one) => [one.name, valuesOf(one.schema, components, known, one.name)]),
      ),
      { requiredKeys: place === 'path' ? names(place).map(({ name }) => name) : [] },
    ) as fc.Arbitrary<Record<string, unknown>>
  return fc
    .record({
      params: draw('path'),
      query: draw('query'),
      headers: draw('header'),
      body: schema ? valuesOf(schema, components, known) : fc.constant(undefined),
    })
    .map(({ params, query, headers, body }) => {
      const pairs = Object.entries(query).map((one) => one.map(encode).join('='))
      // What is no byte cannot be a header's.
      const bytes = Object.entries(headers).map(([name, value]) => [
        name,
        String(value).replace(/[^\t\x20-\x7e\x80-\xff]/g, '?'),
      ])
      return {
        method,
        path: path.replace(/\{(\w+)\}/g, (_, name: string) => encode(params[name])),
        query: pairs.length > 0 ? `?${pairs.join('&')}` : '',
        headers: Object.fromEntries(bytes) as Record<string, string>,
        body,
        text: body === undefined ? null : JSON.stringify(body),
        broken: null,
        isRefused: false,
      }
    })
}

type Break = (drawn: Drawn, pick: number) => Partial<Drawn>

const withText = (text: string): Partial<Drawn> => ({ text, isRefused: true })
const withHeader = (name: string, value: string) => (drawn: Drawn) => ({
  headers: { ...drawn.headers, [name]: value },
  text: drawn.text ?? '{}',
  isRefused: true,
})

/** Puts something in the place of one of the values of a body. */
function replaceOne(body: unknown, pick: number, value: string): string {
  const places = [
    ...JSON.stringify(body).matchAll(/(?<=[:[,])("(?:[^"\\]|\\.)*"(?!:)|true|false)/g),
  ]
  const place = places[pick % Math.max(places.length, 1)]
  const text = JSON.stringify(body)
  if (!place) return value
  return text.slice(0, place.index) + value + text.slice(place.index + place[0].length)
}

const escapeOf = (one: string) => `%${one.charCodeAt(0).toString(16)}`
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const firstMember = ({ body }: Drawn) => {
  const [[name, value] = ['x', 1]] = Object.entries((body as object | undefined) ?? {})
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`
}
const addMember = (drawn: Drawn, member: string) =>
  (drawn.text ?? '{}').replace(/}$/, `${drawn.text && drawn.text !== '{}' ? ',' : ''}${member}}`)

/** What breaks any request that has a body or may have one. */
const BODY_BREAKS: Readonly<Record<string, Break>> = {
  'another type': ({ body }, pick) => withText(replaceOne(body ?? { x: '' }, pick, '{"a":[]}')),
  null: ({ body }, pick) => withText(replaceOne(body ?? { x: '' }, pick, 'null')),
  'far too long': ({ body }, pick) =>
    withText(replaceOne(body ?? { x: '' }, pick, JSON.stringify('é'.repeat(5_000)))),
  infinity: ({ body }, pick) => withText(replaceOne(body ?? { x: '' }, pick, '1e400')),
  'a lone surrogate': ({ body }, pick) =>
    withText(replaceOne(body ?? { x: '' }, pick, '"\\ud800"')),
  // To Pydantic 1, zero is false.
  'negative zero': ({ body }, pick) => ({ text: replaceOne(body ?? { x: '' }, pick, '-0.0') }),
  '2^53': ({ body }, pick) => withText(replaceOne(body ?? { x: '' }, pick, '9007199254740992')),
  'deep nesting': (drawn) => withText(addMember(drawn, `"x":${nested(16)}`)),
  'very deep nesting': () => withText(nested(8_000)),
  'a member of every object': (drawn) => withText(addMember(drawn, '"__proto__":{"a":1}')),
  'a member twice': (drawn) => withText(addMember(drawn, `"x":1,"x":1`)),
  // As good as once, to whoever takes the last one.
  'its first member twice': (drawn) =>
    withText(
      addMember({ ...drawn, text: addMember(drawn, firstMember(drawn)) }, firstMember(drawn)),
    ),
  'an escaped name twice': (drawn) => withText(addMember(drawn, '"x":1,"\\u0078":1')),
  'another member': (drawn) => ({
    text: addMember(drawn, '"constructor":{"prototype":1}'),
    // Pydantic 1 ignores what it does not know, and so does Timbu.
    isRefused: !drawn.path.startsWith('/users'),
  }),
  'no object': (_, pick) => withText(['[]', '"x"', '0', 'true', 'null'][pick % 5] ?? ''),
  'a mark at its beginning': ({ text }) => withText(`\ufeff${text ?? '{}'}`),
  'nothing at its end': ({ text }) => withText((text ?? '{}').slice(0, -1)),
  'more at its end': ({ text }) => withText(`${text ?? '{}'}]`),
  'a comment': ({ text }) => withText(`${text ?? '{}'}//`),
  'too many bytes': ({ text }) => withText((text ?? '{}').padEnd(16_385)),
  'another type of content': withHeader('content-type', 'text/plain'),
  'a type that ends in json': withHeader('content-type', 'application/vnd.api+json'),
  'another charset': withHeader('content-type', 'application/json; charset=utf-16'),
  'two charsets': withHeader('content-type', 'application/json; charset=utf-8; charset=utf-8'),
  'a form': withHeader('content-type', 'application/x-www-form-urlencoded'),
  'no type': withHeader('content-type', ''),
  'an encoding': withHeader('content-encoding', 'gzip'),
  'two encodings': withHeader('content-encoding', 'identity, br'),
}

const needsToken = (path: string) => !/^\/auth\/(login|registration\/init)/.test(path)

/** What breaks any request. */
const BREAKS: Readonly<Record<string, Break>> = {
  'a path in another case': ({ path }) => ({ path: path.toUpperCase(), isRefused: true }),
  'a slash at the end': ({ path }) => ({ path: `${path}/`, isRefused: true }),
  'two slashes': ({ path }) => ({ path: path.replace(/(?<=.)\//, '//'), isRefused: true }),
  'an escaped path': ({ path }) => ({ path: path.replace(/\w/, escapeOf), isRefused: true }),
  'a NUL in the path': ({ path }) => ({ path: `${path}%00`, isRefused: true }),
  'another method': () => ({ method: 'PATCH', isRefused: true }),
  'no token': ({ path }) => ({ headers: { authorization: '' }, isRefused: needsToken(path) }),
  'half a token': ({ path }) => ({
    headers: { authorization: 'Bearer eyJ' },
    isRefused: needsToken(path),
  }),
  'another scheme': ({ path }) => ({
    headers: { authorization: 'Basic YTpi' },
    isRefused: needsToken(path),
  }),
  'a bad key': ({ headers }) => ({ headers: { ...headers, 'Idempotency-Key': 'a, b' } }),
  'a bad condition': ({ headers }) => ({ headers: { ...headers, 'If-Match': '"' } }),
  'a bad user action': (drawn) => ({ headers: { ...drawn.headers, 'X-DFNS-USERACTION': 'a.b.c' } }),
  'an unknown parameter': ({ query }) => ({ query: `${query || '?'}&__proto__=1&x[]=%ff%00` }),
  'a parameter twice': ({ query }) => ({ query: `${query || '?'}&limit=1&limit=1&page=1&page=1` }),
  'a page beyond numbers': () => ({ query: '?limit=1e400&page=-0&size=9007199254740993' }),
  'headers too large': ({ headers }) => ({
    headers: { ...headers, 'x-filler': 'a'.repeat(16_384) },
    isRefused: true,
  }),
  'a URL too long': () => ({ query: `?x=${'a'.repeat(2_048)}`, isRefused: true }),
}

/** Draws requests of an operation that are broken in one place. */
export function brokenOf(operation: Operation, components: Components, known: Known) {
  const takesBody = operation.method !== 'GET'
  const breaks = Object.entries({ ...BREAKS, ...(takesBody ? BODY_BREAKS : {}) })
  return fc
    .tuple(wantedOf(operation, components, known), fc.constantFrom(...breaks), fc.nat(20))
    .map(([drawn, [broken, change], pick]): Drawn => ({ ...drawn, broken, ...change(drawn, pick) }))
}
