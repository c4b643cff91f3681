/**
 * `PUT /users/{user_id}/activate`, the operation of the contract.
 */
import { decideActivateUser } from '../../core/activate-user.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { TRANSITION_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, changeUserBy, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_SETTING, MAY_CHANGE } from './authenticate.ts'
import { stateBody, UserParams, WireSuccess, writeSuccess } from './schema.ts'
import { verifyTarget } from './verify-target.ts'

const ActivateUserBody = stateBody(
  'TimbuActivateUserBody',
  true,
  'True: to activate is what this operation is for.',
)

/**
 * Declares the activation of a user by a superuser. A user that is active already is 403, so says the contract.
 * Source silent on an address that is not the user's: ours is 404, as for an unknown user; on `is_active: false`:
 * ours is 422, for it would promise what is not done (FACTS, decided list).
 *
 * @see contracts/timbu.md
 */
export const activateUser = (services: Services): Operation =>
  defineOperation({
    id: 'timbuActivateUser',
    method: 'put',
    path: '/users/{user_id}/activate',
    summary: 'Activate User',
    description:
      'Lets a user in again. The caller must be a superuser, and names the user by id and email address. ' +
      'A user that is active already is refused.',
    tag: 'User',
    security: BY_TOKEN_AND_SETTING,
    input: {
      params: UserParams,
      query: NOTHING,
      body: ActivateUserBody,
      headers: TRANSITION_HEADERS,
    },
    answer: { description: 'The user is active.', schema: WireSuccess },
    reasons: [...CHANGE_REASONS, 'user_not_found', 'state_unchanged'],
    authenticate: services.verifyBearer,
    run: (request) =>
      changeUserBy(services, request, request.params.user_id, {
        rule: MAY_CHANGE,
        write: writeSuccess,
        decide: (target, _caller, now) => {
          const verified = verifyTarget(target, request.body.email, 'active')
          return verified.ok ? decideActivateUser(target, now) : verified
        },
      }),
  })
