/**
 * Credentials: whom their routes refuse, conditions, and what races must not bring about.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newSecret } from '../../../src/auth/random.ts'
import { call } from '../../support/api.ts'
import { runSql } from '../../support/commits.ts'
import { dumpTables } from '../../support/dump.ts'
import { forgeUserAction } from '../../support/forged.ts'
import {
  CREDENTIAL_CHANGES,
  expectDone,
  expectRefusal,
  expectReplay,
  setChange,
  withWorker,
} from '../../support/idempotency.ts'
import { completeLogin, initiateLogin, logIn } from '../../support/login.ts'
import { callWithoutTrace, describeUnusableCallers } from '../../support/refusals.ts'
import * as kit from '../../support/registration.ts'
import { createSigner } from '../../support/signer.ts'
import { describeUserActions } from '../../support/user-action-refusals.ts'
import {
  addCredential,
  createWorld,
  readAuditEvents,
  readUserRow,
  type Actor,
} from '../../support/world.ts'
import { DFNS_REFUSALS, expectDfnsError } from './answers.ts'
import * as routes from './routes.ts'

const { createCredential, sendKey, switchCredential, withAction, writeCreation } = kit

describeUnusableCallers(routes.LIST_CREDENTIALS)
describeUnusableCallers(routes.INITIATE_CREDENTIAL)
for (const route of CREDENTIAL_CHANGES) {
  describeUnusableCallers(route)
  describeUserActions(route)
}

describe.each(CREDENTIAL_CHANGES)('$name', (route) => {
  it('is done only in the version of its user that If-Match names', async () => {
    const world = await createWorld()
    const actor = await world.addActor({ version: 7 })
    const { ids, sent } = await setChange(route, { world, actor })
    const under = (tags: string) => ({ ...sent, headers: { 'if-match': tags } })
    for (const tags of ['"6"', '"8"', 'W/"7"', '"07"']) {
      expectRefusal(route, await callWithoutTrace(ids, under(tags)), 412)
    }
    const { headers } = expectDone(route, await call(under('"6", "7"')))
    expect(headers.get('etag')).toBe('"8"')
    expect(await readUserRow(actor.userId)).toMatchObject({ version: 8 })
    const other = (await setChange(route, { world, actor })).sent
    expectDone(route, await call({ ...other, headers: { 'if-match': '*' } }))
  })

  it('is done once when two ask for it at once, and once on record', async () => {
    const { actor, request, sent } = await setChange(route)
    const another = { ...sent, userAction: await forgeUserAction(actor, request) }
    const replies = await Promise.all([sent, another].map((one) => call(one)))
    const statuses = replies.map(({ status }) => status).sort()
    // What is so already is no fault; a challenge that was answered is, or a credential that is registered.
    expect([statuses[0], route.again === 200 ? [200] : [400, 409]]).toEqual([
      200,
      expect.arrayContaining([statuses[1]]),
    ])
    expect(await readAuditEvents(actor.userId)).toHaveLength(1)
    expect(await readUserRow(actor.userId)).toMatchObject({ version: 2 })
  })
})

const readCredentials = async (userId: string) =>
  (
    await env.DB.prepare('SELECT * FROM credentials WHERE user_id = ? ORDER BY created_at')
      .bind(userId)
      .all<Record<string, unknown>>()
  ).results

/** Sets up somebody with two keys, and each as who signs with it. */
async function setPair(): Promise<readonly { by: Actor; uuid: string }[]> {
  const actor = await (await createWorld()).addActor()
  const signer = await createSigner('Ed25519')
  expect((await createCredential(actor, (text) => sendKey(signer, text))).status).toBe(200)
  const [one, two] = await readCredentials(actor.userId)
  return [
    { by: actor, uuid: String(one?.['id']) },
    { by: { ...actor, signer }, uuid: String(two?.['id']) },
  ]
}

describe('POST /auth/credentials', () => {
  const expired = { now: Date.now() - 301_000 }
  const byKey = async (text: string) => sendKey(await createSigner('Ed25519'), text)

  it('says what is wrong with a challenge to nobody who may not register one', async () => {
    const world = await createWorld()
    const actor = await world.addActor()
    const creation = await writeCreation(actor, byKey, expired)
    const sent = await withAction(actor, creation)
    const tokenKind = 'personal_access_token' as const
    const accessToken = await actor.issueToken({ tokenKind, tokenId: newSecret() })
    const before = await dumpTables(world.organizationId)
    const withoutAction = await call({ ...creation, token: actor.token })
    DFNS_REFUSALS.userActionInvalid(withoutAction)
    const { userId } = actor
    DFNS_REFUSALS.notAllowed(await call({ ...sent, token: accessToken }), {
      ...{ userId, kind: 'CustomerEmployee', operation: 'Auth:Credentials' },
    })
    expectDfnsError(await call(sent), 400, 'Challenge token is not valid.')
    expect(await dumpTables(world.organizationId)).toEqual(before)
    await runSql('UPDATE users SET suspended_at = 1 WHERE id = ?', userId)
    DFNS_REFUSALS.unauthenticated(await call(sent), { hasToken: true })
  })

  it('repeats its answer when the challenge has expired since (I10)', async () => {
    const actor = await (await createWorld()).addActor()
    const creation = await writeCreation(actor, byKey)
    const headers = { 'idempotency-key': newSecret() }
    const first = await call({ ...(await withAction(actor, creation)), headers })
    expect(first.status).toBe(200)
    const later = Date.now() + 301_000
    await withWorker({ clock: () => later }, async () => {
      const userAction = await forgeUserAction(actor, creation, { now: later })
      const again = await call({ ...creation, token: actor.token, userAction, headers })
      expectReplay(again, first)
      const fresh = await forgeUserAction(actor, creation, { now: later })
      const other = await call({ ...creation, token: actor.token, userAction: fresh })
      expectDfnsError(other, 400, 'Challenge token is not valid.')
    })
  })
})

describe('PUT /auth/credentials/activate', () => {
  it('lets a credential answer no challenge that was made while it was off (U1)', async () => {
    const actor = await (await createWorld()).addActor()
    const spare = await createSigner('Ed25519')
    const uuid = await addCredential(actor.organizationId, actor.userId, spare)
    expect((await switchCredential(actor, 'deactivate', uuid)).status).toBe(200)
    const { challenge, challengeIdentifier } = (await initiateLogin(actor)).json
    expect((await switchCredential(actor, 'activate', uuid)).status).toBe(200)
    // The times of tokens have no milliseconds: what follows within the second counts as before.
    const wait = 'UPDATE credentials SET activated_at = activated_at + ? WHERE id = ?'
    await runSql(wait, 1_000, uuid)
    const late = await completeLogin(challengeIdentifier, await spare.assert(String(challenge)))
    expectDfnsError(late, 401, 'Not Authorized.')
    await runSql(wait, -1_000, uuid)
    expect((await logIn({ ...actor, signer: spare })).status).toBe(200)
  })
})

describe('races', () => {
  it.each(['itself', 'the other'])(
    'leave one of two credentials on when each switches off %s',
    async (which) => {
      const pair = await setPair()
      const replies = await Promise.all(
        pair.map(({ by, uuid }, at) => {
          const target = which === 'itself' ? uuid : (pair[1 - at]?.uuid ?? '')
          return switchCredential(by, 'deactivate', target)
        }),
      )
      const [lost, ...others] = replies.filter(({ status }) => status !== 200)
      if (!lost || others.length > 0) expect.unreachable('one is done, and one is not')
      // Whoever was switched off signs no longer; whoever is left is the last.
      if (which === 'the other') expect(lost.status).toBe(403)
      else expectDfnsError(lost, 409, 'the credential is the last active one of the user')
      const rows = await readCredentials(pair[0]?.by.userId ?? '')
      expect(rows.filter((row) => row['deactivated_at'] === null)).toHaveLength(1)
    },
  )

  it('register one credential of twenty that answer one challenge', async () => {
    const actor = await (await createWorld()).addActor()
    const { challenge, token } = await kit.forgeRegistration(actor, 'another')
    const requests = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const sent = await sendKey(await createSigner('Ed25519'), challenge)
        const body = { ...sent, credentialName: `Key ${at}`, challengeIdentifier: token }
        const request = { method: 'POST', path: '/auth/credentials', body: body as never }
        return withAction(actor, request)
      }),
    )
    const replies = await Promise.all(requests.map((one) => call(one)))
    const losers = replies.filter(({ status }) => status !== 200)
    expect(losers).toHaveLength(19)
    for (const reply of losers) expectDfnsError(reply, 400, 'Challenge token is not valid.')
    expect(await readCredentials(actor.userId)).toHaveLength(2)
    expect(await readAuditEvents(actor.userId)).toHaveLength(1)
  })

  it('give one key to one of two users, and one id to one of an organization (rule K4)', async () => {
    const world = await createWorld()
    const home = [await world.addActor(), await world.addActor()]
    const far = [home[0], await (await createWorld()).addActor()] as readonly Actor[]
    const [key, credId] = [await createSigner('P-256'), newSecret()]
    const cases: readonly [readonly Actor[], kit.Registering][] = [
      [home, async (text) => sendKey(await createSigner('P-256'), text, { credId })],
      [far, (text) => sendKey(key, text, { credId: newSecret() })],
    ]
    for (const [actors, register] of cases) {
      const requests = await Promise.all(
        actors.map(async (one) => withAction(one, await writeCreation(one, register))),
      )
      const replies = await Promise.all(requests.map((one) => call(one)))
      const [lost, ...others] = replies.filter(({ status }) => status !== 200)
      if (!lost || others.length > 0) expect.unreachable('one is done, and one is not')
      expectDfnsError(lost, 409, 'the credential is registered already')
    }
    const counts = await Promise.all(
      [...home, far[1]].map(async (one) => (await readAuditEvents(one?.userId ?? '')).length),
    )
    expect(counts.reduce((sum, one) => sum + one)).toBe(2)
  })

  it('add nothing for a user who is suspended between its challenge and its answer', async () => {
    const world = await createWorld()
    const actor = await world.addActor()
    const signer = await createSigner('Ed25519')
    const creation = await writeCreation(actor, (text) => sendKey(signer, text))
    const sent = await withAction(actor, creation)
    const sql = 'UPDATE users SET token_epoch = 1, suspended_at = NULL WHERE id = ?'
    await env.DB.prepare(sql).bind(actor.userId).run()
    const before = await dumpTables(world.organizationId)
    // Active again, with a token and a user action of today: what is of yesterday is the challenge.
    const token = await actor.issueToken({ tokenEpoch: 1 })
    const userAction = await forgeUserAction(actor, creation, { epoch: 1 })
    expectDfnsError(
      await call({ ...sent, token, userAction }),
      400,
      'Challenge token is not valid.',
    )
    expect(await dumpTables(world.organizationId)).toEqual(before)
  })
})
