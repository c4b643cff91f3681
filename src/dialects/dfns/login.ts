/**
 * `POST /auth/login/init` and `POST /auth/login` (FACTS 1.1.6). Nobody has to be anybody to call them.
 */
import { z } from '@hono/zod-openapi'
import { completeLogin, initiateLogin } from '../../auth/login-flow.ts'
import { succeed } from '../../core/result.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import type { Services } from '../dialect.ts'
import { anybody } from './authenticate.ts'
import { readAnswer, SignedChallenge, WireChallenge, writeChallenge } from './signing-schema.ts'

const LoginChallengeBody = z
  .strictObject({
    username: z
      .string()
      .min(1)
      .max(256)
      // A line feed would blur what is bound together by lines.
      .regex(/^[^\n]*$/, 'has a line break')
      .openapi({ description: 'Username of the user, in any case.' }),
    orgId: z.string().min(1).max(64).openapi({ description: 'Id of the organization.' }),
  })
  .openapi('LoginChallengeBody')

const LoginAnswer = z
  .object({ token: z.string().openapi({ description: 'Access token, good for an hour at most.' }) })
  .openapi('LoginAnswer')

/**
 * Declares the first half of a login. It answers alike for names that exist and names that do not: with a decoy
 * credential in the same shape. The vendor's `loginCode` is not taken: no code is ever mailed here.
 */
export const initiateUserLogin = (services: Services): Operation =>
  defineOperation({
    id: 'createLoginChallenge',
    method: 'post',
    path: '/auth/login/init',
    summary: 'Create Login Challenge',
    description:
      'Hands out a challenge for a user of an organization. The answer does not tell whether there is one.',
    tag: 'Login',
    security: [],
    isSigning: true,
    input: { params: NOTHING, query: NOTHING, body: LoginChallengeBody },
    answer: { description: 'The challenge.', schema: WireChallenge },
    reasons: [],
    authenticate: anybody,
    run: async ({ body, context }) => {
      const name = { organizationId: body.orgId, username: body.username }
      return succeed({
        body: writeChallenge(
          await initiateLogin(services.login, name, context.now),
          services.login.relyingParty,
        ),
      })
    },
  })

/**
 * Declares the second half of a login. Before the signature has verified every refusal reads alike; afterwards the
 * user is told why it may not come in (FACTS, decided list).
 */
export const completeUserLogin = (services: Services): Operation =>
  defineOperation({
    id: 'login',
    method: 'post',
    path: '/auth/login',
    summary: 'Complete Login',
    description: 'Exchanges a signed challenge for an access token.',
    tag: 'Login',
    security: [],
    isSigning: true,
    input: { params: NOTHING, query: NOTHING, body: SignedChallenge },
    answer: { description: 'The access token.', schema: LoginAnswer },
    reasons: [
      'login_refused',
      'challenge_invalid',
      'account_deactivated',
      'sso_required',
      'dialect_off',
    ],
    authenticate: anybody,
    run: async ({ body, context }) => {
      const token = await completeLogin(services.login, readAnswer(body), context)
      return token.ok ? succeed({ body: { token: token.value } }) : token
    },
  })
