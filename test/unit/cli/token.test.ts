/**
 * Revocation from the command line, in a database with the real migrations.
 */
import { describe, expect, it } from 'vitest'
import { revocationKeyOf } from '../../../src/auth/revocation.ts'
import { revokeToken } from '../../../src/cli/token.ts'
import { createMemoryDatabase } from './memory-database.ts'

const NOW = 1_800_000_000_000
const ISSUER = 'http://localhost:8787'

describe('revokeToken', () => {
  it('keeps the hash that a bearer is looked up by, for a year', async () => {
    const { db, select } = createMemoryDatabase()
    await revokeToken(db, ISSUER, 'abc', NOW)
    expect(select('SELECT * FROM revoked_tokens')).toEqual([
      { hash: await revocationKeyOf(ISSUER, 'abc'), expires_at: NOW + 365 * 86_400_000 },
    ])
  })

  it('takes the same token twice', async () => {
    const { db, select } = createMemoryDatabase()
    await revokeToken(db, ISSUER, 'abc', NOW)
    await revokeToken(db, ISSUER, 'abc', NOW + 1)
    expect(select('SELECT count(*) AS rows FROM revoked_tokens')).toEqual([{ rows: 1 }])
  })
})
