/**
 * Ids and secrets from the platform's CSPRNG.
 */
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../../src/auth/random.ts'
import { ID_PATTERNS } from '../../../src/core/id.ts'

describe('newId', () => {
  it('makes a thousand ids of the pattern, none twice', () => {
    const ids = Array.from({ length: 1_000 }, () => newId('user'))
    expect(ids.filter((id) => !ID_PATTERNS.user.test(id))).toEqual([])
    expect(new Set(ids).size).toBe(1_000)
  })

  it('uses every character of its alphabet', () => {
    const text = Array.from({ length: 1_000 }, () => newId('user').slice(3)).join('')
    const used = new Set(text.replaceAll('-', ''))
    expect([...used].sort().join('')).toBe('0123456789abcdefghijklmnopqrstuv')
  })
})

describe('newSecret', () => {
  it('writes 32 bytes as 43 characters of base64url when nothing is said', () => {
    expect(newSecret()).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('writes as many bytes as are asked for', () => {
    expect(newSecret(16)).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })

  it('makes a thousand secrets, none twice', () => {
    const secrets = Array.from({ length: 1_000 }, () => newSecret())
    expect(new Set(secrets).size).toBe(1_000)
  })
})
