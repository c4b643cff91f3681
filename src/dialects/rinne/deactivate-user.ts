/**
 * `POST /v1/users/{userId}/suspend`, the inverse (FACTS 1.3).
 */
import { decideDeactivateUser } from '../../core/deactivate-user.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { TRANSITION_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, changeUserBy, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_SETTING, mayChange } from './authenticate.ts'
import { UserParams, WireUser, writeUser } from './schema.ts'

/**
 * Declares the suspension of a user.
 * Source silent on the guards: ours are 409, the vendor's status for a state that does not allow it (FACTS, decided
 * list).
 */
export const deactivateUser = (services: Services): Operation =>
  defineOperation({
    id: 'rinneSuspendUser',
    method: 'post',
    path: '/v1/users/{userId}/suspend',
    summary: 'Suspend user',
    description:
      'Shuts a user out at once: every token, challenge and user action of the user is dead, and stays dead ' +
      'after a reactivation. Nobody suspends itself, nor the last active employee who can activate. ' +
      'Needs the permission `user.edit`.',
    tag: 'Users',
    security: BY_TOKEN_AND_SETTING,
    input: { params: UserParams, query: NOTHING, body: EMPTY_BODY, headers: TRANSITION_HEADERS },
    answer: { description: 'The user, suspended.', schema: WireUser },
    reasons: [...CHANGE_REASONS, 'user_not_found', 'self_change', 'last_holder'],
    authenticate: services.verifyBearer,
    run: (request) =>
      changeUserBy(services, request, request.params.userId, {
        rule: mayChange('user.edit'),
        decide: (target, caller, now) => decideDeactivateUser(caller, target, now),
        write: writeUser,
      }),
  })
