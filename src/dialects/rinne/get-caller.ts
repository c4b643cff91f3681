/**
 * `GET /v1/auth/me`: who the caller is, and what it may (FACTS 1.3).
 */
import { z } from '@hono/zod-openapi'
import { getCaller as readCaller } from '../../core/get-caller.ts'
import { operationsOf } from '../../core/user.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { READ_HEADERS } from '../../http/request-headers.ts'
import { answerRead, CALLER_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN, MAY_ASK_FOR_ITSELF } from './authenticate.ts'
import { AUTH_METHODS, WireUser, writeUser } from './schema.ts'

const CallerAnswer = z
  .object({
    user: WireUser,
    auth: z.object({
      method: z.literal('jwt'),
      auth_method: z.enum(AUTH_METHODS),
      current_company_id: z.string().openapi({ description: 'The organization of the token.' }),
      permissions: z
        .array(z.string())
        .openapi({ description: 'Of all roles together, as the roles spell them.' }),
    }),
  })
  .openapi('CurrentUserResponse')

/**
 * Declares the reading of the caller itself, whatever its kind; no permission is asked for.
 *
 * @see docs.rinne.com.br, "Get current user information", read 2026-11-22
 */
export const getCaller = (services: Services): Operation =>
  defineOperation({
    id: 'rinneGetCurrentUser',
    method: 'get',
    path: '/v1/auth/me',
    summary: 'Get current user information',
    description: 'Reads the user that the token speaks for. Needs no permission but to be active.',
    tag: 'Authentication',
    security: BY_TOKEN,
    input: { params: NOTHING, query: NOTHING, body: EMPTY_BODY, headers: READ_HEADERS },
    answer: { description: 'The caller.', schema: CallerAnswer },
    reasons: [...CALLER_REASONS, 'dialect_off'],
    authenticate: services.verifyBearer,
    run: async ({ sender, headers }) => {
      const request = { principal: sender, rule: MAY_ASK_FOR_ITSELF }
      const caller = await readCaller(services.users, request)
      if (!caller.ok) return caller
      const { user, organization } = caller.value
      const auth = {
        method: 'jwt',
        auth_method: 'client_platform',
        current_company_id: organization.id,
        permissions: operationsOf(user),
      }
      return answerRead(headers, user, { user: writeUser(user), auth })
    },
  })
