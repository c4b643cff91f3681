/**
 * The record of a user, from the very file that the server writes.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Reads what was done to a user, oldest first, in the database of the server that runs in a folder. */
export function readAuditActions(folder: string, targetId: string): unknown[] {
  const state = path.join(folder, '.wrangler/state/v3/d1/miniflare-D1DatabaseObject')
  const file = readdirSync(state).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)) ?? ''
  const database = new DatabaseSync(path.join(state, file), { readOnly: true })
  try {
    return database
      .prepare('SELECT action FROM audit_events WHERE target_id = ? ORDER BY sequence')
      .all(targetId)
      .map((row) => row['action'])
  } finally {
    database.close()
  }
}
