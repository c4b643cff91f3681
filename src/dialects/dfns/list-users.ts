/**
 * `GET /auth/users`: pages by keyset, so that no page costs more than another (FACTS 1.1.2).
 */
import { z } from '@hono/zod-openapi'
import { listUsers as readUsers } from '../../core/list-users.ts'
import { fail, succeed } from '../../core/result.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { wholeNumber } from '../../http/query.ts'
import { READ_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN, mayRead } from './authenticate.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { WireUserPage, writeUser } from './schema.ts'

// Strict: a misspelt `paginationToken` would otherwise list the first page for ever.
const ListUsersQuery = z.strictObject({
  limit: wholeNumber({ least: 1, most: 200, usual: 50, description: 'Users on a page.' }).openapi({
    format: 'int32',
  }),
  paginationToken: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .openapi({ pattern: '^[A-Za-z0-9_-]+$', description: '`nextPageToken` of the page before.' }),
  kind: z
    .enum(['CustomerEmployee', 'EndUser'])
    .optional()
    .openapi({ description: 'Only users of this kind.' }),
})

/**
 * Declares the listing of users. The official client leaves out falsy query values and encodes the token again, so a
 * token is plain base64url and a limit is at least 1 (FACTS 1.1.2).
 * Source silent on the order and on the usual limit: ours are by creation, and 50.
 */
export const listUsers = (services: Services): Operation =>
  defineOperation({
    id: 'listUsers',
    method: 'get',
    path: '/auth/users',
    summary: 'List Users',
    description:
      'Reads the users of the organization, oldest first, without the archived ones. ' +
      'Needs the operation `Auth:Users:Read`.',
    tag: 'Auth',
    security: BY_TOKEN,
    input: { params: NOTHING, query: ListUsersQuery, body: EMPTY_BODY },
    answer: { description: 'A page of users.', schema: WireUserPage },
    reasons: READ_REASONS,
    authenticate: services.verifyBearer,
    run: async ({ sender, query }) => {
      const after = query.paginationToken === undefined ? null : readCursor(query.paginationToken)
      if (after === undefined) {
        const message = 'is not a token that a page before has given'
        return fail({
          reason: 'input_invalid',
          issues: [{ location: 'query', path: ['paginationToken'], code: 'value', message }],
        })
      }
      // The caller is read beside the page, in the same round trip.
      const page = await readUsers(services.users, mayRead('Auth:Users:Read'), {
        principal: sender,
        kind: query.kind ?? null,
        limit: query.limit,
        after,
      })
      if (!page.ok) return page
      const { users, next } = page.value
      const items = users.map(writeUser)
      return succeed({ body: next ? { items, nextPageToken: writeCursor(next) } : { items } })
    },
  })
