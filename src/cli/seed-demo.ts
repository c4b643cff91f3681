/**
 * Brings the demo of DESIGN section 8 into a local store, or completes what is missing of it, and describes it as
 * `demo.json` does. What is there stays: states, names, keys. Writes no audit rows.
 */
import { TOKEN_KIND_NAMES } from '../auth/access-token.ts'
import type { KeyRing } from '../auth/own-key.ts'
import { planDemoCredentials, type ActorKey } from './demo-credentials.ts'
import type { DemoFile, DemoFileActor, DemoFileTarget } from './demo-file.ts'
import { planDemoOrganizations } from './demo-organizations.ts'
import { DEMO_ACTORS, DEMO_TARGETS, type DemoActor } from './demo-people.ts'
import { issueDemoToken } from './demo-tokens.ts'
import { planDemoUsers, type DemoUser } from './demo-users.ts'
import { prepareRow } from './rows.ts'

/**
 * Seeds the demo in one batch, and issues fresh tokens.
 *
 * @param options.known - the file of an earlier start; null without one.
 * @param options.baseUrl - origin of the local server, which is the issuer, too.
 * @param options.now - Unix milliseconds.
 */
export async function seedDemo(
  db: D1Database,
  keyRing: KeyRing,
  options: { readonly known: DemoFile | null; readonly baseUrl: string; readonly now: number },
): Promise<DemoFile> {
  const { known, baseUrl, now } = options
  const { organizations, rows: organizationRows } = await planDemoOrganizations(db, now)
  const { users, rows: userRows } = await planDemoUsers(db, organizations, known, now)
  const { keys, statements } = await planDemoCredentials(db, users, known, now)
  const writes = [
    ...[...organizationRows, ...userRows].map((row) => prepareRow(db, row)),
    ...countNewUsers(db, Object.values(users)),
    ...statements,
  ]
  if (writes.length > 0) await db.batch(writes)

  const actors: Record<string, DemoFileActor> = {}
  for (const [name, actor] of Object.entries(DEMO_ACTORS)) {
    const user = users[actor.person]
    const key = keys[name]
    if (user && key) actors[name] = await describeActor(actor, user, key, keyRing, { baseUrl, now })
  }
  const { id: orgId, tenantId } = organizations.home
  const targets = Object.keys(DEMO_TARGETS).flatMap((name): [string, DemoFileTarget][] => {
    const user = users[name]
    return user ? [[name, { userId: user.id, email: user.email, state: user.state }]] : []
  })
  return {
    baseUrl,
    organization: { orgId, tenantId },
    actors,
    targets: Object.fromEntries(targets),
  }
}

/** `user_count` moves in the batch that creates, as in the service itself. */
function countNewUsers(db: D1Database, users: readonly DemoUser[]): D1PreparedStatement[] {
  const counts = new Map<string, number>()
  for (const { organizationId, isNew } of users) {
    if (isNew) counts.set(organizationId, (counts.get(organizationId) ?? 0) + 1)
  }
  return [...counts].map(([organizationId, count]) =>
    db
      .prepare('UPDATE organizations SET user_count = user_count + ?1 WHERE id = ?2')
      .bind(count, organizationId),
  )
}

async function describeActor(
  actor: DemoActor,
  user: DemoUser,
  key: ActorKey,
  keyRing: KeyRing,
  options: { readonly baseUrl: string; readonly now: number },
): Promise<DemoFileActor> {
  const subject = { ...user, userId: user.id, tokenKind: actor.tokenKind }
  const token = await issueDemoToken(keyRing, subject, {
    issuer: options.baseUrl,
    now: options.now,
    tokenId: key.accessTokenId,
  })
  return {
    userId: user.id,
    username: user.username,
    email: user.email,
    kind: user.kind,
    tokenKind: TOKEN_KIND_NAMES[actor.tokenKind],
    ...token,
    credential: key.credential,
  }
}
