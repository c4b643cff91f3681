/**
 * Plans the demo's organizations: finds what the store has, and the rows that are missing. Writes nothing.
 */
import { newId } from '../auth/random.ts'
import { createAdministratorRoleRow, createOrganizationRow } from './account-rows.ts'
import { DEMO_ORGANIZATIONS, type DemoOrganizationKey } from './demo-people.ts'
import { DIALECT_NAMES } from './dialect-names.ts'
import { ADMINISTRATOR_ROLE } from './operations.ts'
import type { Row } from './rows.ts'

/** One demo organization, present or planned. */
export interface DemoOrganization {
  readonly id: string
  readonly tenantId: string
  /** Its administrator role. */
  readonly roleId: string
}

/** Both demo organizations, and what must be inserted for them to exist. */
export interface OrganizationPlan {
  readonly organizations: Readonly<Record<DemoOrganizationKey, DemoOrganization>>
  readonly rows: readonly Row[]
}

interface StoredOrganization {
  readonly id: string
  readonly tenant_id: string
  readonly name: string
  readonly role_id: string | null
}

/**
 * Plans both organizations with all dialects on and no user action asked for.
 *
 * @param now - Unix milliseconds.
 */
export async function planDemoOrganizations(
  db: D1Database,
  now: number,
): Promise<OrganizationPlan> {
  const stored = await readDemoOrganizations(db)
  const rows: Row[] = []

  function planOne(key: DemoOrganizationKey): DemoOrganization {
    const name = DEMO_ORGANIZATIONS[key]
    const found = stored.find((organization) => organization.name === name)
    const id = found?.id ?? newId('organization')
    const tenantId = found?.tenant_id ?? newId('tenant')
    const roleId = found?.role_id ?? newId('role')
    if (!found) {
      const flags = { dialects: DIALECT_NAMES, requireUserAction: false, isDemo: true }
      rows.push(createOrganizationRow({ id, tenantId, name, ...flags, userCount: 0 }, now))
    }
    if (!found?.role_id) rows.push(createAdministratorRoleRow(roleId, id, now))
    return { id, tenantId, roleId }
  }

  return { organizations: { home: planOne('home'), foreign: planOne('foreign') }, rows }
}

/** Finds the first demo organization; null in a store that `npm run dev` has not seeded. */
export async function findHomeOrganizationId(db: D1Database): Promise<string | null> {
  const stored = await readDemoOrganizations(db)
  return stored.find(({ name }) => name === DEMO_ORGANIZATIONS.home)?.id ?? null
}

async function readDemoOrganizations(db: D1Database): Promise<StoredOrganization[]> {
  const { results } = await db
    .prepare(
      `SELECT o.id, o.tenant_id, o.name, r.id AS role_id
       FROM organizations o LEFT JOIN roles r ON r.organization_id = o.id AND r.name = ?1
       WHERE o.is_demo = 1`,
    )
    .bind(ADMINISTRATOR_ROLE)
    .all<StoredOrganization>()
  return results
}
