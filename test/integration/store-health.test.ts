/**
 * Whether the store can serve, and that demo data is not served where that is not allowed (invariant 10).
 */
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { createD1AccountStore } from '../../src/store/d1-account-store.ts'
import { createD1StoreHealth, LATEST_MIGRATION } from '../../src/store/d1-store-health.ts'
import { createD1UserStore } from '../../src/store/d1-user-store.ts'
import { openDatabase } from '../../src/store/database.ts'
import { isStoreFailure } from '../../src/store/store-failure.ts'
import { principalOf, runSql } from '../support/commits.ts'
import { failDatabase, recordDatabase } from '../support/recording-database.ts'
import { createWorld } from '../support/world.ts'

const health = createD1StoreHealth(openDatabase(env.DB))

const faultBy = (binding: D1Database) => createD1StoreHealth(openDatabase(binding)).findFault(true)

/** All tests share one database: a demo organization stays none. */
afterEach(() => runSql('UPDATE organizations SET is_demo = 0'))

describe('createD1StoreHealth', () => {
  it('finds nothing when all migrations are applied', async () => {
    expect(await health.findFault(false)).toBeNull()
    expect(await health.findFault(true)).toBeNull()
  })

  it('knows the newest migration of the folder', () => {
    expect(LATEST_MIGRATION).toBe(
      env.TEST_MIGRATIONS.map(({ name }) => name)
        .sort()
        .at(-1),
    )
  })

  it('names missing migrations', async () => {
    await runSql('UPDATE d1_migrations SET name = ? WHERE name = ?', 'moved', LATEST_MIGRATION)
    try {
      expect(await health.findFault(true)).toBe('migrations are missing')
    } finally {
      await runSql('UPDATE d1_migrations SET name = ? WHERE name = ?', LATEST_MIGRATION, 'moved')
    }
  })

  it('names a database that was never migrated', async () => {
    const rewrite = (sql: string) => sql.replace('d1_migrations', 'no_such_table')
    const { binding } = recordDatabase(env.DB, { rewrite })
    expect(await faultBy(binding)).toBe('the database does not answer, or was never migrated')
  })

  it('names a database that does not answer, and nothing of what it said', async () => {
    const fault = await faultBy(failDatabase(env.DB, 'D1_ERROR: secret'))
    expect(fault).toBe('the database does not answer, or was never migrated')
  })

  it('names demo data only where it is not allowed', async () => {
    await createWorld({ isDemo: true })
    expect(await health.findFault(false)).toBe('demo data on a production origin')
    expect(await health.findFault(true)).toBeNull()
  })
})

describe('a store on a production origin', () => {
  /** Reads as every kind of request does. */
  async function readAll(isDemo: boolean, allowsDemoData: boolean) {
    const world = await createWorld({ isDemo })
    const actor = await world.addActor()
    const principal = principalOf(actor)
    const users = createD1UserStore(openDatabase(env.DB), { allowsDemoData })
    const accounts = createD1AccountStore(openDatabase(env.DB), { allowsDemoData })
    return Promise.allSettled([
      users.readSnapshot({
        principal,
      }),
      users.readPage({ principal, kind: null, limit: 1, after: null }),
      users.readNumberedPage({ principal, offset: 0, limit: 1, isNewestFirst: true }),
      users.readRolePage({ principal, offset: 0, limit: 1, namePart: null }),
      accounts.readAccount(world.organizationId, actor.username),
      accounts.readSigner(principal),
    ])
  }

  it('throws at every reading of a demo organization, as a store that fails', async () => {
    const readings = await readAll(true, false)
    const failures = readings.map((one) => one.status === 'rejected' && isStoreFailure(one.reason))
    expect(failures).toEqual(Array.from({ length: 6 }, () => true))
  })

  it.each([
    { name: 'demo data where it is allowed', isDemo: true, allowsDemoData: true },
    { name: 'real data on a production origin', isDemo: false, allowsDemoData: false },
  ])('serves $name', async ({ isDemo, allowsDemoData }) => {
    const readings = await readAll(isDemo, allowsDemoData)
    expect(readings.map(({ status }) => status)).toEqual(readings.map(() => 'fulfilled'))
  })
})
