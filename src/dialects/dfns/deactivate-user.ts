/**
 * `PUT /auth/users/{userId}/deactivate`, the inverse (FACTS 1.1.2).
 */
import { decideDeactivateUser } from '../../core/deactivate-user.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { TRANSITION_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, changeUserBy, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_ACTION, mayChange } from './authenticate.ts'
import { UserParams, WireUser, writeUser } from './schema.ts'

/**
 * Declares the deactivation of a user.
 * Source silent on the guards: ours are 400 for oneself, by the pattern of the vendor's message for applications, and
 * 409 for the last holder of a power to activate (FACTS, decided list).
 */
export const deactivateUser = (services: Services): Operation =>
  defineOperation({
    id: 'deactivateUser',
    method: 'put',
    path: '/auth/users/{userId}/deactivate',
    summary: 'Deactivate User',
    description:
      'Shuts a user out at once: every token, challenge and user action of the user is dead, and stays dead ' +
      'after a reactivation. Nobody deactivates itself, nor the last active employee who can activate. ' +
      'Needs the operation `Auth:Users:Deactivate` and a user action.',
    tag: 'Auth',
    security: BY_TOKEN_AND_ACTION,
    input: { params: UserParams, query: NOTHING, body: EMPTY_BODY, headers: TRANSITION_HEADERS },
    answer: { description: 'The user, inactive.', schema: WireUser },
    reasons: [...CHANGE_REASONS, 'user_not_found', 'self_change', 'last_holder'],
    authenticate: services.verifyBearer,
    run: (request) =>
      changeUserBy(services, request, request.params.userId, {
        rule: mayChange('Auth:Users:Deactivate'),
        decide: (target, caller, now) => decideDeactivateUser(caller, target, now),
        write: writeUser,
      }),
  })
