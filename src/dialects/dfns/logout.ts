/**
 * `PUT /auth/logout`: ends the presented token. Answers JSON always, for the official client reads it (FACTS 1.0).
 */
import { z } from '@hono/zod-openapi'
import { logOut } from '../../auth/logout.ts'
import { succeed } from '../../core/result.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { CALLER_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN } from './authenticate.ts'
import { WireMessage } from './schema.ts'

const LogoutBody = z
  .strictObject({
    // Only false: accepting true and ending one session would leave the others open behind the client's back.
    allSessions: z
      .literal(false)
      .optional()
      .openapi({ description: 'Only the presented token is ended; deactivation ends all.' }),
  })
  .openapi('LogoutBody')

/** Declares logging out. No user action: it takes nothing but the token that it is called with. */
export const logout = (services: Services): Operation =>
  defineOperation({
    id: 'logout',
    method: 'put',
    path: '/auth/logout',
    summary: 'Logout',
    description: 'Ends the presented token; it is dead everywhere from then on.',
    tag: 'Login',
    security: BY_TOKEN,
    input: { params: NOTHING, query: NOTHING, body: LogoutBody },
    answer: { description: 'The token is dead.', schema: WireMessage },
    reasons: [...CALLER_REASONS, 'token_not_revocable'],
    authenticate: services.verifyBearer,
    run: async ({ sender }) => {
      const ended = await logOut(services.accounts, sender)
      return ended.ok ? succeed({ body: { message: 'success' } }) : ended
    },
  })
