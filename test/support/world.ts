/**
 * Organizations with people in them, written straight into D1: what a test begins with. Every id is its own.
 */
import { env } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { issueAccessToken } from '../../src/auth/access-token.ts'
import { createKeyRing } from '../../src/auth/key-ring.ts'
import { newId, newSecret } from '../../src/auth/random.ts'
import type { TokenKind } from '../../src/core/principal.ts'
import type { User } from '../../src/core/user.ts'
import { openDatabase } from '../../src/store/database.ts'
import {
  credentials,
  organizations,
  roleAssignments,
  roles,
  userIdentifiers,
  users,
} from '../../src/store/schema.ts'
import { createSigner, type Signer } from './signer.ts'

/** Every operation that the Dfns routes ask for. */
export const ALL_DFNS = ['Read', 'Create', 'Update', 'Activate', 'Deactivate', 'Delete'].map(
  (verb) => `Auth:Users:${verb}`,
)

/** Every permission that the Rinne routes ask for. */
export const ALL_RINNE = ['user.read', 'user.create', 'user.edit', 'role.read']

/** Somebody with a token and a key. */
export interface Actor {
  readonly userId: string
  readonly username: string
  readonly organizationId: string
  readonly token: string
  readonly signer: Signer
  /** Issues a further token, as it would be issued now but for what is said. */
  readonly issueToken: (options?: Partial<TokenOptions>) => Promise<string>
}

/** What a token can say otherwise. */
export interface TokenOptions {
  readonly tokenKind: TokenKind
  readonly tokenEpoch: number
  readonly now: number
  readonly lifetimeSeconds: number
  readonly tokenId: string
  readonly issuer: string
  readonly audience: string
}

/** An organization of its own for a test. */
export interface World {
  readonly organizationId: string
  readonly addUser: (given?: Partial<NewUserRow>) => Promise<string>
  readonly addActor: (
    given?: Partial<NewUserRow> & { operations?: readonly string[]; signer?: Signer },
  ) => Promise<Actor>
}

type NewUserRow = typeof users.$inferInsert

/** The key ring of the Worker under test. */
export const keyRing = await createKeyRing(env.SIGNING_KEYS)

const database = openDatabase(env.DB)

/** Makes an organization. */
export async function createWorld(
  given: {
    readonly dialects?: string[]
    readonly isDemo?: boolean
    readonly requireUserAction?: boolean
  } = {},
): Promise<World> {
  const now = Date.now()
  const organizationId = newId('organization')
  const tenantId = newId('tenant')
  await database.insert(organizations).values({
    id: organizationId,
    tenantId,
    name: 'Test organization',
    dialects: given.dialects ?? ['dfns', 'timbu', 'rinne'],
    isDemo: given.isDemo ?? false,
    requireUserAction: given.requireUserAction ?? false,
    createdAt: now,
    updatedAt: now,
  })
  const addUser = async (members: Partial<NewUserRow> = {}): Promise<string> => {
    const id = newId('user')
    const username = `${id}@example.test`
    const createdAt = members.createdAt ?? Date.now()
    await database.insert(users).values({
      id,
      organizationId,
      kind: 'CustomerEmployee',
      username,
      isRegistered: true,
      createdAt,
      updatedAt: createdAt,
      ...members,
    })
    if (members.archivedAt === undefined || members.archivedAt === null) {
      await database
        .update(organizations)
        .set({ userCount: sql`${organizations.userCount} + 1` })
        .where(eq(organizations.id, organizationId))
    }
    await database.insert(userIdentifiers).values({
      id: newId('identifier'),
      userId: id,
      organizationId,
      type: 'email',
      value: username,
      createdAt,
    })
    return id
  }
  return {
    organizationId,
    addUser,
    addActor: async ({ operations = [], signer, ...members } = {}) => {
      const userId = await addUser(members)
      const key = signer ?? (await createSigner('Ed25519'))
      await addCredential(organizationId, userId, key)
      if (operations.length > 0) await addRole(organizationId, userId, operations)
      const username = members.username ?? `${userId}@example.test`
      const issueToken: Actor['issueToken'] = (options = {}) => {
        const { tokenKind = 'user', tokenEpoch = 0, ...rest } = options
        return issueAccessToken(
          keyRing,
          { userId, username, organizationId, tenantId, tokenEpoch, tokenKind },
          {
            issuer: env.ISSUER,
            audience: env.AUDIENCE,
            now: Date.now(),
            lifetimeSeconds: 3_600,
            tokenId: newSecret(16),
            ...rest,
          },
        )
      }
      return {
        userId,
        username,
        organizationId,
        signer: key,
        issueToken,
        token: await issueToken(),
      }
    },
  }
}

/** Registers a key; `accessTokenId` makes it a personal access token's. */
export async function addCredential(
  organizationId: string,
  userId: string,
  signer: Signer,
  accessTokenId: string | null = null,
): Promise<string> {
  const id = newId('credential')
  await database.insert(credentials).values({
    id,
    organizationId,
    userId,
    kind: 'Key',
    credentialId: signer.credentialId,
    algorithm: signer.algorithm,
    publicKeyPem: signer.publicKeyPem,
    publicKeyHash: `${id}-hash`,
    name: 'Test key',
    accessTokenId,
    // A key that was there before any challenge of the test.
    createdAt: Date.now() - 60_000,
  })
  return id
}

/** Gives a user a role of its own with operations, named after its id where no name is said. */
export async function addRole(
  organizationId: string,
  userId: string,
  operations: readonly string[],
  name?: string,
): Promise<{ roleId: string; assignmentId: string }> {
  const now = Date.now()
  const roleId = newId('role')
  const assignmentId = newId('assignment')
  await database.insert(roles).values({
    id: roleId,
    organizationId,
    name: name ?? `Role ${roleId}`,
    operations: [...operations],
    createdAt: now,
    updatedAt: now,
  })
  await database
    .insert(roleAssignments)
    .values({ id: assignmentId, roleId, userId, createdAt: now })
  return { roleId, assignmentId }
}

/** Reads a user's row. */
export async function readUserRow(userId: string): Promise<Record<keyof User & string, unknown>> {
  const row = await env.DB.prepare('SELECT * FROM users WHERE id = ?').bind(userId).first()
  return row as Record<keyof User & string, unknown>
}

/** Reads the record of a user, oldest first. */
export async function readAuditEvents(targetId: string): Promise<Record<string, unknown>[]> {
  const { results } = await env.DB.prepare(
    'SELECT * FROM audit_events WHERE target_id = ? ORDER BY sequence',
  )
    .bind(targetId)
    .all()
  return results
}
