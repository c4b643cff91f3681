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
 * below, by identity: another one that is empty would be shown.
 */
export const NOTHING = z.strictObject({})

/** The body of an operation that needs none: nothing, or `{}` as some clients send it. */
export const EMPTY_BODY = z.strictObject({})

/** Longest name that is repeated in an answer, in characters. */
const MAX_NAME_CHARACTERS = 40

/** Schemas of the three places that input comes from. */
export interface InputSchemas<P extends z.ZodType, Q extends z.ZodObject, B extends z.ZodType> {
  readonly params: P
  readonly query: Q
  readonly body: B
}

/** Input as it came. */
interface RawInput {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: JsonValue | undefined
}

/**
 * Parses all input of an operation. Refuses with `input_invalid` and every issue found, in the order path, query,
 * body.
 */
export function parseInput<P extends z.ZodType, Q extends z.ZodObject, B extends z.ZodType>(
  schemas: InputSchemas<P, Q, B>,
  raw: RawInput,
): Result<{ params: z.output<P>; query: z.output<Q>; body: z.output<B> }, Refusal> {
  const query = Object.fromEntries(raw.query)
  // No body, an empty one and `{}` are one value wherever every member may be left out (FACTS 1.0 number 1).
  const withoutBody = raw.body === undefined ? schemas.body.safeParse({}) : null
  const parsed = {
    params: schemas.params.safeParse(raw.params),
    query: schemas.query.safeParse(query),
    body: withoutBody?.success ? withoutBody : schemas.body.safeParse(raw.body),
  }
  const issues = [
    ...issuesOf('path', parsed.params.error, raw.params),
    ...repeatedNames(raw.query, Object.keys(schemas.query.shape)),
    ...issuesOf('query', parsed.query.error, query),
    ...issuesOf('body', parsed.body.error, raw.body),
  ]
  if (
    issues.length > 0 ||
    !parsed.params.success ||
    !parsed.query.success ||
    !parsed.body.success
  ) {
    return fail({ reason: 'input_invalid', issues })
  }
  return succeed({
    params: parsed.params.data,
    query: parsed.query.data,
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
    // A member with a list of values that is missing is missing first of all.
    const isMissing = received === 'undefined'
    if (isMissing && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) {
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
