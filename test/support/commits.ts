/**
 * Transactions as the command runner makes them, on the real store: what a test breaks between reading and writing.
 */
import { env } from 'cloudflare:workers'
import { newId, newSecret } from '../../src/auth/random.ts'
import { sha256Hex } from '../../src/auth/digest.ts'
import { changeUser } from '../../src/core/change.ts'
import { endSessions } from '../../src/core/deactivate-user.ts'
import type { Commit, Guards } from '../../src/core/ports.ts'
import type { Principal } from '../../src/core/principal.ts'
import { createD1UserStore } from '../../src/store/d1-user-store.ts'
import { openDatabase } from '../../src/store/database.ts'
import type { Actor } from './world.ts'

/** The store of the Worker under test, which serves demo data. */
export const users = createD1UserStore(openDatabase(env.DB), { allowsDemoData: true })

/** The principal that an actor's token proves; its revocation key is its own. */
export const principalOf = (
  actor: Pick<Actor, 'userId' | 'organizationId'>,
  members: Partial<Principal> = {},
): Principal => ({
  issuer: env.ISSUER,
  subject: actor.userId,
  organizationId: actor.organizationId,
  reference: { by: 'id', userId: actor.userId },
  tokenKind: 'user',
  freshness: { by: 'epoch', epoch: 0 },
  tokenId: 'token',
  revocationKey: `revocation-of-${actor.userId}`,
  expSeconds: Math.floor(Date.now() / 1000) + 600,
  isOwn: true,
  ...members,
})

/** Reads as for a deactivation of a target, and writes down everything that would be committed. */
export async function prepareDeactivation(
  actor: Actor,
  targetId: string,
  guards: Partial<Guards> = {},
): Promise<Commit> {
  const principal = principalOf(actor)
  const usedHash = await sha256Hex(newSecret())
  const { caller, credential, target } = await users.readSnapshot({
    principal,
    proof: { usedHash, credentialId: actor.signer.credentialId },
    targetId,
  })
  if (!caller || !credential || !target) throw new Error('the world is not what the test thinks')
  const now = Date.now()
  const change = changeUser(
    'deactivate',
    target,
    { suspendedAt: now, ...endSessions(target, now) },
    now,
  )
  const id = newId('auditEvent')
  return {
    id,
    claim: null,
    guards: {
      caller: caller.user,
      needsSuperuser: false,
      revocationKey: principal.revocationKey,
      assignments: caller.user.assignments.map(({ id, role }) => ({
        id,
        roleVersion: role.version,
      })),
      roles: [],
      credentialId: credential.id,
      signCount: null,
      target,
      sharedPowers: [],
      ...guards,
    },
    consumption: { usedHash, purpose: 'user-action', expiresAt: now + 300_000 },
    change,
    event: {
      id,
      at: now,
      organizationId: actor.organizationId,
      actorId: actor.userId,
      targetId,
      action: 'deactivate',
      fromState: 'active',
      toState: 'inactive',
      dialect: 'dfns',
      requestId: 'req_1',
      evidence: {},
    },
  }
}

/** Runs a statement that no route of the service would: what happens behind a request's back. */
export const runSql = (sql: string, ...params: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...params)
    .run()

/** Reads one row by a statement. */
export const readRow = async (sql: string, ...params: unknown[]) =>
  (await env.DB.prepare(sql)
    .bind(...params)
    .first()) as Record<string, unknown> | null
