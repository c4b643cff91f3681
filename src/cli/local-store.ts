/**
 * The local D1: the very files that `wrangler dev` and `wrangler d1 --local` use. Never a remote one.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { forgetEnvironmentChoice } from './wrangler-process.ts'

/** Where wrangler keeps local state unless told otherwise; git ignores it. */
const STATE_FOLDER = join('.wrangler', 'state', 'v3')

/** Settings of wrangler itself: no network, no metrics. */
const SETTINGS_FILE = '.env'

/** An open store, and how to close it: it holds a workerd process. */
export interface LocalStore {
  readonly db: D1Database
  readonly close: () => Promise<void>
}

/** Tells whether a D1 was ever used here. */
export const hasLocalStore = (): boolean => existsSync(join(STATE_FOLDER, 'd1'))

/**
 * Opens the store that wrangler.toml binds as `DB`. It may be open in `wrangler dev` at the same time.
 *
 * @throws Error when wrangler.toml binds none.
 */
export async function openLocalStore(): Promise<LocalStore> {
  forgetEnvironmentChoice()
  // wrangler reads its settings there when it runs as a command, not as a library.
  if (existsSync(SETTINGS_FILE)) process.loadEnvFile(SETTINGS_FILE)
  const proxy = await openQuietly()
  if (proxy.env.DB) return { db: proxy.env.DB, close: () => proxy.dispose() }
  await proxy.dispose()
  throw new Error('wrangler.toml has no D1 binding called DB.')
}

/** Loads wrangler, which takes more than a second: late, for wrong arguments need none. */
export const loadWrangler = () => import('wrangler')

/** Opens wrangler's bindings without a word of wrangler's: stdout belongs to the command. */
async function openQuietly() {
  const level = process.env['WRANGLER_LOG']
  process.env['WRANGLER_LOG'] = 'error'
  try {
    const { getPlatformProxy } = await loadWrangler()
    const persist = { path: STATE_FOLDER }
    return await getPlatformProxy<{ DB?: D1Database }>({ persist, remoteBindings: false })
  } finally {
    // Processes that are started later speak as the operator wants.
    if (level === undefined) delete process.env['WRANGLER_LOG']
    else process.env['WRANGLER_LOG'] = level
  }
}

/** Opens the store for one piece of work, and closes it whatever happens. */
export async function withLocalStore<T>(work: (db: D1Database) => Promise<T>): Promise<T> {
  const store = await openLocalStore()
  try {
    return await work(store.db)
  } finally {
    await store.close()
  }
}
