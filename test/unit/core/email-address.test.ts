/**
 * What an email address is.
 */
import { describe, expect, it } from 'vitest'
import { isEmailAddress } from '../../../src/core/email-address.ts'

describe('isEmailAddress', () => {
  it.each([
    'a@b.test',
    'ada.king+tag@mail.example.test',
    "o'neill@example.test",
    '李@例.测试',
    `${'a'.repeat(64)}@b.test`,
    `a@${'b'.repeat(247)}.test`,
  ])('takes %s', (text) => {
    expect(isEmailAddress(text)).toBe(true)
  })

  it.each([
    ...['', '@', 'a', 'a@b', '@b.test', 'a@', 'a@.test', 'a@b.', 'a@b..test', 'a@b@c.test'],
    ...['a b@c.test', 'a@b c.test', ' a@b.test', 'a@b.test\n', 'a\u0000@b.test', '"a"@b.test'],
    `${'a'.repeat(65)}@b.test`,
    `a@${'b'.repeat(248)}.test`,
  ])('takes not %j', (text) => {
    expect(isEmailAddress(text)).toBe(false)
  })
})
