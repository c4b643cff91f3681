/**
 * Who may, by Timbu's rules: one flag of the user decides, the superuser's, and an operator alone can set it.
 */
import type { AccessRule, Grant } from '../../core/access.ts'
import type { User } from '../../core/user.ts'
import type { SecurityScheme } from '../../http/openapi.ts'
import { byTokenAndSetting, JWT_PRACTICE, USER_ACTION_SCHEME } from '../dialect.ts'

/** Name of the dialect, in organizations' settings, in the record and in paths of documents. */
export const NAME = 'timbu'

/** Security schemes; the contract names none, the name is ours. */
export const SECURITY_SCHEMES = {
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `Access token from the command line, \`POST /auth/login\` or a trusted issuer. ${JWT_PRACTICE}`,
  },
  userActionSignature: USER_ACTION_SCHEME,
} as const satisfies Record<string, SecurityScheme>

/** Security of operations that read. */
export const BY_TOKEN = [{ accessToken: [] }]

/** Security of operations that change. */
export const BY_TOKEN_AND_SETTING = byTokenAndSetting('accessToken')

/** Allows superusers to read. */
export const MAY_READ: AccessRule = {
  dialect: NAME,
  operation: 'superuser',
  isMutation: false,
  callers: 'employees',
  userAction: 'by_setting',
  grant: (caller: User): Grant | null => (caller.isSuperuser ? { by: 'superuser' } : null),
}

/** Allows superusers to change. */
export const MAY_CHANGE: AccessRule = { ...MAY_READ, isMutation: true }

/** Allows whoever is alive to ask for itself. */
export const MAY_ASK_FOR_ITSELF: AccessRule = {
  ...MAY_READ,
  callers: 'anybody',
  grant: () => ({ by: 'itself' }),
}
