/**
 * Reads what D1 says when it fails. Its texts hold SQL and parameters, so they end here: nothing of them goes on.
 */
import type { CommitOutcome } from '../core/ports.ts'
import { DEMO_DATA_REFUSED } from './demo-data.ts'

const CONSTRAINT = /(UNIQUE|NOT NULL) constraint failed: (?:index ')?([a-z_]+)(?:\.([a-z_]+))?/

const STORE_FAILURE = /\bD1_|\bD1 |Network connection lost|Failed query|no such table/

/** The texts of an error and of its causes: drizzle wraps single statements, batches come bare. */
function textsOf(error: unknown): string {
  const texts: string[] = []
  for (let one = error; one instanceof Error && texts.length < 5; one = one.cause) {
    texts.push(one.message)
  }
  return texts.join('\n')
}

/**
 * Names what a failed batch ran into; null where it was no constraint of ours, so that the error is thrown on.
 *
 * @see SQLite's texts "UNIQUE constraint failed: table.column" and "NOT NULL constraint failed: table.column"
 */
export function readConflict(
  error: unknown,
): Exclude<CommitOutcome, 'committed' | 'unclear'> | null {
  const [, kind, table = '', column] = CONSTRAINT.exec(textsOf(error)) ?? []
  // The key was claimed meanwhile: the next reading sees by whom, and what was answered (rule I5).
  if (table === 'idempotency_records') return 'stale'
  if (kind === 'NOT NULL') {
    if (table !== 'guards') return null
    return column === 'last_holder' ? 'last_holder' : 'stale'
  }
  if (table === 'used_tokens') return 'proof_used'
  // A name taken meanwhile is a stale reading too: the next one sees who took it. Indexes over expressions go by
  // their own name, which begins with the table's.
  return /^(users|user_identifiers|credentials)/.test(table) ? 'stale' : null
}

/** Tells whether D1 refused to begin: asking again would only make it worse (rule I15). */
export const isOverload = (error: unknown): boolean => /overloaded/i.test(textsOf(error))

/** Tells whether an error is the database's, so that the answer is 503: it may be well again soon (rule I15). */
export const isStoreFailure = (error: unknown): boolean => {
  const texts = textsOf(error)
  return texts.includes(DEMO_DATA_REFUSED) || STORE_FAILURE.test(texts)
}
