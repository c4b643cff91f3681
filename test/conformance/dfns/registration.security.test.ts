/**
 * Registration: a code is seen once by one person, makes one credential, and its token opens nothing else.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newSecret } from '../../../src/auth/random.ts'
import { hashRegistrationCode } from '../../../src/auth/registration-code.ts'
import { call, type Reply } from '../../support/api.ts'
import { runSql } from '../../support/commits.ts'
import { dumpTables } from '../../support/dump.ts'
import { breakSignature, forgeAccessToken, forgeUserAction } from '../../support/forged.ts'
import { initiateLogin } from '../../support/login.ts'
import { MALFORMED_IDS } from '../../support/policy.ts'
import { callWithoutTrace } from '../../support/refusals.ts'
import * as kit from '../../support/registration.ts'
import { createSigner } from '../../support/signer.ts'
import { readAuditEvents, readUserRow } from '../../support/world.ts'
import { DFNS_REFUSALS, expectDfnsError } from './answers.ts'

const { CODE_HEADER, completeRegistration, initiateRegistration, inviteUser, sendKey } = kit
type Invited = Awaited<ReturnType<typeof inviteUser>>

/** Asks for a challenge, and answers it by a fresh key. */
async function answer(user: Invited) {
  const { challenge, temporaryAuthenticationToken } = (await initiateRegistration(user)).json
  const sent = await sendKey(await createSigner('Ed25519'), String(challenge))
  return { token: String(temporaryAuthenticationToken), sent }
}

/** Reads every row of every table, as text. */
async function readEverything(): Promise<string> {
  const sql = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '[_]cf*'`
  const { results } = await env.DB.prepare(sql).all<{ name: string }>()
  const names = results.map(({ name }) => name)
  expect(names).toContain('idempotency_records')
  const tables = await env.DB.batch(names.map((name) => env.DB.prepare(`SELECT * FROM "${name}"`)))
  return JSON.stringify(tables.map((table) => table.results))
}

const readCredentials = async (userId: string) =>
  (await env.DB.prepare('SELECT * FROM credentials WHERE user_id = ?').bind(userId).all()).results

describe('a registration code', () => {
  it('is in the first answer alone, and nowhere in the store but as a hash', async () => {
    const { admin, organizationId } = await inviteUser()
    const body = { email: `new.${newSecret(9)}@example.test`, kind: 'CustomerEmployee' }
    const request = { method: 'POST', path: '/auth/users', body }
    const key = { 'idempotency-key': newSecret() }
    const sent = { ...(await kit.withAction(admin, request)), headers: key }
    const first = await call(sent)
    const code = String(first.headers.get(CODE_HEADER))
    expect([first.status, code]).toEqual([200, expect.stringMatching(/^[\w-]{32}$/)])
    expect(first.text).not.toContain(code)
    for (const token of [admin.token, await admin.issueToken()]) {
      const userAction = await forgeUserAction(admin, request)
      for (const proof of [sent.userAction, userAction]) {
        const again = await callWithoutTrace([organizationId], {
          ...sent,
          token,
          userAction: proof,
        })
        expect([again.status, again.text]).toEqual([200, first.text])
        expect(again.headers.get('idempotent-replayed')).toBe('true')
        expect(JSON.stringify([...again.headers])).not.toContain(code)
        expect(again.headers.has(CODE_HEADER)).toBe(false)
      }
    }
    const row = await readUserRow(String(first.json['userId']))
    expect(row).toMatchObject({ registration_code_hash: await hashRegistrationCode(code) })
    const user = { organizationId, username: body.email.toLowerCase(), code }
    expect((await initiateRegistration(user)).status).toBe(200)
    const everything = await readEverything()
    // The store was read whole: what it does hold of the user is found in it.
    expect(everything).toContain(await hashRegistrationCode(code))
    expect(everything).not.toContain(code)
    for (const path of [`/auth/users/${String(first.json['userId'])}`, '/auth/users']) {
      const { text } = await call({ path, token: admin.token })
      expect(text).not.toMatch(RegExp(`${code}|${await hashRegistrationCode(code)}`))
    }
    const copies = (await env.IDEMPOTENCY.list()).keys.map(({ name }) => env.IDEMPOTENCY.get(name))
    expect(JSON.stringify(await Promise.all(copies))).not.toContain(code)
  })

  it('is given to nobody who brings a key', async () => {
    const { admin } = await inviteUser()
    const { publicKeyPem: publicKey } = await createSigner('Ed25519')
    const body = { email: `new.${newSecret(9)}@example.test`, kind: 'CustomerEmployee', publicKey }
    const request = await kit.withAction(admin, { method: 'POST', path: '/auth/users', body })
    const reply = await call(request)
    expect([reply.status, reply.headers.has(CODE_HEADER)]).toEqual([200, false])
    const row = { registration_code_hash: null, registration_code_expires_at: null }
    expect(await readUserRow(String(reply.json['userId']))).toMatchObject(row)
  })

  it('is over when its user is deactivated, and stays so when it is activated again', async () => {
    const user = await inviteUser()
    for (const verb of ['deactivate', 'activate']) {
      const request = { method: 'PUT', path: `/auth/users/${user.userId}/${verb}` }
      expect((await call(await kit.withAction(user.admin, request))).status).toBe(200)
    }
    expectDfnsError(await initiateRegistration(user), 401, 'Not Authorized.')
  })

  it('is shown in no refusal', async () => {
    const { admin, username } = await inviteUser()
    const bodies = [{ email: username, kind: 'CustomerEmployee' }, { kind: 'CustomerEmployee' }]
    for (const body of bodies) {
      const request = await kit.withAction(admin, { method: 'POST', path: '/auth/users', body })
      const replies = [await call(request), await call({ ...request, token: null })]
      for (const { status, headers } of replies) {
        expect([status < 300, headers.has(CODE_HEADER)]).toEqual([false, false])
      }
    }
  })

  it.each([2, 20])('registers once when %d answers race for it', async (count) => {
    const user = await inviteUser()
    const answers = await Promise.all(Array.from({ length: count }, () => answer(user)))
    const replies = await Promise.all(
      answers.map(({ token, sent }) => completeRegistration(token, sent)),
    )
    const losers = replies.filter(({ status }) => status !== 200)
    expect(losers).toHaveLength(count - 1)
    for (const reply of losers) expectDfnsError(reply, 400, 'Challenge token is not valid.')
    expect(await readCredentials(user.userId)).toHaveLength(1)
    expect(await readAuditEvents(user.userId)).toMatchObject([
      { action: 'create' },
      { action: 'register' },
    ])
    expect(await readUserRow(user.userId)).toMatchObject({ version: 2 })
  })

  it('registers once when twenty requests bring one challenge and one key', async () => {
    const user = await inviteUser()
    const { token, sent } = await answer(user)
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => completeRegistration(token, sent)),
    )
    const statuses = replies.map(({ status }) => status).sort()
    expect([statuses[0], statuses.filter((one) => one === 200)]).toEqual([200, [200]])
    // Whether the key or the challenge is seen first to be taken is a matter of time.
    for (const status of statuses.slice(1)) expect([400, 409]).toContain(status)
    expect(await readCredentials(user.userId)).toHaveLength(1)
    expect(await readAuditEvents(user.userId)).toHaveLength(2)
  })
})

/** What becomes of a user between challenge and answer, and how its registration is refused then. */
const FATES: readonly { name: string; sql: string; expect: (reply: Reply) => void }[] = [
  {
    name: 'is deactivated',
    sql: 'UPDATE users SET suspended_at = 1, token_epoch = token_epoch + 1 WHERE id = ?',
    expect: (reply) => DFNS_REFUSALS.unauthenticated(reply, { hasToken: true }),
  },
  {
    name: 'is suspended in its epoch',
    sql: 'UPDATE users SET suspended_at = 1 WHERE id = ?',
    expect: (reply) => DFNS_REFUSALS.unauthenticated(reply, { hasToken: true }),
  },
  {
    name: 'was deactivated and is active again',
    sql: 'UPDATE users SET token_epoch = token_epoch + 1 WHERE id = ?',
    expect: (reply) => DFNS_REFUSALS.unauthenticated(reply, { hasToken: true }),
  },
  {
    name: 'is archived',
    sql: 'UPDATE users SET suspended_at = 1, archived_at = 1 WHERE id = ?',
    expect: (reply) => DFNS_REFUSALS.unauthenticated(reply, { hasToken: true }),
  },
  {
    name: 'has another code',
    sql: `UPDATE users SET registration_code_hash = '${'0'.repeat(64)}' WHERE id = ?`,
    expect: (reply) => expectDfnsError(reply, 400, 'Challenge token is not valid.'),
  },
  {
    name: 'is of an organization that has the dialect off',
    sql: `UPDATE organizations SET dialects = '["timbu"]'
      WHERE id = (SELECT organization_id FROM users WHERE id = ?)`,
    expect: (reply) => DFNS_REFUSALS.dialectOff(reply),
  },
]

describe('POST /auth/registration', () => {
  it.each(FATES)('refuses a user who $name since the challenge', async (row) => {
    const user = await inviteUser()
    const { token, sent } = await answer(user)
    await runSql(row.sql, user.userId)
    const before = await dumpTables(user.organizationId)
    row.expect(await completeRegistration(token, sent))
    expect(await dumpTables(user.organizationId)).toEqual(before)
  })

  it('takes no token but its own', async () => {
    const user = await inviteUser()
    const actor = await user.world.addActor()
    const { token, sent } = await answer(user)
    const { challengeIdentifier } = (await initiateLogin(actor)).json
    const path = '/auth/credentials/init'
    const init = await call({ method: 'POST', path, token: actor.token, body: { kind: 'Key' } })
    const { organizationId } = user
    const late = await kit.forgeRegistration(user, 'first', { now: Date.now() - 301_000 })
    const others: Record<string, string> = {
      'an access token': actor.token,
      'an access token of the user': await forgeAccessToken(actor.token, { sub: user.userId }),
      'a user action': await forgeUserAction(actor, { method: 'POST', path: '/auth/registration' }),
      'a login challenge': String(challengeIdentifier),
      'the challenge of a further credential': String(init.json['challengeIdentifier']),
      'the same for the user': (await kit.forgeRegistration(user, 'another')).token,
      'one that is expired': late.token,
      'one with another signature': breakSignature(token),
      'one as another type': await forgeAccessToken(token, {}, 'at+jwt'),
      'one for another audience': await forgeAccessToken(
        token,
        { aud: env.AUDIENCE },
        'registration+jwt',
      ),
      'one of another organization': (
        await kit.forgeRegistration(
          { ...user, organizationId: MALFORMED_IDS.at(-1) ?? '' },
          'first',
        )
      ).token,
    }
    const failures: string[] = []
    for (const [name, other] of Object.entries(others)) {
      const body = { firstFactorCredential: sent }
      const request = { method: 'POST', path: '/auth/registration', token: other, body }
      const reply = await callWithoutTrace([organizationId], request)
      // A forged challenge is another one, so that its answer is none; what was forged must be seen before that.
      if (reply.status !== 401) failures.push(`${name}: ${reply.status} ${reply.text}`)
    }
    expect(failures).toEqual([
      // Its token verifies; what fails is the answer to its challenge, before the store is asked.
      expect.stringMatching(/^one of another organization: 400 /),
    ])
    expect((await completeRegistration(token, sent)).status).toBe(200)
  })

  it('refuses a token of a user and an organization that do not belong together', async () => {
    const [user, other] = [await inviteUser(), await inviteUser()]
    const registrationCodeHash = await hashRegistrationCode(user.code)
    const owner = { ...user, organizationId: other.organizationId }
    const forged = await kit.forgeRegistration(owner, 'first', { registrationCodeHash })
    const sent = await sendKey(await createSigner('Ed25519'), forged.challenge)
    const before = await dumpTables(user.organizationId, other.organizationId)
    const reply = await completeRegistration(forged.token, sent)
    DFNS_REFUSALS.unauthenticated(reply, { hasToken: true })
    expect(await dumpTables(user.organizationId, other.organizationId)).toEqual(before)
    // The same token for its own organization is good.
    const good = await kit.forgeRegistration(user, 'first', { registrationCodeHash })
    const answered = await sendKey(await createSigner('Ed25519'), good.challenge)
    expect((await completeRegistration(good.token, answered)).status).toBe(200)
  })
})

describe('temporaryAuthenticationToken', () => {
  it('opens nothing but the registration that it was issued for', async () => {
    const user = await inviteUser()
    const { token } = await answer(user)
    const openings = [
      { method: 'GET', path: '/auth/users' },
      { method: 'GET', path: `/auth/users/${user.userId}` },
      { method: 'GET', path: '/auth/credentials' },
      { method: 'POST', path: '/auth/credentials/init', body: { kind: 'Key' } },
      { method: 'PUT', path: '/auth/logout' },
      { method: 'PUT', path: `/auth/users/${user.userId}/deactivate` },
      { method: 'GET', path: '/users/me' },
      { method: 'GET', path: '/v1/auth/me' },
      { method: 'GET', path: '/core/v1/users' },
      {
        method: 'POST',
        path: '/auth/action/init',
        body: {
          userActionPayload: '',
          userActionHttpMethod: 'PUT',
          userActionHttpPath: '/auth/logout',
        },
      },
    ]
    for (const request of openings) {
      const reply = await callWithoutTrace([user.organizationId], { ...request, token })
      expect([request.path, reply.status]).toEqual([
        request.path,
        request.path === '/users/me' ? 403 : 401,
      ])
    }
    // Nor is it a user action, a challenge of a login, or one of a further credential.
    const { admin } = user
    const path = `/auth/users/${user.userId}/deactivate`
    const asAction = { method: 'PUT', path, token: admin.token, userAction: token }
    DFNS_REFUSALS.userActionInvalid(await callWithoutTrace([user.organizationId], asAction))
    const creation = await kit.writeCreation(admin, async (challenge) =>
      sendKey(await createSigner('Ed25519'), challenge),
    )
    const body = { ...creation.body, challengeIdentifier: token }
    const request = await kit.withAction(admin, { ...creation, body })
    const reply = await callWithoutTrace([user.organizationId], request)
    expectDfnsError(reply, 400, 'Challenge token is not valid.')
  })
})
