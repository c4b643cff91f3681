/**
 * Logging out: the presented token ends, and no other.
 */
import { describe, expect, it } from 'vitest'
import { logOut } from '../../../src/auth/logout.ts'
import type { Account } from '../../../src/core/ports.ts'
import type { Principal } from '../../../src/core/principal.ts'
import { NOW, sampleCaller, samplePrincipal } from '../../support/sample.ts'
import { createScriptedAccounts } from '../../support/scripted-store.ts'

const accountOf = (...members: Parameters<typeof sampleCaller>): Account => ({
  ...sampleCaller(...members),
  credentials: [],
})

/** Logs a principal out at a store with an account. */
async function leave(
  principal: Principal,
  account: Account | null = accountOf(),
  isRevoked = false,
) {
  const accounts = createScriptedAccounts(account, isRevoked)
  return { result: await logOut(accounts, principal), revoked: accounts.revoked }
}

describe('logOut', () => {
  it('revokes the token until two minutes after its end', async () => {
    const { result, revoked } = await leave(samplePrincipal({ expSeconds: NOW / 1000 }))
    expect(result).toEqual({ ok: true, value: null })
    expect(revoked).toEqual([{ key: 'revocation-1', expiresAt: NOW + 120_000 }])
  })

  it.each([
    { name: 'without a jti', members: { tokenId: null, revocationKey: null } },
    { name: 'of an outside issuer', members: { isOwn: false, revocationKey: null } },
  ])('refuses a token $name', async ({ members }) => {
    const { result, revoked } = await leave(samplePrincipal(members))
    expect(result).toEqual({ ok: false, failure: { reason: 'token_not_revocable' } })
    expect(revoked).toEqual([])
  })

  it.each([
    { reason: 'caller_unknown', account: null, isRevoked: false },
    { reason: 'token_invalid', account: accountOf(), isRevoked: true },
    { reason: 'token_invalid', account: accountOf({ tokenEpoch: 4 }), isRevoked: false },
    { reason: 'caller_inactive', account: accountOf({ suspendedAt: 1 }), isRevoked: false },
  ])('refuses a dead bearer with $reason and revokes nothing', async (row) => {
    const { result, revoked } = await leave(samplePrincipal(), row.account, row.isRevoked)
    expect(result).toMatchObject({ ok: false, failure: { reason: row.reason } })
    expect(revoked).toEqual([])
  })

  it('names the death of a token before that it cannot be revoked', async () => {
    const { result } = await leave(samplePrincipal({ revocationKey: null }), null)
    expect(result).toEqual({ ok: false, failure: { reason: 'caller_unknown' } })
  })
})
