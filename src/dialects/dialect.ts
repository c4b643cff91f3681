/**
 * What a dialect is, and what it gets to work with. A dialect is one folder and one line in app.ts
 * (and its name in cli/dialect-names.ts, for the command line loads none).
 */
import type { z } from '@hono/zod-openapi'
import type { ActionFlowSettings } from '../auth/action-flow.ts'
import { createClaim } from '../auth/idempotency-claim.ts'
import type { LoginFlowSettings } from '../auth/login-flow.ts'
import type { RegistrationFlowSettings } from '../auth/registration-flow.ts'
import type { BearerVerifier } from '../auth/verify-bearer.ts'
import { verifyUserAction, type UserActionSettings } from '../auth/verify-user-action.ts'
import type { AccessRule } from '../core/access.ts'
import type { Change } from '../core/change.ts'
import type { IdempotencyClaim } from '../core/idempotency.ts'
import type { IdKind } from '../core/id.ts'
import type { AccountStore, UserStore } from '../core/ports.ts'
import type { Principal } from '../core/principal.ts'
import type { Reason, Refusal } from '../core/refusal.ts'
import { succeed, type Result } from '../core/result.ts'
import type { Command, CommandRunner } from '../core/run-command.ts'
import type { User } from '../core/user.ts'
import type { UserAction } from '../core/user-action.ts'
import { entityTagOf, matchesStrongly, matchesWeakly } from '../http/entity-tag.ts'
import type { DocumentPart, SecurityScheme } from '../http/openapi.ts'
import {
  USER_ACTION_HEADER,
  USER_ACTION_SCHEME_NAME,
  type Answer,
  type Operation,
  type OperationRequest,
} from '../http/operation.ts'
import { JSON_TYPE } from '../http/refusal-form.ts'
import type { READ_HEADERS, TRANSITION_HEADERS } from '../http/request-headers.ts'

/** What the composition root hands to every dialect. */
export interface Services {
  readonly verifyBearer: BearerVerifier
  /** What user actions are verified with, and single-use tokens issued. */
  readonly userActions: UserActionSettings
  readonly users: UserStore
  readonly accounts: AccountStore
  readonly runCommand: CommandRunner
  readonly login: LoginFlowSettings
  readonly actions: ActionFlowSettings
  readonly registration: RegistrationFlowSettings
  readonly newId: (kind: IdKind) => string
  /** How long an idempotency key stands for its answer. */
  readonly idempotencySeconds: number
}

/** One wire contract over the one store. */
export interface Dialect extends Omit<DocumentPart, 'operations'> {
  /** In organizations' settings, in the record, and in the path of its document. */
  readonly name: string
  /** Path prefixes that belong to it, without a slash at the end: what is unknown below them is refused in its form. */
  readonly prefixes: readonly string[]
  /** What every path can begin with besides nothing; `['']` where nothing is said. */
  readonly basePaths?: readonly string[]
  readonly createOperations: (services: Services) => readonly Operation[]
}

/** What every description of a bearer says of how it is verified (rules T1-T15). */
export const JWT_PRACTICE =
  'A JWT, verified as RFC8725 asks: algorithm by key, type, issuer, audience and times.'

/** The header that proves intent. */
export const USER_ACTION_SCHEME = {
  type: 'apiKey',
  in: 'header',
  name: USER_ACTION_HEADER,
  description:
    'User action: proof that the caller meant this very request, good for one use. Either the token ' +
    'of `POST /auth/action`, or a compact JWS (`typ` `ua-proof+jwt`) that the caller signs itself.',
} as const satisfies SecurityScheme

/**
 * Security of changes where the organization's setting says whether a user action must come: by token, or by both.
 *
 * @param scheme - name of the dialect's bearer scheme.
 */
export const byTokenAndSetting = (scheme: string) => [
  { [scheme]: [] },
  { [scheme]: [], [USER_ACTION_SCHEME_NAME]: [] },
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
  'idempotency_key_reused',
  'precondition_failed',
] as const satisfies readonly Reason[]

/** A request for a change whose sender is proven. */
export type ChangingRequest = Pick<
  OperationRequest<Principal, unknown, unknown, unknown, z.output<typeof TRANSITION_HEADERS>>,
  'sender' | 'headers' | 'payload' | 'bytes' | 'context' | 'header' | 'operation' | 'defer'
>

/** What a dialect's operation says of the change that it asks for; what it leaves out is not asked of the store. */
export interface ChangeRequest
  extends Partial<Pick<Command, 'names' | 'roleNames' | 'key' | 'challenge' | 'isOfCaller'>> {
  readonly rule: AccessRule
  readonly decide: Command['decide']
  /** Writes the body of the answer. */
  readonly write: (user: User) => unknown
  /** Headers of the first answer alone: never kept, so that a repetition does not show them again. */
  readonly secretHeaders?: Readonly<Record<string, string>>
  /** An idempotency key that the vendor's own form has elsewhere; the header goes before it. */
  readonly ownKey?: string | undefined
}

/**
 * Runs a change of one user. Refuses with `user_not_found` before `decide` is asked, so that it always has its target.
 */
export const changeUserBy = (
  services: Services,
  request: ChangingRequest,
  targetId: string,
  change: Pick<ChangeRequest, 'rule' | 'write'> & {
    readonly decide: (target: User, caller: User, now: number) => Result<Change, Refusal>
  },
): Promise<Result<Answer, Refusal>> =>
  runChange(services, request, targetId, {
    ...change,
    decide: (caller, { target }) => change.decide(target as User, caller.user, request.context.now),
  })

/**
 * Runs a change, with the user action and the idempotency key that came with the request, if they came. Whether a user
 * action must come is the rule's and the organization's business.
 */
export async function runChange(
  services: Services,
  request: ChangingRequest,
  targetId: string | null,
  change: ChangeRequest,
): Promise<Result<Answer, Refusal>> {
  const { context, headers, operation } = request
  const condition = headers['If-Match']
  const [proof, claim] = await Promise.all([
    readUserAction(services, request),
    readClaim(services, request, change),
  ])
  const outcome = await services.runCommand({
    principal: request.sender,
    rule: change.rule,
    proof,
    claim,
    precondition: condition
      ? (target) => matchesStrongly(condition, target && entityTagOf(target))
      : null,
    statedReason: headers['Activate-Reason'] ?? null,
    now: context.now,
    requestId: context.requestId,
    clientRequestId: context.clientRequestId,
    targetId,
    names: change.names ?? null,
    key: change.key ?? null,
    challenge: change.challenge ?? null,
    isOfCaller: change.isOfCaller ?? false,
    roleNames: change.roleNames ?? [],
    decide: change.decide,
    answer: (user) => ({
      status: operation.status,
      body: JSON.stringify(change.write(user)),
      headers: { 'content-type': JSON_TYPE, etag: entityTagOf(user) },
    }),
    defer: request.defer,
  })
  if (!outcome.ok) return outcome
  const { answer, isReplay } = outcome.value
  // I10: a repetition says that it is one.
  const replayed = isReplay ? { 'idempotent-replayed': 'true' } : change.secretHeaders
  return succeed({
    status: answer.status,
    text: answer.body,
    headers: { ...answer.headers, ...replayed },
  })
}

/** Answers a reading of one user with its tag, or says that the client has it already. */
export function answerRead(
  headers: z.output<typeof READ_HEADERS>,
  user: Pick<User, 'version'>,
  body: unknown,
): Result<Answer, never> {
  const etag = entityTagOf(user)
  const condition = headers['If-None-Match']
  return condition && matchesWeakly(condition, etag)
    ? succeed({ status: 304, headers: { etag } })
    : succeed({ body, headers: { etag } })
}

/** Reads the idempotency key, where one came: in the header, or where the vendor has one of its own. */
async function readClaim(
  services: Services,
  request: ChangingRequest,
  { rule, ownKey }: ChangeRequest,
): Promise<IdempotencyClaim | null> {
  const { sender, headers, bytes, context, operation, header } = request
  const key = headers['Idempotency-Key'] ?? ownKey
  if (key === undefined) return null
  return createClaim(
    {
      key,
      principal: sender,
      dialect: rule.dialect,
      operationId: operation.id,
      method: context.method,
      path: operation.path,
      body: bytes,
      conditions: [header('if-match'), header('activate-reason')],
    },
    context.now + services.idempotencySeconds * 1000,
  )
}

/** Reads the proof of intent, where one came, in either form; the header's name is the same in every dialect. */
async function readUserAction(
  services: Services,
  request: ChangingRequest,
): Promise<Result<UserAction, Refusal> | null> {
  // U6: a header that came twice arrives joined by a comma, which no token holds, and is refused as invalid.
  const token = request.header(USER_ACTION_HEADER)
  if (token === null || token === '') return null
  const { sender: principal, payload, bytes: body } = request
  const { method, path, now } = request.context
  const authorization = request.header('authorization')
  const proven = { principal, authorization, method, path, payload, body, now }
  return verifyUserAction(services.userActions, token, proven)
}
