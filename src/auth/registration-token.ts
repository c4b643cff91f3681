/**
 * The token of a registration: names the challenge that a new credential answers, for whom, and whether it stands in
 * for a bearer. No store.
 */
import type { Principal } from '../core/principal.ts'
import type { Refusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import type { User } from '../core/user.ts'
import {
  issuePurposeToken,
  verifyPurposeToken,
  type PurposeToken,
  type PurposeTokenSettings,
} from './purpose-token.ts'
import { newSecret } from './random.ts'
import { parseBearer } from './verify-bearer.ts'

/** What a registration is for: a user's first credential, by a code, or one more, by a user action. */
export type RegistrationUse = 'first' | 'another'

/** A verified token of a registration. */
export interface RegistrationToken extends Pick<PurposeToken, 'usedHash' | 'expiresAt'> {
  readonly userId: string
  readonly organizationId: string
  readonly epoch: number
  /** The challenge that was issued with it. */
  readonly challenge: string
  /** Hash of the code that was shown for it; null where none was asked for. */
  readonly codeHash: string | null
}

/**
 * Signs the token of a registration, with a fresh challenge of 32 random bytes (rule U1).
 *
 * @param options.now - Unix time in milliseconds.
 */
export async function issueRegistrationToken(
  settings: PurposeTokenSettings,
  use: RegistrationUse,
  user: User,
  options: { readonly now: number; readonly lifetimeSeconds: number },
): Promise<{ readonly challenge: string; readonly token: string }> {
  const challenge = newSecret()
  const claims = {
    sub: user.id,
    org: user.organizationId,
    epoch: user.tokenEpoch,
    use,
    nonce: challenge,
    ...(use === 'first' ? { code: user.registrationCodeHash } : {}),
  }
  return { challenge, token: await issuePurposeToken(settings, 'registration', claims, options) }
}

/** Verifies the token of a registration of one use; the other's is refused as every other token is. */
export async function verifyRegistrationToken(
  settings: PurposeTokenSettings,
  use: RegistrationUse,
  token: string,
  now: number,
): Promise<Result<RegistrationToken, string>> {
  const verified = await verifyPurposeToken(settings, 'registration', token, now)
  if (!verified.ok) return verified
  const { claims, subject, usedHash, expiresAt } = verified.value
  const { org, epoch, nonce, code = null } = claims
  if (claims['use'] !== use) return fail('another_use')
  if (typeof org !== 'string' || typeof epoch !== 'number' || typeof nonce !== 'string') {
    return fail('claims_invalid')
  }
  if (code !== null && typeof code !== 'string') return fail('claims_invalid')
  const known = { userId: subject, organizationId: org, epoch, challenge: nonce, codeHash: code }
  return succeed({ ...known, usedHash, expiresAt })
}

/** The sender of a registration: its user, as far as the token speaks for it, and the challenge. */
export interface Registrant extends Principal {
  readonly registration: RegistrationToken
}

/** Verifies the `Authorization` header of a registration. */
export type RegistrantVerifier = (
  authorization: string | null,
  now: number,
) => Promise<Result<Registrant, Refusal>>

/**
 * Makes the verifier of the header that completes a registration: a bearer of its own type, which opens nothing else.
 * Refuses with `token_missing` or `token_invalid`.
 */
export const createRegistrantVerifier =
  (settings: PurposeTokenSettings): RegistrantVerifier =>
  async (authorization, now) => {
    const bearer = parseBearer(authorization)
    if (!bearer.ok) return bearer
    const verified = await verifyRegistrationToken(settings, 'first', bearer.value, now)
    if (!verified.ok) return fail({ reason: 'token_invalid', cause: verified.failure })
    const { userId, organizationId, epoch, expiresAt } = verified.value
    return succeed({
      issuer: settings.issuer,
      subject: userId,
      organizationId,
      reference: { by: 'id', userId },
      tokenKind: 'user',
      freshness: { by: 'epoch', epoch },
      tokenId: null,
      revocationKey: null,
      expSeconds: expiresAt / 1000,
      isOwn: true,
      registration: verified.value,
    })
  }
