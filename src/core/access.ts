/**
 * Who may: the checks of the caller that come before anything else, in the order of DESIGN section 4.
 * Pure. Every dialect brings its own rule; nothing is translated between them.
 */
import type { Principal } from './principal.ts'
import type { CallerRefusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { Assignment, Organization, User } from './user.ts'

/** What allowed a caller an operation: asserted again when the change is committed (invariant 4). */
export type Grant =
  | { readonly by: 'assignment'; readonly assignment: Assignment }
  | { readonly by: 'superuser' }
  /** Nothing is asked for but to be alive: whoever asks for itself. */
  | { readonly by: 'itself' }

/** What one operation of one dialect demands of its caller. */
export interface AccessRule {
  /** Name of the dialect, which an organization can have off. */
  readonly dialect: string
  /** The operation as the dialect's refusals name it. */
  readonly operation: string
  /** Whether it changes anything: personal access tokens only read (DESIGN section 2). */
  readonly isMutation: boolean
  /** Which kinds of user may call it; end users manage nobody but ask for themselves. */
  readonly callers: 'employees' | 'anybody'
  /** Whether a user action is always asked for, or only where the organization's setting says so. */
  readonly userAction: 'always' | 'by_setting'
  readonly grant: (caller: User) => Grant | null
}

/** Grants by the first of the caller's assignments whose role holds an operation that is enough. */
export const grantByRole =
  (isEnough: (operation: string) => boolean): AccessRule['grant'] =>
  (caller) => {
    const assignment = caller.assignments.find(({ role }) => role.operations.some(isEnough))
    return assignment ? { by: 'assignment', assignment } : null
  }

/** The caller as the store knows it. */
export interface Caller {
  readonly user: User
  readonly organization: Organization
}

/** A caller that may. */
export interface AuthorizedCaller extends Caller {
  readonly grant: Grant
}

/**
 * Tells whether the bearer still speaks for a living user: found, of the token's organization, not archived, active,
 * of the same epoch, not logged out.
 *
 * @see RULES T13, DESIGN invariant 5
 */
export function verifyCallerAlive(
  principal: Principal,
  caller: Caller | null,
  isBearerRevoked: boolean,
): Result<Caller, CallerRefusal> {
  if (!caller || caller.user.organizationId !== principal.organizationId) {
    return fail({ reason: 'caller_unknown' })
  }
  const { user } = caller
  if (isBearerRevoked) return fail({ reason: 'token_invalid', cause: 'revoked' })
  if (user.archivedAt !== null) return fail({ reason: 'caller_unknown' })
  if (!isFresh(principal, user))
    return fail({ reason: 'token_invalid', cause: 'before_suspension' })
  if (user.suspendedAt !== null) return fail({ reason: 'caller_inactive' })
  return succeed(caller)
}

function isFresh({ freshness }: Principal, user: User): boolean {
  if (freshness.by === 'epoch') return freshness.epoch === user.tokenEpoch
  if (user.tokensValidAfterAt === null) return true
  // An outside issuer's clock may run ahead of ours by the skew, so a token dated up to it may be older than it says.
  return (freshness.iatSeconds - freshness.skewSeconds) * 1000 > user.tokensValidAfterAt
}

/**
 * Tells whether a living caller may use an operation: dialect on, kind, permission.
 */
export function authorize(
  principal: Principal,
  caller: Caller,
  rule: AccessRule,
): Result<AuthorizedCaller, CallerRefusal> {
  const { user, organization } = caller
  if (!organization.dialects.includes(rule.dialect)) {
    return fail({ reason: 'dialect_off', dialect: rule.dialect })
  }
  const evidence = { kind: user.kind, userId: user.id, operation: rule.operation }
  const isToken = principal.tokenKind === 'personal_access_token'
  if (rule.isMutation && isToken) return fail({ reason: 'kind_refused', ...evidence })
  if (rule.callers === 'employees' && user.kind !== 'CustomerEmployee') {
    return fail({ reason: 'kind_refused', ...evidence })
  }
  const grant = rule.grant(user)
  return grant ? succeed({ ...caller, grant }) : fail({ reason: 'permission_missing', ...evidence })
}

/** Tells whether the bearer speaks for a living user who may use an operation: both checks, on what was read of it. */
export function authorizeCaller(
  principal: Principal,
  rule: AccessRule,
  read: { readonly caller: Caller | null; readonly isBearerRevoked: boolean },
): Result<AuthorizedCaller, CallerRefusal> {
  const alive = verifyCallerAlive(principal, read.caller, read.isBearerRevoked)
  return alive.ok ? authorize(principal, alive.value, rule) : alive
}
