/**
 * What the document says of headers against what is taken: a client that checks before it sends refuses itself nothing.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { READ_HEADERS, TRANSITION_HEADERS } from '../../../src/http/request-headers.ts'

const SHAPE = { ...TRANSITION_HEADERS.shape, ...READ_HEADERS.shape }

/** As much of a document as is asked. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { parameters?: Declared[] }>>>>
}

interface Declared {
  readonly name: string
  readonly schema: { readonly pattern: string; readonly maxLength: number }
}

// The committed document, which another test holds against the served one.
const FILE = path.join(import.meta.dirname, '..', '..', 'openapi', 'openapi.json')
const { paths } = JSON.parse(readFileSync(FILE, 'utf8')) as Document
const DECLARED = Object.values(paths)
  .flatMap((page) => Object.values(page))
  .flatMap(({ parameters = [] }) => parameters)

const TAGS = ['"7"', 'W/"7"', '*', ' * ', '"a", "b"', '"a" ,W/"b"', ',"a",,', '"\u00e9"', '""']
const NO_TAGS = ['7', '"a" "b"', "'7'", '"a"b"', 'w/"7"', '*,"a"', '"a b"']
const KEYS = ['a', '"a"', '"a,b"', 'a~!', '"a\\"b"', 'a'.repeat(255), '8e03978e-40d5-43e8-bc93']
const NO_KEYS = ['a b', 'a,b', '"a', 'a"', '"a\\b"', '""', '\u00e9', '"a b"']

/** Every header with texts that are it and texts that are not. */
const HEADERS = [
  { name: 'If-Match' as const, taken: TAGS, refused: NO_TAGS },
  { name: 'If-None-Match' as const, taken: TAGS, refused: NO_TAGS },
  { name: 'Idempotency-Key' as const, taken: KEYS, refused: NO_KEYS },
]

describe.each(HEADERS)('$name', ({ name, taken, refused }) => {
  const { pattern = '', maxLength = 0 } = DECLARED.find((one) => one.name === name)?.schema ?? {}

  it.each(taken)('is declared as %j, and taken', (text) => {
    expect(SHAPE[name].safeParse(text).success).toBe(true)
    expect(text).toMatch(new RegExp(pattern, 'u'))
    expect(text.length).toBeLessThanOrEqual(maxLength)
  })

  it.each(refused)('is neither declared as %j nor taken', (text) => {
    expect(SHAPE[name].safeParse(text).success).toBe(false)
    expect(text).not.toMatch(new RegExp(pattern, 'u'))
  })
})
