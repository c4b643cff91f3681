/**
 * `GET /users/me`: who the caller is (FACTS 1.2).
 */
import { getCaller as readCaller } from '../../core/get-caller.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { READ_HEADERS } from '../../http/request-headers.ts'
import { answerRead, CALLER_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN, MAY_ASK_FOR_ITSELF } from './authenticate.ts'
import { IGNORED_QUERY, WireUser, writeUser } from './schema.ts'

/** Declares the reading of the caller itself, whatever its kind; no flag is asked for. */
export const getCaller = (services: Services): Operation =>
  defineOperation({
    id: 'timbuGetCurrentUser',
    method: 'get',
    path: '/users/me',
    summary: 'Get Current User',
    description: 'Reads the user that the token speaks for. Needs no right but to be active.',
    tag: 'User',
    security: BY_TOKEN,
    input: { params: NOTHING, query: IGNORED_QUERY, body: EMPTY_BODY, headers: READ_HEADERS },
    answer: { description: 'The caller.', schema: WireUser },
    reasons: [...CALLER_REASONS, 'dialect_off'],
    authenticate: services.verifyBearer,
    run: async ({ sender, headers }) => {
      const request = { principal: sender, rule: MAY_ASK_FOR_ITSELF }
      const caller = await readCaller(services.users, request)
      if (!caller.ok) return caller
      const { user } = caller.value
      return answerRead(headers, user, writeUser(user))
    },
  })
