/**
 * Plans the demo's users: finds those that live in the store, and the rows of those that do not - all of them at the
 * first start, later the ones that were archived meanwhile. Writes nothing.
 */
import { newId } from '../auth/random.ts'
import type { UserKind, UserState } from '../core/user.ts'
import { createUserRows } from './account-rows.ts'
import type { DemoFile } from './demo-file.ts'
import type { DemoOrganization } from './demo-organizations.ts'
import {
  DEMO_HOLDERS,
  DEMO_PEOPLE,
  type DemoOrganizationKey,
  type DemoPerson,
} from './demo-people.ts'
import type { Row } from './rows.ts'

/** One demo user, present or planned. */
export interface DemoUser {
  readonly id: string
  readonly organizationId: string
  readonly tenantId: string
  readonly kind: UserKind
  readonly username: string
  readonly email: string
  readonly state: UserState
  readonly tokenEpoch: number
  readonly isNew: boolean
}

/** All demo users by name, and what must be inserted for them to exist. */
export interface UserPlan {
  readonly users: Readonly<Record<string, DemoUser>>
  readonly rows: readonly Row[]
}

interface StoredUser {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly suspended_at: number | null
  readonly token_epoch: number
}

/**
 * Plans all demo users. A user is known by the id in `demo.json`, else by its username or email address,
 * so that one that was renamed or switched off keeps its place.
 *
 * @param known - the file of an earlier start; null without one.
 * @param now - Unix milliseconds.
 */
export async function planDemoUsers(
  db: D1Database,
  organizations: Readonly<Record<DemoOrganizationKey, DemoOrganization>>,
  known: DemoFile | null,
  now: number,
): Promise<UserPlan> {
  const knownIdOf = (name: string) =>
    (known?.targets[name]?.userId ?? known?.actors[name]?.userId) || null
  const knownIds = Object.keys(DEMO_PEOPLE).flatMap((name) => knownIdOf(name) ?? [])
  const stored = {
    home: await readLivingUsers(db, organizations.home.id, knownIds),
    foreign: await readLivingUsers(db, organizations.foreign.id, knownIds),
  }
  const rows: Row[] = []
  const users = Object.entries(DEMO_PEOPLE).map(([name, person]): [string, DemoUser] => {
    const organization = organizations[person.organization]
    const candidates = stored[person.organization]
    const found =
      candidates.find(({ id }) => id === knownIdOf(name)) ??
      candidates.find(({ username }) => username.toLowerCase() === person.email) ??
      candidates.find(({ email }) => email === person.email)
    const id = found?.id ?? newId('user')
    if (!found) rows.push(...createDemoUserRows(id, name, person, organization, now))
    const isActive = found ? found.suspended_at === null : person.isActive
    const user: DemoUser = {
      id,
      organizationId: organization.id,
      tenantId: organization.tenantId,
      kind: person.kind,
      username: found?.username ?? person.email,
      email: found?.email ?? person.email,
      state: isActive ? 'active' : 'inactive',
      tokenEpoch: found?.token_epoch ?? 0,
      isNew: !found,
    }
    return [name, user]
  })
  return { users: Object.fromEntries(users), rows }
}

function createDemoUserRows(
  id: string,
  name: string,
  person: DemoPerson,
  organization: DemoOrganization,
  now: number,
): Row[] {
  const { organization: _key, isAdministrator, ...columns } = person
  return createUserRows(
    {
      ...columns,
      id,
      organizationId: organization.id,
      username: person.email,
      // Whoever holds a token has a credential, too.
      isRegistered: name in DEMO_HOLDERS,
      roleId: isAdministrator ? organization.roleId : null,
    },
    now,
  )
}

/** Reads by indexes only: the organization may hold a hundred thousand users more. */
async function readLivingUsers(
  db: D1Database,
  organizationId: string,
  knownIds: readonly string[],
): Promise<StoredUser[]> {
  const emails = Object.values(DEMO_PEOPLE).map(({ email }) => email)
  const { results } = await db
    .prepare(
      `SELECT u.id, u.username, u.suspended_at, u.token_epoch,
         (SELECT value FROM user_identifiers WHERE user_id = u.id AND type = 'email'
            AND released_at IS NULL ORDER BY created_at LIMIT 1) AS email
       FROM users u WHERE u.organization_id = ?1 AND u.archived_at IS NULL AND u.id IN (
         SELECT value FROM json_each(?3)
         UNION SELECT user_id FROM user_identifiers WHERE organization_id = ?1 AND type = 'email'
           AND released_at IS NULL AND value IN (SELECT value FROM json_each(?2))
         UNION SELECT id FROM users WHERE organization_id = ?1 AND archived_at IS NULL
           AND lower(username) IN (SELECT value FROM json_each(?2)))`,
    )
    .bind(organizationId, JSON.stringify(emails), JSON.stringify(knownIds))
    .all<StoredUser>()
  return results
}
