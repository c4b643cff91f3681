/**
 * The count of a passkey on real D1: compared and noted in the batch that spends the challenge, or not at all (rules
 * W9, W12).
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { completeAction, initiateAction } from '../../src/auth/action-flow.ts'
import { createDecoys } from '../../src/auth/decoy.ts'
import { completeLogin, initiateLogin } from '../../src/auth/login-flow.ts'
import { newId, newSecret } from '../../src/auth/random.ts'
import type { Commit } from '../../src/core/ports.ts'
import type { Refusal } from '../../src/core/refusal.ts'
import type { Result } from '../../src/core/result.ts'
import { createD1AccountStore } from '../../src/store/d1-account-store.ts'
import { openDatabase } from '../../src/store/database.ts'
import { createAuthenticator, type Authenticator } from '../support/authenticator.ts'
import { principalOf, readRow, runSql, users } from '../support/commits.ts'
import { dumpTables } from '../support/dump.ts'
import { TOKEN_SETTINGS } from '../support/forged.ts'
import { RELYING_PARTY, sampleGuards } from '../support/sample.ts'
import { createWorld, keyRing, readAuditEvents, readUserRow } from '../support/world.ts'

const settings = {
  ...TOKEN_SETTINGS,
  users,
  accounts: createD1AccountStore(openDatabase(env.DB), { allowsDemoData: true }),
  decoys: createDecoys(keyRing),
  challengeSeconds: 300,
  accessTokenSeconds: 900,
  userActionSeconds: 300,
  relyingParty: RELYING_PARTY,
}

/** A user whose only credential is a passkey that has counted so far. */
async function setUp(signCount = 3) {
  const world = await createWorld()
  const authenticator = await createAuthenticator('ES256')
  const actor = await world.addActor()
  await runSql(
    `UPDATE credentials SET kind = 'Fido2', algorithm = 'P-256', credential_id = ?,
      public_key_pem = ?, sign_count = ?, relying_party_id = 'example.org' WHERE user_id = ?`,
    ...[authenticator.credentialId, authenticator.publicKeyPem, signCount, actor.userId],
  )
  const row = () => readRow('SELECT * FROM credentials WHERE user_id = ?', actor.userId)
  const note = async () => {
    const { sign_count, suspected_at } = (await row()) ?? {}
    return { signCount: sign_count, suspectedAt: suspected_at }
  }
  return { world, actor, authenticator, row, note }
}

type Scene = Awaited<ReturnType<typeof setUp>>

const answerBy = async (
  authenticator: Authenticator,
  { challenge, challengeIdentifier }: { challenge: string; challengeIdentifier: string },
  signCount: number,
) => ({
  challengeIdentifier,
  assertion: {
    kind: 'Fido2' as const,
    credentialId: authenticator.credentialId,
    ...(await authenticator.assert({ challenge, signCount })),
  },
})

/** Gets a login challenge, and answers it with a count as often as it is asked to. */
async function beginLogin({ actor, authenticator }: Scene) {
  const issued = await initiateLogin(settings, actor, Date.now())
  return async (signCount: number) => {
    const answer = await answerBy(authenticator, issued, signCount)
    return completeLogin(settings, answer, {
      now: Date.now(),
      requestId: 'req_1',
      clientRequestId: null,
    })
  }
}

async function beginAction({ actor, authenticator }: Scene) {
  const principal = principalOf(actor)
  const action = { principal, method: 'PUT', path: '/x', payload: undefined, now: Date.now() }
  const issued = await initiateAction(settings, action)
  if (!issued.ok) throw new Error(issued.failure.reason)
  return async (signCount: number) => {
    const answer = await answerBy(authenticator, issued.value, signCount)
    const request = { now: Date.now(), requestId: 'req_1', clientRequestId: null }
    return completeAction(settings, principal, answer, request)
  }
}

const FLOWS = [
  { name: 'login', begin: beginLogin },
  { name: 'signing', begin: beginAction },
]
const causeOf = (result: Result<unknown, Refusal>) =>
  result.ok ? 'done' : 'cause' in result.failure ? result.failure.cause : result.failure.reason

describe.each(FLOWS)('the count at $name', ({ begin }) => {
  it('is noted when it rises, and nothing else is', async () => {
    const scene = await setUp()
    const before = await scene.row()
    expect(causeOf(await (await begin(scene))(4))).toBe('done')
    expect(await scene.row()).toEqual({ ...before, sign_count: 4 })
    expect(await readAuditEvents(scene.actor.userId)).toEqual([])
    expect(await readUserRow(scene.actor.userId)).toMatchObject({ version: 1 })
  })

  it.each([3, 2, 0])(
    'is refused at %i after 3, on record, and spends the challenge',
    async (count) => {
      const scene = await setUp()
      const answer = await begin(scene)
      const start = Date.now()
      expect(causeOf(await answer(count))).toBe('counter_not_risen')
      const { signCount, suspectedAt } = await scene.note()
      expect(signCount).toBe(3)
      expect(suspectedAt).toBeGreaterThanOrEqual(start)
      const events = await readAuditEvents(scene.actor.userId)
      expect(events).toMatchObject([
        {
          action: 'refuse_counter',
          at: suspectedAt,
          actor_id: scene.actor.userId,
          from_state: null,
        },
      ])
      const evidence = JSON.parse(String(events[0]?.['evidence'])) as Record<string, object>
      expect(Object.keys(evidence)).toEqual(['credential', 'assertion'])
      expect(Object.keys(evidence['assertion'] ?? {})).toEqual([
        'clientData',
        'signature',
        'authenticatorData',
      ])
      // The passkey itself goes on, and the challenge does not.
      expect(causeOf(await answer(4))).toBe('used')
      expect(causeOf(await (await begin(scene))(4))).toBe('done')
      expect(await scene.note()).toEqual({ signCount: 4, suspectedAt })
    },
  )

  it('lets one of five through that tell the same count at once, and the others on record', async () => {
    const scene = await setUp()
    const answers = await Promise.all(Array.from({ length: 5 }, () => begin(scene)))
    const results = await Promise.all(answers.map((answer) => answer(4)))
    expect(results.map(causeOf).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'counter_not_risen'),
      'done',
    ])
    expect(await scene.note()).toMatchObject({ signCount: 4 })
    expect(await readAuditEvents(scene.actor.userId)).toHaveLength(4)
  })

  it('never falls, whatever order counts come in at once', async () => {
    const scene = await setUp()
    const counts = [9, 4, 7, 5, 8, 6]
    const answers = await Promise.all(counts.map(() => begin(scene)))
    const results = await Promise.all(answers.map((answer, at) => answer(counts[at] ?? 0)))
    const taken = counts.filter((_, at) => results[at]?.ok)
    expect(taken.length).toBeGreaterThan(0)
    expect(await scene.note()).toMatchObject({ signCount: Math.max(...taken) })
  })

  it('of zero stays zero, for as many answers as there are at once', async () => {
    const scene = await setUp(0)
    const answers = await Promise.all([begin(scene), begin(scene), begin(scene)])
    const results = await Promise.all(answers.map((answer) => answer(0)))
    expect(results.map(causeOf)).toEqual(['done', 'done', 'done'])
    expect(await scene.note()).toEqual({ signCount: 0, suspectedAt: null })
  })

  it('is noted nowhere for an answer that another has signed (W12)', async () => {
    const scene = await setUp()
    const { credentialId } = scene.authenticator
    const authenticator = { ...(await createAuthenticator('ES256')), credentialId }
    const forged = await begin({ ...scene, authenticator })
    const answer = await begin(scene)
    const before = await dumpTables(scene.world.organizationId)
    for (const count of [1, 9]) expect(causeOf(await forged(count))).toBe('signature_invalid')
    expect(await dumpTables(scene.world.organizationId)).toEqual(before)
    expect(causeOf(await answer(4))).toBe('done')
  })
})

describe('commit: notes on a passkey', () => {
  /** A commit that spends a challenge and notes something. */
  async function prepare(passkey: object, guards: Partial<Commit['guards']> = {}) {
    const scene = await setUp()
    const credentialId = String((await scene.row())?.['id'])
    const { caller } = await users.readSnapshot({ principal: principalOf(scene.actor) })
    if (!caller) throw new Error('the world is not what the test thinks')
    const commit: Commit = {
      ...{ id: newId('auditEvent'), claim: null, change: null, event: null },
      guards: sampleGuards({
        ...{ caller: caller.user, revocationKey: null, credentialId, signCount: 3 },
        ...guards,
      }),
      consumption: { usedHash: newSecret(), purpose: 'login-challenge', expiresAt: Date.now() },
      passkey: { credentialId, ...passkey } as NonNullable<Commit['passkey']>,
    }
    return { ...scene, commit }
  }

  it.each([
    { name: 'a count', passkey: { signCount: 4 }, noted: { signCount: 4, suspectedAt: null } },
    { name: 'a suspicion', passkey: { suspectedAt: 7 }, noted: { signCount: 3, suspectedAt: 7 } },
  ])('writes $name and nothing else of the credential', async ({ passkey, noted }) => {
    const { commit, note } = await prepare(passkey)
    expect(await users.commit(commit)).toBe('committed')
    expect(await note()).toEqual(noted)
  })

  it.each([
    { name: 'the count is another', guards: { signCount: 2 }, outcome: 'stale' },
    { name: 'the caller was changed', sql: 'UPDATE users SET version = 9', outcome: 'stale' },
    {
      name: 'the passkey was switched off',
      sql: 'UPDATE credentials SET deactivated_at = 1',
      outcome: 'stale',
    },
  ])('writes nothing where $name', async ({ guards, sql, outcome }) => {
    const { commit, world, note } = await prepare({ signCount: 4 }, guards)
    if (sql) await runSql(`${sql} WHERE organization_id = ?`, world.organizationId)
    const before = await dumpTables(world.organizationId)
    expect(await users.commit(commit)).toBe(outcome)
    expect(await note()).toEqual({ signCount: 3, suspectedAt: null })
    expect(await dumpTables(world.organizationId)).toEqual(before)
  })

  it('writes nothing where the challenge was used', async () => {
    const { commit, note } = await prepare({ signCount: 4 })
    expect(await users.commit(commit)).toBe('committed')
    const again = { ...commit, guards: { ...commit.guards, signCount: 4 } }
    const { credentialId = '' } = commit.passkey ?? {}
    const late = { ...again, passkey: { credentialId, signCount: 5 } }
    expect(await users.commit(late)).toBe('proof_used')
    expect(await note()).toMatchObject({ signCount: 4 })
  })
})
