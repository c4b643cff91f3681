/**
 * Reads credentials of an owner, and turns their rows into the core's noun.
 */
import { and, eq, isNull, type SQL } from 'drizzle-orm'
import type { Credential } from '../core/user.ts'
import type { Database } from './database.ts'
import { credentials, users } from './schema.ts'

/** Turns a row into a credential. */
export const toCredential = (row: typeof credentials.$inferSelect): Credential => ({
  id: row.id,
  userId: row.userId,
  kind: row.kind,
  credentialId: row.credentialId,
  algorithm: row.algorithm,
  publicKeyPem: row.publicKeyPem,
  accessTokenId: row.accessTokenId,
  isActive: row.deactivatedAt === null,
  name: row.name,
  signCount: row.signCount,
  isBackupEligible: row.isBackupEligible,
  relyingPartyId: row.relyingPartyId,
  origin: row.origin,
  suspectedAt: row.suspectedAt,
  activatedAt: row.activatedAt,
  createdAt: row.createdAt,
})

/** Selects every credential of a user itself, oldest first: not those of its personal access tokens. */
export const selectOwnCredentials = (database: Database, owner: SQL | undefined) =>
  database
    .select({ credential: credentials })
    .from(users)
    .innerJoin(credentials, eq(credentials.userId, users.id))
    .where(and(owner, isNull(credentials.accessTokenId)))
    .orderBy(credentials.createdAt, credentials.id)

/**
 * Selects the active keys of one owner, oldest first: its own, or those of one of its personal access tokens, which
 * sign for that token and never log their owner in; its own never sign for the token.
 *
 * @param accessTokenId - `jti` of the personal access token; null for the keys of the user itself.
 */
export const selectActiveCredentials = (
  database: Database,
  owner: SQL | undefined,
  accessTokenId: string | null,
) =>
  database
    .select({ credential: credentials })
    .from(users)
    .innerJoin(credentials, eq(credentials.userId, users.id))
    .where(
      and(
        owner,
        isNull(credentials.deactivatedAt),
        accessTokenId === null
          ? isNull(credentials.accessTokenId)
          : eq(credentials.accessTokenId, accessTokenId),
      ),
    )
    .orderBy(credentials.createdAt, credentials.id)
