/**
 * JSON as I-JSON wants it: one reading for everybody, or none. Pure. No I/O. No clock.
 */
import { fail, succeed, type Result } from './result.ts'

/** Anything that a JSON text can say. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject

/** A JSON object; ask with `Object.hasOwn` where a name may be one that every object inherits. */
export type JsonObject = { [name: string]: JsonValue }

/** Why a text is refused, and where: `at` counts UTF-16 code units from 0. */
export interface JsonProblem {
  readonly problem:
    | 'not_json'
    | 'byte_order_mark'
    | 'duplicate_name'
    | 'too_deep'
    | 'forbidden_name'
    | 'lone_surrogate'
    | 'number_out_of_range'
  readonly at: number
}

/** How many arrays and objects may be open at once; `[]` is one deep. */
export interface JsonLimits {
  readonly maxDepth: number
}

const DEFAULT_LIMITS: JsonLimits = { maxDepth: 16 }

/**
 * Reads a JSON text that every parser reads alike. Linear in the text; the caller bounds its length.
 *
 * @returns the value, or the first problem: `not_json`, `byte_order_mark`, `duplicate_name` (after
 *   unescaping), `too_deep`, `forbidden_name` (`__proto__`), `lone_surrogate`, `number_out_of_range`.
 * @see RFC 7493 sections 2.1 (code points), 2.2 (numbers), 2.3 (unique names); RFC 8259 section 8.1 (no BOM)
 */
export function parseStrictJson(
  text: string,
  limits: JsonLimits = DEFAULT_LIMITS,
): Result<JsonValue, JsonProblem> {
  if (text.startsWith('\uFEFF')) return fail({ problem: 'byte_order_mark', at: 0 })
  let value: JsonValue
  try {
    // V8 parses without recursion: three million brackets pass.
    value = JSON.parse(text) as JsonValue
  } catch {
    // The place is found when it is asked for: tokens never ask, and anybody can send one that is no JSON.
    return fail({
      problem: 'not_json',
      get at() {
        return findFault(text)
      },
    })
  }
  const problem = findProblem(text, limits.maxDepth)
  return problem === null ? succeed(value) : fail(problem)
}

/**
 * Finds where a text stops being JSON, which the parser's message does not always say: what ends before the fault can
 * still become JSON, and what holds it cannot. Parses as often as the length has binary digits.
 */
function findFault(text: string): number {
  let [good, bad] = [0, text.length + 1]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isBeginning(text.slice(0, middle))) good = middle
    else bad = middle
  }
  return good
}

/**
 * Tells whether a text may go on to be JSON: it is, or V8 only misses what follows. Messages that quote the text end
 * otherwise, so that no text can pass for a message (V8 12.4).
 */
function isBeginning(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const [, position] = / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message) ?? []
    return position === undefined
      ? message.startsWith('Unexpected end')
      : Number(position) >= text.length
  }
}

/** Scans a text whose grammar is known to hold, so that only strings, numbers and brackets matter. */
function findProblem(text: string, maxDepth: number): JsonProblem | null {
  // Names seen in each open object; an open array has none.
  const open: (Set<string> | null)[] = []
  let string = { value: '', at: 0 }
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charAt(at)) {
      case '{':
      case '[':
        open.push(text.charAt(at) === '{' ? new Set() : null)
        if (open.length > maxDepth) return { problem: 'too_deep', at }
        break
      case '}':
      case ']':
        open.pop()
        break
      case '"': {
        const end = findClosingQuote(text, at)
        string = { value: JSON.parse(text.slice(at, end + 1)) as string, at }
        if (!string.value.isWellFormed()) return { problem: 'lone_surrogate', at }
        at = end
        break
      }
      case ':': {
        // A colon outside of strings makes the string before it a name.
        const names = open.at(-1)
        if (string.value === '__proto__') return { problem: 'forbidden_name', at: string.at }
        if (names?.has(string.value)) return { problem: 'duplicate_name', at: string.at }
        names?.add(string.value)
        break
      }
      default: {
        NUMBER.lastIndex = at
        const number = NUMBER.exec(text)?.[0]
        if (number === undefined) break
        // 1e400 becomes Infinity, which no clock ever reaches (finding F5).
        if (!Number.isFinite(Number(number))) return { problem: 'number_out_of_range', at }
        at += number.length - 1
      }
    }
  }
  return null
}

const NUMBER = /[-0-9][-+.0-9eE]*/y

function findClosingQuote(text: string, openingAt: number): number {
  let at = openingAt + 1
  while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1
  return at
}

// The mark is kept, so that parseStrictJson can refuse it by name.
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes UTF-8 and keeps a byte order mark; null when a byte sequence is not well formed. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return DECODER.decode(bytes)
  } catch {
    return null
  }
}

/** Why bytes are not one strict JSON object. */
export type JsonObjectProblem = JsonProblem['problem'] | 'not_utf8' | 'not_object'

/** Tells whether a value that was read from JSON is an object: neither an array nor null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads bytes as one strict JSON object, the form of token segments (rule T3), client data and key sets.
 *
 * @returns the object, or `not_utf8`, `not_object`, or a problem of `parseStrictJson`.
 */
export function parseStrictJsonObject(
  bytes: Uint8Array,
  limits: JsonLimits = DEFAULT_LIMITS,
): Result<JsonObject, JsonObjectProblem> {
  const text = decodeUtf8(bytes)
  if (text === null) return fail('not_utf8')
  const parsed = parseStrictJson(text, limits)
  if (!parsed.ok) return fail(parsed.failure.problem)
  return isJsonObject(parsed.value) ? succeed(parsed.value) : fail('not_object')
}
