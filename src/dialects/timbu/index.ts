/**
 * The Timbu dialect.
 */
import type { Dialect } from '../dialect.ts'
import { activateUser } from './activate-user.ts'
import { NAME, SECURITY_SCHEMES } from './authenticate.ts'
import { deactivateUser } from './deactivate-user.ts'
import { REFUSAL_FORM } from './failures.ts'
import { getCaller } from './get-caller.ts'
import { listUsers } from './list-users.ts'

// In the order of the document: the operation of the contract first, then its neighbours (FACTS 1.2).
const OPERATIONS = [activateUser, deactivateUser, getCaller, listUsers]

/** The wire contract of Timbu's user management. */
export const timbu: Dialect = {
  name: NAME,
  title: 'Timbu',
  prefixes: ['/users', '/organizations'],
  form: REFUSAL_FORM,
  securitySchemes: SECURITY_SCHEMES,
  createOperations: (services) => OPERATIONS.map((create) => create(services)),
}
