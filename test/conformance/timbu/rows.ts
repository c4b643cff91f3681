/**
 * What a test changes in a user's rows behind the API's back.
 */
import { env } from 'cloudflare:workers'
import { newId } from '../../../src/auth/random.ts'

/** Gives a user a further address or number. */
export async function addIdentifier(
  userId: string,
  type: 'email' | 'phone',
  value: string,
  createdAt = Date.now(),
): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO user_identifiers (id, user_id, organization_id, type, value, created_at)
      SELECT ?, id, organization_id, ?, ?, ? FROM users WHERE id = ?`,
  )
    .bind(newId('identifier'), type, value, createdAt, userId)
    .run()
}

/** Sets columns of a user. */
export async function setUser(userId: string, assignment: string): Promise<void> {
  await env.DB.prepare(`UPDATE users SET ${assignment} WHERE id = ?`).bind(userId).run()
}

/** Takes all addresses and numbers of a user. */
export async function removeIdentifiers(userId: string): Promise<void> {
  await env.DB.prepare('DELETE FROM user_identifiers WHERE user_id = ?').bind(userId).run()
}
