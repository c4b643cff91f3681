/**
 * The way of every change: read, decide, commit, and again if what was read no longer held. No I/O of its own, no
 * clock: it goes through the ports, and `now` is one per request (rule T12).
 */
import { authorizeCaller, type AccessRule, type AuthorizedCaller } from './access.ts'
import { grantedBy, isEffective, statesOf, type AuditEvent, type Change } from './change.ts'
import { isActiveEmployee, powersOf } from './powers.ts'
import type { Commit, Snapshot, SnapshotQuery, UserStore } from './ports.ts'
import type { Principal } from './principal.ts'
import type { Refusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { UserAction } from './user-action.ts'
import type { User } from './user.ts'

/** How often a request that lost a race reads and decides anew. */
export const MAX_ATTEMPTS = 10

/** A request that would change something. */
export interface Command {
  readonly principal: Principal
  readonly rule: AccessRule
  /** The user action as it was verified, or why it was not; null where none came. */
  readonly proof: Result<UserAction, Refusal> | null
  /** Unix time in milliseconds, taken once. */
  readonly now: number
  readonly requestId: string
  readonly clientRequestId: string | null
  readonly targetId: string | null
  readonly names: SnapshotQuery['names']
  readonly roleNames: SnapshotQuery['roleNames']
  /** The verb's own rule; `target` is given where `targetId` is. */
  readonly decide: (caller: AuthorizedCaller, snapshot: Snapshot) => Result<Change, Refusal>
}

/** Runs commands on a store, and answers with the user as it is afterwards. */
export type CommandRunner = (command: Command) => Promise<Result<User, Refusal>>

/**
 * Makes the runner. Refuses with whatever the decision refuses with, `user_action_used` or `last_holder` where the
 * batch found out, and `unavailable` after `MAX_ATTEMPTS` lost races.
 *
 * @param outside.pause - waits a moment, longer with every attempt and never the same for two requests.
 * @param outside.newEventId - makes ids of audit events.
 */
export function createCommandRunner(outside: {
  readonly store: UserStore
  readonly newEventId: () => string
  readonly pause: (attempt: number) => Promise<void>
}): CommandRunner {
  return async (command) => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      // What was read before no longer held: somebody else was faster, and this reading sees what they did.
      if (attempt > 1) await outside.pause(attempt - 1)
      // Everything that the decision needs, in one round trip.
      const snapshot = await outside.store.readSnapshot(queryOf(command))
      const decision = decideCommand(command, snapshot)
      if (!decision.ok) return decision
      const { caller, proof, change } = decision.value
      // An answer "nothing to change" is a batch too: it spends the user action and asserts the caller once more.
      const outcome = await outside.store.commit({
        guards: guardsOf(command, snapshot, caller, change),
        consumption: proof,
        change: isEffective(change) ? change : null,
        event: isEffective(change)
          ? eventOf(command, caller.user, proof, change, outside.newEventId())
          : null,
      })
      if (outcome === 'committed') return succeed(change.after)
      if (outcome === 'proof_used') return fail({ reason: 'user_action_used' })
      if (outcome === 'last_holder') return fail({ reason: 'last_holder' })
    }
    return fail({ reason: 'unavailable', cause: 'contention' })
  }
}

const queryOf = (command: Command): SnapshotQuery => ({
  principal: command.principal,
  proof: command.proof?.ok
    ? {
        usedHash: command.proof.value.usedHash,
        credentialId: command.proof.value.evidence.credentialId,
      }
    : null,
  targetId: command.targetId,
  names: command.names,
  roleNames: command.roleNames,
})

/** The order of DESIGN section 4: caller alive, kind, permission, proof, proof unused, target, the verb's own rule. */
function decideCommand(
  command: Command,
  snapshot: Snapshot,
): Result<{ caller: AuthorizedCaller; proof: UserAction | null; change: Change }, Refusal> {
  const caller = authorizeCaller(command.principal, command.rule, snapshot)
  if (!caller.ok) return caller
  const proof = verifyProof(command, snapshot, caller.value)
  if (!proof.ok) return proof
  if (command.targetId !== null && snapshot.target === null) {
    const organizationId = command.principal.organizationId
    return fail({ reason: 'user_not_found', userId: command.targetId, organizationId })
  }
  const change = command.decide(caller.value, snapshot)
  return change.ok
    ? succeed({ caller: caller.value, proof: proof.value, change: change.value })
    : change
}

/** What only the store knows of a user action: its signer's epoch, its credential, whether it was used. */
function verifyProof(
  { proof, rule }: Command,
  snapshot: Snapshot,
  caller: AuthorizedCaller,
): Result<UserAction | null, Refusal> {
  if (proof === null) {
    return rule.userAction === 'always' || caller.organization.requireUserAction
      ? fail({ reason: 'user_action_invalid', cause: 'missing' })
      : succeed(null)
  }
  if (!proof.ok) return proof
  const { credential } = snapshot
  if (proof.value.epoch !== caller.user.tokenEpoch) {
    return fail({ reason: 'user_action_invalid', cause: 'before_suspension' })
  }
  if (!credential?.isActive || credential.userId !== caller.user.id) {
    return fail({ reason: 'user_action_invalid', cause: 'credential_inactive' })
  }
  return snapshot.isProofUsed ? fail({ reason: 'user_action_used' }) : proof
}

/** Everything that the decision was read from, to be asserted again where the change is written (invariant 4). */
function guardsOf(
  command: Command,
  snapshot: Snapshot,
  caller: AuthorizedCaller,
  change: Change,
): Commit['guards'] {
  const { grant, user } = caller
  // A new user's roles were held against everything that the caller holds; otherwise one assignment allowed it.
  const granted = grantedBy(change)
  const allowing = grant.by === 'assignment' ? [grant.assignment] : []
  // Whoever is inactive already, or no employee, takes no power along (invariant 6).
  const losesPowers =
    change.before !== null && isActiveEmployee(change.before) && !isActiveEmployee(change.after)
  return {
    caller: user,
    needsSuperuser: grant.by === 'superuser',
    revocationKey: command.principal.revocationKey,
    assignments: (granted.length > 0 ? user.assignments : allowing).map(({ id, role }) => ({
      id,
      roleVersion: role.version,
    })),
    roles: granted.map(({ id, version }) => ({ id, version })),
    credentialId: command.proof?.ok ? (snapshot.credential?.id ?? null) : null,
    target: snapshot.target,
    sharedPowers: losesPowers ? powersOf(change.before) : [],
  }
}

/** The row for the record. Ids and evidence only: a person can be erased without breaking it (invariant 7). */
function eventOf(
  command: Command,
  actor: User,
  proof: UserAction | null,
  change: Change,
  id: string,
): AuditEvent {
  const roleIds = grantedBy(change).map((role) => role.id)
  return {
    id,
    at: change.after.updatedAt,
    organizationId: change.after.organizationId,
    actorId: actor.id,
    targetId: change.after.id,
    action: change.action,
    ...statesOf(change),
    dialect: command.rule.dialect,
    requestId: command.requestId,
    evidence: {
      ...(command.clientRequestId ? { clientRequestId: command.clientRequestId } : {}),
      ...(proof ? { userAction: proof.evidence } : {}),
      ...(roleIds.length > 0 ? { roleIds } : {}),
    },
  }
}
