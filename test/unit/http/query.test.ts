/**
 * Whole numbers in queries: one spelling, within limits.
 */
import { describe, expect, it } from 'vitest'
import { PAGE_NUMBER, wholeNumber } from '../../../src/http/query.ts'

/** Reads the number of a page: its value, or the messages of its faults. */
function read(text?: string) {
  const parsed = wholeNumber(PAGE_NUMBER).safeParse(text)
  return parsed.success ? parsed.data : parsed.error.issues.map(({ message }) => message)
}

describe('wholeNumber', () => {
  it.each([
    { text: undefined, number: 1 },
    { text: '1', number: 1 },
    { text: '007', number: 7 },
    { text: '1000000', number: 1_000_000 },
  ])('reads $text as $number', ({ text, number }) => {
    expect(read(text)).toBe(number)
  })

  it.each(['', ' ', ' 1', '1 ', '+1', '-1', '1.0', '1e1', '0x1', '\u0661', '1,0', '1'.repeat(16)])(
    'refuses "%s" as no whole number',
    (text) => {
      expect(read(text)).toEqual(['is not a whole number'])
    },
  )

  it.each(['0', '1000001', '999999999999999'])(
    'refuses %s, which lies beyond the limits',
    (text) => {
      expect(read(text)).toEqual([expect.stringMatching(/^Too (small|big): /)])
    },
  )
})
