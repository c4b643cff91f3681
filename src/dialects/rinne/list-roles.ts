/**
 * `GET /v1/roles`: what `POST /v1/users` can grant (FACTS 1.3).
 */
import { z } from '@hono/zod-openapi'
import { listRoles as readRoles } from '../../core/list-roles.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { READ_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN, mayRead } from './authenticate.ts'
import { answerPage, PAGE_QUERY, WirePagination } from './page.ts'
import { WireRole, writeRole } from './schema.ts'

const ListRolesQuery = z.strictObject({
  ...PAGE_QUERY,
  name: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .openapi({ description: 'Part of a name; ASCII letters in any case.' }),
  company_id: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .openapi({ description: 'Only roles of this company: the organization has its own alone.' }),
})

const RolePage = z
  .object({ data: z.array(WireRole), pagination: WirePagination })
  .openapi('RoleListResponse')

/**
 * Declares the listing of roles, in the order of their names. Another company's id finds nothing: it has no roles
 * that could be seen from here.
 *
 * @see docs.rinne.com.br, "List roles", read 2026-11-22
 */
export const listRoles = (services: Services): Operation =>
  defineOperation({
    id: 'rinneListRoles',
    method: 'get',
    path: '/v1/roles',
    summary: 'List roles',
    description: 'Reads the roles of the organization. Needs the permission `role.read`.',
    tag: 'Roles',
    security: BY_TOKEN,
    input: { params: NOTHING, query: ListRolesQuery, body: EMPTY_BODY },
    answer: { description: 'A page of roles.', schema: RolePage },
    reasons: READ_REASONS,
    authenticate: services.verifyBearer,
    run: async ({ sender, query: { page, limit, name, company_id: companyId } }) => {
      const found = await readRoles(services.users, mayRead('role.read'), {
        principal: sender,
        offset: (page - 1) * limit,
        limit,
        namePart: name ?? null,
      })
      if (!found.ok) return found
      const isOwn = companyId === undefined || companyId === sender.organizationId
      const { items, total } = isOwn ? found.value : { items: [], total: 0 }
      return answerPage(items.map(writeRole), { page, limit, total })
    },
  })
