/**
 * `GET /v1/users/{userId}`.
 */
import { getUser as readUser } from '../../core/get-user.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { READ_HEADERS } from '../../http/request-headers.ts'
import { answerRead, READ_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN, mayRead } from './authenticate.ts'
import { UserParams, WireUser, writeUser } from './schema.ts'

/** Declares the reading of a user. A foreign id answers as an unknown one does, byte for byte (DESIGN section 2). */
export const getUser = (services: Services): Operation =>
  defineOperation({
    id: 'rinneGetUser',
    method: 'get',
    path: '/v1/users/{userId}',
    summary: 'Get user',
    description: 'Reads one user of the organization. Needs the permission `user.read`.',
    tag: 'Users',
    security: BY_TOKEN,
    input: { params: UserParams, query: NOTHING, body: EMPTY_BODY, headers: READ_HEADERS },
    answer: { description: 'The user.', schema: WireUser },
    reasons: [...READ_REASONS, 'user_not_found'],
    authenticate: services.verifyBearer,
    run: async ({ sender, params, headers }) => {
      const request = { principal: sender, rule: mayRead('user.read'), userId: params.userId }
      const user = await readUser(services.users, request)
      return user.ok ? answerRead(headers, user.value, writeUser(user.value)) : user
    },
  })
