/**
 * Writes down what a decided change commits: what must still hold, what is spent, what goes on record. Pure.
 */
import type { AccessRule, AuthorizedCaller } from './access.ts'
import { grantedBy, isEffective, statesOf, type AuditEvent, type Change } from './change.ts'
import type { DecidedChange } from './command-decision.ts'
import type { IdempotencyClaim, KeptAnswer } from './idempotency.ts'
import { isActiveEmployee, powersOf } from './powers.ts'
import type { Commit, Consumption, Snapshot } from './ports.ts'
import type { Principal } from './principal.ts'
import type { User } from './user.ts'

/** What a commit says of the request that it is made for. */
export interface CommittedRequest {
  readonly principal: Principal
  readonly rule: AccessRule
  readonly claim: IdempotencyClaim | null
  /** Why it is done, in the client's words; null where it says nothing. */
  readonly statedReason: string | null
  /** A challenge that is spent with the change (rule U1), besides the user action; null where there is none. */
  readonly challenge: Consumption | null
  /** Unix time in milliseconds, taken once. */
  readonly now: number
  readonly requestId: string
  readonly clientRequestId: string | null
  /** Writes the answer before the change is committed, for it is committed with it (rule I6). */
  readonly answer: (user: User) => KeptAnswer
}

/**
 * Makes the one batch of a change. An answer "nothing to change" is a batch too: it spends the user action (rule U3),
 * keeps the answer and asserts the caller once more; update and event alone are missing (invariant 2).
 */
export function commitOf(
  request: CommittedRequest,
  snapshot: Snapshot,
  decision: DecidedChange,
  answer: KeptAnswer,
  id: string,
): Commit {
  const { change, proof } = decision
  return {
    id,
    claim: request.claim && { ...request.claim, ...answer, now: request.now },
    guards: guardsOf(request, snapshot, decision),
    consumption: proof,
    challenge: request.challenge,
    change: isEffective(change) ? change : null,
    event: isEffective(change) ? eventOf(request, decision, id) : null,
  }
}

/** Everything that the decision was read from, to be asserted again where the change is written (invariant 4). */
function guardsOf(
  request: CommittedRequest,
  snapshot: Snapshot,
  { caller, proof, change }: DecidedChange,
): Commit['guards'] {
  return {
    caller: caller.user,
    needsSuperuser: caller.grant.by === 'superuser',
    revocationKey: request.principal.revocationKey,
    assignments: assignmentsBehind(caller, change),
    roles: grantedBy(change).map(({ id, version }) => ({ id, version })),
    credentialId: proof ? (snapshot.credential?.id ?? null) : null,
    signCount: null,
    target: snapshot.target,
    sharedPowers: losesPowers(change) ? powersOf(change.before) : [],
  }
}

/** A new user's roles were held against everything that the caller holds; otherwise one assignment allowed it. */
function assignmentsBehind(
  { grant, user }: AuthorizedCaller,
  change: Change,
): Commit['guards']['assignments'] {
  const allowing = grant.by === 'assignment' ? [grant.assignment] : []
  return (grantedBy(change).length > 0 ? user.assignments : allowing).map(({ id, role }) => ({
    id,
    roleVersion: role.version,
  }))
}

/** Whoever is inactive already, or no employee, takes no power along (invariant 6). */
const losesPowers = (change: Change): change is Change & { readonly before: User } =>
  change.before !== null && isActiveEmployee(change.before) && !isActiveEmployee(change.after)

/** The row for the record. Ids and evidence only: a person can be erased without breaking it (invariant 7). */
function eventOf(
  request: CommittedRequest,
  { caller, proof, change }: DecidedChange,
  id: string,
): AuditEvent {
  const roleIds = grantedBy(change).map((role) => role.id)
  const { clientRequestId, statedReason } = request
  return {
    id,
    at: change.after.updatedAt,
    organizationId: change.after.organizationId,
    actorId: caller.user.id,
    targetId: change.after.id,
    action: change.action,
    ...statesOf(change),
    dialect: request.rule.dialect,
    requestId: request.requestId,
    evidence: {
      ...(clientRequestId ? { clientRequestId } : {}),
      ...(statedReason ? { reason: statedReason } : {}),
      ...(proof ? { userAction: proof.evidence } : {}),
      ...(roleIds.length > 0 ? { roleIds } : {}),
      ...keyEvidenceOf(change),
    },
  }
}

/** Names the key that a change is about: by its own hash where it is new, so that no other can be put in its place. */
export function keyEvidenceOf({ credential, switched }: Change): Record<string, unknown> {
  if (switched) return { credential: { id: switched.credentialId } }
  if (!credential) return {}
  const { id, kind, credentialId, publicKeyHash } = credential
  return { credential: { id, kind, credentialId, publicKeyHash } }
}
