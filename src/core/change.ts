/**
 * What a decision does to the store, and what the audit record says of it. Types and their makers; pure.
 */
import type { Credential, Role, User, UserState } from './user.ts'
import { stateOf } from './user.ts'

/** The verbs that change a user, or its credentials. */
export type Action =
  | 'activate'
  | 'deactivate'
  | 'archive'
  | 'create'
  | 'update'
  | 'register'
  | 'register_credential'
  | 'activate_credential'
  | 'deactivate_credential'
  | 'refuse_counter'

/** A key that comes into the store. */
export interface NewCredential extends Credential {
  /** Hex SHA-256 of the SubjectPublicKeyInfo (rule K4). */
  readonly publicKeyHash: string
}

/** A user before and after; the same object twice where there is nothing to change. */
export interface Change {
  readonly action: Action
  /** Null for a user that does not exist yet. */
  readonly before: User | null
  readonly after: User
  /** A key that the user gets. */
  readonly credential: NewCredential | null
  /** A key of the user that is switched on or off, and when: the other time is null. Absent where none is. */
  readonly switched?: {
    readonly credentialId: string
    readonly activatedAt: number | null
    readonly deactivatedAt: number | null
  }
}

/** One row of the record. */
export interface AuditEvent {
  readonly id: string
  /** Unix milliseconds. */
  readonly at: number
  readonly organizationId: string
  readonly actorId: string
  readonly targetId: string
  readonly action: Action
  /** Both null where the state did not change (DESIGN section 2, Transition). */
  readonly fromState: UserState | null
  readonly toState: UserState | null
  readonly dialect: string
  readonly requestId: string
  readonly evidence: Readonly<Record<string, unknown>>
}

/** Says that there is nothing to change: the answer is the user as it is. */
export const keepUser = (action: Action, user: User): Change => ({
  action,
  before: user,
  after: user,
  credential: null,
})

/**
 * Changes some members of a user, and with them its version and its time.
 *
 * @param now - Unix time in milliseconds.
 */
export const changeUser = (
  action: Action,
  before: User,
  members: Partial<User>,
  now: number,
): Change => ({
  action,
  before,
  // Times never run backwards in the store, whatever the clock of an edge says.
  after: {
    ...before,
    ...members,
    version: before.version + 1,
    updatedAt: Math.max(now, before.updatedAt),
  },
  credential: null,
})

/** Tells whether a change writes anything. */
export const isEffective = (change: Change): boolean => change.before !== change.after

/** Lists the roles that a change gives away: a new user's; nobody else is given any. */
export const grantedBy = ({ before, after }: Change): readonly Role[] =>
  before === null ? after.assignments.map(({ role }) => role) : []

/** Spells the states that a change leads from and to; null twice where it leads nowhere else. */
export function statesOf(change: Change): Pick<AuditEvent, 'fromState' | 'toState'> {
  const fromState = change.before && stateOf(change.before)
  const toState = stateOf(change.after)
  return fromState === toState ? { fromState: null, toState: null } : { fromState, toState }
}
