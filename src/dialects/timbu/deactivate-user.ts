/**
 * `PUT /users/{user_id}/deactivate`, the inverse: our extension, mirrored from the contract's operation.
 */
import { decideDeactivateUser } from '../../core/deactivate-user.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { TRANSITION_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, changeUserBy, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_SETTING, MAY_CHANGE } from './authenticate.ts'
import { stateBody, UserParams, WireSuccess, writeSuccess } from './schema.ts'
import { verifyTarget } from './verify-target.ts'

const DeactivateUserBody = stateBody(
  'TimbuDeactivateUserBody',
  false,
  'False: to deactivate is what this operation is for.',
)

/**
 * Declares the deactivation of a user by a superuser.
 * Source silent: the vendor's page has no inverse. Body and refusals mirror the activation; the guards are 403, as
 * every refusal of a superuser's change is there (FACTS, decided list).
 */
export const deactivateUser = (services: Services): Operation =>
  defineOperation({
    id: 'timbuDeactivateUser',
    method: 'put',
    path: '/users/{user_id}/deactivate',
    summary: 'Deactivate User (extension)',
    description:
      'An extension of this service, the inverse of the activation: shuts a user out at once. The caller must be a ' +
      'superuser, and names the user by id and email address. Nobody deactivates itself, nor the last active ' +
      'employee who can activate.',
    isExtension: true,
    tag: 'User',
    security: BY_TOKEN_AND_SETTING,
    input: {
      params: UserParams,
      query: NOTHING,
      body: DeactivateUserBody,
      headers: TRANSITION_HEADERS,
    },
    answer: { description: 'The user is inactive.', schema: WireSuccess },
    reasons: [...CHANGE_REASONS, 'user_not_found', 'state_unchanged', 'self_change', 'last_holder'],
    authenticate: services.verifyBearer,
    run: (request) =>
      changeUserBy(services, request, request.params.user_id, {
        rule: MAY_CHANGE,
        write: writeSuccess,
        decide: (target, caller, now) => {
          const verified = verifyTarget(target, request.body.email, 'inactive')
          return verified.ok ? decideDeactivateUser(caller, target, now) : verified
        },
      }),
  })
