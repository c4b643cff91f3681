/**
 * The routes of the Timbu dialect, as the refusals kit and the tables of bad input ask for them.
 */
import type { AuthenticatedRoute, GuardedRoute } from '../../support/refusals.ts'
import { ALL_DFNS, ALL_RINNE } from '../../support/world.ts'
import { TIMBU_REFUSALS } from './answers.ts'

/** What a careless reader takes for the flag; no operation in any spelling makes a superuser. */
const NEAR_MISSES = [
  ...['*', '*.*', 'user.*', 'Auth:*', 'Auth:Users:*', 'timbu.*', ''],
  ...['superuser', 'Superuser', 'super_admin', 'super admin', 'is_superuser', 'isSuperuser'],
]

const EVERYTHING = [...ALL_DFNS, ...ALL_RINNE, ...NEAR_MISSES]

const INSUFFICIENT: GuardedRoute['insufficient'] = [
  ...EVERYTHING.map((one) => ({
    name: `an employee with the operation "${one}" alone`,
    given: { operations: [one] },
  })),
  { name: 'an employee with every operation at once', given: { operations: EVERYTHING } },
  {
    name: 'a service account with every operation at once',
    given: { operations: EVERYTHING, isServiceAccount: true },
  },
  {
    name: 'an employee whose metadata says that it is a superuser',
    given: { metadata: { is_superuser: true, isSuperuser: true } },
  },
]

/** The body of a change of state, with the address that users of tests have. */
export const writeChange = (userId: string, isActive: boolean) => ({
  email: `${userId}@example.test`,
  is_active: isActive,
})

const defineRoute = (
  route: Pick<GuardedRoute, 'name' | 'isChange' | 'target' | 'prepare'>,
): GuardedRoute => ({
  ...route,
  operation: 'superuser',
  powers: { isSuperuser: true },
  insufficient: INSUFFICIENT,
  expectations: TIMBU_REFUSALS,
})

/** A route that changes a user's state. */
export interface StateRoute extends GuardedRoute {
  /** What `is_active` is in its body, and what the user is afterwards. */
  readonly isActive: boolean
}

const defineStateRoute = (verb: string, isActive: boolean): StateRoute => ({
  ...defineRoute({
    name: `PUT /users/{user_id}/${verb}`,
    isChange: true,
    target: isActive ? { suspendedAt: 1 } : {},
    prepare: ({ targetId }) => ({
      method: 'PUT',
      path: `/users/${targetId}/${verb}`,
      body: writeChange(targetId, isActive),
    }),
  }),
  isActive,
})

/** The operation of the contract. */
export const ACTIVATE = defineStateRoute('activate', true)

/** The inverse, our extension. */
export const DEACTIVATE = defineStateRoute('deactivate', false)

/** A page of users. */
export const LIST = defineRoute({
  name: 'GET /organizations/{organization_id}/users',
  isChange: false,
  target: null,
  prepare: ({ actor }) => ({ method: 'GET', path: `/organizations/${actor.organizationId}/users` }),
})

/** The caller itself. */
export const ME: AuthenticatedRoute = {
  name: 'GET /users/me',
  powers: {},
  isChange: false,
  target: null,
  prepare: () => ({ method: 'GET', path: '/users/me' }),
  expectations: TIMBU_REFUSALS,
}
