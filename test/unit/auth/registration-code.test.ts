/**
 * The code of a new user: random, kept as a hash, good for a day.
 */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  hashRegistrationCode,
  newRegistrationCode,
  REGISTRATION_CODE_MILLISECONDS,
} from '../../../src/auth/registration-code.ts'
import { NOW } from '../../support/sample.ts'

describe('newRegistrationCode', () => {
  it('makes 192 bits in 32 characters, and keeps their hash for a day (U1)', async () => {
    const made = await newRegistrationCode(NOW)
    const text = `registration-code\n${made.code}`
    expect(made).toEqual({
      code: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/) as string,
      hash: createHash('sha256').update(text).digest('hex'),
      expiresAt: NOW + 24 * 3_600_000,
    })
    expect(REGISTRATION_CODE_MILLISECONDS).toBe(24 * 3_600_000)
    expect(await hashRegistrationCode(made.code)).toBe(made.hash)
  })

  it('makes another one every time', async () => {
    const made = await Promise.all(Array.from({ length: 100 }, () => newRegistrationCode(NOW)))
    expect(new Set(made.map(({ code }) => code)).size).toBe(100)
  })
})
