/**
 * Turns rows of credentials into the core's noun.
 */
import type { Credential } from '../core/user.ts'
import type { credentials } from './schema.ts'

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
  createdAt: row.createdAt,
})
