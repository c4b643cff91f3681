/**
 * The record of a user, from the very file that the server writes.
 */
import { withStore } from './store.ts'

/** Reads what was done to a user, oldest first, in the database of the server that runs in a folder. */
export const readAuditActions = (folder: string, targetId: string): unknown[] =>
  withStore(folder, (database) =>
    database
      .prepare('SELECT action FROM audit_events WHERE target_id = ? ORDER BY sequence')
      .all(targetId)
      .map((row) => row['action']),
  )
