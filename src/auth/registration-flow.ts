/**
 * Registering a user's first credential: a code becomes a challenge, its answer a credential. Says nothing of who
 * exists to whom has no code. Reads and writes through ports; the clock is the caller's.
 */
import { verifyCallerAlive } from '../core/access.ts'
import type { NewCredential } from '../core/change.ts'
import { keyEvidenceOf } from '../core/command-commit.ts'
import type { AccountStore, Snapshot, UserStore } from '../core/ports.ts'
import type { Refusal } from '../core/refusal.ts'
import { decideRegisterCredential } from '../core/register-credential.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import type { User } from '../core/user.ts'
import { isEqualConstantTime } from './digest.ts'
import { createAttestedCredential, type Attestation } from './new-credential.ts'
import { eventOfUser, guardsOfUser, type AnsweringRequest } from './own-commit.ts'
import type { PurposeTokenSettings } from './purpose-token.ts'
import { newId } from './random.ts'
import { hashRegistrationCode } from './registration-code.ts'
import { issueRegistrationToken, type Registrant } from './registration-token.ts'
import { challengeInvalid } from './spend-challenge.ts'
import type { RelyingParty } from './verify-passkey-assertion.ts'

/** What the flow works with. */
export interface RegistrationFlowSettings extends PurposeTokenSettings {
  readonly users: UserStore
  readonly accounts: AccountStore
  readonly challengeSeconds: number
  readonly relyingParty: RelyingParty
}

/** A challenge for a new credential. */
export interface RegistrationChallenge {
  readonly user: User
  readonly challenge: string
  /** The token that names it. */
  readonly token: string
}

/** A user after its registration, and what it registered. */
interface Registered {
  readonly user: User
  readonly credential: NewCredential
}

/** How often a registration is decided anew when its user changed between reading and writing, or nobody knows. */
const MAX_REGISTRATION_ATTEMPTS = 3

/**
 * Exchanges a code for a challenge; the code stays good until a credential is registered with it.
 * Refuses with `registration_refused` whoever has no code that waits to be used, and with
 * `registration_code_expired` and `dialect_off` whoever has one.
 *
 * @param now - Unix time in milliseconds.
 */
export async function initiateRegistration(
  settings: RegistrationFlowSettings,
  request: { readonly organizationId: string; readonly username: string; readonly code: string },
  now: number,
): Promise<Result<RegistrationChallenge, Refusal>> {
  const { organizationId, username, code } = request
  const account = await settings.accounts.readAccount(organizationId, username)
  // Compared for nobody too, so that the time of a refusal does not tell who is there.
  const hash = await hashRegistrationCode(code)
  const isCode = await isEqualConstantTime(hash, account?.user.registrationCodeHash ?? '')
  if (!account || !isCode) return fail({ reason: 'registration_refused', cause: 'code_unknown' })
  const { user, organization } = account
  if (user.suspendedAt !== null) return fail({ reason: 'registration_refused', cause: 'suspended' })
  if ((user.registrationCodeExpiresAt ?? 0) <= now) {
    return fail({ reason: 'registration_code_expired' })
  }
  if (!organization.dialects.includes('dfns')) {
    return fail({ reason: 'dialect_off', dialect: 'dfns' })
  }
  const life = { now, lifetimeSeconds: settings.challengeSeconds }
  return succeed({ user, ...(await issueRegistrationToken(settings, 'first', user, life)) })
}

/**
 * Registers the credential that answers the challenge. Challenge and code are spent (rule U1) in the batch that writes
 * it, with its event on record, all or nothing.
 * Refuses with `credential_invalid`, `credential_taken`, `challenge_invalid` where challenge or code was used, as an
 * unusable bearer is where the user was switched off since, and `unavailable` after lost races, or where the store gave
 * no clear answer time and again.
 */
export async function completeRegistration(
  settings: RegistrationFlowSettings,
  registrant: Registrant,
  attested: { readonly attestation: Attestation; readonly name: string },
  request: AnsweringRequest,
): Promise<Result<Registered, Refusal>> {
  const { registration } = registrant
  const { challenge, usedHash, expiresAt } = registration
  const label = { id: newId('credential'), name: attested.name, now: request.now }
  const { relyingParty } = settings
  const created = await createAttestedCredential(
    attested.attestation,
    challenge,
    relyingParty,
    label,
  )
  if (!created.ok) return fail({ reason: 'credential_invalid', cause: created.failure })
  const doubts: { readonly commitId: string; readonly registered: Registered }[] = []
  for (let attempt = 1; ; attempt++) {
    const snapshot = await settings.users.readSnapshot({
      principal: registrant,
      key: created.value,
      challengeHash: usedHash,
      wantsCredentials: true,
      doubtfulIds: doubts.map(({ commitId }) => commitId),
    })
    // I7: what got no clear answer is read back before anything is decided anew.
    const done = doubts.find(({ commitId }) => snapshot.committedIds.includes(commitId))
    if (done) return succeed(done.registered)
    if (attempt > MAX_REGISTRATION_ATTEMPTS) {
      const cause = doubts.length > 0 ? 'commit_unclear' : 'contention'
      return fail({ reason: 'unavailable', cause })
    }
    const decided = decide(registrant, snapshot, created.value, request)
    if (!decided.ok) return decided
    const { commit, user, credential } = decided.value
    const registered = { user, credential }
    const outcome = await settings.users.commit({
      ...commit,
      consumption: { usedHash, purpose: 'registration', expiresAt },
    })
    if (outcome === 'committed') return succeed(registered)
    if (outcome === 'unclear') doubts.push({ commitId: commit.id, registered })
    // The use that stands in the way may be that of a commit in doubt, which the next reading tells.
    if (outcome === 'proof_used' && doubts.length === 0) return challengeInvalid('used')
  }
}

/** Everything that the store knows of it: user alive, code not used since, key not taken. */
function decide(
  registrant: Registrant,
  snapshot: Snapshot,
  created: Omit<NewCredential, 'userId'>,
  request: AnsweringRequest,
) {
  const caller = verifyCallerAlive(registrant, snapshot.caller, snapshot.isBearerRevoked)
  if (!caller.ok) return caller
  const { user, organization } = caller.value
  if (!organization.dialects.includes('dfns')) {
    return fail({ reason: 'dialect_off' as const, dialect: 'dfns' })
  }
  if (snapshot.isChallengeUsed) return challengeInvalid('used')
  // The code that was shown is the one that still waits: registering ends it, for every challenge that it gave.
  const { codeHash } = registrant.registration
  if (codeHash === null || user.registrationCodeHash !== codeHash) {
    return challengeInvalid('code_used')
  }
  const change = decideRegisterCredential(user, snapshot, created, request.now)
  if (!change.ok) return change
  const { after } = change.value
  const credential: NewCredential = { ...created, userId: user.id }
  const event = eventOfUser(
    user,
    change.value.action,
    after.updatedAt,
    request,
    keyEvidenceOf(change.value),
  )
  return succeed({
    user: after,
    credential,
    commit: {
      id: event.id,
      claim: null,
      guards: guardsOfUser(user),
      change: change.value,
      event,
    },
  })
}
