/**
 * Path, query and body -> typed input, with every fault named at once. Knows no dialect: each spells the faults in
 * its own form.
 */
import { z } from '@hono/zod-openapi'
import type { InputIssue, Refusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import type { JsonValue } from '../core/strict-json.ts'

/**
 * The schema of an operation without parameters in its path, or without a query. The document knows it, and the one
 * below, by identity: another one that is empty would be shown. No change takes a query (rule P3).
 */
export const NOTHING = z.strictObject({})

/** The body of an operation that needs none: nothing, or `{}` as some clients send it. */
export const EMPTY_BODY = z.strictObject({})

/** Longest name that is repeated in an answer, in characters. */
const MAX_NAME_CHARACTERS = 40

/** Schemas of the places that input comes from. */
export interface InputSchemas<
  P extends z.ZodType,
  Q extends z.ZodObject,
  B extends z.ZodType,
  H extends z.ZodObject,
> {
  readonly params: P
  readonly query: Q
  readonly body: B
  /** Headers that the operation takes, under their names; none where nothing is said. */
  readonly headers?: H
}

/** Input as it came. */
interface RawInput {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: JsonValue | undefined
  /** Reads a header; null for one that was not sent. */
  readonly header: (name: string) => string | null
}

/** Input in its types. */
interface ParsedInput<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  H extends z.ZodType,
> {
  readonly params: z.output<P>
  readonly query: z.output<Q>
  readonly body: z.output<B>
  readonly headers: z.output<H>
}

/**
 * Parses all input of an operation. Refuses with `input_invalid` and every issue found, in the order path, query,
 * header, body.
 */
export function parseInput<
  P extends z.ZodType,
  Q extends z.ZodObject,
  B extends z.ZodType,
  H extends z.ZodObject,
>(schemas: InputSchemas<P, Q, B, H>, raw: RawInput): Result<ParsedInput<P, Q, B, H>, Refusal> {
  const query = Object.fromEntries(raw.query)
  const headers = Object.fromEntries(
    Object.keys(schemas.headers?.shape ?? {}).flatMap((name) => {
      const value = raw.header(name)
      return value === null ? [] : [[name, value]]
    }),
  )
  // No body, an empty one and `{}` are one value wherever every member may be left out (FACTS 1.0 number 1).
  const withoutBody = raw.body === undefined ? schemas.body.safeParse({}) : null
  const parsed = {
    params: schemas.params.safeParse(raw.params),
    query: schemas.query.safeParse(query),
    headers: (schemas.headers ?? NOTHING).safeParse(headers),
    body: withoutBody?.success ? withoutBody : schemas.body.safeParse(raw.body),
  }
  const issues = [
    ...issuesOf('path', parsed.params.error, raw.params),
    ...repeatedNames(raw.query, Object.keys(schemas.query.shape)),
    ...issuesOf('query', parsed.query.error, query),
    ...issuesOf('header', parsed.headers.error, headers),
    ...issuesOf('body', parsed.body.error, raw.body),
  ]
  if (
    issues.length > 0 ||
    !parsed.params.success ||
    !parsed.query.success ||
    !parsed.headers.success ||
    !parsed.body.success
  ) {
    return fail({ reason: 'input_invalid', issues })
  }
  return succeed({
    params: parsed.params.data,
    query: parsed.query.data,
    headers: parsed.headers.data as z.output<H>,
    body: parsed.body.data,
  })
}

/** A name that comes twice means one thing to one reader and another to the next; one that nobody reads, nothing. */
const repeatedNames = (query: URLSearchParams, known: readonly string[]): InputIssue[] =>
  known
    .filter((name) => query.getAll(name).length > 1)
    .map((name) => ({
      location: 'query',
      path: [name],
      code: 'value',
      message: 'is given more than once',
    }))

function issuesOf(
  location: InputIssue['location'],
  error: z.ZodError | undefined,
  input: unknown,
): InputIssue[] {
  return (error?.issues ?? []).flatMap((issue): InputIssue[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        location,
        // Cut, for where a name is expected anything may have been pasted.
        path: [...path, key.slice(0, MAX_NAME_CHARACTERS)],
        code: 'unknown',
        message: 'is not known here',
      }))
    }
    const received = typeNameOf(valueAt(input, path))
    // A member with a list of values that is missing is missing first of all, and so is one that others hang on.
    const isMissing = received === 'undefined'
    if (isMissing && ['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code)) {
      return [{ location, path, code: 'missing', message: 'is required', received }]
    }
    if (issue.code === 'custom' && typeof issue.params?.['rule'] === 'string') {
      const { rule } = issue.params
      return [{ location, path, code: 'value', message: issue.message, rule, received }]
    }
    if (issue.code !== 'invalid_type') {
      return [{ location, path, code: 'value', message: sentenceOf(issue.message) }]
    }
    const message = `is not of the type ${issue.expected}`
    return [{ location, path, code: 'type', message, expected: issue.expected, received }]
  })
}

/**
 * Words that follow a name: ours do already ("is not a whole number"), the schema library's do not ("Invalid email
 * address" -> "is not valid (invalid email address)").
 */
const sentenceOf = (message: string): string =>
  /^[a-z]/.test(message)
    ? message
    : `is not valid (${message.charAt(0).toLowerCase()}${message.slice(1)})`

const valueAt = (input: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((value, part) => (value as Record<string, unknown> | null)?.[part], input)

const typeNameOf = (value: unknown): string => {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
