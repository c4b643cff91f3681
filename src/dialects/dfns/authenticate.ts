/**
 * Who may, by Dfns' rules: operations are compared to the letter, and every change needs a user action.
 */
import { grantByRole, type AccessRule } from '../../core/access.ts'
import { succeed } from '../../core/result.ts'
import type { SecurityScheme } from '../../http/openapi.ts'
import { CHANGE_REASONS, JWT_PRACTICE, USER_ACTION_SCHEME } from '../dialect.ts'

/** Name of the dialect, in organizations' settings, in the record and in paths of documents. */
export const NAME = 'dfns'

/** Security schemes under the contract's names. */
export const SECURITY_SCHEMES = {
  authenticationToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `Access token from \`POST /auth/login\`, the command line or a trusted issuer. ${JWT_PRACTICE}`,
  },
  userActionSignature: USER_ACTION_SCHEME,
  temporaryAuthenticationToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `Token from \`POST /auth/registration/init\`: good for completing that registration. ${JWT_PRACTICE}`,
  },
} as const satisfies Record<string, SecurityScheme>

/** Security of the second half of a registration. */
export const BY_REGISTRATION_TOKEN = [{ temporaryAuthenticationToken: [] }]

/** Security of operations that read. */
export const BY_TOKEN = [{ authenticationToken: [] }]

/** Security of operations that change. */
export const BY_TOKEN_AND_ACTION = [{ authenticationToken: [], userActionSignature: [] }]

/** Allows whoever holds the operation to read. */
export const mayRead = (operation: string): AccessRule => ({
  dialect: NAME,
  operation,
  isMutation: false,
  callers: 'employees',
  userAction: 'always',
  grant: grantByRole((held) => held === operation),
})

/** Allows whoever holds the operation, and proves to mean it, to change. */
export const mayChange = (operation: string): AccessRule => ({
  ...mayRead(operation),
  isMutation: true,
})

/** Allows whoever is alive to see to its own credentials; end users sign with theirs, too. */
export const OF_ITSELF: AccessRule = {
  ...mayChange('Auth:Credentials'),
  callers: 'anybody',
  grant: () => ({ by: 'itself' }),
}

/** Why a change of the caller's own can be refused: it needs no power. */
export const OWN_CHANGE_REASONS = CHANGE_REASONS.filter((reason) => reason !== 'permission_missing')

/** Lets anybody in: login is how one becomes somebody. */
export const anybody = () => Promise.resolve(succeed(null))
