/**
 * What flows commit that serve one user by itself, without command or target: what must still hold, and the row for the
 * record. Draws the event's id; reads no clock.
 */
import type { Action, AuditEvent } from '../core/change.ts'
import type { Guards } from '../core/ports.ts'
import type { User } from '../core/user.ts'
import { newId } from './random.ts'

/** The request behind a commit, as far as the record names it. */
export interface AnsweringRequest {
  /** Unix time in milliseconds. */
  readonly now: number
  readonly requestId: string
  readonly clientRequestId: string | null
}

/** Guards of a decision that leans on the user, perhaps on its bearer and its credential, and on nobody's powers. */
export const guardsOfUser = (
  user: User,
  given: Partial<Pick<Guards, 'revocationKey' | 'credentialId' | 'signCount'>> = {},
): Guards => ({
  caller: user,
  needsSuperuser: false,
  revocationKey: null,
  assignments: [],
  roles: [],
  credentialId: null,
  signCount: null,
  target: null,
  sharedPowers: [],
  ...given,
})

/**
 * Writes the event of something that a user did to itself, and that led to no other state.
 *
 * @param at - Unix time in milliseconds.
 */
export const eventOfUser = (
  user: User,
  action: Action,
  at: number,
  { requestId, clientRequestId }: AnsweringRequest,
  evidence: AuditEvent['evidence'],
): AuditEvent => ({
  id: newId('auditEvent'),
  at,
  organizationId: user.organizationId,
  actorId: user.id,
  targetId: user.id,
  action,
  fromState: null,
  toState: null,
  // Logins and registrations are of this dialect alone.
  dialect: 'dfns',
  requestId,
  evidence: { ...(clientRequestId ? { clientRequestId } : {}), ...evidence },
})
