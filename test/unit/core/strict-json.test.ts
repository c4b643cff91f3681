/**
 * JSON that every parser reads alike (RFC 7493).
 */
import { describe, expect, it } from 'vitest'
import {
  decodeUtf8,
  isJsonObject,
  parseStrictJson,
  parseStrictJsonObject,
  type JsonProblem,
} from '../../../src/core/strict-json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('parseStrictJson', () => {
  it.each<{ name: string; text: string }>([
    { name: 'literals', text: ' [null, true, false] ' },
    { name: 'numbers of every form', text: '[0, -0, 1.5e-7, 1E+30, -12, 9007199254740993]' },
    {
      name: 'strings with brackets, quotes and colons inside',
      text: '{"a:{":"]\\"}\\\\","b":"["}',
    },
    { name: 'an escaped surrogate pair', text: '"\\ud83d\\ude00"' },
    { name: 'one name in two sibling objects', text: '[{"a":1},{"a":{"a":2}}]' },
    { name: 'a name repeated as value', text: '{"a":"a","b":["a","a"]}' },
    { name: 'names that every object inherits', text: '{"constructor":1,"toString":2}' },
  ])('reads $name as JSON.parse does', ({ text }) => {
    expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) })
  })

  it.each<{ name: string; text: string } & JsonProblem>([
    { name: 'the empty text', text: '', problem: 'not_json', at: 0 },
    { name: 'two values', text: '{}{}', problem: 'not_json', at: 2 },
    { name: 'a byte order mark', text: '\uFEFF{}', problem: 'byte_order_mark', at: 0 },
    { name: 'a repeated name', text: '{"a":1,"b":2,"a":3}', problem: 'duplicate_name', at: 13 },
    {
      name: 'a name repeated in escapes',
      text: '{"a":1,"\\u0061" :2}',
      problem: 'duplicate_name',
      at: 7,
    },
    {
      name: 'a name repeated after a nested object',
      text: '{"a":{"b":1},"a":2}',
      problem: 'duplicate_name',
      at: 13,
    },
    {
      name: 'a name repeated deep inside',
      text: '[[{"x":{"a":1,"a":1}}]]',
      problem: 'duplicate_name',
      at: 14,
    },
    {
      name: 'a prototype as name',
      text: '{"a":{"__proto__":{}}}',
      problem: 'forbidden_name',
      at: 6,
    },
    {
      name: 'a prototype spelled in escapes',
      text: '{"__proto\\u005f_":1}',
      problem: 'forbidden_name',
      at: 1,
    },
    { name: 'a lone surrogate in a value', text: '["\\ud800"]', problem: 'lone_surrogate', at: 1 },
    { name: 'a lone surrogate in a name', text: '{"\\udc00":1}', problem: 'lone_surrogate', at: 1 },
    {
      name: 'surrogates in the wrong order',
      text: '"\\udc00\\ud800"',
      problem: 'lone_surrogate',
      at: 0,
    },
    {
      name: 'a number over the range',
      text: '{"exp":1e400}',
      problem: 'number_out_of_range',
      at: 7,
    },
    {
      name: 'a negative number over the range',
      text: '[1,-1e999]',
      problem: 'number_out_of_range',
      at: 3,
    },
  ])('refuses $name', ({ text, problem, at }) => {
    expect(parseStrictJson(text)).toEqual({ ok: false, failure: { problem, at } })
  })

  it('accepts 16 open brackets and refuses the 17th by default', () => {
    expect(parseStrictJson('['.repeat(16) + ']'.repeat(16)).ok).toBe(true)
    expect(parseStrictJson('['.repeat(17) + ']'.repeat(17))).toEqual({
      ok: false,
      failure: { problem: 'too_deep', at: 16 },
    })
  })

  it('counts depth, not brackets, when a limit is given', () => {
    expect(parseStrictJson('[{},{},[]]', { maxDepth: 2 }).ok).toBe(true)
    expect(parseStrictJson('[{"a":[]}]', { maxDepth: 2 })).toEqual({
      ok: false,
      failure: { problem: 'too_deep', at: 6 },
    })
  })

  it('refuses a million brackets without overflowing the stack', () => {
    expect(parseStrictJson('['.repeat(1e6) + ']'.repeat(1e6))).toMatchObject({
      failure: { problem: 'too_deep' },
    })
    expect(parseStrictJson('{"a":'.repeat(1e6))).toMatchObject({ failure: { problem: 'not_json' } })
  })

  it('takes time that grows with the text, not with its square', () => {
    const many = Array.from({ length: 200_000 }, (_, index) => `"n${index}": "${'\\"'.repeat(9)}"`)
    const startedAt = performance.now()
    expect(parseStrictJson(`{${many.join(',')}}`).ok).toBe(true)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})

describe('parseStrictJson: the place where a text stops being JSON', () => {
  it.each<{ name: string; text: string; at: number }>([
    { name: 'a trailing comma', text: '[1,]', at: 3 },
    { name: 'a trailing comma in an object', text: '{"a":1,}', at: 7 },
    { name: 'a missing comma', text: '{"a": 1 "b": 2}', at: 8 },
    { name: 'a missing colon', text: '{"a" 1}', at: 5 },
    { name: 'a name without quotes', text: '{a:1}', at: 1 },
    { name: 'single quotes', text: "{'a':1}", at: 1 },
    { name: 'a word that is none', text: '[nul]', at: 4 },
    { name: 'a word that goes on', text: ' truest', at: 5 },
    { name: 'a word of another language', text: '{"a":NaN}', at: 5 },
    { name: 'a comment', text: '{ // note\n}', at: 2 },
    { name: 'a blank of another kind', text: '[1,\u00a02]', at: 3 },
    { name: 'a number with a leading zero', text: '[01]', at: 2 },
    { name: 'a number with a plus sign', text: '[+1]', at: 1 },
    { name: 'a fraction without digits', text: '[1.]', at: 3 },
    { name: 'an exponent without digits', text: '[1e+]', at: 4 },
    { name: 'a minus sign alone', text: '[-]', at: 2 },
    { name: 'a line feed in a string', text: '{"a":"b\nc"}', at: 7 },
    { name: 'an escape that is none', text: '["\\x41"]', at: 3 },
    { name: 'a cut code point', text: '["\\u00g0"]', at: 6 },
    { name: 'a bracket of the other kind', text: '[{"a":[1}]', at: 8 },
    { name: 'a text after the end', text: '{"a":1} x', at: 8 },
    { name: 'an end within a string', text: '{"a', at: 3 },
    { name: 'an end within an object', text: '{"a":[1, 2', at: 10 },
    { name: 'an end after an escape', text: '"\\', at: 2 },
    { name: 'blanks alone', text: ' \n ', at: 3 },
    { name: 'a fault behind many characters', text: `["${'a'.repeat(15_990)}" x`, at: 15_994 },
    { name: 'a position in a string', text: '["at position 9" x]', at: 17 },
    { name: 'an end in a string', text: '["Unexpected end of JSON input" x]', at: 32 },
    { name: 'a whole message in a string', text: '["in JSON at position 99", x]', at: 27 },
    { name: 'a message in place of a value', text: 'Unexpected end of JSON input', at: 0 },
    { name: 'a message behind a value', text: '1 at position 5', at: 2 },
  ])('is $at for $name', ({ text, at }) => {
    expect(parseStrictJson(text)).toEqual({ ok: false, failure: { problem: 'not_json', at } })
  })

  it('is the end of every beginning, and the first character that does not belong', () => {
    const texts = [
      '{"a":[1,-2.5e+3,true,false,null,"\\u00e9\\n\\"x\\\\"],"b":{"c":{}, "d" : [ ]}}',
      '["\\ud83d\\ude00 😀", 0.1, 10E-2, -0]',
      '{"Unexpected end":"in JSON at position 3 (line 1 column 4)"}',
    ]
    const wrong = texts.flatMap((text) =>
      [...Array(text.length).keys()].flatMap((at) => {
        const start = text.slice(0, at)
        const broken = [start, `${start}\u0001`, `${start}\u0001${text}`]
        const places = broken.map((one) => {
          const parsed = parseStrictJson(one)
          return parsed.ok ? null : parsed.failure.at
        })
        return places.every((place) => place === at) ? [] : [{ start, places }]
      }),
    )
    expect(wrong).toEqual([])
  })
})

describe('decodeUtf8', () => {
  it('keeps a byte order mark, so that it can be refused', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b))).toBe('\uFEFF{')
  })

  it.each([
    { name: 'an overlong form', sequence: [0xc0, 0xaf] },
    { name: 'an encoded surrogate', sequence: [0xed, 0xa0, 0x80] },
    { name: 'a cut sequence', sequence: [0x61, 0xe2, 0x82] },
  ])('answers null for $name', ({ sequence }) => {
    expect(decodeUtf8(Uint8Array.from(sequence))).toBeNull()
  })
})

describe('parseStrictJsonObject', () => {
  it('reads the bytes of an object', () => {
    expect(parseStrictJsonObject(bytes('{"a":"é"}'))).toEqual({ ok: true, value: { a: 'é' } })
  })

  it.each([
    { name: 'an array', input: bytes('[]'), failure: 'not_object' },
    { name: 'null', input: bytes('null'), failure: 'not_object' },
    {
      name: 'bytes that are no UTF-8',
      input: Uint8Array.of(0x22, 0xff, 0x22),
      failure: 'not_utf8',
    },
    { name: 'a byte order mark', input: bytes('\uFEFF{}'), failure: 'byte_order_mark' },
    { name: 'a text with a problem', input: bytes('{"a":1,"a":1}'), failure: 'duplicate_name' },
  ])('refuses $name', ({ input, failure }) => {
    expect(parseStrictJsonObject(input)).toEqual({ ok: false, failure })
  })

  it('refuses an object that is deeper than the limit', () => {
    expect(parseStrictJsonObject(bytes('{"a":{}}'), { maxDepth: 1 })).toEqual({
      ok: false,
      failure: 'too_deep',
    })
  })
})

describe('isJsonObject', () => {
  it('tells an object from everything else', () => {
    expect([{}, [], null, 'a', 1, undefined].map(isJsonObject)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})
