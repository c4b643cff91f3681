/**
 * What a dialect is, and what it gets to work with. A dialect is one folder and one line in app.ts
 * (and its name in cli/dialect-names.ts, for the command line loads none).
 */
import type { ActionFlowSettings } from '../auth/action-flow.ts'
import type { LoginFlowSettings } from '../auth/login-flow.ts'
import type { PurposeTokenSettings } from '../auth/purpose-token.ts'
import { verifyUserAction } from '../auth/user-action-token.ts'
import type { BearerVerifier } from '../auth/verify-bearer.ts'
import type { AccessRule } from '../core/access.ts'
import type { Change } from '../core/change.ts'
import type { IdKind } from '../core/id.ts'
import type { AccountStore, SnapshotQuery, UserStore } from '../core/ports.ts'
import type { Principal } from '../core/principal.ts'
import type { Reason, Refusal } from '../core/refusal.ts'
import type { Result } from '../core/result.ts'
import type { Command, CommandRunner } from '../core/run-command.ts'
import type { User } from '../core/user.ts'
import type { UserAction } from '../core/user-action.ts'
import type { SecurityScheme } from '../http/openapi.ts'
import type { Operation, OperationRequest } from '../http/operation.ts'
import type { RefusalForm } from '../http/refusal-form.ts'

/** What the composition root hands to every dialect. */
export interface Services {
  readonly verifyBearer: BearerVerifier
  readonly tokens: PurposeTokenSettings
  readonly users: UserStore
  readonly accounts: AccountStore
  readonly runCommand: CommandRunner
  readonly login: LoginFlowSettings
  readonly actions: ActionFlowSettings
  readonly newId: (kind: IdKind) => string
}

/** One wire contract over the one store. */
export interface Dialect {
  /** In organizations' settings, in the record, and in the path of its document. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** Path prefixes that belong to it, without a slash at the end: what is unknown below them is refused in its form. */
  readonly prefixes: readonly string[]
  /** What every path can begin with besides nothing; `['']` where nothing is said. */
  readonly basePaths?: readonly string[]
  readonly form: RefusalForm
  /** OpenAPI security schemes, under the contract's names. */
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
  readonly createOperations: (services: Services) => readonly Operation[]
}

/** The header that proves intent; its name, Dfns' own, is the same in every dialect. */
export const USER_ACTION_SCHEME = {
  type: 'apiKey',
  in: 'header',
  name: 'X-DFNS-USERACTION',
  description:
    'User action from `POST /auth/action`: proof that the caller meant this very request. Good for one use.',
} as const satisfies SecurityScheme

/** Name of that scheme in documents. */
const USER_ACTION_NAME = 'userActionSignature'

/**
 * Security of changes where the organization's setting says whether a user action must come: by token, or by both.
 *
 * @param scheme - name of the dialect's bearer scheme.
 */
export const byTokenAndSetting = (scheme: string) => [
  { [scheme]: [] },
  { [scheme]: [], [USER_ACTION_NAME]: [] },
]

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

/** A request whose sender is proven. */
export type SignedRequest = Pick<
  OperationRequest<Principal, unknown, unknown, unknown>,
  'sender' | 'payload' | 'context' | 'header'
>

/** What a dialect's operation says of the change that it asks for. */
export interface ChangeRequest {
  readonly rule: AccessRule
  readonly decide: Command['decide']
  readonly names?: SnapshotQuery['names']
  readonly roleNames?: SnapshotQuery['roleNames']
}

/**
 * Runs a change of one user. Refuses with `user_not_found` before `decide` is asked, so that it always has its target.
 */
export const changeUserBy = (
  services: Services,
  request: SignedRequest,
  targetId: string,
  change: {
    readonly rule: AccessRule
    readonly decide: (target: User, caller: User, now: number) => Result<Change, Refusal>
  },
): Promise<Result<User, Refusal>> =>
  runChange(services, request, targetId, {
    rule: change.rule,
    decide: (caller, { target }) => change.decide(target as User, caller.user, request.context.now),
  })

/**
 * Runs a change, with the user action that came with the request, if one came. Whether one must come is the rule's
 * and the organization's business.
 */
export const runChange = async (
  services: Services,
  request: SignedRequest,
  targetId: string | null,
  change: ChangeRequest,
): Promise<Result<User, Refusal>> =>
  services.runCommand({
    principal: request.sender,
    rule: change.rule,
    proof: await readUserAction(services, request),
    now: request.context.now,
    requestId: request.context.requestId,
    clientRequestId: request.context.clientRequestId,
    targetId,
    names: change.names ?? null,
    roleNames: change.roleNames ?? [],
    decide: change.decide,
  })

/** Reads the proof of intent, where one came; the header's name is the same in every dialect. */
async function readUserAction(
  services: Services,
  request: SignedRequest,
): Promise<Result<UserAction, Refusal> | null> {
  // U6: a header that came twice arrives joined by a comma, which no token holds, and is refused as invalid.
  const token = request.header('x-dfns-useraction')
  if (token === null || token === '') return null
  const { method, path, now } = request.context
  const bound = { principal: request.sender, method, path, payload: request.payload }
  return verifyUserAction(services.tokens, token, bound, now)
}
