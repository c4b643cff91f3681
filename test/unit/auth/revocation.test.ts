/**
 * The name of a revoked token.
 */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { revocationKeyOf } from '../../../src/auth/revocation.ts'

const ISSUER = 'https://api.example.test'

describe('revocationKeyOf', () => {
  it('is hex SHA-256 of issuer, line feed and jti, so that the table holds no token', async () => {
    const expected = createHash('sha256').update(`${ISSUER}\ntoken-1`).digest('hex')
    expect(await revocationKeyOf(ISSUER, 'token-1')).toBe(expected)
  })

  it('differs by issuer and by jti', async () => {
    const keys = await Promise.all([
      revocationKeyOf(ISSUER, 'token-1'),
      revocationKeyOf(ISSUER, 'token-2'),
      revocationKeyOf(`${ISSUER}/`, 'token-1'),
    ])
    expect(new Set(keys).size).toBe(3)
  })
})
