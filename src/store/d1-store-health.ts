/**
 * Asks the database whether it can serve: reachable, migrated, and free of demo data where that is not allowed.
 */
import { sql } from 'drizzle-orm'
import type { StoreHealth } from '../core/ports.ts'
import type { Database } from './database.ts'

/** The newest migration that this code was written for; a test compares it with the folder. */
export const LATEST_MIGRATION = '0003_credentials.sql'

/** Makes the check of the store. Answers in words, never with what the database said. */
export const createD1StoreHealth = (database: Database): StoreHealth => ({
  findFault: async (allowsDemoData) => {
    try {
      const [found] = await database
        .select({
          isMigrated:
            sql<number>`EXISTS (SELECT 1 FROM d1_migrations WHERE name = ${LATEST_MIGRATION})`.as(
              'is_migrated',
            ),
          hasDemoData: sql<number>`EXISTS (SELECT 1 FROM organizations WHERE is_demo = 1)`.as(
            'has_demo_data',
          ),
        })
        .from(sql`(SELECT 1)`)
      if (found?.isMigrated !== 1) return 'migrations are missing'
      if (!allowsDemoData && found.hasDemoData === 1) return 'demo data on a production origin'
      return null
    } catch {
      return 'the database does not answer, or was never migrated'
    }
  },
})
