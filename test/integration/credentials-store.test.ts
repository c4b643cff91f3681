/**
 * Credentials on real D1: registered in one batch, one key for one user, switched, and one always left (rules K4, U1).
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../src/auth/random.ts'
import { completeRegistration, initiateRegistration } from '../../src/auth/registration-flow.ts'
import { newRegistrationCode } from '../../src/auth/registration-code.ts'
import { createRegistrantVerifier } from '../../src/auth/registration-token.ts'
import type { NewCredential } from '../../src/core/change.ts'
import type { Consumption } from '../../src/core/ports.ts'
import type { Refusal } from '../../src/core/refusal.ts'
import { decideRegisterCredential } from '../../src/core/register-credential.ts'
import type { Result } from '../../src/core/result.ts'
import { createCommandRunner, type Command } from '../../src/core/run-command.ts'
import { decideSwitchCredential } from '../../src/core/switch-credential.ts'
import { OF_ITSELF } from '../../src/dialects/dfns/authenticate.ts'
import { createD1AccountStore } from '../../src/store/d1-account-store.ts'
import { createD1UserStore } from '../../src/store/d1-user-store.ts'
import { openDatabase } from '../../src/store/database.ts'
import { createKvAnswerCopies } from '../../src/store/kv-answer-copies.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { principalOf, readRow, runSql, users } from '../support/commits.ts'
import { dumpTables } from '../support/dump.ts'
import { TOKEN_SETTINGS } from '../support/forged.ts'
import { faultyDatabase } from '../support/faults.ts'
import { recordDatabase } from '../support/recording-database.ts'
import {
  readUser,
  RELYING_PARTY,
  sampleAnswer,
  sampleGuards,
  sampleNewCredential,
} from '../support/sample.ts'
import { createSigner } from '../support/signer.ts'
import {
  addCredential,
  createWorld,
  readAuditEvents,
  readUserRow,
  type Actor,
  type World,
} from '../support/world.ts'

const OPTIONS = { allowsDemoData: true }
type Owner = Pick<Actor, 'userId' | 'organizationId'>

const newCredential = (members: Partial<NewCredential> = {}): Omit<NewCredential, 'userId'> =>
  sampleNewCredential({
    id: newId('credential'),
    credentialId: newSecret(),
    publicKeyHash: newSecret(),
    publicKeyPem: 'a key',
    createdAt: Date.now(),
    ...members,
  })

const newChallenge = (): Consumption => ({
  usedHash: newSecret(),
  purpose: 'registration',
  expiresAt: Date.now() + 300_000,
})

/** Runs a verb of a user on its own credentials, without a user action: who proved what is asked elsewhere. */
async function run(
  owner: Owner,
  command: Pick<Command, 'decide'> & Partial<Command>,
  store = users,
) {
  const runner = createCommandRunner({
    store,
    copies: createKvAnswerCopies(undefined),
    newEventId: () => newId('auditEvent'),
    pause: () => new Promise((resolve) => setTimeout(resolve, Math.random() * 10)),
  })
  const outcome = await runner({
    principal: principalOf(owner),
    rule: { ...OF_ITSELF, userAction: 'by_setting' },
    ...{ proof: null, claim: null, key: null, challenge: null, targetId: null, names: null },
    ...{ precondition: null, statedReason: null, clientRequestId: null, roleNames: [] },
    isOfCaller: true,
    now: Date.now(),
    requestId: 'req_1',
    answer: sampleAnswer,
    defer: () => undefined,
    ...command,
  })
  return readUser(outcome)
}

const register = (
  owner: Owner,
  key: Omit<NewCredential, 'userId'>,
  challenge = newChallenge(),
  store = users,
) =>
  run(
    owner,
    {
      ...{ key, challenge },
      decide: ({ user }, snapshot) =>
        snapshot.isChallengeUsed
          ? { ok: false, failure: { reason: 'challenge_invalid', cause: 'used' } }
          : decideRegisterCredential(user, snapshot, key, Date.now()),
    },
    store,
  )

const turn = (owner: Owner, credentialId: string, isActive: boolean, store = users) =>
  run(
    owner,
    {
      decide: ({ user }, { credentials }) =>
        decideSwitchCredential(user, credentials, { credentialId, isActive }, Date.now()),
    },
    store,
  )

const reasonOf = (result: Result<unknown, Refusal>) => (result.ok ? 'done' : result.failure.reason)

const readCredentials = async ({ userId }: Pick<Owner, 'userId'>) => {
  const sql = 'SELECT * FROM credentials WHERE user_id = ? ORDER BY created_at, id'
  return (await env.DB.prepare(sql).bind(userId).all()).results
}

/** A user that waits for its first credential, and its code. */
async function invite(world: World) {
  const { code, hash, expiresAt } = await newRegistrationCode(Date.now())
  const userId = await world.addUser({
    isRegistered: false,
    registrationCodeHash: hash,
    registrationCodeExpiresAt: expiresAt,
  })
  const { organizationId } = world
  return { userId, organizationId, username: `${userId}@example.test`, code }
}

/** The flow on a database, which may be one that counts. */
function flowOn(binding: D1Database) {
  const database = openDatabase(binding)
  return {
    ...TOKEN_SETTINGS,
    users: createD1UserStore(database, OPTIONS),
    accounts: createD1AccountStore(database, OPTIONS),
    challengeSeconds: 300,
    relyingParty: RELYING_PARTY,
  }
}

/** Asks for a challenge with a code, and makes the answer that can be sent once, or more often. */
async function beginRegistration(invited: Awaited<ReturnType<typeof invite>>) {
  const settings = flowOn(env.DB)
  const issued = await initiateRegistration(settings, invited, Date.now())
  if (!issued.ok) throw new Error(issued.failure.reason)
  const { challenge, token } = issued.value
  const registrant = await createRegistrantVerifier(settings)(`Bearer ${token}`, Date.now())
  if (!registrant.ok) throw new Error(registrant.failure.reason)
  const authenticator = await createAuthenticator('ES256')
  const sent = await authenticator.register({ challenge, signCount: 5 })
  const attested = { attestation: { kind: 'Fido2' as const, ...sent }, name: 'Phone' }
  const complete = (on = settings) =>
    completeRegistration(on, registrant.value, attested, {
      now: Date.now(),
      requestId: 'req_1',
      clientRequestId: null,
    })
  return { complete, authenticator, usedHash: registrant.value.registration.usedHash }
}

describe('registering a first credential', () => {
  it.each(['commit_then_throw', 'garbage_after'] as const)(
    'answers as done when the batch was written and its answer is lost: %s (I7)',
    async (fault) => {
      const invited = await invite(await createWorld())
      const { complete, authenticator } = await beginRegistration(invited)
      let faults = 0
      const database = faultyDatabase(env.DB, (call) => {
        const isBatch = call.target === 'database' && 'isWrite' in call && call.isWrite
        return isBatch && (faults += 1) === 1 ? fault : null
      })
      const result = await complete(flowOn(database))
      const { credentialId } = authenticator
      expect(result).toMatchObject({ ok: true, value: { credential: { credentialId } } })
      expect(faults).toBe(1)
      expect(await readAuditEvents(invited.userId)).toHaveLength(1)
    },
  )

  it('takes two round trips, and writes credential, user, use and event in one of them', async () => {
    const world = await createWorld()
    const invited = await invite(world)
    const { complete, authenticator, usedHash } = await beginRegistration(invited)
    const recording = recordDatabase(env.DB)
    const result = await complete(flowOn(recording.binding))
    expect(reasonOf(result)).toBe('done')
    expect(recording.roundTrips()).toBe(2)
    const [row, ...others] = await readCredentials(invited)
    expect(others).toEqual([])
    expect(row).toEqual({
      id: result.ok && result.value.credential.id,
      organization_id: world.organizationId,
      user_id: invited.userId,
      kind: 'Fido2',
      credential_id: authenticator.credentialId,
      algorithm: 'P-256',
      public_key_pem: authenticator.publicKeyPem,
      public_key_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      name: 'Phone',
      access_token_id: null,
      sign_count: 5,
      is_backup_eligible: 0,
      relying_party_id: 'example.org',
      origin: 'https://example.org',
      suspected_at: null,
      activated_at: null,
      deactivated_at: null,
      created_at: expect.any(Number) as number,
    })
    expect(await readUserRow(invited.userId)).toMatchObject({
      is_registered: 1,
      registration_code_hash: null,
      registration_code_expires_at: null,
      version: 2,
      token_epoch: 0,
    })
    const events = await readAuditEvents(invited.userId)
    expect(events).toMatchObject([{ action: 'register', actor_id: invited.userId }])
    const used = 'SELECT purpose, used_by FROM used_tokens WHERE hash = ?'
    expect(await readRow(used, usedHash)).toEqual({
      purpose: 'registration',
      used_by: events[0]?.['id'],
    })
    const { caller } = await users.readSnapshot({ principal: principalOf(invited) })
    expect(caller?.user).toEqual({
      ...(result.ok && result.value.user),
      primaryCredentialId: row?.['id'],
    })
  })

  it('is done by one of five answers at once, with one token (U1)', async () => {
    const invited = await invite(await createWorld())
    const { complete } = await beginRegistration(invited)
    const results = await Promise.all(Array.from({ length: 5 }, () => complete()))
    expect(results.map(reasonOf).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'challenge_invalid'),
      'done',
    ])
    expect(await readCredentials(invited)).toHaveLength(1)
    expect(reasonOf(await complete())).toBe('challenge_invalid')
    expect(await readAuditEvents(invited.userId)).toHaveLength(1)
  })

  it('is done by one of three challenges of one code, and by none afterwards (U1)', async () => {
    const invited = await invite(await createWorld())
    const begun = await Promise.all([1, 2, 3, 4].map(() => beginRegistration(invited)))
    const late = begun.pop()
    const results = await Promise.all(begun.map(({ complete }) => complete()))
    expect(results.map(reasonOf).sort()).toEqual(['challenge_invalid', 'challenge_invalid', 'done'])
    expect(await late?.complete()).toEqual({
      ok: false,
      failure: { reason: 'challenge_invalid', cause: 'code_used' },
    })
    expect(await readCredentials(invited)).toHaveLength(1)
    const again = await initiateRegistration(flowOn(env.DB), invited, Date.now())
    expect(reasonOf(again)).toBe('registration_refused')
  })
})

describe('registering one more credential', () => {
  it('takes two round trips, and writes credential, version, use and event in one of them', async () => {
    const actor = await (await createWorld()).addActor()
    const recording = recordDatabase(env.DB)
    const store = createD1UserStore(openDatabase(recording.binding), OPTIONS)
    const [key, challenge] = [newCredential({ name: 'Second' }), newChallenge()]
    expect(reasonOf(await register(actor, key, challenge, store))).toBe('done')
    expect(recording.roundTrips()).toBe(2)
    const [, row] = await readCredentials(actor)
    expect(row).toMatchObject({ id: key.id, name: 'Second', kind: 'Key', sign_count: 0 })
    expect(await readUserRow(actor.userId)).toMatchObject({ version: 2, is_registered: 1 })
    expect(await readAuditEvents(actor.userId)).toMatchObject([
      { action: 'register_credential', from_state: null, to_state: null },
    ])
    expect(
      await readRow('SELECT purpose FROM used_tokens WHERE hash = ?', challenge.usedHash),
    ).toEqual({ purpose: 'registration' })
  })

  it('spends a challenge once, whatever key it is answered with (U1)', async () => {
    const actor = await (await createWorld()).addActor()
    const challenge = newChallenge()
    const results = await Promise.all(
      Array.from({ length: 5 }, () => register(actor, newCredential(), challenge)),
    )
    expect(results.map(reasonOf).filter((reason) => reason === 'done')).toHaveLength(1)
    expect(results.map(reasonOf).filter((reason) => reason === 'challenge_invalid')).toHaveLength(4)
    expect(await readCredentials(actor)).toHaveLength(2)
  })

  it.each<{ name: string; make: () => Promise<{ owner: Owner; other: Owner }> }>([
    {
      name: 'its own user',
      make: async () => {
        const actor = await (await createWorld()).addActor()
        return { owner: actor, other: actor }
      },
    },
    {
      name: 'another user of the organization',
      make: async () => {
        const world = await createWorld()
        return { owner: await world.addActor(), other: await world.addActor() }
      },
    },
    {
      name: 'a user of another organization',
      make: async () => ({
        owner: await (await createWorld()).addActor(),
        other: await (await createWorld()).addActor(),
      }),
    },
  ])('refuses a key that is of $name, and writes nothing (K4)', async ({ make }) => {
    const { owner, other } = await make()
    const key = newCredential()
    expect(reasonOf(await register(other, key))).toBe('done')
    // Switched off or not: a key is never free again.
    await runSql('UPDATE credentials SET deactivated_at = 1 WHERE id = ?', key.id)
    const before = await dumpTables(owner.organizationId, other.organizationId)
    const same = newCredential({ publicKeyHash: key.publicKeyHash })
    expect(reasonOf(await register(owner, same))).toBe('credential_taken')
    expect(await dumpTables(owner.organizationId, other.organizationId)).toEqual(before)
  })

  it('refuses an id that is known in the organization, and in no other (K4)', async () => {
    const [here, there] = [await createWorld(), await createWorld()]
    const [one, two] = [await here.addActor(), await here.addActor()]
    const credentialId = newSecret()
    expect(reasonOf(await register(one, newCredential({ credentialId })))).toBe('done')
    const before = await dumpTables(here.organizationId)
    for (const owner of [one, two]) {
      const refused = await register(owner, newCredential({ credentialId }))
      expect(reasonOf(refused)).toBe('credential_taken')
    }
    expect(await dumpTables(here.organizationId)).toEqual(before)
    const free = await register(await there.addActor(), newCredential({ credentialId }))
    expect(reasonOf(free)).toBe('done')
  })

  it.each([
    { name: 'key', shared: () => ({ publicKeyHash: newSecret() }) },
    { name: 'id', shared: () => ({ credentialId: newSecret() }) },
  ])('gives one $name to one of five who ask at once (K4)', async ({ shared }) => {
    const world = await createWorld()
    const owners = await Promise.all(Array.from({ length: 5 }, () => world.addActor()))
    const members = shared()
    const results = await Promise.all(
      owners.map((owner) => register(owner, newCredential(members))),
    )
    expect(results.map(reasonOf).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'credential_taken'),
      'done',
    ])
    const versions = await Promise.all(owners.map(({ userId }) => readUserRow(userId)))
    expect(versions.map((row) => row['version' as never]).sort()).toEqual([1, 1, 1, 1, 2])
  })

  it.each([
    { name: 'key', members: (taken: NewCredential) => ({ publicKeyHash: taken.publicKeyHash }) },
    { name: 'id', members: (taken: NewCredential) => ({ credentialId: taken.credentialId }) },
  ])('calls a batch stale whose $name was taken since, and writes nothing', async ({ members }) => {
    const world = await createWorld()
    const [owner, other] = [await world.addActor(), await world.addActor()]
    const taken = { ...newCredential(), userId: other.userId }
    const key = newCredential(members(taken))
    const principal = principalOf(owner)
    const snapshot = await users.readSnapshot({ principal, key, wantsCredentials: true })
    expect(snapshot.isKeyTaken).toBe(false)
    expect(reasonOf(await register(other, taken))).toBe('done')
    const caller = snapshot.caller?.user
    if (!caller) throw new Error('the world is not what the test thinks')
    const decided = decideRegisterCredential(caller, snapshot, key, Date.now())
    const before = await dumpTables(world.organizationId)
    const outcome = await users.commit({
      ...{ id: newId('auditEvent'), claim: null, event: null },
      guards: sampleGuards({ caller, revocationKey: null }),
      consumption: newChallenge(),
      change: decided.ok ? decided.value : null,
    })
    expect(outcome).toBe('stale')
    expect(await dumpTables(world.organizationId)).toEqual(before)
    expect((await users.readSnapshot({ principal, key })).isKeyTaken).toBe(true)
  })
})

describe('reading credentials', () => {
  it("lists a user's own, oldest first, on and off, without those of its tokens", async () => {
    const world = await createWorld()
    const [actor, other] = [await world.addActor(), await world.addActor()]
    const second = newCredential({ createdAt: Date.now() + 1 })
    const third = newCredential({ createdAt: Date.now() + 2 })
    for (const key of [third, second]) {
      expect(reasonOf(await register(actor, key))).toBe('done')
    }
    expect(reasonOf(await turn(actor, second.id, false))).toBe('done')
    await addCredential(world.organizationId, actor.userId, await createSigner('Ed25519'), 'pat-1')
    const principal = principalOf(actor)
    const snapshot = await users.readSnapshot({ principal, wantsCredentials: true })
    expect(snapshot.credentials.map(({ id, isActive }) => ({ id, isActive }))).toEqual([
      { id: expect.any(String) as string, isActive: true },
      { id: second.id, isActive: false },
      { id: third.id, isActive: true },
    ])
    expect(snapshot.credentials[1]).toEqual({
      ...second,
      publicKeyHash: undefined,
      userId: actor.userId,
      isActive: false,
    })
    const read = await flowOn(env.DB).accounts.readCredentials(principal)
    expect(read.credentials).toEqual(snapshot.credentials)
    expect(read.caller).toEqual(snapshot.caller)
    expect((await users.readSnapshot({ principal })).credentials).toEqual([])
    const foreign = await users.readSnapshot({
      principal: principalOf(other),
      wantsCredentials: true,
    })
    expect(foreign.credentials).toHaveLength(1)
  })
})

describe('switching credentials', () => {
  it('writes time, version and event in one batch, and takes the time back', async () => {
    const actor = await (await createWorld()).addActor()
    const [first] = await readCredentials(actor)
    const second = newCredential()
    expect(reasonOf(await register(actor, second))).toBe('done')
    const id = String(first?.['id'])
    const recording = recordDatabase(env.DB)
    const store = createD1UserStore(openDatabase(recording.binding), OPTIONS)
    const off = await turn(actor, id, false, store)
    expect(recording.roundTrips()).toBe(2)
    const timeOf = async () => (await readCredentials(actor))[0]?.['deactivated_at']
    expect(await timeOf()).toBe(off.ok && off.value.updatedAt)
    expect(await readUserRow(actor.userId)).toMatchObject({ version: 3 })
    expect(reasonOf(await turn(actor, id, false))).toBe('done')
    expect(await readUserRow(actor.userId)).toMatchObject({ version: 3 })
    expect(reasonOf(await turn(actor, id, true))).toBe('done')
    expect(await timeOf()).toBeNull()
    const events = await readAuditEvents(actor.userId)
    expect(events.map(({ action }) => action)).toEqual([
      'register_credential',
      'deactivate_credential',
      'activate_credential',
    ])
    expect(JSON.parse(String(events[1]?.['evidence']))).toEqual({ credential: { id } })
  })

  it('switches nothing of another user, whatever a change says', async () => {
    const world = await createWorld()
    const [actor, other] = [await world.addActor(), await world.addActor()]
    const [foreign] = await readCredentials(other)
    const credentialId = String(foreign?.['id'])
    expect(reasonOf(await turn(actor, credentialId, false))).toBe('credential_not_found')
    const { caller } = await users.readSnapshot({ principal: principalOf(actor) })
    if (!caller) throw new Error('the world is not what the test thinks')
    const before = caller.user
    const outcome = await users.commit({
      ...{ id: newId('auditEvent'), claim: null, consumption: null, event: null },
      guards: sampleGuards({ caller: before, revocationKey: null }),
      change: {
        action: 'deactivate_credential',
        before,
        after: { ...before, version: before.version + 1 },
        credential: null,
        switched: { credentialId, activatedAt: null, deactivatedAt: 1 },
      },
    })
    expect(outcome).toBe('committed')
    expect(await readCredentials(other)).toEqual([foreign])
  })

  it('leaves one of two that are switched off at once, every time', async () => {
    const world = await createWorld()
    const left: unknown[] = []
    for (let round = 0; round < 10; round++) {
      const actor = await world.addActor()
      const [first] = await readCredentials(actor)
      const second = newCredential()
      await register(actor, second)
      const results = await Promise.all(
        [String(first?.['id']), second.id].map((id) => turn(actor, id, false)),
      )
      const active = (await readCredentials(actor)).filter((row) => row['deactivated_at'] === null)
      left.push({ reasons: results.map(reasonOf).sort(), active: active.length })
    }
    expect(left).toEqual(
      Array.from({ length: 10 }, () => ({ reasons: ['done', 'last_credential'], active: 1 })),
    )
  })
})
