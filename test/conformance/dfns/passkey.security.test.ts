/**
 * Passkeys (rules W1-W12) over HTTP, the same for logging in and for signing: counts that rise, answers that are none, and
 * what a login shows of passkeys to nobody.
 */
import { describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../../../src/auth/base64url.ts'
import { newSecret } from '../../../src/auth/random.ts'
import { completeActionBy, initiateAction } from '../../support/action.ts'
import type { Reply } from '../../support/api.ts'
import * as software from '../../support/authenticator.ts'
import { readRow, runSql } from '../../support/commits.ts'
import { dumpTables } from '../../support/dump.ts'
import { readClaims } from '../../support/forged.ts'
import {
  completeLoginBy,
  initiateLogin,
  logInByPasskey,
  type FirstFactor,
} from '../../support/login.ts'
import * as kit from '../../support/registration.ts'
import { createWorld, readAuditEvents, type Actor } from '../../support/world.ts'
import { expectDfnsError } from './answers.ts'

const { answerByPasskey, createCredential, sendKey, sendPasskey } = kit
const { createAuthenticator, FLAG } = software
type Authenticator = software.Authenticator

/** Somebody with a key and a passkey, which said once that it signed five times. */
async function setUp(signCount = 5, flags = 0) {
  const world = await createWorld()
  const actor = await world.addActor()
  const passkey = await createAuthenticator('ES256')
  const options = { signCount, flags: FLAG.UP | FLAG.UV | FLAG.AT | flags }
  const reply = await createCredential(actor, (text) => sendPasskey(passkey, text, options))
  expect(reply.status).toBe(200)
  const uuid = String(reply.json['credentialUuid'])
  return { world, actor, passkey, uuid }
}
type Scene = Awaited<ReturnType<typeof setUp>>

const ANNOUNCEMENT = { method: 'PUT', path: '/auth/logout' }

/** The two ways to use a passkey: how a challenge is asked for, and how it is answered. */
const FLOWS: readonly {
  name: string
  ask: (actor: Actor) => Promise<Reply>
  complete: (actor: Actor, identifier: unknown, factor: FirstFactor) => Promise<Reply>
  member: string
}[] = [
  {
    name: 'POST /auth/login',
    ask: initiateLogin,
    complete: (_, identifier, factor) => completeLoginBy(identifier, factor),
    member: 'token',
  },
  {
    name: 'POST /auth/action',
    ask: ({ token }) => initiateAction(token, ANNOUNCEMENT),
    complete: ({ token }, identifier, factor) => completeActionBy(token, identifier, factor),
    member: 'userAction',
  },
]

/** What a passkey answers, besides what is right. */
type Answer = (
  challenge: string,
  scene: Scene,
) => Promise<FirstFactor> | (kit.PasskeyAnswer & { kind?: never })

const page = (name: string, members: Readonly<Record<string, unknown>>) => ({
  name: `client data with ${name}`,
  answer: () => ({ signCount: 6, members }),
})
const said = (name: string, options: kit.PasskeyAnswer) => ({
  name,
  answer: () => ({ signCount: 6, ...options }),
})
const { UP, UV, BE, BS, AT, ED } = FLAG

/** Answers that are refused alike, and leave no trace. */
const FAULTS: readonly { name: string; answer: Answer }[] = [
  page('another challenge', { challenge: encodeBase64Url(new TextEncoder().encode(newSecret())) }),
  page('the type of a registration', { type: 'webauthn.create' }),
  page('the type of a key', { type: 'key.get' }),
  page('another origin', { origin: 'https://evil.example' }),
  page('another port', { origin: 'http://localhost:8788' }),
  page('an origin that ours begins', { origin: 'http://localhost:8787.evil.example' }),
  page('no origin', { origin: undefined }),
  page('crossOrigin true', { crossOrigin: true }),
  page('a text as crossOrigin', { crossOrigin: 'false' }),
  page('a topOrigin', { crossOrigin: false, topOrigin: 'http://localhost:8787' }),
  said('another relying party', { rpId: 'evil.example' }),
  said('its user absent', { flags: UV }),
  said('its user not verified', { flags: UP }),
  said('a flag of backups that it was not registered with', { flags: UP | UV | BE }),
  said('a backup of what cannot be backed up', { flags: UP | UV | BS }),
  said('a flag for a credential that does not follow', { flags: UP | UV | AT }),
  said('a flag for extensions that do not follow', { flags: UP | UV | ED }),
  said('a byte behind its end', { trailing: Uint8Array.of(0) }),
  said('36 bytes of authenticator data', { authenticatorData: new Uint8Array(36) }),
  said('an unknown credential', { credId: newSecret() }),
  said('a handle that is no id', { userHandle: 'AA' }),
  {
    name: 'the handle of another user',
    answer: () => ({ signCount: 6, userHandle: encodeBase64Url(new TextEncoder().encode('us-1')) }),
  },
  {
    name: 'the signature of something else',
    answer: async (challenge, { passkey }) => {
      const [one, two] = [
        await answerByPasskey(passkey, challenge, { signCount: 6 }),
        await answerByPasskey(passkey, challenge, { signCount: 7 }),
      ]
      const { signature } = two.credentialAssertion
      return { ...one, credentialAssertion: { ...one.credentialAssertion, signature } }
    },
  },
  {
    name: 'a signature with a byte behind its end',
    answer: async (challenge, { passkey }) => {
      const factor = await answerByPasskey(passkey, challenge, { signCount: 6 })
      const bytes = software.bytesOf(String(factor.credentialAssertion['signature']))
      const signature = encodeBase64Url(Uint8Array.of(...bytes, 0))
      return { ...factor, credentialAssertion: { ...factor.credentialAssertion, signature } }
    },
  },
  {
    name: 'the answer of a key by the passkey itself',
    answer: async (challenge, { passkey }) => answerAsKey(passkey, challenge),
  },
  {
    name: 'the answer of a passkey by a key of the user',
    answer: async (challenge, { actor }) => {
      const key = await createAuthenticator('ES256')
      const reply = await createCredential(actor, (text) => sendKey(key, text))
      expect([reply.status, reply.json['kind']]).toEqual([200, 'Key'])
      return answerByPasskey(key, challenge)
    },
  },
  {
    name: "a colleague's passkey",
    answer: async (challenge, { world }) => {
      const { passkey } = await addColleague(world)
      return answerByPasskey(passkey, challenge)
    },
  },
  {
    name: "a colleague's passkey under the user's own id",
    answer: async (challenge, { world, passkey: { credentialId: credId } }) => {
      const { passkey } = await addColleague(world)
      return answerByPasskey(passkey, challenge, { credId, signCount: 6 })
    },
  },
  {
    name: 'a passkey that is switched off since',
    answer: async (challenge, { passkey, uuid }) => {
      await runSql('UPDATE credentials SET deactivated_at = 1 WHERE id = ?', uuid)
      return answerByPasskey(passkey, challenge, { signCount: 6 })
    },
  },
  {
    name: 'a passkey that was registered later',
    answer: async (challenge, { passkey, uuid }) => {
      const later = Date.now() + 86_400_000
      await runSql('UPDATE credentials SET created_at = ? WHERE id = ?', later, uuid)
      return answerByPasskey(passkey, challenge, { signCount: 6 })
    },
  },
]

async function addColleague(world: Scene['world']) {
  const colleague = await world.addActor()
  const passkey = await createAuthenticator('ES256')
  const reply = await createCredential(colleague, (text) => sendPasskey(passkey, text))
  expect(reply.status).toBe(200)
  return { colleague, passkey }
}

/** Has a passkey's key sign what a key signs. */
async function answerAsKey(passkey: Authenticator, challenge: string): Promise<FirstFactor> {
  const clientData = new TextEncoder().encode(JSON.stringify({ type: 'key.get', challenge }))
  return {
    kind: 'Key',
    credentialAssertion: {
      credId: passkey.credentialId,
      clientData: encodeBase64Url(clientData),
      signature: encodeBase64Url(await passkey.sign(clientData)),
    },
  }
}

const readCredential = (uuid: string) => readRow('SELECT * FROM credentials WHERE id = ?', uuid)

describe.each(FLOWS)('$name', ({ ask, complete, member }) => {
  /** Asks for a challenge, and writes the answer. */
  const write = async (scene: Scene, options: kit.PasskeyAnswer = {}) => {
    const { challenge, challengeIdentifier } = (await ask(scene.actor)).json
    const factor = await answerByPasskey(scene.passkey, challenge, options)
    return { factor, send: () => complete(scene.actor, challengeIdentifier, factor) }
  }
  const use = async (scene: Scene, options?: kit.PasskeyAnswer): Promise<Reply> =>
    (await write(scene, options)).send()
  const expectTaken = (reply: Reply) => {
    expect({ status: reply.status, body: reply.json }).toEqual({
      status: 200,
      body: { [member]: expect.stringMatching(/^eyJ/) },
    })
  }

  it.each(FAULTS)('refuses $name, and changes nothing', async ({ answer }) => {
    const scene = await setUp()
    const { challenge, challengeIdentifier } = (await ask(scene.actor)).json
    const answered = await answer(String(challenge), scene)
    const factor =
      answered.kind === undefined
        ? await answerByPasskey(scene.passkey, challenge, answered)
        : answered
    const before = await dumpTables(scene.world.organizationId)
    const reply = await complete(scene.actor, challengeIdentifier, factor)
    expectDfnsError(reply, 401, 'Not Authorized.')
    expect(await dumpTables(scene.world.organizationId)).toEqual(before)
  })

  it('takes a passkey whose count rises, by whatever, and keeps the count', async () => {
    const scene = await setUp()
    const row = await readCredential(scene.uuid)
    expect(row).toMatchObject({ sign_count: 5, suspected_at: null })
    for (const signCount of [6, 7, 1_000, 0xffffffff]) {
      expectTaken(await use(scene, { signCount }))
      expect(await readCredential(scene.uuid)).toEqual({ ...row, sign_count: signCount })
    }
    // It is no change of the user's, and no event.
    expect(await readAuditEvents(scene.actor.userId)).toHaveLength(1)
  })

  it('takes a passkey that does not count, again and again', async () => {
    const scene = await setUp(0)
    for (let turn = 0; turn < 3; turn += 1) expectTaken(await use(scene, { signCount: 0 }))
    expect(await readCredential(scene.uuid)).toMatchObject({ sign_count: 0, suspected_at: null })
    expectTaken(await use(scene, { signCount: 3 }))
    // Whoever has counted once goes on.
    expectDfnsError(await use(scene, { signCount: 0 }), 401, 'Not Authorized.')
  })

  it('takes a passkey that may be backed up for what it was registered as', async () => {
    const scene = await setUp(5, BE)
    expectTaken(await use(scene, { signCount: 6, flags: UP | UV | BE }))
    expectTaken(await use(scene, { signCount: 7, flags: UP | UV | BE | BS }))
    const before = await dumpTables(scene.world.organizationId)
    expectDfnsError(await use(scene, { signCount: 8 }), 401, 'Not Authorized.')
    expect(await dumpTables(scene.world.organizationId)).toEqual(before)
  })

  it.each([5, 4, 0])(
    'refuses a count of 5 that is followed by %d, on record',
    async (signCount) => {
      const scene = await setUp()
      const { actor, passkey, uuid } = scene
      const row = await readCredential(uuid)
      const { factor, send } = await write(scene, { signCount })
      const before = await dumpTables(actor.organizationId)
      const since = Date.now()
      expectDfnsError(await send(), 401, 'Not Authorized.')
      const suspect = await readCredential(uuid)
      expect(suspect).toEqual({ ...row, suspected_at: expect.any(Number) })
      expect(suspect).toMatchObject({ sign_count: 5, deactivated_at: null })
      const suspectedAt = Number(suspect?.['suspected_at'])
      expect([suspectedAt >= since, suspectedAt <= Date.now()]).toEqual([true, true])
      const [, event, ...others] = await readAuditEvents(actor.userId)
      expect([event, others]).toMatchObject([
        {
          action: 'refuse_counter',
          at: suspectedAt,
          organization_id: actor.organizationId,
          actor_id: actor.userId,
          target_id: actor.userId,
          from_state: null,
          to_state: null,
          dialect: 'dfns',
        },
        [],
      ])
      const { clientData, signature, authenticatorData } = factor.credentialAssertion
      expect(JSON.parse(String(event?.['evidence']))).toEqual({
        credential: { id: uuid, kind: 'Fido2', credentialId: passkey.credentialId },
        assertion: { clientData, signature, authenticatorData },
      })
      // The challenge is spent, and nothing else is written: a second answer adds no second event.
      const [{ total = 0 } = {}] = before['used_tokens'] as { total: number }[]
      const after = await dumpTables(actor.organizationId)
      expect(after).toEqual({
        ...before,
        used_tokens: [{ total: total + 1 }],
        credentials: after['credentials'],
        audit_events: after['audit_events'],
      })
      expectDfnsError(await send(), 400, 'Challenge token is not valid.')
      expect(await dumpTables(actor.organizationId)).toEqual(after)
      // It is still its holder's, who may switch it off.
      expectTaken(await use(scene, { signCount: 6 }))
      expect(await readCredential(uuid)).toEqual({ ...suspect, sign_count: 6 })
    },
  )

  it('takes one of two answers that race with one count, and records the other', async () => {
    const scene = await setUp()
    const answers = [await write(scene, { signCount: 6 }), await write(scene, { signCount: 6 })]
    const replies = await Promise.all(answers.map(({ send }) => send()))
    const [lost, ...others] = replies.filter(({ status }) => status !== 200)
    if (!lost || others.length > 0) expect.unreachable('one is taken, and one is not')
    expectDfnsError(lost, 401, 'Not Authorized.')
    expect(await readAuditEvents(scene.actor.userId)).toMatchObject([
      { action: 'register_credential' },
      { action: 'refuse_counter' },
    ])
    const row = { sign_count: 6, suspected_at: expect.any(Number) as unknown }
    expect(await readCredential(scene.uuid)).toMatchObject(row)
  })

  it('takes the answer once when twenty bring it', async () => {
    const scene = await setUp()
    const { send } = await write(scene, { signCount: 6 })
    const replies = await Promise.all(Array.from({ length: 20 }, send))
    const losers = replies.filter(({ status }) => status !== 200)
    expect(losers).toHaveLength(19)
    for (const reply of losers) expectDfnsError(reply, 400, 'Challenge token is not valid.')
    // A repetition is no copy of the passkey.
    expect(await readAuditEvents(scene.actor.userId)).toHaveLength(1)
    const row = { sign_count: 6, suspected_at: null }
    expect(await readCredential(scene.uuid)).toMatchObject(row)
  })
})

describe('POST /auth/login/init', () => {
  const listed = (reply: Reply) =>
    reply.json['allowCredentials'] as unknown as Record<'key' | 'webauthn', { id: string }[]>

  /** Everything of a challenge but what is random, named, or drawn for each name. */
  const shapeOf = (reply: Reply) => ({
    status: reply.status,
    headers: [...reply.headers.keys()],
    members: Object.keys(reply.json),
    kinds: Object.keys(listed(reply)),
    types: [
      ...new Set(
        Object.values(listed(reply))
          .flat()
          .map((one) => Object.keys(one).join()),
      ),
    ],
    claims: Object.keys(readClaims(String(reply.json['challengeIdentifier']))),
  })

  it('shows nobody as it shows whoever has a passkey alone, or a key too', async () => {
    const { actor, world, uuid } = await setUp()
    const { organizationId } = world
    const both = await initiateLogin(actor)
    await runSql(
      'UPDATE credentials SET deactivated_at = 1 WHERE user_id = ? AND id <> ?',
      actor.userId,
      uuid,
    )
    const alone = await initiateLogin(actor)
    expect([listed(alone).key, listed(alone).webauthn.length]).toEqual([[], 1])
    const shown = { both: 0, keys: 0, passkeys: 0 }
    const sizes = new Set<number>()
    for (let count = 0; count < 64; count += 1) {
      const name = { organizationId, username: `${newSecret(9)}@example.test` }
      const reply = await initiateLogin(name)
      expect(shapeOf(reply)).toEqual(shapeOf(alone))
      expect(shapeOf(reply)).toEqual(shapeOf(both))
      expect(listed(await initiateLogin(name))).toEqual(listed(reply))
      const { key, webauthn } = listed(reply)
      // As long as the ids that official signers make, and those of usual authenticators: 16 to 64 bytes.
      expect(key.map(({ id }) => id.length)).toEqual(key.map(() => 43))
      for (const { id } of webauthn) sizes.add(id.length)
      const kind = key.length > 0 && webauthn.length > 0 ? 'both' : 'keys'
      shown[webauthn.length > 0 && key.length === 0 ? 'passkeys' : kind] += 1
    }
    // Of 64 names some 25 have keys alone, 25 passkeys alone and 14 both: one run in millions lacks one.
    expect(Object.values(shown).every((count) => count > 0)).toBe(true)
    expect([...sizes].filter((size) => ![22, 27, 43, 64, 86].includes(size))).toEqual([])
    expect(sizes.size).toBeGreaterThan(1)
  })

  it('lets in nobody by a decoy, nor a passkey of a user who may not come in', async () => {
    const { actor, passkey, world } = await setUp()
    const nobody = { ...actor, username: `${newSecret(9)}@example.test` }
    const before = await dumpTables(world.organizationId)
    const decoy = Object.values(listed(await initiateLogin(nobody))).flat()[0]?.id ?? ''
    for (const options of [{ credId: decoy }, {}]) {
      expectDfnsError(await logInByPasskey(nobody, passkey, options), 401, 'Not Authorized.')
    }
    expect(await dumpTables(world.organizationId)).toEqual(before)
    await runSql('UPDATE users SET suspended_at = 1 WHERE id = ?', actor.userId)
    expect(Object.values(listed(await initiateLogin(actor))).flat()).not.toContainEqual({
      type: 'public-key',
      id: passkey.credentialId,
    })
    // The name of what is wrong is said only to whom the passkey has verified.
    const suspended = await dumpTables(world.organizationId)
    const told = await logInByPasskey(actor, passkey, { signCount: 6 })
    expectDfnsError(told, 400, 'User account has been deactivated.')
    const unverified = await logInByPasskey(actor, passkey, { signCount: 6, flags: UP })
    expectDfnsError(unverified, 401, 'Not Authorized.')
    expect(await dumpTables(world.organizationId)).toEqual(suspended)
  })
})
