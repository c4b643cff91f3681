/**
 * `PUT /auth/users/{userId}/activate`, the operation of the contract.
 */
import { decideActivateUser } from '../../core/activate-user.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { TRANSITION_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, changeUserBy, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_ACTION, mayChange } from './authenticate.ts'
import { UserParams, WireUser, writeUser } from './schema.ts'

/**
 * Declares the activation of a user. Employees and service accounts may; personal access tokens and end users not.
 * Source silent on a user that is active already: ours is 200 with the unchanged user, as the vendor documents it for
 * its credentials and tokens (FACTS 1.1.1).
 *
 * @see contracts/dfns.openapi.yaml, `PUT /auth/users/{userId}/activate`
 */
export const activateUser = (services: Services): Operation =>
  defineOperation({
    id: 'activateUser',
    method: 'put',
    path: '/auth/users/{userId}/activate',
    summary: 'Activate User',
    description:
      'Lets a user in again. A user that is active already is answered unchanged. ' +
      'Needs the operation `Auth:Users:Activate` and a user action.',
    tag: 'Auth',
    security: BY_TOKEN_AND_ACTION,
    input: { params: UserParams, query: NOTHING, body: EMPTY_BODY, headers: TRANSITION_HEADERS },
    answer: { description: 'The user, active.', schema: WireUser },
    reasons: [...CHANGE_REASONS, 'user_not_found'],
    authenticate: services.verifyBearer,
    run: (request) =>
      changeUserBy(services, request, request.params.userId, {
        rule: mayChange('Auth:Users:Activate'),
        decide: (target, _caller, now) => decideActivateUser(target, now),
        write: writeUser,
      }),
  })
