/**
 * The very file that the server of a folder writes, beside the server.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const DATABASES = '.wrangler/state/v3/d1/miniflare-D1DatabaseObject'

/** Works with the store of a folder, to read it unless told otherwise. */
export function withStore<T>(
  folder: string,
  work: (database: DatabaseSync) => T,
  { readOnly = true } = {},
): T {
  const state = path.join(folder, DATABASES)
  const file = readdirSync(state).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)) ?? ''
  // The server holds its lock for milliseconds; whoever comes meanwhile waits.
  const database = new DatabaseSync(path.join(state, file), { readOnly, timeout: 5_000 })
  try {
    return work(database)
  } finally {
    database.close()
  }
}
