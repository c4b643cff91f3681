/**
 * `GET /organizations/{organization_id}/users`: pages by number (FACTS 1.2).
 */
import { z } from '@hono/zod-openapi'
import { listUsersByNumber } from '../../core/list-users.ts'
import { succeed } from '../../core/result.ts'
import { EMPTY_BODY } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { PAGE_NUMBER } from '../../http/query.ts'
import { READ_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN, MAY_READ } from './authenticate.ts'
import { integerBetween } from './pydantic.ts'
import { MAX_PAGE_SIZE, OrganizationParams, WireMemberPage, writeMember } from './schema.ts'

// Unknown names are ignored: the vendor's clients may send `debug`, which is answered for few of its routes only.
const ListUsersQuery = z.object({
  page: integerBetween(PAGE_NUMBER),
  size: integerBetween({
    least: 1,
    most: MAX_PAGE_SIZE,
    usual: 50,
    description: 'Users on a page.',
  }),
})

/**
 * Declares the listing of an organization's users.
 * Source silent on the order, on the largest size and on who may: ours are by creation, 100, and superusers.
 *
 * @see timbu.cloud manual, "Get organization users" and "Paginated responses", read 2026-11-22
 */
export const listUsers = (services: Services): Operation =>
  defineOperation({
    id: 'timbuListOrganizationUsers',
    method: 'get',
    path: '/organizations/{organization_id}/users',
    summary: 'Get organization users',
    description:
      "Reads the users of the caller's organization, oldest first, without the archived ones. " +
      'The caller must be a superuser.',
    tag: 'Organization',
    security: BY_TOKEN,
    input: { params: OrganizationParams, query: ListUsersQuery, body: EMPTY_BODY },
    answer: { description: 'A page of users.', schema: WireMemberPage },
    reasons: [...READ_REASONS, 'organization_not_found'],
    authenticate: services.verifyBearer,
    run: async ({ sender, params, query: { page, size } }) => {
      const place = { offset: (page - 1) * size, limit: size, isNewestFirst: false }
      const id = params.organization_id
      const query = { principal: sender, ...place }
      const found = await listUsersByNumber(services.users, MAY_READ, query, id)
      if (!found.ok) return found
      const { items, total } = found.value
      const lastPage = Math.max(1, Math.ceil(total / size))
      const linkTo = (number: number) => `/organizations/${id}/users?page=${number}&size=${size}`
      return succeed({
        body: {
          page,
          size,
          total,
          items: items.map(writeMember),
          // Behind the last page the way back leads to it, not to another empty one.
          previous_page: page > 1 ? linkTo(Math.min(page - 1, lastPage)) : null,
          next_page: page * size < total ? linkTo(page + 1) : null,
        },
      })
    },
  })
