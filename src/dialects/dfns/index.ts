/**
 * The Dfns dialect.
 */
import type { Dialect } from '../dialect.ts'
import { activateUser } from './activate-user.ts'
import { archiveUser } from './archive-user.ts'
import { NAME, SECURITY_SCHEMES } from './authenticate.ts'
import { createCredential, initiateCredential } from './create-credential.ts'
import { createUser } from './create-user.ts'
import { deactivateUser } from './deactivate-user.ts'
import { REFUSAL_FORM } from './failures.ts'
import { getUser } from './get-user.ts'
import { listCredentials } from './list-credentials.ts'
import { listUsers } from './list-users.ts'
import { completeUserLogin, initiateUserLogin } from './login.ts'
import { logout } from './logout.ts'
import { completeUserRegistration, initiateUserRegistration } from './register.ts'
import { completeUserAction, initiateUserAction } from './sign-action.ts'
import { activateCredential, deactivateCredential } from './switch-credential.ts'
import { updateUser } from './update-user.ts'
import EXAMPLES from './examples.json' with { type: 'json' }

// In the order of the document: the operation of the contract first, then its neighbours (FACTS 1.1.2).
const OPERATIONS = [
  activateUser,
  deactivateUser,
  listUsers,
  createUser,
  getUser,
  updateUser,
  archiveUser,
  initiateUserLogin,
  completeUserLogin,
  logout,
  initiateUserAction,
  completeUserAction,
  initiateUserRegistration,
  completeUserRegistration,
  listCredentials,
  initiateCredential,
  createCredential,
  activateCredential,
  deactivateCredential,
]

/** The wire contract of Dfns' user management. */
export const dfns: Dialect = {
  name: NAME,
  title: 'Dfns',
  prefixes: ['/auth'],
  form: REFUSAL_FORM,
  securitySchemes: SECURITY_SCHEMES,
  tags: {
    Auth: 'users of the organization, whom those manage who hold the operations.',
    Login: 'access tokens, by a challenge that a credential signs.',
    'User action signing': 'the proof that every change needs, for one request each.',
    Registration:
      'the first credential of a new user, by the code that its administrator was told.',
    Credentials: 'what the caller itself logs in and signs with.',
  },
  power: 'Auth:Users:Activate',
  examples: EXAMPLES,
  createOperations: (services) => OPERATIONS.map((create) => create(services)),
}
