/**
 * Idempotency keys on D1, which alone decides whose they are (invariant 3).
 */
import { and, eq, gt, sql } from 'drizzle-orm'
import type { ClaimMark } from '../core/idempotency.ts'
import type { Commit } from '../core/ports.ts'
import type { Database } from './database.ts'
import { idempotencyRecords } from './schema.ts'

/** Selects what stands under a key. Whether it has expired is asked where the row is (rule I12). */
export const selectClaim = (
  database: Database,
  { scopeHash, now }: { readonly scopeHash: string; readonly now: number },
) =>
  database
    .select({
      fingerprint: idempotencyRecords.fingerprint,
      expiresAt: idempotencyRecords.expiresAt,
    } satisfies Record<keyof ClaimMark, unknown>)
    .from(idempotencyRecords)
    .where(and(eq(idempotencyRecords.scopeHash, scopeHash), gt(idempotencyRecords.expiresAt, now)))

/** Selects the answer that is kept under a key, if it is still that claim's. */
export const selectAnswer = (database: Database, scopeHash: string, mark: ClaimMark) =>
  database
    .select({
      status: idempotencyRecords.status,
      body: idempotencyRecords.body,
      headers: idempotencyRecords.headers,
    })
    .from(idempotencyRecords)
    .where(
      and(
        eq(idempotencyRecords.scopeHash, scopeHash),
        eq(idempotencyRecords.fingerprint, mark.fingerprint),
        eq(idempotencyRecords.expiresAt, mark.expiresAt),
      ),
    )

/**
 * Claims a key, and keeps the answer under it. One statement for all that can be there: nothing, a row that has
 * expired and is replaced, or a living one, which fails on the NOT NULL of its fingerprint and takes the batch with it
 * (rules I5, I12).
 */
export const claimStatement = (
  database: Database,
  claim: NonNullable<Commit['claim']>,
  commitId: string,
) => {
  const { scopeHash, now, ...answer } = claim
  const kept = { ...answer, claimedBy: commitId }
  const mark = sql`iif(${idempotencyRecords.expiresAt} <= ${now}, ${claim.fingerprint}, NULL)`
  return database
    .insert(idempotencyRecords)
    .values({ scopeHash, ...kept })
    .onConflictDoUpdate({
      target: idempotencyRecords.scopeHash,
      set: { ...kept, fingerprint: mark },
    })
    .returning({ written: idempotencyRecords.claimedBy })
}
