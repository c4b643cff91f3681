/**
 * `GET /auth/users/{userId}`.
 */
import { getUser as readUser } from '../../core/get-user.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { READ_HEADERS } from '../../http/request-headers.ts'
import { answerRead, READ_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN, mayRead } from './authenticate.ts'
import { UserParams, WireUser, writeUser } from './schema.ts'

/**
 * Declares the reading of a user. A foreign id answers as an unknown one does, byte for byte (DESIGN section 2).
 * Personal access tokens read with the rights of their owner.
 */
export const getUser = (services: Services): Operation =>
  defineOperation({
    id: 'getUser',
    method: 'get',
    path: '/auth/users/{userId}',
    summary: 'Get User',
    description: 'Reads one user of the organization. Needs the operation `Auth:Users:Read`.',
    tag: 'Auth',
    security: BY_TOKEN,
    input: { params: UserParams, query: NOTHING, body: EMPTY_BODY, headers: READ_HEADERS },
    answer: { description: 'The user.', schema: WireUser },
    reasons: [...READ_REASONS, 'user_not_found'],
    authenticate: services.verifyBearer,
    run: async ({ sender, params, headers }) => {
      const request = { principal: sender, rule: mayRead('Auth:Users:Read'), userId: params.userId }
      const user = await readUser(services.users, request)
      return user.ok ? answerRead(headers, user.value, writeUser(user.value)) : user
    },
  })
