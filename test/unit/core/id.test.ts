/**
 * Ids: their form is the contract's, their randomness the caller's.
 */
import { describe, expect, it } from 'vitest'
import {
  createId,
  ID_PATTERNS,
  ID_PREFIXES,
  ID_RANDOM_BYTES,
  isUserId,
  withRisingIds,
  type IdKind,
} from '../../../src/core/id.ts'

const filled = (byte: number) => new Uint8Array(ID_RANDOM_BYTES).fill(byte)

describe('createId', () => {
  it.each<{ kind: IdKind; id: string }>([
    { kind: 'user', id: 'us-00000-00000-0000000000000000' },
    { kind: 'organization', id: 'or-00000-00000-0000000000000000' },
    { kind: 'tenant', id: 'acct-00000-00000-0000000000000000' },
    { kind: 'role', id: 'pm-00000-00000-0000000000000000' },
    { kind: 'assignment', id: 'as-00000-00000-0000000000000000' },
    { kind: 'credential', id: 'cr-00000-00000-0000000000000000' },
    { kind: 'auditEvent', id: 'uj-00000-00000-0000000000000000' },
    { kind: 'identifier', id: 'id-00000-00000-0000000000000000' },
  ])('writes the prefix and 5, 5 and 16 characters for a $kind', ({ kind, id }) => {
    expect(createId(kind, filled(0))).toBe(id)
  })

  it('writes one character a byte, of its five low bits', () => {
    const bytes = Uint8Array.from({ length: ID_RANDOM_BYTES }, (_, index) => index)
    expect(createId('user', bytes)).toBe('us-01234-56789-abcdefghijklmnop')
    expect(createId('user', filled(0xff))).toBe('us-vvvvv-vvvvv-vvvvvvvvvvvvvvvv')
    expect(createId('user', filled(0x20))).toBe(createId('user', filled(0)))
  })

  it('lets each byte change one character, so that none depends on another', () => {
    const zero = createId('user', filled(0))
    for (let index = 0; index < ID_RANDOM_BYTES; index++) {
      const bytes = filled(0)
      bytes[index] = 1
      const differing = [...createId('user', bytes)].filter((one, at) => one !== zero[at])
      expect(differing).toEqual(['1'])
    }
  })

  it('ignores bytes beyond the 26th', () => {
    expect(createId('user', new Uint8Array(40))).toBe('us-00000-00000-0000000000000000')
  })

  it('throws a RangeError when a byte is missing', () => {
    expect(() => createId('user', new Uint8Array(ID_RANDOM_BYTES - 1))).toThrow(RangeError)
  })

  it.each(Object.keys(ID_PATTERNS) as (keyof typeof ID_PATTERNS)[])(
    'makes an id that the pattern of a %s takes',
    (kind) => {
      expect(createId(kind, filled(0x1f))).toMatch(ID_PATTERNS[kind])
    },
  )

  it('gives every noun a prefix of its own', () => {
    const prefixes = Object.values(ID_PREFIXES)
    expect(new Set(prefixes).size).toBe(prefixes.length)
  })
})

describe('isUserId', () => {
  it.each([
    'us-6b58p-8abcd-8abcdefghijklmno',
    'us-00000-00000-00000000000000',
    'us-00000-00000-000000000000000',
    'us-zzzzz-zzzzz-zzzzzzzzzzzzzzzz',
  ])('takes %s', (id) => {
    expect(isUserId(id)).toBe(true)
  })

  it.each([
    { name: 'a tail of 13 characters', id: 'us-00000-00000-0000000000000' },
    { name: 'a tail of 17 characters', id: 'us-00000-00000-00000000000000000' },
    { name: 'a first group of 4', id: 'us-0000-00000-0000000000000000' },
    { name: 'a second group of 6', id: 'us-00000-000000-0000000000000000' },
    { name: 'an upper-case letter', id: 'us-00000-00000-000000000000000A' },
    { name: 'the prefix of a role', id: 'pm-00000-00000-0000000000000000' },
    { name: 'no prefix', id: '00000-00000-0000000000000000' },
    { name: 'something before it', id: ' us-00000-00000-0000000000000000' },
    { name: 'a line feed after it', id: 'us-00000-00000-0000000000000000\n' },
    { name: 'a second line', id: 'x\nus-00000-00000-0000000000000000' },
    { name: 'a UUID', id: '6f1c2f3a-0000-4000-8000-000000000000' },
    { name: 'no text', id: '' },
  ])('refuses $name', ({ id }) => {
    expect(isUserId(id)).toBe(false)
  })
})

describe('withRisingIds', () => {
  it('gives each item an id, and later items higher ones, whatever ids are made', () => {
    const made = ['c', 'a', 'd', 'b']
    const items = [{ name: 'first' }, { name: 'second' }, { name: 'third' }]
    expect(withRisingIds(items, () => made.shift() ?? '')).toEqual([
      { name: 'first', id: 'a' },
      { name: 'second', id: 'c' },
      { name: 'third', id: 'd' },
    ])
  })
})
