/**
 * The three powers to activate, which an organization may not lose by accident (invariant 6). Pure.
 * `roles` keeps the first two as computed columns, so that SQL asks the same question inside the batch.
 */
import { operationsOf, type User } from './user.ts'

/** A way of being allowed to activate users. */
export const POWERS = ['dfns_operation', 'rinne_permission', 'superuser'] as const

/** One of the three powers to activate. */
export type Power = (typeof POWERS)[number]

/** The Dfns operation that activates. */
export const DFNS_ACTIVATE_OPERATION = 'Auth:Users:Activate'

const RINNE_EDIT_SPELLINGS = ['user.edit', 'user.*', '*.*']

/** Lists the powers that a user holds, whatever its state. */
export function powersOf(user: Pick<User, 'assignments' | 'isSuperuser'>): readonly Power[] {
  const operations = new Set(operationsOf(user))
  const held: Power[] = []
  if (operations.has(DFNS_ACTIVATE_OPERATION)) held.push('dfns_operation')
  if (RINNE_EDIT_SPELLINGS.some((spelling) => operations.has(spelling)))
    held.push('rinne_permission')
  if (user.isSuperuser) held.push('superuser')
  return held
}

/** Tells whether a user counts as an employee who can use its powers: active, a person, on the staff. */
export const isActiveEmployee = (
  user: Pick<User, 'kind' | 'isServiceAccount' | 'suspendedAt' | 'archivedAt'>,
): boolean =>
  user.kind === 'CustomerEmployee' &&
  !user.isServiceAccount &&
  user.suspendedAt === null &&
  user.archivedAt === null
