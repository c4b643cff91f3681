/**
 * Login by credential: a challenge for a name, then an access token for its answer. Says nothing of who exists
 * before a signature has verified. Reads and writes through ports; the clock is the caller's.
 */
import type { Account, AccountStore, UserStore } from '../core/ports.ts'
import type { Refusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import type { Credential } from '../core/user.ts'
import { issueAccessToken } from './access-token.ts'
import {
  idsOf,
  wasOffered,
  withoutPadding,
  type ChallengeAnswer,
  type IssuedChallenge,
} from './challenge.ts'
import type { Decoys } from './decoy.ts'
import {
  issuePurposeToken,
  verifyPurposeToken,
  type PurposeToken,
  type PurposeTokenSettings,
} from './purpose-token.ts'
import { newSecret } from './random.ts'
import type { AnsweringRequest } from './own-commit.ts'
import { challengeInvalid, spendChallenge, type ChallengeSigner } from './spend-challenge.ts'
import { verifyAssertion, type VerifiedAnswer } from './verify-assertion.ts'
import { isEarlyRefusal, verifyForNobody } from './verify-for-nobody.ts'
import type { RelyingParty } from './verify-passkey-assertion.ts'

/** What the flow works with. */
export interface LoginFlowSettings extends PurposeTokenSettings {
  readonly users: UserStore
  readonly accounts: AccountStore
  readonly decoys: Decoys
  readonly challengeSeconds: number
  readonly accessTokenSeconds: number
  readonly relyingParty: RelyingParty
}

/**
 * Issues a challenge for a name, whether anybody has it or not: unknown, inactive and unregistered users get a decoy
 * in the same shape.
 *
 * @param now - Unix time in milliseconds.
 */
export async function initiateLogin(
  settings: LoginFlowSettings,
  name: { readonly organizationId: string; readonly username: string },
  now: number,
): Promise<IssuedChallenge> {
  const { organizationId, username } = name
  const account = await settings.accounts.readAccount(organizationId, username)
  const decoys = await settings.decoys.credentialIds(organizationId, username)
  const credentials = account && canLogIn(account) ? account.credentials : null
  const shown = credentials
    ? { keyIds: idsOf(credentials, 'Key'), passkeyIds: idsOf(credentials, 'Fido2') }
    : decoys
  const nonce = newSecret()
  const challengeIdentifier = await issuePurposeToken(
    settings,
    'login-challenge',
    {
      // The name as it was sent: nothing in here was not known to the client before.
      sub: username,
      org: organizationId,
      // Sealed, for a plain epoch above 0 would tell that there is such a user; a decoy's fits nobody.
      epoch: credentials
        ? await settings.decoys.sealEpoch(account?.user.id ?? '', account?.user.tokenEpoch ?? 0)
        : await settings.decoys.sealEpoch([...decoys.keyIds, ...decoys.passkeyIds].join(), 0),
      nonce,
    },
    { now, lifetimeSeconds: settings.challengeSeconds },
  )
  return { challenge: nonce, challengeIdentifier, ...shown }
}

/** Whoever cannot log in gets a decoy instead of its credentials. */
const canLogIn = ({ user, credentials }: Account): boolean =>
  user.suspendedAt === null && user.isRegistered && credentials.length > 0

/**
 * Exchanges a signed challenge for an access token of the kind `user`.
 * Refuses with `challenge_invalid`, `login_refused`, and after the signature only: `account_deactivated`,
 * `sso_required`, `dialect_off`.
 *
 */
export async function completeLogin(
  settings: LoginFlowSettings,
  answer: ChallengeAnswer,
  request: AnsweringRequest,
): Promise<Result<string, Refusal>> {
  const { now } = request
  const verified = await verifyPurposeToken(
    settings,
    'login-challenge',
    answer.challengeIdentifier,
    now,
  )
  if (!verified.ok) return challengeInvalid(verified.failure)
  const challenge = verified.value
  const { users, accounts } = settings
  const organizationId = String(challenge.claims['org'])
  const spent = await spendChallenge(users, 'login-challenge', challenge, request, async () =>
    verifyAnswer(
      settings,
      challenge,
      await accounts.readAccount(organizationId, challenge.subject),
      answer,
    ),
  )
  if (!spent.ok) return spent
  const { user } = spent.value
  const { issuer, audience, accessTokenSeconds } = settings
  const token = await issueAccessToken(
    settings.keyRing,
    { ...user, userId: user.id, tokenKind: 'user' },
    { issuer, audience, now, lifetimeSeconds: accessTokenSeconds, tokenId: newSecret(16) },
  )
  return succeed(token)
}

/**
 * Finds the credential among the user's own (rule W1) and verifies the signature; before that, every failure reads
 * alike, and takes the time of one signature: also where there is no such user or key.
 */
async function verifyAnswer(
  settings: LoginFlowSettings,
  challenge: PurposeToken,
  account: Account | null,
  { assertion }: ChallengeAnswer,
): Promise<Result<ChallengeSigner, Refusal>> {
  const credentialId = withoutPadding(assertion.credentialId)
  const credential = account?.credentials.find((one) => one.credentialId === credentialId)
  const nonce = String(challenge.claims['nonce'])
  const { relyingParty } = settings
  if (!account || !credential) {
    await verifyForNobody(assertion, nonce, relyingParty)
    return fail({ reason: 'login_refused', cause: 'credential_unknown' })
  }
  const verified = await verifyAssertion(assertion, credential, nonce, relyingParty)
  if (verified.ok) return admit(settings, challenge, account, credential, verified.value)
  if (isEarlyRefusal(verified.failure)) await verifyForNobody(assertion, nonce, relyingParty)
  return fail({ reason: 'login_refused', cause: verified.failure })
}

/** What may be said once the signature has verified: this is the user, and it may not come in, or it may. */
async function admit(
  settings: LoginFlowSettings,
  challenge: PurposeToken,
  account: Account,
  credential: Credential,
  answer: VerifiedAnswer,
): Promise<Result<ChallengeSigner, Refusal>> {
  const { user, organization } = account
  if (user.suspendedAt !== null) return fail({ reason: 'account_deactivated' })
  // Asked before the epoch, which no challenge for such a user carries: it got a decoy.
  if (!user.isRegistered) return fail({ reason: 'login_refused', cause: 'not_registered' })
  const epoch = await settings.decoys.sealEpoch(user.id, user.tokenEpoch)
  if (challenge.claims['epoch'] !== epoch) return challengeInvalid('before_suspension')
  // U1: only what the challenge offered may answer it.
  if (!wasOffered(credential, challenge)) {
    return fail({ reason: 'login_refused', cause: 'credential_not_offered' })
  }
  if (!organization.dialects.includes('dfns'))
    return fail({ reason: 'dialect_off', dialect: 'dfns' })
  if (user.isSsoRequired) return fail({ reason: 'sso_required' })
  return succeed({ user, credential, answer, revocationKey: null })
}
