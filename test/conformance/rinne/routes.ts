/**
 * The routes of the Rinne dialect, as the refusals kit and the tables of bad input ask for them.
 */
import { newId } from '../../../src/auth/random.ts'
import type { AuthenticatedRoute, GuardedRoute, PreparedRequest } from '../../support/refusals.ts'
import { ALL_DFNS, ALL_RINNE } from '../../support/world.ts'
import { RINNE_REFUSALS } from './answers.ts'

/** Spellings that a careless reader takes for the permission, or for a wildcard over it. */
const nearMissesOf = (operation: string): readonly string[] => {
  const [resource = '', action = ''] = operation.split('.')
  const capital = operation.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
  const cut = operation.slice(0, -1)
  const wildcards = [`${resource}s.*`, `${operation}.*`, `*.${action}`, 'merchant.*', '*']
  return [...wildcards, resource, cut, capital, ` ${operation}`]
}

/** Makes a route of its name, which says method and path. */
const defineRoute = (
  name: string,
  operation: string,
  target: GuardedRoute['target'],
): GuardedRoute => {
  const [method, template] = name.split(' ') as [PreparedRequest['method'], string]
  const wrong = [...ALL_RINNE.filter((one) => one !== operation), ...nearMissesOf(operation)]
  return {
    name,
    operation,
    powers: { operations: [operation] },
    insufficient: [
      ...wrong.map((one) => ({
        name: `an employee with "${one}" alone`,
        given: { operations: [one] },
      })),
      { name: 'an employee with every Dfns operation', given: { operations: ALL_DFNS } },
      { name: 'a superuser without a role', given: { isSuperuser: true } },
    ],
    isChange: method !== 'GET',
    target,
    prepare: ({ targetId }) => ({ method, path: template.replace('{userId}', targetId) }),
    expectations: RINNE_REFUSALS,
  }
}

const SUSPENDED = { suspendedAt: 1 }

/** The operation of the contract. */
export const ACTIVATE = defineRoute('POST /v1/users/{userId}/activate', 'user.edit', SUSPENDED)

/** The same under the path that the vendor's base URL ends in. */
export const ACTIVATE_UNDER_CORE = defineRoute(
  'POST /core/v1/users/{userId}/activate',
  'user.edit',
  SUSPENDED,
)

/** The inverse. */
export const SUSPEND = defineRoute('POST /v1/users/{userId}/suspend', 'user.edit', {})

/** A new employee, of another name at each call. */
export const CREATE: GuardedRoute = {
  ...defineRoute('POST /v1/users', 'user.create', null),
  success: 201,
  prepare: () => {
    const identifiers = [{ type: 'email', value: `${newId('user')}@example.test` }]
    const body = { identifiers, first_name: 'Ada', last_name: 'Lovelace' }
    return { method: 'POST', path: '/v1/users', body }
  },
}

/** One user. */
export const GET = defineRoute('GET /v1/users/{userId}', 'user.read', {})

/** A page of users. */
export const LIST = defineRoute('GET /v1/users', 'user.read', null)

/** A page of roles. */
export const LIST_ROLES = defineRoute('GET /v1/roles', 'role.read', null)

/** The caller itself, which needs no permission. */
export const ME: AuthenticatedRoute = { ...defineRoute('GET /v1/auth/me', '', null), powers: {} }

/** All of them, each once. */
export const ROUTES: readonly AuthenticatedRoute[] = [
  ...[ACTIVATE, SUSPEND, LIST, CREATE, GET, LIST_ROLES],
  ME,
]
