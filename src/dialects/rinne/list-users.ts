/**
 * `GET /v1/users`: pages by number (FACTS 1.3).
 */
import { z } from '@hono/zod-openapi'
import { listUsersByNumber } from '../../core/list-users.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { READ_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN, mayRead } from './authenticate.ts'
import { answerPage, PAGE_QUERY, WirePagination } from './page.ts'
import { anyCase, WireUser, writeUser } from './schema.ts'

const ListUsersQuery = z.strictObject({
  ...PAGE_QUERY,
  sort: anyCase(
    ['created_at', '-created_at'],
    'By time of creation; with a hyphen the newest first.',
  ).optional(),
})

const UserPage = z
  .object({ data: z.array(WireUser), pagination: WirePagination })
  .openapi('UserListResponse')

/**
 * Declares the listing of users.
 * Source silent on the usual order: ours is the oldest first.
 */
export const listUsers = (services: Services): Operation =>
  defineOperation({
    id: 'rinneListUsers',
    method: 'get',
    path: '/v1/users',
    summary: 'List users',
    description:
      'Reads the users of the organization, without the archived ones. Needs the permission `user.read`.',
    tag: 'Users',
    security: BY_TOKEN,
    input: { params: NOTHING, query: ListUsersQuery, body: EMPTY_BODY },
    answer: { description: 'A page of users.', schema: UserPage },
    reasons: READ_REASONS,
    authenticate: services.verifyBearer,
    run: async ({ sender, query: { page, limit, sort } }) => {
      const found = await listUsersByNumber(services.users, mayRead('user.read'), {
        principal: sender,
        offset: (page - 1) * limit,
        limit,
        isNewestFirst: sort === '-created_at',
      })
      if (!found.ok) return found
      const { items, total } = found.value
      return answerPage(items.map(writeUser), { page, limit, total })
    },
  })
