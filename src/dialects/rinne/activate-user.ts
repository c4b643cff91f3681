/**
 * `POST /v1/users/{userId}/activate`, the operation of the contract.
 */
import { decideActivateUser } from '../../core/activate-user.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { TRANSITION_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, changeUserBy, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_SETTING, mayChange } from './authenticate.ts'
import { UserParams, WireUser, writeUser } from './schema.ts'

/**
 * Declares the activation of a user. The vendor's client sends `{}`, others send nothing: both are taken.
 * Source silent on a user that is active already: ours is 200 with the unchanged user, for the contract lists no 409
 * here (FACTS 1.3).
 *
 * @see contracts/rinne.openapi.yaml, `POST /v1/users/{userId}/activate`
 */
export const activateUser = (services: Services): Operation =>
  defineOperation({
    id: 'rinneActivateUser',
    method: 'post',
    path: '/v1/users/{userId}/activate',
    summary: 'Activate user',
    description:
      'Lets a user in again. A user that is active already is answered unchanged. ' +
      'Needs the permission `user.edit`.',
    tag: 'Users',
    security: BY_TOKEN_AND_SETTING,
    input: { params: UserParams, query: NOTHING, body: EMPTY_BODY, headers: TRANSITION_HEADERS },
    answer: { description: 'The user, active.', schema: WireUser },
    reasons: [...CHANGE_REASONS, 'user_not_found'],
    authenticate: services.verifyBearer,
    run: (request) =>
      changeUserBy(services, request, request.params.userId, {
        rule: mayChange('user.edit'),
        decide: (target, _caller, now) => decideActivateUser(target, now),
        write: writeUser,
      }),
  })
