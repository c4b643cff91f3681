/**
 * Equal values, equal text (RFC 8785).
 */
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../../src/core/canonical-json.ts'
import type { JsonValue } from '../../../src/core/strict-json.ts'

const canonicalise = (text: string) => canonicalJson(JSON.parse(text) as JsonValue)

describe('canonicalJson', () => {
  it('writes the example of RFC 8785 section 3.2.2', () => {
    const text =
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
      '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
    expect(canonicalise(text)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('orders names by UTF-16 code units, as in RFC 8785 section 3.2.3', () => {
    const text =
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh",' +
      '"1":"One","\\ud83d\\ude00":"Emoji","\\u0080":"Control","\\u00f6":"O With Diaeresis"}'
    expect(Object.values(JSON.parse(canonicalise(text)) as object)).toHaveLength(7)
    expect(canonicalise(text).match(/"[A-Z][A-Za-z ]+"/g)).toEqual([
      '"Carriage Return"',
      '"One"',
      '"Control"',
      '"O With Diaeresis"',
      '"Euro Sign"',
      '"Emoji"',
      '"Hebrew Letter Dalet With Dagesh"',
    ])
  })

  it.each([
    { name: 'other order and blanks', left: '{ "b": 1, "a": [1, 2] }', right: '{"a":[1,2],"b":1}' },
    { name: 'other escapes', left: '"\\u0061\\/"', right: '"a/"' },
    { name: 'other spelling of a number', left: '[1.0, 10e1, -0]', right: '[1,100,0]' },
    {
      name: 'order inside of arrays of objects',
      left: '[{"b":{},"a":[]}]',
      right: '[{"a":[],"b":{}}]',
    },
  ])('writes equal values alike despite $name', ({ left, right }) => {
    expect(canonicalise(left)).toBe(right)
  })

  it('keeps the order of an array, which means something', () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]))
  })

  it.each<{ name: string; value: JsonValue }>([
    { name: 'infinity', value: [Infinity] },
    { name: 'no number', value: { a: NaN } },
    { name: 'a lone surrogate as value', value: '\ud800' },
    { name: 'a lone surrogate as name', value: { '\udc00': 1 } },
  ])('throws on $name', ({ value }) => {
    expect(() => canonicalJson(value)).toThrow(RangeError)
  })
})
