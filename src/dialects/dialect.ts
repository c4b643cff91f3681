/**
 * What a dialect is, and what it gets to work with. A dialect is one folder and one line in app.ts.
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
import type { Refusal } from '../core/refusal.ts'
import type { Result } from '../core/result.ts'
import type { Command, CommandRunner } from '../core/run-command.ts'
import type { DialectName, User } from '../core/user.ts'
import type { UserAction } from '../core/user-action.ts'
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
  readonly name: DialectName
  /** Path prefixes that belong to it, without a slash at the end: what is unknown below them is refused in its form. */
  readonly prefixes: readonly string[]
  readonly form: RefusalForm
  /** OpenAPI security schemes, under the contract's names. */
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
  readonly createOperations: (services: Services) => readonly Operation[]
}

/** A security scheme as OpenAPI writes it; the two kinds that the contracts have. */
export type SecurityScheme =
  | {
      readonly type: 'http'
      readonly scheme: 'bearer'
      readonly bearerFormat: 'JWT'
      readonly description: string
    }
  | {
      readonly type: 'apiKey'
      readonly in: 'header'
      readonly name: string
      readonly description: string
    }

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
