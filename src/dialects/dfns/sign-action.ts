/**
 * `POST /auth/action/init` and `POST /auth/action`: user action signing (FACTS 1.1.5). Whoever has a living token may
 * sign; whether it may also do what it signed is asked when it does it.
 */
import { z } from '@hono/zod-openapi'
import { completeAction, initiateAction } from '../../auth/action-flow.ts'
import { fail, succeed, type Result } from '../../core/result.ts'
import { parseStrictJson, type JsonValue } from '../../core/strict-json.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { CALLER_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN } from './authenticate.ts'
import { readAnswer, SignedChallenge, WireChallenge, writeChallenge } from './signing-schema.ts'

/** Longest decoded path; every route is shorter, and the user action has to carry it in a header (rule U6). */
const MAX_PATH_CHARACTERS = 128

const ActionChallengeBody = z
  .strictObject({
    userActionPayload: z
      .string()
      .max(16_384)
      .openapi({ description: 'Body of the request as JSON text; empty for none.' }),
    userActionHttpMethod: z
      .enum(['POST', 'PUT', 'DELETE', 'GET'])
      .openapi({ description: 'Method of the request.' }),
    userActionHttpPath: z
      .string()
      .min(1)
      .max(2_048)
      .openapi({ description: 'Path of the request; a query is left out of account.' }),
    userActionServerKind: z
      .enum(['Api', 'Staff'])
      .optional()
      .openapi({ description: 'Accepted and not used.' }),
  })
  .openapi('ActionChallengeBody')

const ActionAnswer = z
  .object({
    userAction: z
      .string()
      .openapi({ description: 'Value of the header `X-DFNS-USERACTION`; good for one use.' }),
  })
  .openapi('ActionAnswer')

/**
 * Declares the first half of signing. Personal access tokens and end users may announce what they are not allowed to
 * do: the answer to that belongs to the request itself, in the contract's words.
 */
export const initiateUserAction = (services: Services): Operation =>
  defineOperation({
    id: 'createUserActionChallenge',
    method: 'post',
    path: '/auth/action/init',
    summary: 'Create User Action Challenge',
    description:
      'Hands out a challenge for one very request: its method, path and body are bound to it.',
    tag: 'User action signing',
    security: BY_TOKEN,
    isSigning: true,
    input: { params: NOTHING, query: NOTHING, body: ActionChallengeBody },
    answer: { description: 'The challenge.', schema: WireChallenge },
    reasons: [...CALLER_REASONS, 'account_deactivated'],
    authenticate: services.verifyBearer,
    run: async ({ sender, body, context }) => {
      const path = decodePath(body.userActionHttpPath)
      if (!path.ok) return invalid('userActionHttpPath', path.failure)
      const payload = readPayload(body.userActionPayload)
      if (!payload.ok) return invalid('userActionPayload', payload.failure)
      const challenge = await initiateAction(services.actions, {
        principal: sender,
        method: body.userActionHttpMethod,
        path: path.value,
        payload: payload.value,
        now: context.now,
      })
      return challenge.ok
        ? succeed({ body: writeChallenge(challenge.value, services.actions.relyingParty) })
        : challenge
    },
  })

/**
 * Declares the second half of signing. A challenge is exchanged once; its single use is a row in the same batch that
 * asserts the signer again (rule U1).
 */
export const completeUserAction = (services: Services): Operation =>
  defineOperation({
    id: 'createUserActionSignature',
    method: 'post',
    path: '/auth/action',
    summary: 'Create User Action Signature',
    description: 'Exchanges a signed challenge for a user action.',
    tag: 'User action signing',
    security: BY_TOKEN,
    isSigning: true,
    input: { params: NOTHING, query: NOTHING, body: SignedChallenge },
    answer: { description: 'The user action.', schema: ActionAnswer },
    reasons: [...CALLER_REASONS, 'account_deactivated', 'login_refused', 'challenge_invalid'],
    authenticate: services.verifyBearer,
    run: async ({ sender, body, context }) => {
      const answer = readAnswer(body)
      const action = await completeAction(services.actions, sender, answer, context)
      return action.ok ? succeed({ body: { userAction: action.value } }) : action
    },
  })

/** The clients differ in encoding and in whether they leave the query in (FACTS 1.0 number 3). */
function decodePath(path: string): Result<string, string> {
  const [bare = ''] = path.split(/[?#]/, 1)
  try {
    const decoded = decodeURIComponent(bare)
    // A line feed would blur what is bound together by lines; no path of ours has one.
    if (decoded.length > MAX_PATH_CHARACTERS) return fail('is longer than any path here')
    return decoded.startsWith('/') && !decoded.includes('\n')
      ? succeed(decoded)
      : fail('is not a path')
  } catch {
    return fail('is not percent-encoded UTF-8')
  }
}

/** The body that will be sent, as a value: clients differ in spacing, and `""` and `"{}"` are one (rule U4). */
function readPayload(text: string): Result<JsonValue | undefined, string> {
  if (text === '') return succeed(undefined)
  const parsed = parseStrictJson(text)
  return parsed.ok ? parsed : fail(`is not valid JSON (${parsed.failure.problem})`)
}

const invalid = (name: string, message: string) =>
  fail({
    reason: 'input_invalid' as const,
    issues: [{ location: 'body' as const, path: [name], code: 'value' as const, message }],
  })
