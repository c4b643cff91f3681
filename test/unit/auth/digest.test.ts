/**
 * SHA-256 in its spellings, and comparison in constant time (rule S6).
 */
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  encodeHex,
  isEqualConstantTime,
  sha256,
  sha256Base64Url,
  sha256Hex,
} from '../../../src/auth/digest.ts'

const hashByNode = (text: string) => createHash('sha256').update(text, 'utf8')

describe('sha256', () => {
  it('hashes nothing to the known value', async () => {
    expect(await sha256Hex('')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
  })

  it('hashes a text as its UTF-8 bytes', async () => {
    const text = 'grüße 😀'
    expect(await sha256(text)).toEqual(await sha256(new TextEncoder().encode(text)))
    expect(await sha256Hex(text)).toBe(hashByNode(text).digest('hex'))
    expect(await sha256Base64Url(text)).toBe(hashByNode(text).digest('base64url'))
  })

  it('hashes the bytes of a view, not of its buffer', async () => {
    const view = new TextEncoder().encode('xabcx').subarray(1, 4)
    expect(await sha256Hex(view)).toBe(await sha256Hex('abc'))
  })
})

describe('encodeHex', () => {
  it('writes two digits a byte', () => {
    expect(encodeHex(Uint8Array.of(0, 1, 0xab, 0xff))).toBe('0001abff')
  })
})

describe('isEqualConstantTime', () => {
  afterEach(() => {
    Reflect.deleteProperty(crypto.subtle, 'timingSafeEqual')
  })

  it.each([
    { name: 'equal texts', a: 'secret', b: 'secret', expected: true },
    { name: 'empty texts', a: '', b: '', expected: true },
    { name: 'a difference at the end', a: 'secret', b: 'secreT', expected: false },
    { name: 'a prefix', a: 'secret', b: 'secre', expected: false },
    { name: 'other case', a: 'A', b: 'a', expected: false },
    { name: 'texts that only look alike', a: 'é', b: 'e\u0301', expected: false },
  ])('tells $name', async ({ a, b, expected }) => {
    expect(await isEqualConstantTime(a, b)).toBe(expected)
  })

  it("asks the runtime's own comparison for the digests when it has one", async () => {
    const timingSafeEqual = vi.fn(function (this: unknown) {
      return this === crypto.subtle
    })
    Object.defineProperty(crypto.subtle, 'timingSafeEqual', {
      value: timingSafeEqual,
      configurable: true,
    })
    expect(await isEqualConstantTime('a', 'b')).toBe(true)
    expect(timingSafeEqual).toHaveBeenCalledExactlyOnceWith(await sha256('a'), await sha256('b'))
  })
})
