/**
 * User action signing: a challenge for one request, then a token for its answer (FACTS 1.1.5, rules U1-U5).
 * Reads and writes through ports; the clock is the caller's.
 */
import { verifyCallerAlive, type Caller } from '../core/access.ts'
import type { AccountStore, Snapshot, UserStore } from '../core/ports.ts'
import { keyHolderOf, type Principal } from '../core/principal.ts'
import type { Refusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import type { JsonValue } from '../core/strict-json.ts'
import type { ChallengeEvidence } from '../core/user-action.ts'
import { bindAction, challengeOf, hashIdentity } from './action-binding.ts'
import { readBinding, writeBinding } from './binding-claims.ts'
import {
  idsOf,
  wasOffered,
  withoutPadding,
  type ChallengeAnswer,
  type IssuedChallenge,
} from './challenge.ts'
import {
  issuePurposeToken,
  verifyPurposeToken,
  type PurposeToken,
  type PurposeTokenSettings,
} from './purpose-token.ts'
import { newSecret } from './random.ts'
import { issueUserAction } from './user-action-token.ts'
import type { AnsweringRequest } from './own-commit.ts'
import { challengeInvalid, spendChallenge, type ChallengeSigner } from './spend-challenge.ts'
import { verifyAssertion } from './verify-assertion.ts'
import type { RelyingParty } from './verify-passkey-assertion.ts'

/** What the flow works with. */
export interface ActionFlowSettings extends PurposeTokenSettings {
  readonly users: UserStore
  readonly accounts: AccountStore
  readonly challengeSeconds: number
  readonly userActionSeconds: number
  readonly relyingParty: RelyingParty
}

/** The request that a client announces, before it may send it. */
export interface AnnouncedAction {
  readonly principal: Principal
  readonly method: string
  readonly path: string
  readonly payload: JsonValue | undefined
  /** Unix time in milliseconds. */
  readonly now: number
}

/**
 * Issues the challenge of an announced request: 32 random bytes and a commitment to the request.
 * Refuses as an unusable bearer does; a suspended caller of an outside issuer gets `account_deactivated`.
 */
export async function initiateAction(
  settings: ActionFlowSettings,
  action: AnnouncedAction,
): Promise<Result<IssuedChallenge, Refusal>> {
  const { principal, now } = action
  const { account, isBearerRevoked } = await settings.accounts.readSigner(principal)
  const caller = verifySigner(principal, account, isBearerRevoked)
  if (!caller.ok) return caller
  const credentials = account?.credentials ?? []
  // U1: at least 32 bytes of the CSPRNG in every challenge.
  const nonce = newSecret()
  const binding = { ...(await bindAction(action)), nonce }
  const challengeIdentifier = await issuePurposeToken(
    settings,
    'action-challenge',
    {
      sub: caller.value.user.id,
      epoch: caller.value.user.tokenEpoch,
      ...writeBinding(binding),
    },
    { now, lifetimeSeconds: settings.challengeSeconds },
  )
  return succeed({
    challenge: await challengeOf(nonce, binding),
    challengeIdentifier,
    keyIds: idsOf(credentials, 'Key'),
    passkeyIds: idsOf(credentials, 'Fido2'),
  })
}

/**
 * Exchanges a signed challenge for a user action. The challenge is consumed in the batch that asserts the signer
 * once more, so it is good for one token only.
 * Refuses with `challenge_invalid` (unknown, expired, used, another caller's) or `login_refused` (signature).
 */
export async function completeAction(
  settings: ActionFlowSettings,
  principal: Principal,
  answer: ChallengeAnswer,
  request: AnsweringRequest,
): Promise<Result<string, Refusal>> {
  const { now } = request
  const challenge = await verifyPurposeToken(
    settings,
    'action-challenge',
    answer.challengeIdentifier,
    now,
  )
  if (!challenge.ok) return challengeInvalid(challenge.failure)
  const { usedHash } = challenge.value
  const credentialId = withoutPadding(answer.assertion.credentialId)
  const proof = { usedHash, credentialId }
  const spent = await spendChallenge(
    settings.users,
    'action-challenge',
    challenge.value,
    request,
    async () => {
      const snapshot = await settings.users.readSnapshot({ principal, proof })
      // CPU only; everything that it needs was read in one round trip.
      return verifyAnswer(settings, principal, challenge.value, snapshot, answer)
    },
  )
  if (!spent.ok) return spent
  const { user, evidence } = spent.value
  const life = { now, lifetimeSeconds: settings.userActionSeconds }
  return succeed(await issueUserAction(settings, evidence, user.tokenEpoch, life))
}

/** Everything about an answer that needs no further reading: signer, binding, credential, signature. */
async function verifyAnswer(
  { relyingParty }: ActionFlowSettings,
  principal: Principal,
  challenge: PurposeToken,
  snapshot: Snapshot,
  answer: ChallengeAnswer,
): Promise<Result<ChallengeSigner & { readonly evidence: ChallengeEvidence }, Refusal>> {
  const caller = verifySigner(principal, snapshot.caller, snapshot.isBearerRevoked)
  if (!caller.ok) return caller
  const { user } = caller.value
  // The bearer may have been refreshed since the challenge; who it speaks for may not have changed (rule U2).
  const binding = readBinding(challenge.claims)
  if (!binding || binding.identity !== (await hashIdentity(principal))) {
    return challengeInvalid('another_caller')
  }
  if (challenge.subject !== user.id || challenge.claims['epoch'] !== user.tokenEpoch) {
    return challengeInvalid('before_suspension')
  }
  // Asked again by the batch; here it spares the verification of a signature.
  if (snapshot.isProofUsed) return challengeInvalid('used')
  const { credential } = snapshot
  if (
    !credential?.isActive ||
    // W1: the caller's own.
    credential.userId !== user.id ||
    // U1: only what the challenge offered may answer it.
    !wasOffered(credential, challenge) ||
    // A personal access token signs with its own key, and its owner never signs with that one.
    credential.accessTokenId !== keyHolderOf(principal)
  ) {
    return fail({ reason: 'login_refused', cause: 'credential_unknown' })
  }
  const issued = await challengeOf(binding.nonce, binding)
  const verified = await verifyAssertion(answer.assertion, credential, issued, relyingParty)
  if (!verified.ok) return fail({ reason: 'login_refused', cause: verified.failure })
  const { clientData, signature, authenticatorData } = verified.value
  const evidence = {
    credentialId: credential.credentialId,
    credentialKind: credential.kind,
    clientData,
    signature,
    ...(authenticatorData === undefined ? {} : { authenticatorData }),
    binding,
  }
  const { revocationKey } = principal
  return succeed({ user, credential, answer: verified.value, revocationKey, evidence })
}

/** Whoever may sign: anybody whose token is alive. */
function verifySigner(
  principal: Principal,
  caller: Caller | null,
  isBearerRevoked: boolean,
): Result<Caller, Refusal> {
  const alive = verifyCallerAlive(principal, caller, isBearerRevoked)
  // The vendor names this one case (FACTS 1.1.3: "login / action init by an inactive user").
  if (!alive.ok && alive.failure.reason === 'caller_inactive') {
    return fail({ reason: 'account_deactivated' })
  }
  return alive
}
