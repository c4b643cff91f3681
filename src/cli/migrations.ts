/**
 * Brings the local store to the newest migration. wrangler applies them, and only when one is missing: a start of
 * wrangler costs seconds.
 */
import { readdir } from 'node:fs/promises'
import { hasLocalStore, loadWrangler, openLocalStore, type LocalStore } from './local-store.ts'
import { runWrangler } from './wrangler-process.ts'

/** `migrations_dir` of wrangler.toml. */
const MIGRATIONS_FOLDER = 'migrations'

/**
 * Opens the local store, migrated.
 *
 * @throws Error with wrangler's own words when a migration fails.
 */
export async function openMigratedStore(): Promise<LocalStore> {
  // A new store needs all of them: wrangler applies them while this process loads wrangler, too. It is opened
  // afterwards, for two runtimes that make the same file at once can find it locked.
  if (!hasLocalStore()) await Promise.all([loadWrangler(), applyMigrations()])
  const store = await openLocalStore()
  try {
    const pending = await listPendingMigrations(store.db)
    if (pending.length > 0) await applyMigrations()
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * Lists the migration files that the store has not seen, in order.
 *
 * @param folder - where the files are.
 */
export async function listPendingMigrations(
  db: D1Database,
  folder = MIGRATIONS_FOLDER,
): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  // wrangler's own table, which a new store does not have.
  const table = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'd1_migrations'")
    .first()
  if (table === null) return files
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  return files.filter((name) => !applied.has(name))
}

async function applyMigrations(): Promise<void> {
  const outcome = await runWrangler(['d1', 'migrations', 'apply', 'DB', '--local'])
  if (outcome.exitCode === 0) return
  throw new Error(`The migrations failed.\n${outcome.stdout}${outcome.stderr}`)
}
