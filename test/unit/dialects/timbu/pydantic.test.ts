/**
 * Values as Pydantic 1 takes and refuses them, with its own words and names of faults.
 */
import { z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../../src/core/strict-json.ts'
import {
  booleanBeing,
  emailAddress,
  integerBetween,
} from '../../../../src/dialects/timbu/pydantic.ts'
import { NOTHING, parseInput } from '../../../../src/http/input.ts'

const SIZE = { least: 1, most: 100, usual: 50, description: '' }

/** Reads a body or a query by one schema: its value, or what is said of it. */
function readAs(place: 'body' | 'query', one: z.ZodType, given: Record<string, JsonValue>) {
  const schemas = { params: NOTHING, query: z.object({}), body: z.object({}) }
  const parsed = parseInput(
    { ...schemas, [place]: z.object({ one }) },
    {
      params: {},
      query: new URLSearchParams(place === 'query' ? (given as Record<string, string>) : {}),
      body: place === 'body' ? given : {},
      header: () => null,
    },
  )
  if (parsed.ok) return (parsed.value[place] as { one?: unknown }).one
  const issues = parsed.failure.reason === 'input_invalid' ? parsed.failure.issues : []
  return issues.map(({ location, path, message, rule }) => [location, ...path, message, rule])
}

const fault = (message: string, rule: string, place = 'body') => [[place, 'one', message, rule]]

const MISSING = fault('field required', 'value_error.missing')
const NULL = fault('none is not an allowed value', 'type_error.none.not_allowed')
const NO_BOOLEAN = fault('value could not be parsed to a boolean', 'type_error.bool')
const NO_TEXT = fault('str type expected', 'type_error.str')
const NO_EMAIL = fault('value is not a valid email address', 'value_error.email')
const NO_INTEGER = fault('value is not a valid integer', 'type_error.integer', 'query')

/** Bodies' values as they are written, parted by blanks. */
const TRUTHS = 'true 1 1.0 "1" "on" "ON" "t" "T" "true" "True" "tRuE" "y" "Y" "yes" "Yes"'
const UNTRUTHS = 'false 0 -0.0 "0" "off" "Off" "f" "F" "false" "FALSE" "n" "N" "no" "No"'
const NEITHER = '2 -1 0.5 "" "tru" "1.0" "2" "null" "oui" [] [true] {} {"true":true}'

describe('booleanBeing', () => {
  const readBoolean = (permitted: boolean, text: string) =>
    readAs('body', booleanBeing(permitted, ''), { one: JSON.parse(text) as JsonValue })

  it.each([
    ...TRUTHS.split(' ').map((text) => ({ text, truth: true, other: 'False' })),
    ...UNTRUTHS.split(' ').map((text) => ({ text, truth: false, other: 'True' })),
  ])('reads $text as $truth, which it permits or refuses', ({ text, truth, other }) => {
    expect(readBoolean(truth, text)).toBe(truth)
    expect(readBoolean(!truth, text)).toEqual(
      fault(`unexpected value; permitted: ${other}`, 'value_error.const'),
    )
  })

  it.each([...NEITHER.split(' '), '" "', '" true"', '"true "'])('refuses %s', (text) => {
    expect(readBoolean(true, text)).toEqual(NO_BOOLEAN)
    expect(readBoolean(false, text)).toEqual(NO_BOOLEAN)
  })

  it('refuses null, and a member that is absent', () => {
    expect(readBoolean(true, 'null')).toEqual(NULL)
    expect(readAs('body', booleanBeing(true, ''), {})).toEqual(MISSING)
  })
})

/** An address of a certain length. */
const addressOf = (characters: number) => `a@${'b.'.repeat(120)}`.padEnd(characters, 'x')

describe('emailAddress', () => {
  const readEmail = (one: JsonValue) => readAs('body', emailAddress(''), { one })

  it.each([
    { value: ' \tAda@Example.TEST\n', email: 'ada@example.test' },
    { value: "o'hara+tag.x@mail.example.test", email: "o'hara+tag.x@mail.example.test" },
    { value: `${'a'.repeat(64)}@x.test`, email: `${'a'.repeat(64)}@x.test` },
    { value: addressOf(254), email: addressOf(254) },
  ])('reads "$value" as $email', ({ value, email }) => {
    expect(readEmail(value)).toBe(email)
  })

  it.each<{ name: string; value: JsonValue; expected: unknown }>([
    { name: 'null', value: null, expected: NULL },
    { name: 'a list', value: ['ada@example.test'], expected: NO_TEXT },
    { name: 'an object', value: { email: 'ada@example.test' }, expected: NO_TEXT },
    { name: 'a number', value: 7, expected: NO_EMAIL },
    { name: 'a boolean', value: true, expected: NO_EMAIL },
    { name: 'blanks', value: '  ', expected: NO_EMAIL },
    { name: 'a name', value: 'ada', expected: NO_EMAIL },
    { name: 'a domain without a dot', value: 'ada@example', expected: NO_EMAIL },
    { name: 'nobody', value: '@example.test', expected: NO_EMAIL },
    { name: 'two at signs', value: 'ada@b@example.test', expected: NO_EMAIL },
    { name: 'a blank inside', value: 'a da@example.test', expected: NO_EMAIL },
    { name: '255 characters', value: addressOf(255), expected: NO_EMAIL },
  ])('refuses $name', ({ value, expected }) => {
    expect(readEmail(value)).toEqual(expected)
  })

  it('refuses a member that is absent', () => {
    expect(readAs('body', emailAddress(''), {})).toEqual(MISSING)
  })
})

describe('integerBetween', () => {
  const readSize = (text?: string) =>
    readAs('query', integerBetween(SIZE), text === undefined ? {} : { one: text })

  it.each([
    { text: '1', size: 1 },
    { text: '100', size: 100 },
    { text: '+5', size: 5 },
    { text: ' 7 ', size: 7 },
    { text: '007', size: 7 },
    { text: undefined, size: 50 },
  ])('reads $text as $size', ({ text, size }) => {
    expect(readSize(text)).toBe(size)
  })

  it.each(['1.0', '', ' ', 'ten', '1e1', '0x1', '1 0', '+', '--1', '1,0', 'NaN'])(
    'refuses "%s" as no integer',
    (text) => {
      expect(readSize(text)).toEqual(NO_INTEGER)
    },
  )

  it.each([
    ...['0', '-0', '-5'].map((text) => ({ text, word: 'greater', limit: 1, name: 'not_ge' })),
    ...['101', '9999999999', '9'.repeat(400)].map((text) => ({
      text,
      word: 'less',
      limit: 100,
      name: 'not_le',
    })),
  ])('refuses $text, which is not $word or equal', ({ text, word, limit, name }) => {
    const message = `ensure this value is ${word} than or equal to ${limit}`
    expect(readSize(text)).toEqual(fault(message, `value_error.number.${name}`, 'query'))
  })
})
