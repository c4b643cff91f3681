/**
 * The one use of a challenge (rule U1), the same for login and for signing: verify, then consume it in the batch that
 * asserts the signer once more. Reads and writes through ports; no clock.
 */
import type { UserStore } from '../core/ports.ts'
import type { Refusal } from '../core/refusal.ts'
import { fail, type Result } from '../core/result.ts'
import type { User } from '../core/user.ts'
import type { Purpose, PurposeToken } from './purpose-token.ts'
import { newSecret } from './random.ts'

/** Who answered a challenge, as it was read: asserted again when the challenge is consumed (invariant 4). */
export interface ChallengeSigner {
  readonly user: User
  /** Row id of the credential that signed. */
  readonly credentialRowId: string
  /** The bearer's key in `revoked_tokens`; null where no bearer came, or it cannot be revoked. */
  readonly revocationKey: string | null
}

/** How often an answer is verified anew when its signer changed between reading and writing. */
export const MAX_CHALLENGE_ATTEMPTS = 3

/**
 * Verifies an answer and spends its challenge.
 * Refuses with what `verify` refuses with, `challenge_invalid` where another answer was faster, and `unavailable`
 * after `MAX_CHALLENGE_ATTEMPTS`, when the challenge is not spent, or where the store gave no clear answer, when it
 * may be: what is handed out for it is handed out once at most, and another challenge costs one request.
 *
 * @param verify - reads the store and checks the answer; asked again after a lost race.
 */
export async function spendChallenge<T extends ChallengeSigner>(
  users: UserStore,
  purpose: Purpose,
  challenge: Pick<PurposeToken, 'usedHash' | 'expiresAt'>,
  verify: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const { usedHash, expiresAt } = challenge
  for (let attempt = 1; attempt <= MAX_CHALLENGE_ATTEMPTS; attempt++) {
    const signed = await verify()
    if (!signed.ok) return signed
    const { user, credentialRowId, revocationKey } = signed.value
    const outcome = await users.commit({
      id: newSecret(),
      claim: null,
      guards: {
        caller: user,
        needsSuperuser: false,
        revocationKey,
        assignments: [],
        roles: [],
        credentialId: credentialRowId,
        target: null,
        sharedPowers: [],
      },
      consumption: { usedHash, purpose, expiresAt },
      change: null,
      event: null,
    })
    if (outcome === 'committed') return signed
    // Two answers to one challenge raced: the other one has the token.
    if (outcome === 'proof_used') return challengeInvalid('used')
    if (outcome === 'unclear') return fail({ reason: 'unavailable', cause: 'commit_unclear' })
  }
  return fail({ reason: 'unavailable', cause: 'contention' })
}

/** Refuses a challenge. The cause is for the log: every unusable challenge is answered alike. */
export const challengeInvalid = (cause: string) =>
  fail({ reason: 'challenge_invalid' as const, cause })
