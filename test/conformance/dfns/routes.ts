/**
 * The guarded routes of the Dfns dialect, as the refusals kit and the tables of bad input ask for them.
 */
import { newId } from '../../../src/auth/random.ts'
import type { GuardedRoute, PreparedRequest } from '../../support/refusals.ts'
import { ALL_DFNS } from '../../support/world.ts'
import { DFNS_REFUSALS } from './answers.ts'

/** Spellings that other dialects, or careless readers, take for the operation. */
const NEAR_MISSES = ['user.edit', 'user.*', '*.*', '*', 'Auth:Users:*', 'Auth:*']

const defineRoute = (
  name: string,
  verb: string,
  isChange: boolean,
  target: GuardedRoute['target'],
  prepare: (targetId: string) => PreparedRequest,
): GuardedRoute => {
  const operation = `Auth:Users:${verb}`
  const wrong = [
    ...ALL_DFNS.filter((one) => one !== operation),
    ...NEAR_MISSES,
    operation.toLowerCase(),
    ` ${operation}`,
  ]
  return {
    name,
    operation,
    powers: { operations: [operation] },
    insufficient: [
      ...wrong.map((one) => ({
        name: `an employee with the operation "${one}" alone`,
        given: { operations: [one] },
      })),
      { name: 'a superuser without a role', given: { isSuperuser: true } },
    ],
    isChange,
    target,
    prepare: ({ targetId }) => prepare(targetId),
    expectations: DFNS_REFUSALS,
  }
}

/** The operation of the contract. */
export const ACTIVATE = defineRoute(
  'PUT /auth/users/{userId}/activate',
  'Activate',
  true,
  { suspendedAt: 1 },
  (targetId) => ({ method: 'PUT', path: `/auth/users/${targetId}/activate` }),
)

/** The inverse. */
export const DEACTIVATE = defineRoute(
  'PUT /auth/users/{userId}/deactivate',
  'Deactivate',
  true,
  {},
  (targetId) => ({ method: 'PUT', path: `/auth/users/${targetId}/deactivate` }),
)

/** The end of a user. */
export const ARCHIVE = defineRoute(
  'DELETE /auth/users/{userId}',
  'Delete',
  true,
  {},
  (targetId) => ({ method: 'DELETE', path: `/auth/users/${targetId}` }),
)

/** Whether SSO is required. */
export const UPDATE = defineRoute('PUT /auth/users/{userId}', 'Update', true, {}, (targetId) => ({
  method: 'PUT',
  path: `/auth/users/${targetId}`,
  body: { isSSORequired: true },
}))

/** A new employee, of another name at each call. */
export const CREATE = defineRoute('POST /auth/users', 'Create', true, null, () => ({
  method: 'POST',
  path: '/auth/users',
  body: { email: `${newId('user')}@example.test`, kind: 'CustomerEmployee' },
}))

/** One user. */
export const GET = defineRoute('GET /auth/users/{userId}', 'Read', false, {}, (targetId) => ({
  method: 'GET',
  path: `/auth/users/${targetId}`,
}))

/** A page of users. */
export const LIST = defineRoute('GET /auth/users', 'Read', false, null, () => ({
  method: 'GET',
  path: '/auth/users',
}))
