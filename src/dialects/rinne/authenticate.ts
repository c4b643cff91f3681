/**
 * Who may, by Rinne's rules: permissions with wildcards. An API key alone is nobody: the routes here take a bearer.
 */
import { grantByRole, type AccessRule } from '../../core/access.ts'
import type { User } from '../../core/user.ts'
import type { SecurityScheme } from '../../http/openapi.ts'
import { byTokenAndSetting, JWT_PRACTICE, USER_ACTION_SCHEME } from '../dialect.ts'
import { covers } from './permission.ts'

/** Name of the dialect, in organizations' settings, in the record and in paths of documents. */
export const NAME = 'rinne'

/** Security schemes under the contract's names. */
export const SECURITY_SCHEMES = {
  BearerAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `Access token from the command line, \`POST /auth/login\` or a trusted issuer. ${JWT_PRACTICE}`,
  },
  userActionSignature: USER_ACTION_SCHEME,
} as const satisfies Record<string, SecurityScheme>

/** Security of operations that read. */
export const BY_TOKEN = [{ BearerAuth: [] }]

/** Security of operations that change. */
export const BY_TOKEN_AND_SETTING = byTokenAndSetting('BearerAuth')

const grantOf = (operation: string) => grantByRole((held) => covers(held, operation))

/** Allows whoever holds the permission to read. */
export const mayRead = (operation: string): AccessRule => ({
  dialect: NAME,
  operation,
  isMutation: false,
  callers: 'employees',
  userAction: 'by_setting',
  grant: grantOf(operation),
})

/** Allows whoever holds the permission to change. */
export const mayChange = (operation: string): AccessRule => ({
  ...mayRead(operation),
  isMutation: true,
})

/** Allows whoever is alive to ask for itself. */
export const MAY_ASK_FOR_ITSELF: AccessRule = {
  ...mayRead('auth.me'),
  callers: 'anybody',
  grant: () => ({ by: 'itself' }),
}

/** Tells whether a user holds an operation, by name or by wildcard. */
export const holds = (user: User, operation: string): boolean => grantOf(operation)(user) !== null
