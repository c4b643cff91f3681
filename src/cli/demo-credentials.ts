/**
 * Plans the keys of the demo's actors: those in `demo.json` that the store still takes are kept, because they exist
 * nowhere else; every other actor gets a new one, and its old demo key ends. Writes nothing.
 */
import { newSecret } from '../auth/random.ts'
import { createCredentialRow } from './account-rows.ts'
import type { DemoFile } from './demo-file.ts'
import { createDemoCredential, publicKeyOf, type DemoCredential } from './demo-keys.ts'
import { DEMO_ACTORS, type DemoActor } from './demo-people.ts'
import type { DemoUser } from './demo-users.ts'
import { prepareRow } from './rows.ts'

/** Names that tell demo keys from those that somebody registered over HTTP. */
const OWN_KEY_NAME = 'Demo key'
const ACCESS_TOKEN_KEY_NAME = 'Demo personal access token'

/** The key of an actor, registered or planned. */
export interface ActorKey {
  readonly credential: DemoCredential
  /** The `jti` of a personal access token, the same over restarts; null for other actors. */
  readonly accessTokenId: string | null
}

/** The keys of all actors, and the statements that make the store agree. */
export interface CredentialPlan {
  readonly keys: Readonly<Record<string, ActorKey>>
  readonly statements: readonly D1PreparedStatement[]
}

interface StoredCredential {
  readonly user_id: string
  readonly credential_id: string
  readonly public_key_hash: string
  readonly access_token_id: string | null
}

/**
 * Plans the keys of all actors.
 *
 * @param known - the file of an earlier start; null without one.
 * @param now - Unix milliseconds.
 */
export async function planDemoCredentials(
  db: D1Database,
  users: Readonly<Record<string, DemoUser>>,
  known: DemoFile | null,
  now: number,
): Promise<CredentialPlan> {
  const stored = await readActiveCredentials(db, Object.values(users))
  const keys: Record<string, ActorKey> = {}
  const statements: D1PreparedStatement[] = []
  for (const [name, actor] of Object.entries(DEMO_ACTORS)) {
    const user = users[actor.person]
    if (!user) continue
    const kept = await findKeptKey(actor, user, known?.actors[name]?.credential, stored)
    const key = kept ?? createActorKey(actor)
    keys[name] = key
    if (!kept) statements.push(...(await prepareRegistration(db, key, user, now)))
  }
  return { keys, statements }
}

function createActorKey({ algorithm, tokenKind }: DemoActor): ActorKey {
  const accessTokenId = tokenKind === 'personal_access_token' ? newSecret(16) : null
  return { credential: createDemoCredential(algorithm), accessTokenId }
}

/** A key is kept when the store has its very public half, active, for this user and this use. */
async function findKeptKey(
  actor: DemoActor,
  user: DemoUser,
  credential: DemoCredential | undefined,
  stored: readonly StoredCredential[],
): Promise<ActorKey | null> {
  if (!credential) return null
  const publicKey = await publicKeyOf(credential.privateKeyPem)
  const row = stored.find(
    (candidate) =>
      candidate.user_id === user.id &&
      candidate.credential_id === credential.credId &&
      candidate.public_key_hash === publicKey?.fingerprint &&
      (candidate.access_token_id !== null) === (actor.tokenKind === 'personal_access_token'),
  )
  return row ? { credential, accessTokenId: row.access_token_id } : null
}

async function prepareRegistration(
  db: D1Database,
  key: ActorKey,
  user: DemoUser,
  now: number,
): Promise<D1PreparedStatement[]> {
  const { credential, accessTokenId } = key
  const publicKey = await publicKeyOf(credential.privateKeyPem)
  if (!publicKey) throw new Error(`A fresh ${credential.algorithm} key was refused.`)
  const owner = { userId: user.id, organizationId: user.organizationId }
  const name = accessTokenId === null ? OWN_KEY_NAME : ACCESS_TOKEN_KEY_NAME
  const row = { ...owner, credentialId: credential.credId, publicKey, name, accessTokenId }
  const insert = prepareRow(db, createCredentialRow(row, now))
  if (user.isNew) return [insert]

  const end = db
    .prepare(
      `UPDATE credentials SET deactivated_at = ?1
       WHERE user_id = ?2 AND name = ?3 AND deactivated_at IS NULL`,
    )
    .bind(now, user.id, name)
  // A change of credentials is a change of the user (DESIGN section 2).
  const raise = db
    .prepare(
      'UPDATE users SET version = version + 1, is_registered = 1, updated_at = ?1 WHERE id = ?2',
    )
    .bind(now, user.id)
  return [end, insert, raise]
}

async function readActiveCredentials(
  db: D1Database,
  users: readonly DemoUser[],
): Promise<StoredCredential[]> {
  const { results } = await db
    .prepare(
      `SELECT user_id, credential_id, public_key_hash, access_token_id FROM credentials
       WHERE user_id IN (SELECT value FROM json_each(?1)) AND deactivated_at IS NULL`,
    )
    .bind(JSON.stringify(users.map(({ id }) => id)))
    .all<StoredCredential>()
  return results
}
