/**
 * The Rinne dialect.
 */
import type { Dialect } from '../dialect.ts'
import { activateUser } from './activate-user.ts'
import { NAME, SECURITY_SCHEMES } from './authenticate.ts'
import { createUser } from './create-user.ts'
import { deactivateUser } from './deactivate-user.ts'
import { BASE_PATH, REFUSAL_FORM } from './failures.ts'
import { getCaller } from './get-caller.ts'
import { getUser } from './get-user.ts'
import { listRoles } from './list-roles.ts'
import { listUsers } from './list-users.ts'
import EXAMPLES from './examples.json' with { type: 'json' }

// In the order of the document: the operation of the contract first, then its neighbours (FACTS 1.3).
const OPERATIONS = [
  activateUser,
  deactivateUser,
  listUsers,
  createUser,
  getUser,
  listRoles,
  getCaller,
]

/** The wire contract of Rinne's user management. The vendor's base URL ends in `/core`; paths do without, too. */
export const rinne: Dialect = {
  name: NAME,
  title: 'Rinne',
  prefixes: ['/v1', BASE_PATH],
  basePaths: [BASE_PATH, ''],
  form: REFUSAL_FORM,
  securitySchemes: SECURITY_SCHEMES,
  tags: {
    Users: 'users of the organization, whom those manage who hold the permissions.',
    Roles: 'what a new user can be granted.',
    Authentication: 'who the caller is, and what it may.',
  },
  power: 'user.edit',
  examples: EXAMPLES,
  createOperations: (services) => OPERATIONS.map((create) => create(services)),
}
