/**
 * `POST /auth/registration/init` and `POST /auth/registration`: codes that are none, late or used, and first credentials
 * that cannot be registered. A refusal leaves no trace.
 */
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../../src/auth/random.ts'
import { hashRegistrationCode } from '../../../src/auth/registration-code.ts'
import { call, type Reply } from '../../support/api.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { runSql } from '../../support/commits.ts'
import { dumpTables } from '../../support/dump.ts'
import * as kit from '../../support/registration.ts'
import { createSigner } from '../../support/signer.ts'
import { readAuditEvents, readUserRow } from '../../support/world.ts'
import { DFNS_REFUSALS, expectDfnsError, expectInputError } from './answers.ts'

const { completeRegistration, initiateRegistration, inviteUser, sendKey, sendPasskey } = kit
type Invited = Awaited<ReturnType<typeof inviteUser>>

/** Fails unless an attempt leaves no trace. */
async function withoutTrace(user: Invited, attempt: () => Promise<Reply>): Promise<Reply> {
  const before = await dumpTables(user.organizationId)
  const reply = await attempt()
  expect(await dumpTables(user.organizationId)).toEqual(before)
  return reply
}

const USED = 'Challenge token is not valid.'
const INVALID =
  'the credential cannot be registered: its key or its proof of possession is not valid'

/** Asks for a challenge, and answers it by a fresh key. */
async function answer(user: Invited) {
  const { challenge, temporaryAuthenticationToken } = (await initiateRegistration(user)).json
  const sent = await sendKey(await createSigner('Ed25519'), String(challenge))
  return { token: String(temporaryAuthenticationToken), sent }
}

/** Whoever has no code that waits: what it says instead of the user's own names, and what happened before. */
const CODELESS: readonly {
  name: string
  spell?: (user: Invited) => Partial<Invited> | Promise<Partial<Invited>>
  before?: (user: Invited) => Promise<unknown>
}[] = [
  { name: 'an unknown organization', spell: () => ({ organizationId: newId('organization') }) },
  { name: 'an unknown user', spell: () => ({ username: 'nobody@example.test' }) },
  { name: 'another code', spell: () => ({ code: newSecret(24) }) },
  {
    name: 'the hash of its code',
    spell: async ({ code }) => ({ code: await hashRegistrationCode(code) }),
  },
  { name: 'its code in another case', spell: ({ code }) => ({ code: swapCase(code) }) },
  { name: 'its code with a blank', spell: ({ code }) => ({ code: `${code} ` }) },
  { name: "another user's code", spell: async () => ({ code: (await inviteUser()).code }) },
  {
    name: 'a code that is used',
    before: async (user) => {
      const { token, sent } = await answer(user)
      expect((await completeRegistration(token, sent)).status).toBe(200)
    },
  },
  {
    name: 'a suspended user',
    before: ({ userId }) => runSql('UPDATE users SET suspended_at = 1 WHERE id = ?', userId),
  },
  {
    name: 'an archived user',
    before: ({ userId }) =>
      runSql('UPDATE users SET suspended_at = 1, archived_at = 1 WHERE id = ?', userId),
  },
]

const swapCase = (text: string): string =>
  text.replace(/[a-zA-Z]/g, (one) =>
    one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase(),
  )

describe('POST /auth/registration/init', () => {
  it('answers whoever has no code that waits with one and the same refusal', async () => {
    const answers = new Map<string, string[]>()
    for (const { name, spell, before } of CODELESS) {
      const user = await inviteUser()
      await before?.(user)
      const named = { ...user, ...(await spell?.(user)) }
      const reply = await withoutTrace(user, () => initiateRegistration(named))
      expectDfnsError(reply, 401, 'Not Authorized.')
      const headers = { ...Object.fromEntries(reply.headers), 'x-request-id': '<id>' }
      const text = JSON.stringify([DFNS_REFUSALS.mask(reply), headers])
      answers.set(text, [...(answers.get(text) ?? []), name])
    }
    expect([...answers.values()]).toEqual([CODELESS.map(({ name }) => name)])
  })

  it('tells whoever comes late so, from the millisecond that the code ends in', async () => {
    const user = await inviteUser()
    const sql = 'UPDATE users SET registration_code_expires_at = ? WHERE id = ?'
    await runSql(sql, Date.now(), user.userId)
    const reply = await withoutTrace(user, () => initiateRegistration(user))
    expectDfnsError(reply, 400, 'Registration code expired')
    // Whoever is late with another code learns nothing of it.
    const other = { ...user, code: newSecret(24) }
    expectDfnsError(await initiateRegistration(other), 401, 'Not Authorized.')
    await runSql(sql, Date.now() + 60_000, user.userId)
    expect((await initiateRegistration(user)).status).toBe(200)
  })

  it('gives a code a day', async () => {
    const before = Date.now()
    const { userId } = await inviteUser()
    const row = (await readUserRow(userId)) as Record<string, unknown>
    const endsIn = Number(row['registration_code_expires_at']) - 86_400_000
    expect([endsIn >= before, endsIn <= Date.now()]).toEqual([true, true])
  })

  it('refuses a user whose organization has the dialect off', async () => {
    const user = await inviteUser()
    const sql = `UPDATE organizations SET dialects = '["timbu"]' WHERE id = ?`
    await runSql(sql, user.organizationId)
    DFNS_REFUSALS.dialectOff(await withoutTrace(user, () => initiateRegistration(user)))
  })
})

/** First credentials that are refused for themselves; credentials.error.test.ts has the rest of them. */
const INVALID_CREDENTIALS: readonly { name: string; register: kit.Registering }[] = [
  {
    name: 'a key that answers another challenge',
    register: async () => sendKey(await createSigner('Ed25519'), newSecret()),
  },
  {
    name: 'a passkey of another origin',
    register: async (challenge) =>
      sendPasskey(await createAuthenticator('ES256'), challenge, {
        members: { origin: 'https://evil.example' },
      }),
  },
]

describe('POST /auth/registration', () => {
  it.each(INVALID_CREDENTIALS)('refuses $name, and takes a good one after it', async (row) => {
    const user = await inviteUser()
    const { challenge, temporaryAuthenticationToken } = (await initiateRegistration(user)).json
    const token = String(temporaryAuthenticationToken)
    const sent = await row.register(String(challenge))
    const reply = await withoutTrace(user, () => completeRegistration(token, sent))
    expectDfnsError(reply, 400, INVALID)
    const good = await sendKey(await createSigner('P-384'), String(challenge))
    expect((await completeRegistration(token, good)).status).toBe(200)
  })

  it('registers nothing twice by one challenge, nor by another one of the same code', async () => {
    const user = await inviteUser()
    const [one, two] = [await answer(user), await answer(user)]
    expect((await completeRegistration(one.token, one.sent)).status).toBe(200)
    for (const token of [one.token, two.token]) {
      for (const { sent } of [one, two]) {
        const reply = await withoutTrace(user, () => completeRegistration(token, sent))
        // An answer to the other challenge is none to this one, and is refused before the store is asked.
        const isOwn = (token === one.token) === (sent === one.sent)
        expectDfnsError(reply, 400, isOwn ? USED : INVALID)
      }
    }
    expect(await readAuditEvents(user.userId)).toHaveLength(2)
  })

  it('refuses a key and an id that are registered already', async () => {
    const user = await inviteUser()
    const other = await inviteUser()
    const first = await createSigner('Ed25519')
    const registerBy = async (whose: Invited, key: typeof first, credId = key.credentialId) => {
      const { challenge, temporaryAuthenticationToken } = (await initiateRegistration(whose)).json
      const sent = await sendKey(key, String(challenge), { credId })
      const token = String(temporaryAuthenticationToken)
      return { complete: () => completeRegistration(token, sent) }
    }
    expect((await (await registerBy(user, first)).complete()).status).toBe(200)
    const again = await registerBy(other, first, newSecret())
    const reply = await withoutTrace(other, again.complete)
    expectDfnsError(reply, 409, 'the credential is registered already')
    // An id is one credential's in its organization only.
    const named = await registerBy(other, await createSigner('Ed25519'), first.credentialId)
    expect((await named.complete()).status).toBe(200)
  })

  it.each(['secondFactorCredential', 'recoveryCredential'])(
    'refuses a %s, which it would not keep',
    async (member) => {
      const user = await inviteUser()
      const { token, sent } = await answer(user)
      const body = { firstFactorCredential: sent, [member]: sent }
      const request = { method: 'POST', path: '/auth/registration', token, body }
      const reply = await withoutTrace(user, () => call(request))
      expectInputError(reply, { location: 'body', path: [member] })
    },
  )
})
