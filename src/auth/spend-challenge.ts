/**
 * The one use of a challenge (rule U1), the same for login and for signing: verify, then consume it in the batch that
 * asserts the signer once more. Reads and writes through ports; the clock is the caller's.
 */
import type { Commit, UserStore } from '../core/ports.ts'
import type { Refusal } from '../core/refusal.ts'
import { fail, type Result } from '../core/result.ts'
import type { Credential, User } from '../core/user.ts'
import { eventOfUser, guardsOfUser, type AnsweringRequest } from './own-commit.ts'
import type { Purpose, PurposeToken } from './purpose-token.ts'
import { newSecret } from './random.ts'
import type { VerifiedAnswer } from './verify-assertion.ts'

/** Who answered a challenge, as it was read: asserted again when the challenge is consumed (invariant 4). */
export interface ChallengeSigner {
  readonly user: User
  readonly credential: Credential
  readonly answer: VerifiedAnswer
  /** The bearer's key in `revoked_tokens`; null where no bearer came, or it cannot be revoked. */
  readonly revocationKey: string | null
}

/** How often an answer is verified anew when its signer changed between reading and writing. */
export const MAX_CHALLENGE_ATTEMPTS = 3

/**
 * Verifies an answer and spends its challenge.
 * Refuses with what `verify` refuses with, `login_refused` where a passkey's count did not rise, `challenge_invalid`
 * where another answer was faster, and `unavailable` after `MAX_CHALLENGE_ATTEMPTS`, when the challenge is not spent,
 * or where the store gave no clear answer, when it may be: what is handed out for it is handed out once at most, and
 * another challenge costs one request.
 *
 * @param verify - reads the store and checks the answer; asked again after a lost race.
 */
export async function spendChallenge<T extends ChallengeSigner>(
  users: UserStore,
  purpose: Purpose,
  challenge: Pick<PurposeToken, 'usedHash' | 'expiresAt'>,
  request: AnsweringRequest,
  verify: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const { usedHash, expiresAt } = challenge
  for (let attempt = 1; attempt <= MAX_CHALLENGE_ATTEMPTS; attempt++) {
    const signed = await verify()
    if (!signed.ok) return signed
    const { user, credential, revocationKey } = signed.value
    const outcome = await users.commit({
      claim: null,
      guards: guardsOfUser(user, {
        revocationKey,
        credentialId: credential.id,
        // W9: the new count was compared with the one that was read, so that one must still be there.
        signCount: credential.kind === 'Fido2' ? credential.signCount : null,
      }),
      consumption: { usedHash, purpose, expiresAt },
      change: null,
      ...notesOf(signed.value, request),
    })
    if (outcome === 'committed') {
      return signed.value.answer.isCountRefused
        ? fail({ reason: 'login_refused', cause: 'counter_not_risen' })
        : signed
    }
    // Two answers to one challenge raced: the other one has the token.
    if (outcome === 'proof_used') return challengeInvalid('used')
    if (outcome === 'unclear') return fail({ reason: 'unavailable', cause: 'commit_unclear' })
  }
  return fail({ reason: 'unavailable', cause: 'contention' })
}

/**
 * What is noted of a passkey together with the use of its challenge: the count that it gave, or that it gave one which
 * did not rise, with the evidence on record (rules W9, W12: everything else has verified by then).
 */
function notesOf(
  { user, credential, answer }: ChallengeSigner,
  request: AnsweringRequest,
): Pick<Commit, 'id' | 'event' | 'passkey'> {
  const id = newSecret()
  const { signCount, isCountRefused } = answer
  if (!isCountRefused) {
    const hasCounted = signCount !== null && signCount !== credential.signCount
    return {
      id,
      event: null,
      passkey: hasCounted ? { credentialId: credential.id, signCount } : null,
    }
  }
  const { clientData, signature, authenticatorData } = answer
  const { now } = request
  const { id: rowId, kind, credentialId } = credential
  const event = eventOfUser(user, 'refuse_counter', now, request, {
    credential: { id: rowId, kind, credentialId },
    assertion: { clientData, signature, authenticatorData },
  })
  return { id: event.id, event, passkey: { credentialId: credential.id, suspectedAt: now } }
}

/** Refuses a challenge. The cause is for the log: every unusable challenge is answered alike. */
export const challengeInvalid = (cause: string) =>
  fail({ reason: 'challenge_invalid' as const, cause })
