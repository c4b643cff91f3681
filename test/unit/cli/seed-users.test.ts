/**
 * Seeded users: variety, uniqueness, and the batch that inserts them.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { isUserId } from '../../../src/core/id.ts'
import {
  createSeedUser,
  insertSeedUsers,
  SEED_BATCH_USERS,
  type SeedUser,
} from '../../../src/cli/seed-users.ts'
import { createMemoryDatabase, type MemoryDatabase } from './memory-database.ts'

const NOW = 1_800_000_000_000
const createUsers = (count: number): SeedUser[] =>
  Array.from({ length: count }, (_, index) => createSeedUser(index, NOW + index))

describe('createSeedUser', () => {
  it('makes ids in the pattern of the contract and addresses that no other has', () => {
    const users = createUsers(1_000)
    expect(users.every(([id]) => isUserId(id))).toBe(true)
    expect(new Set(users.map(([, , email]) => email)).size).toBe(1_000)
  })

  it('makes every third an EndUser and every tenth inactive', () => {
    const users = createUsers(300)
    expect(users.filter(([, , , , , kind]) => kind === 'EndUser')).toHaveLength(100)
    expect(users.filter((user) => user[7] !== null)).toHaveLength(30)
  })

  it('stays below the 2 MB of one D1 parameter in a full batch', () => {
    const bytes = new TextEncoder().encode(JSON.stringify(createUsers(SEED_BATCH_USERS))).length
    expect(bytes).toBeLessThan(1_000_000)
  })
})

describe('insertSeedUsers', () => {
  let database: MemoryDatabase

  beforeEach(() => {
    database = createMemoryDatabase()
    database.execute(`INSERT INTO organizations (id, tenant_id, name, dialects, user_count, created_at, updated_at)
      VALUES ('or-1', 'acct-1', 'Demo', '[]', 7, 0, 0)`)
  })

  it('writes user, identifier and count', async () => {
    const user = createSeedUser(9, NOW)
    await insertSeedUsers(database.db, 'or-1', [user])
    const [id, identifierId, email, firstName, lastName] = user
    expect(database.select('SELECT * FROM users')).toMatchObject([
      {
        id,
        organization_id: 'or-1',
        kind: 'CustomerEmployee',
        username: email,
        first_name: firstName,
        last_name: lastName,
        is_registered: 0,
        suspended_at: NOW,
        archived_at: null,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
      },
    ])
    expect(database.select('SELECT * FROM user_identifiers')).toMatchObject([
      { id: identifierId, user_id: id, organization_id: 'or-1', type: 'email', value: email },
    ])
    expect(database.select('SELECT user_count FROM organizations')).toEqual([{ user_count: 8 }])
  })

  it('keeps numbers as numbers and null as null', async () => {
    await insertSeedUsers(database.db, 'or-1', [createSeedUser(0, NOW)])
    const rows = database.select(
      'SELECT typeof(created_at) AS created, typeof(suspended_at) AS suspended FROM users',
    )
    expect(rows).toEqual([{ created: 'integer', suspended: 'null' }])
  })

  it('writes nothing when one of them exists', async () => {
    const users = createUsers(3)
    await insertSeedUsers(database.db, 'or-1', users.slice(2))
    await expect(insertSeedUsers(database.db, 'or-1', users)).rejects.toThrow()
    expect(database.select('SELECT count(*) AS users FROM users')).toEqual([{ users: 1 }])
    expect(database.select('SELECT user_count FROM organizations')).toEqual([{ user_count: 8 }])
  })
})
