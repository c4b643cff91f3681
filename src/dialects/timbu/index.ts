/**
 * The Timbu dialect.
 */
import type { Dialect } from '../dialect.ts'
import { activateUser } from './activate-user.ts'
import { MAY_CHANGE, NAME, SECURITY_SCHEMES } from './authenticate.ts'
import { deactivateUser } from './deactivate-user.ts'
import { REFUSAL_FORM } from './failures.ts'
import { getCaller } from './get-caller.ts'
import { listUsers } from './list-users.ts'
import EXAMPLES from './examples.json' with { type: 'json' }

// In the order of the document: the operation of the contract first, then its neighbours (FACTS 1.2).
const OPERATIONS = [activateUser, deactivateUser, getCaller, listUsers]

/** The wire contract of Timbu's user management. */
export const timbu: Dialect = {
  name: NAME,
  title: 'Timbu',
  prefixes: ['/users', '/organizations'],
  form: REFUSAL_FORM,
  securitySchemes: SECURITY_SCHEMES,
  tags: {
    User: 'users by their ids, whom superusers switch on and off.',
    Organization: 'who belongs to an organization.',
  },
  power: MAY_CHANGE.operation,
  examples: EXAMPLES,
  createOperations: (services) => OPERATIONS.map((create) => create(services)),
}
