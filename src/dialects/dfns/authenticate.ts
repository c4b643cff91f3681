/**
 * Who may, by Dfns' rules: operations are compared to the letter, and every change needs a user action.
 */
import type { AccessRule, Grant } from '../../core/access.ts'
import type { Reason } from '../../core/refusal.ts'
import { succeed } from '../../core/result.ts'
import type { User } from '../../core/user.ts'
import type { SecurityScheme } from '../dialect.ts'

/** Security schemes under the contract's names. */
export const SECURITY_SCHEMES = {
  authenticationToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Access token from `POST /auth/login`, the command line or a trusted issuer.',
  },
  userActionSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-DFNS-USERACTION',
    description:
      'User action from `POST /auth/action`: proof that the caller meant this very request. Good for one use.',
  },
} as const satisfies Record<string, SecurityScheme>

/** Security of operations that read. */
export const BY_TOKEN = [{ authenticationToken: [] }]

/** Security of operations that change. */
export const BY_TOKEN_AND_ACTION = [{ authenticationToken: [], userActionSignature: [] }]

/** Why a caller can be refused. */
export const CALLER_REASONS = [
  'token_missing',
  'token_invalid',
  'caller_unknown',
  'caller_inactive',
] as const satisfies readonly Reason[]

/** Why an operation that reads can be refused. */
export const READ_REASONS = [
  ...CALLER_REASONS,
  'dialect_off',
  'kind_refused',
  'permission_missing',
] as const satisfies readonly Reason[]

/** Why an operation that changes can be refused. */
export const CHANGE_REASONS = [
  ...READ_REASONS,
  'user_action_invalid',
  'user_action_used',
] as const satisfies readonly Reason[]

/** Allows whoever holds the operation to read. */
export const mayRead = (operation: string): AccessRule => ({
  dialect: 'dfns',
  operation,
  isMutation: false,
  callers: 'employees',
  userAction: 'always',
  grant: grantOf(operation),
})

/** Allows whoever holds the operation, and proves to mean it, to change. */
export const mayChange = (operation: string): AccessRule => ({
  ...mayRead(operation),
  isMutation: true,
})

const grantOf =
  (operation: string) =>
  (caller: User): Grant | null => {
    const assignment = caller.assignments.find((one) => one.operations.includes(operation))
    return assignment ? { by: 'assignment', assignment } : null
  }

/** Lets anybody in: login is how one becomes somebody. */
export const anybody = () => Promise.resolve(succeed(null))
