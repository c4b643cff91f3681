/**
 * `DELETE /auth/users/{userId}`: archives, and answers with the user (FACTS 1.1.2).
 */
import { decideArchiveUser } from '../../core/archive-user.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { TRANSITION_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, changeUserBy, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_ACTION, mayChange } from './authenticate.ts'
import { UserParams, WireUser, writeUser } from './schema.ts'

/**
 * Declares the archiving of a user. The official client sends `{}` with DELETE, others send nothing: both are taken,
 * and bind the same payload (FACTS 1.0 number 1). A second call is 404 (FACTS, decided list).
 */
export const archiveUser = (services: Services): Operation =>
  defineOperation({
    id: 'archiveUser',
    method: 'delete',
    path: '/auth/users/{userId}',
    summary: 'Archive User',
    description:
      'Ends a user for good and frees its username, email and external id. It is not found from then on, ' +
      'by a second call neither. Needs the operation `Auth:Users:Delete` and a user action.',
    tag: 'Auth',
    security: BY_TOKEN_AND_ACTION,
    input: { params: UserParams, query: NOTHING, body: EMPTY_BODY, headers: TRANSITION_HEADERS },
    answer: { description: 'The user as it was archived, inactive.', schema: WireUser },
    reasons: [...CHANGE_REASONS, 'user_not_found', 'self_change', 'last_holder'],
    authenticate: services.verifyBearer,
    run: (request) =>
      changeUserBy(services, request, request.params.userId, {
        rule: mayChange('Auth:Users:Delete'),
        decide: (target, caller, now) => decideArchiveUser(caller, target, now),
        write: writeUser,
      }),
  })
