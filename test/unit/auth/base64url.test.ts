/**
 * Base64url in its one canonical spelling (rule T2).
 */
import { describe, expect, it } from 'vitest'
import {
  decodeBase64Url,
  decodePaddedBase64Url,
  encodeBase64Url,
} from '../../../src/auth/base64url.ts'

const everyLength = Array.from({ length: 66 }, (_, length) =>
  Uint8Array.from({ length }, (_, index) => (index * 37 + length * 11) & 0xff),
)

describe('encodeBase64Url', () => {
  it('writes what Node writes, for every length', () => {
    for (const bytes of everyLength) {
      expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
    }
  })

  it('writes a megabyte', () => {
    expect(encodeBase64Url(new Uint8Array(1_048_576))).toHaveLength(1_398_102)
  })
})

describe('decodeBase64Url', () => {
  it('reads back what was written', () => {
    for (const bytes of everyLength) expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes)
  })

  it('takes one of the 64 last characters that a lenient decoder takes for 32 bytes', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const head = encodeBase64Url(new Uint8Array(32)).slice(0, -1)
    const taken = [...alphabet].filter((last) => {
      const bytes = decodeBase64Url(head + last)
      return bytes !== null && bytes.every((byte) => byte === 0)
    })
    expect(taken).toEqual(['A'])
  })

  it.each([
    { name: 'padding', text: 'YQ==' },
    { name: 'the alphabet of plain base64', text: '+/+/' },
    { name: 'a blank', text: 'YW Jj' },
    { name: 'a line feed at the end', text: 'YWJj\n' },
    { name: 'a length that no bytes have', text: 'YWJjY' },
    { name: 'four spare bits', text: 'YR' },
    { name: 'two spare bits', text: 'YWJ' },
    { name: 'a character outside of ASCII', text: 'YWJé' },
  ])('refuses $name', ({ text }) => {
    expect(decodeBase64Url(text)).toBeNull()
  })
})

describe('decodePaddedBase64Url', () => {
  it.each(['YWJj', 'YWI', 'YWI=', 'YQ', 'YQ==', 'YQ='])('reads %s', (text) => {
    expect(decodePaddedBase64Url(text)).toEqual(new Uint8Array(Buffer.from(text, 'base64')))
  })

  it.each(['YQ===', '=YQ', 'Y=Q', 'YR==', 'YWJ=', 'YQ= ='])('refuses %s', (text) => {
    expect(decodePaddedBase64Url(text)).toBeNull()
  })
})
