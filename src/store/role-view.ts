/**
 * Reads roles of an organization: those with certain names, or a page of all.
 */
import { and, asc, count, eq, inArray, sql } from 'drizzle-orm'
import type { RolePageQuery } from '../core/ports.ts'
import type { Role } from '../core/user.ts'
import type { Database } from './database.ts'
import { roles } from './schema.ts'

const ROLE_COLUMNS = {
  id: roles.id,
  organizationId: roles.organizationId,
  name: roles.name,
  description: roles.description,
  operations: roles.operations,
  version: roles.version,
  createdAt: roles.createdAt,
  updatedAt: roles.updatedAt,
} satisfies Record<keyof Role, unknown>

/** Selects the roles that have one of the names. */
export const selectNamedRoles = (
  database: Database,
  organizationId: string,
  names: readonly string[],
) =>
  database
    .select(ROLE_COLUMNS)
    .from(roles)
    .where(and(eq(roles.organizationId, organizationId), inArray(roles.name, [...names])))

/** Selects a page of the roles whose names have a part (ASCII letters in any case), and counts them all. */
export function selectRolePage(database: Database, query: RolePageQuery) {
  const { principal, namePart, limit, offset } = query
  const condition = and(
    eq(roles.organizationId, principal.organizationId),
    // No LIKE: a percent sign in what was sent is a percent sign.
    namePart === null ? undefined : sql`instr(lower(${roles.name}), lower(${namePart})) > 0`,
  )
  return {
    items: database
      .select(ROLE_COLUMNS)
      .from(roles)
      .where(condition)
      .orderBy(asc(roles.name), asc(roles.id))
      .limit(limit)
      .offset(offset),
    // An organization has few roles; users are never counted like this.
    total: database
      .select({ total: count().as('total') })
      .from(roles)
      .where(condition),
  }
}
