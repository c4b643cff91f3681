/**
 * Decides a command on what was read, in the order of DESIGN section 4. Pure.
 */
import { authorizeCaller, type AccessRule, type AuthorizedCaller } from './access.ts'
import type { Change } from './change.ts'
import type { ClaimMark, IdempotencyClaim } from './idempotency.ts'
import type { Snapshot } from './ports.ts'
import type { Principal } from './principal.ts'
import type { Refusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { UserAction } from './user-action.ts'
import type { User } from './user.ts'

/** What a decision is made of besides what was read. */
export interface DecidedRequest {
  readonly principal: Principal
  readonly rule: AccessRule
  /** The user action as it was verified, or why it was not (rule U6: it then refuses); null where none came. */
  readonly proof: Result<UserAction, Refusal> | null
  /** The idempotency key that came along, good for this request alone (rule I4); null where none came. */
  readonly claim: IdempotencyClaim | null
  readonly targetId: string | null
  /** Whether it is the caller itself that is changed: its credentials are read too, and conditions are about it. */
  readonly isOfCaller: boolean
  /** The request's own condition on what is there (RFC 9110 section 13); null where it has none. */
  readonly precondition: ((target: User | null) => boolean) | null
  /** The verb's own rule; `target` is given where `targetId` is. */
  readonly decide: (caller: AuthorizedCaller, snapshot: Snapshot) => Result<Change, Refusal>
}

/** A change that its caller may make. */
export interface DecidedChange {
  readonly do: 'commit'
  readonly caller: AuthorizedCaller
  readonly proof: UserAction | null
  readonly change: Change
}

/** The same request was done before: its answer is given again, and nothing else happens. */
interface DecidedRepetition {
  readonly do: 'repeat'
  readonly scopeHash: string
  readonly mark: ClaimMark
}

/**
 * Decides a command: caller alive, kind, permission, proof, idempotency key, proof unused, target, condition, and the
 * verb's own rule. A repetition is decided after everything that says who may, so that no answer is shown to whom it
 * is no longer meant for (rule I9), and before everything that the first sending has changed (rule I11).
 */
export function decideCommand(
  request: DecidedRequest,
  snapshot: Snapshot,
): Result<DecidedChange | DecidedRepetition, Refusal> {
  const caller = authorizeCaller(request.principal, request.rule, snapshot)
  if (!caller.ok) return caller
  const proof = verifyProof(request, snapshot, caller.value)
  if (!proof.ok) return proof
  const { claim, targetId } = request
  if (claim && snapshot.claim) {
    const { scopeHash, fingerprint } = claim
    return snapshot.claim.fingerprint === fingerprint
      ? succeed({ do: 'repeat', scopeHash, mark: snapshot.claim })
      : fail({ reason: 'idempotency_key_reused' })
  }
  if (proof.value && snapshot.isProofUsed) return fail({ reason: 'user_action_used' })
  if (targetId !== null && snapshot.target === null) {
    const { organizationId } = request.principal
    return fail({ reason: 'user_not_found', userId: targetId, organizationId })
  }
  const changed = request.isOfCaller ? caller.value.user : snapshot.target
  if (request.precondition?.(changed) === false) {
    return fail({ reason: 'precondition_failed' })
  }
  const change = request.decide(caller.value, snapshot)
  return change.ok
    ? succeed({ do: 'commit', caller: caller.value, proof: proof.value, change: change.value })
    : change
}

/** What only the store knows of a user action: its signer's epoch, and its credential (rule W1). */
function verifyProof(
  { proof, rule }: DecidedRequest,
  { credential }: Snapshot,
  caller: AuthorizedCaller,
): Result<UserAction | null, Refusal> {
  if (proof === null) {
    return rule.userAction === 'always' || caller.organization.requireUserAction
      ? fail({ reason: 'user_action_invalid', cause: 'missing' })
      : succeed(null)
  }
  if (!proof.ok) return proof
  // A proof that names its bearer has died with it already.
  if (proof.value.epoch !== null && proof.value.epoch !== caller.user.tokenEpoch) {
    return fail({ reason: 'user_action_invalid', cause: 'before_suspension' })
  }
  if (!credential?.isActive || credential.userId !== caller.user.id) {
    return fail({ reason: 'user_action_invalid', cause: 'credential_inactive' })
  }
  return proof
}
