/**
 * Ends the presented token, and no other. Reads and writes through ports.
 */
import { verifyCallerAlive } from '../core/access.ts'
import type { AccountStore } from '../core/ports.ts'
import type { Principal } from '../core/principal.ts'
import type { Refusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'

/** How long after its `exp` a revoked token is remembered, in seconds: longer than any skew that is granted. */
const REVOCATION_MARGIN_SECONDS = 120

/**
 * Logs a token out. Refuses with `token_not_revocable` for a token without `jti` or of an outside issuer (FACTS,
 * decided list), and like every dead bearer when it is dead already.
 */
export async function logOut(
  accounts: AccountStore,
  principal: Principal,
): Promise<Result<null, Refusal>> {
  const { account, isBearerRevoked } = await accounts.readSigner(principal)
  const alive = verifyCallerAlive(principal, account, isBearerRevoked)
  if (!alive.ok) return alive
  if (principal.revocationKey === null) return fail({ reason: 'token_not_revocable' })
  const expiresAt = (principal.expSeconds + REVOCATION_MARGIN_SECONDS) * 1000
  await accounts.revokeToken(principal.revocationKey, expiresAt)
  return succeed(null)
}
