/**
 * `PUT /auth/users/{userId}`: whether the user must log in by SSO (FACTS 1.1.2).
 */
import { z } from '@hono/zod-openapi'
import { decideUpdateUser } from '../../core/update-user.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { CHANGE_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, changeUserBy, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_ACTION, mayChange } from './authenticate.ts'
import { UserParams, WireUser, writeUser } from './schema.ts'

const UpdateUserBody = z
  .strictObject({
    isSSORequired: z.boolean().openapi({ description: 'True refuses login by credential.' }),
  })
  .openapi('UpdateUserBody')

/**
 * Declares the update of a user; an update that changes nothing raises no version.
 * Source silent on its permission: ours is the older text's `Auth:Users:Update` (FACTS 1.1.7).
 */
export const updateUser = (services: Services): Operation =>
  defineOperation({
    id: 'updateUser',
    method: 'put',
    path: '/auth/users/{userId}',
    summary: 'Update User',
    description:
      'Says whether a user must log in by SSO. Needs the operation `Auth:Users:Update` and a user action.',
    tag: 'Auth',
    security: BY_TOKEN_AND_ACTION,
    input: { params: UserParams, query: NOTHING, body: UpdateUserBody, headers: CHANGE_HEADERS },
    answer: { description: 'The user as it is now.', schema: WireUser },
    reasons: [...CHANGE_REASONS, 'user_not_found'],
    authenticate: services.verifyBearer,
    run: (request) =>
      changeUserBy(services, request, request.params.userId, {
        rule: mayChange('Auth:Users:Update'),
        decide: (target, _caller, now) =>
          decideUpdateUser(target, { isSsoRequired: request.body.isSSORequired }, now),
        write: writeUser,
      }),
  })
