/**
 * Idempotency keys in their one canonical form (rule I1).
 */
import { describe, expect, it } from 'vitest'
import { parseIdempotencyKey } from '../../../src/http/idempotency-key.ts'

const SIGNS = "!#$%&'()*+-./0:;<=>?@A[\\]^_`a{|}~"

describe('parseIdempotencyKey', () => {
  it.each([
    { name: 'every sign that may be bare', header: SIGNS, key: SIGNS },
    { name: 'a key in quotes', header: '"abc"', key: 'abc' },
    { name: 'a comma in quotes', header: '"a,b"', key: 'a,b' },
    { name: 'an escaped quote', header: '"a\\"b"', key: 'a"b' },
    { name: 'an escaped backslash, which is bare elsewhere', header: '"a\\\\b"', key: 'a\\b' },
    { name: 'an escaped backslash before an escaped quote', header: '"\\\\\\""', key: '\\"' },
    { name: '255 signs', header: 'a'.repeat(255), key: 'a'.repeat(255) },
    { name: '255 escaped signs', header: `"${'\\"'.repeat(255)}"`, key: '"'.repeat(255) },
  ])('reads $name', ({ header, key }) => {
    expect(parseIdempotencyKey(header)).toBe(key)
  })

  it.each([
    ...['', '""', 'a'.repeat(256), `"${'a'.repeat(256)}"`, `"${'\\"'.repeat(256)}"`],
    ...['a b', '"a b"', ' "a"', 'a\tb', 'a\n', '"a"\n', 'a\x7f', '"a\x7f"', 'é', '"é"'],
    ...['a,b', 'a, b', '"a","b"', '"a", "b"', '"a";b=1', '"a', 'a"', '"a"b"', '"'],
    ...['"a\\b"', '"a\\"', '"\\'],
  ])('refuses %j', (header) => {
    expect(parseIdempotencyKey(header)).toBeNull()
  })
})
