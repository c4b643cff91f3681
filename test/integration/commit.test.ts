/**
 * Transactions on real D1: one use of a token, one holder of a name, one count of users.
 */
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../src/auth/random.ts'
import { sha256Hex } from '../../src/auth/digest.ts'
import { decideArchiveUser } from '../../src/core/archive-user.ts'
import type { NewCredential } from '../../src/core/change.ts'
import { decideCreateUser, type NewUser } from '../../src/core/create-user.ts'
import { decideDeactivateUser } from '../../src/core/deactivate-user.ts'
import { createCommandRunner, type Command } from '../../src/core/run-command.ts'
import { decideGrants } from '../../src/core/grant-roles.ts'
import { operationsOf, type User } from '../../src/core/user.ts'
import { mayChange } from '../../src/dialects/dfns/authenticate.ts'
import { createKvAnswerCopies } from '../../src/store/kv-answer-copies.ts'
import { prepareDeactivation, principalOf, readRow, runSql, users } from '../support/commits.ts'
import { dumpTables } from '../support/dump.ts'
import { NO_PASSKEY, readUser, sampleAnswer } from '../support/sample.ts'
import { createSigner } from '../support/signer.ts'
import {
  addRole,
  ALL_DFNS,
  createWorld,
  readAuditEvents,
  readUserRow,
  type Actor,
  type World,
} from '../support/world.ts'

const runnerOf = (store: typeof users) =>
  createCommandRunner({
    store,
    copies: createKvAnswerCopies(undefined),
    newEventId: () => newId('auditEvent'),
    pause: () => new Promise((resolve) => setTimeout(resolve, Math.random() * 10)),
  })

/** Runs a verb as an actor, without a user action: who proved what is not the business of these tests. */
const run = async (
  actor: Pick<Actor, 'userId' | 'organizationId'>,
  command: Pick<Command, 'targetId' | 'decide'> & Partial<Command>,
  store = users,
) => {
  const outcome = await runnerOf(store)({
    principal: principalOf(actor),
    rule: { ...mayChange('Auth:Users:Create'), userAction: 'by_setting' },
    proof: null,
    key: null,
    challenge: null,
    isOfCaller: false,
    now: Date.now(),
    requestId: 'req_1',
    clientRequestId: null,
    names: null,
    roleNames: [],
    claim: null,
    precondition: null,
    statedReason: null,
    answer: sampleAnswer,
    defer: () => undefined,
    ...command,
  })
  return readUser(outcome)
}

const deactivate = (actor: Actor, targetId: string, store = users) =>
  run(
    actor,
    {
      targetId,
      decide: ({ user }, { target }) => decideDeactivateUser(user, target as User, Date.now()),
    },
    store,
  )

const archive = (actor: Actor, targetId: string) =>
  run(actor, {
    targetId,
    decide: ({ user }, { target }) => decideArchiveUser(user, target as User, Date.now()),
  })

/** Creates a user with the given names, and roles by name of which the actor must hold every operation. */
function create(
  actor: Actor,
  given: Partial<NewUser> & { readonly username: string },
  roleNames: readonly string[] = [],
  store = users,
) {
  const newUser: NewUser = {
    id: newId('user'),
    kind: 'CustomerEmployee',
    firstName: null,
    lastName: null,
    assignments: [],
    externalId: null,
    isSsoRequired: false,
    identifiers: [{ id: newId('identifier'), type: 'email', value: given.username.toLowerCase() }],
    credential: null,
    registrationCode: null,
    ...given,
  }
  const { username, externalId, credential, identifiers } = newUser
  const command: Pick<Command, 'targetId' | 'names' | 'key' | 'roleNames' | 'decide'> = {
    targetId: null,
    names: { username, identifiers, externalId },
    key: credential,
    roleNames,
    decide: ({ organization, user }, snapshot) => {
      const { roles } = snapshot
      const grants = decideGrants(user, {
        names: roleNames,
        roles,
        holds: (holder, operation) => operationsOf(holder).includes(operation),
        newAssignmentId: () => newId('assignment'),
      })
      if (!grants.ok) return grants
      const assigned = { ...newUser, assignments: grants.value }
      return decideCreateUser(organization, assigned, snapshot, Date.now())
    },
  }
  return run(actor, command, store)
}

async function createCredential(): Promise<Omit<NewCredential, 'userId'>> {
  const { credentialId, publicKeyPem } = await createSigner('Ed25519')
  return {
    id: newId('credential'),
    kind: 'Key',
    credentialId,
    algorithm: 'Ed25519',
    publicKeyPem,
    publicKeyHash: await sha256Hex(publicKeyPem),
    accessTokenId: null,
    isActive: true,
    ...NO_PASSKEY,
    name: 'Laptop',
    createdAt: Date.now(),
  }
}

const countOf = async ({ organizationId }: World) =>
  (await readRow('SELECT user_count FROM organizations WHERE id = ?', organizationId))?.[
    'user_count'
  ]

/** A world with an administrator, and a name that nobody else has. */
async function setUp() {
  const world = await createWorld()
  const actor = await world.addActor({ operations: ALL_DFNS })
  return { world, actor, name: `${newId('user')}@new.test` }
}

const refused = (failure: object) => ({ ok: false, failure })

describe('commit: consumption', () => {
  it('lets a token be used once and names the second use', async () => {
    const { world, actor } = await setUp()
    const [one, two] = [await world.addUser(), await world.addUser()]
    const first = await prepareDeactivation(actor, one)
    const second = await prepareDeactivation(actor, two)
    expect(await users.commit(first)).toBe('committed')
    expect(await users.commit({ ...second, consumption: first.consumption })).toBe('proof_used')
    expect(await readUserRow(two)).toMatchObject({ suspended_at: null, version: 1 })
    expect(await readAuditEvents(two)).toEqual([])
  })

  it('lets one of twenty simultaneous uses through', async () => {
    const { world, actor } = await setUp()
    const target = await world.addUser()
    const commit = await prepareDeactivation(actor, target)
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        users.commit({
          ...commit,
          event: commit.event && { ...commit.event, id: newId('auditEvent') },
        }),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'proof_used')).toHaveLength(19)
    expect(await readAuditEvents(target)).toHaveLength(1)
  })

  it('names a used token before a stale reading', async () => {
    const { world, actor } = await setUp()
    const target = await world.addUser()
    const commit = await prepareDeactivation(actor, target)
    expect(await users.commit(commit)).toBe('committed')
    expect(await users.commit(commit)).toBe('proof_used')
  })
})

describe('commit: a challenge besides a user action (U1, U3)', () => {
  /** A commit that spends both. */
  async function prepareBoth() {
    const { world, actor } = await setUp()
    const target = await world.addUser()
    const commit = await prepareDeactivation(actor, target)
    const usedHash = newSecret()
    const challenge = { usedHash, purpose: 'registration', expiresAt: Date.now() + 300_000 }
    return { world, actor, target, commit: { ...commit, challenge } }
  }
  const useOf = (hash: string | undefined) =>
    readRow('SELECT purpose, used_by FROM used_tokens WHERE hash = ?', hash)

  it('spends both by one commit', async () => {
    const { commit } = await prepareBoth()
    expect(await users.commit(commit)).toBe('committed')
    const used_by = commit.id
    expect(await useOf(commit.challenge.usedHash)).toEqual({ purpose: 'registration', used_by })
    expect(await useOf(commit.consumption?.usedHash)).toEqual({ purpose: 'user-action', used_by })
  })

  it.each([
    { name: 'the challenge', kept: 'consumption', spent: 'challenge' },
    { name: 'the user action', kept: 'challenge', spent: 'consumption' },
  ] as const)('spends neither where $name was used', async ({ kept, spent }) => {
    const { world, actor, target, commit } = await prepareBoth()
    const other = await prepareDeactivation(actor, await world.addUser())
    expect(await users.commit({ ...other, consumption: commit[spent] })).toBe('committed')
    const before = await dumpTables(world.organizationId)
    expect(await users.commit(commit)).toBe('proof_used')
    expect(await useOf(commit[kept]?.usedHash)).toBeNull()
    expect(await dumpTables(world.organizationId)).toEqual(before)
    expect(await readUserRow(target)).toMatchObject({ suspended_at: null })
  })

  it('spends neither where what was read no longer holds', async () => {
    const { target, commit } = await prepareBoth()
    await runSql('UPDATE users SET version = version + 1 WHERE id = ?', target)
    expect(await users.commit(commit)).toBe('stale')
    expect(await useOf(commit.challenge.usedHash)).toBeNull()
    expect(await useOf(commit.consumption?.usedHash)).toBeNull()
  })

  it('tells the use of each apart when it reads', async () => {
    const { actor, commit } = await prepareBoth()
    const proof = { usedHash: commit.consumption?.usedHash ?? '', credentialId: '' }
    const challengeHash = commit.challenge.usedHash
    const read = async () => {
      const principal = principalOf(actor)
      const snapshot = await users.readSnapshot({ principal, proof, challengeHash })
      return [snapshot.isProofUsed, snapshot.isChallengeUsed]
    }
    expect(await read()).toEqual([false, false])
    await runSql(
      "INSERT INTO used_tokens (hash, purpose, expires_at) VALUES (?, 'registration', 9999999999999)",
      challengeHash,
    )
    expect(await read()).toEqual([false, true])
    await runSql(
      "INSERT INTO used_tokens (hash, purpose, expires_at) VALUES (?, 'user-action', 9999999999999)",
      proof.usedHash,
    )
    expect(await read()).toEqual([true, true])
  })
})

describe('commit: creation', () => {
  it('writes user, identifier, credential, count and record at once', async () => {
    const { world, actor, name } = await setUp()
    const credential = await createCredential()
    const result = await create(actor, { username: name, externalId: 'hr-17', credential })
    const id = result.ok ? result.value.id : ''
    expect(await readUserRow(id)).toMatchObject({
      organization_id: world.organizationId,
      username: name,
      external_id: 'hr-17',
      is_registered: 1,
      is_superuser: 0,
      suspended_at: null,
      version: 1,
      token_epoch: 0,
    })
    expect(
      await readRow('SELECT type, value, released_at FROM user_identifiers WHERE user_id = ?', id),
    ).toEqual({ type: 'email', value: name, released_at: null })
    expect(
      await readRow('SELECT id, credential_id FROM credentials WHERE user_id = ?', id),
    ).toEqual({ id: credential.id, credential_id: credential.credentialId })
    expect(await readAuditEvents(id)).toMatchObject([
      { action: 'create', from_state: null, to_state: 'active', actor_id: actor.userId },
    ])
    expect(await countOf(world)).toBe(2)
  })

  it('answers with the user as a later reading shows it', async () => {
    const { actor, name } = await setUp()
    const result = await create(actor, { username: name, credential: await createCredential() })
    const created = result.ok ? result.value : null
    const { target } = await users.readSnapshot({
      principal: principalOf(actor),
      targetId: created?.id ?? '',
    })
    expect(target).toEqual(created)
  })

  it('refuses the number of another user, and takes an address that is written like it', async () => {
    const { actor, name } = await setUp()
    const createWith = (type: 'email' | 'phone', username: string) =>
      create(actor, { username, identifiers: [{ id: newId('identifier'), type, value: '+4930' }] })
    expect((await createWith('phone', name)).ok).toBe(true)
    expect(await createWith('phone', `a-${name}`)).toEqual(refused({ reason: 'username_taken' }))
    expect((await createWith('email', `b-${name}`)).ok).toBe(true)
  })

  it.each([
    { name: 'the username', later: (name: string) => ({ username: name }) },
    {
      name: 'the username in another case',
      later: (name: string) => ({ username: name.toUpperCase() }),
    },
    {
      name: 'the email under another username',
      later: (name: string) => ({
        username: `other-${name}`,
        identifiers: [{ id: newId('identifier'), type: 'email' as const, value: name }],
      }),
    },
  ])('refuses $name of another user', async ({ later }) => {
    const { world, actor, name } = await setUp()
    expect((await create(actor, { username: name })).ok).toBe(true)
    expect(await create(actor, later(name))).toEqual(refused({ reason: 'username_taken' }))
    expect(await countOf(world)).toBe(2)
  })

  it('refuses an external id and names who holds it', async () => {
    const { actor, name } = await setUp()
    const first = await create(actor, { username: name, externalId: 'hr-17' })
    const userId = first.ok ? first.value.id : ''
    const second = await create(actor, { username: `other-${name}`, externalId: 'hr-17' })
    const duplicate = { userId, externalId: 'hr-17' }
    expect(second).toEqual(refused({ reason: 'external_id_taken', duplicate }))
  })

  it('refuses a public key that any organization knows (K4)', async () => {
    const [here, there] = [await setUp(), await setUp()]
    const credential = await createCredential()
    expect((await create(here.actor, { username: here.name, credential })).ok).toBe(true)
    const again = { ...credential, id: newId('credential'), credentialId: 'another' }
    const second = await create(there.actor, { username: there.name, credential: again })
    expect(second).toEqual(refused({ reason: 'public_key_taken' }))
  })

  it('takes names that another organization has', async () => {
    const [here, there] = [await setUp(), await setUp()]
    const names = { username: here.name, externalId: 'hr-17' }
    expect((await create(here.actor, names)).ok).toBe(true)
    expect((await create(there.actor, names)).ok).toBe(true)
  })

  it('gives a name to one of ten who ask at once', async () => {
    const { world, actor, name } = await setUp()
    const results = await Promise.all(
      Array.from({ length: 10 }, () => create(actor, { username: name, externalId: 'hr-17' })),
    )
    const reasons = results.map((result) => (result.ok ? 'created' : result.failure.reason))
    expect(reasons.sort()).toEqual([
      'created',
      ...Array.from({ length: 9 }, () => 'username_taken'),
    ])
    expect(await countOf(world)).toBe(2)
  })
})

describe('commit: creation with roles', () => {
  /** A world with roles of the given names, which its administrator holds if they say no more than it may. */
  async function setRoles(...names: string[]) {
    const scene = await setUp()
    const holder = await scene.world.addUser()
    const ids = new Map<string, string>()
    for (const name of names) {
      const operation = name === 'Mighty' ? 'user.edit' : 'Auth:Users:Read'
      const { roleId } = await addRole(scene.world.organizationId, holder, [operation])
      await runSql('UPDATE roles SET name = ? WHERE id = ?', name, roleId)
      ids.set(name, roleId)
    }
    return { ...scene, ids }
  }

  it('writes one row a role and their ids on record, and keeps every order', async () => {
    const names = ['Z', 'M', 'A', 'K', 'B']
    const { actor, name, ids } = await setRoles(...names)
    const identifiers = ['+49301', `z-${name}`, `a-${name}`, '+49302'].map((value, index) => ({
      id: `id-${name}-${index}`,
      type: value.startsWith('+') ? ('phone' as const) : ('email' as const),
      value,
    }))
    const person = { username: name, firstName: 'Ada', lastName: 'King', identifiers }
    const result = await create(actor, person, names)
    const created = result.ok ? result.value : null
    const id = created?.id ?? ''
    const { target } = await users.readSnapshot({ principal: principalOf(actor), targetId: id })
    expect(target).toEqual(created)
    expect(target).toMatchObject({ firstName: 'Ada', lastName: 'King', identifiers })
    expect(target?.assignments.map(({ role }) => role.name)).toEqual(names)
    const [event] = await readAuditEvents(id)
    expect(JSON.parse(String(event?.['evidence']))).toEqual({
      roleIds: names.map((one) => ids.get(one)),
    })
    const assigned = 'SELECT min(created_at) AS at, count(*) AS rows FROM role_assignments'
    expect(await readRow(`${assigned} WHERE user_id = ?`, id)).toEqual({
      at: created?.createdAt,
      rows: names.length,
    })
  })

  it.each([
    { name: 'one is unknown', role: 'reader', reason: 'role_not_found' },
    { name: 'one holds more than the caller', role: 'Mighty', reason: 'permission_missing' },
  ])('writes nothing when $name', async ({ role, reason }) => {
    const { world, actor, name } = await setRoles('Reader', 'Mighty')
    const before = await dumpTables(world.organizationId)
    const result = await create(actor, { username: name }, ['Reader', role])
    expect(result).toMatchObject(refused({ reason }))
    expect(await dumpTables(world.organizationId)).toEqual(before)
  })

  it.each([
    {
      name: 'the role came to hold more than the caller',
      disturb: (role: string) =>
        runSql(`UPDATE roles SET operations = '["*.*"]', version = 2 WHERE id = ?`, role),
      reason: 'permission_missing',
    },
    {
      name: 'the role went away',
      disturb: (role: string) =>
        runSql('UPDATE roles SET name = id, version = 2 WHERE id = ?', role),
      reason: 'role_not_found',
    },
    {
      name: 'the caller lost the role by which it held as much',
      disturb: (_role: string, holding: string) =>
        runSql('DELETE FROM role_assignments WHERE id = ?', holding),
      reason: 'permission_missing',
    },
  ])('decides anew and writes nothing when $name meanwhile', async ({ disturb, reason }) => {
    const { world, actor, name, ids } = await setRoles('Mighty')
    const { assignmentId } = await addRole(world.organizationId, actor.userId, ['user.edit'])
    const outcomes: string[] = []
    const disturbed: typeof users = {
      ...users,
      commit: async (commit) => {
        await disturb(ids.get('Mighty') ?? '', assignmentId)
        const outcome = await users.commit(commit)
        outcomes.push(outcome)
        return outcome
      },
    }
    const result = await create(actor, { username: name }, ['Mighty'], disturbed)
    expect(result).toMatchObject(refused({ reason }))
    expect(outcomes).toEqual(['stale'])
    expect(await countOf(world)).toBe(2)
    expect(await readRow('SELECT id FROM users WHERE username = ?', name)).toBeNull()
  })
})

describe('commit: archiving', () => {
  it('frees username, email and external id for a new user', async () => {
    const { world, actor, name } = await setUp()
    const names = { username: name, externalId: 'hr-17' }
    const first = await create(actor, names)
    const id = first.ok ? first.value.id : ''
    expect((await archive(actor, id)).ok).toBe(true)
    expect(await countOf(world)).toBe(1)
    expect((await create(actor, names)).ok).toBe(true)
    expect(await countOf(world)).toBe(2)
    expect(await readUserRow(id)).toMatchObject({ username: name, external_id: 'hr-17' })
  })

  it('releases the identifiers at the time of the archiving, on record', async () => {
    const { actor, name } = await setUp()
    const first = await create(actor, { username: name })
    const id = first.ok ? first.value.id : ''
    const archived = await archive(actor, id)
    const archivedAt = archived.ok ? archived.value.archivedAt : null
    expect(await readUserRow(id)).toMatchObject({ archived_at: archivedAt, token_epoch: 1 })
    expect(await readRow('SELECT released_at FROM user_identifiers WHERE user_id = ?', id)).toEqual(
      { released_at: archivedAt },
    )
    expect(await readAuditEvents(id)).toMatchObject([
      { action: 'create' },
      { action: 'archive', from_state: 'active', to_state: 'archived' },
    ])
  })

  it('is done once: the archived user is not found again', async () => {
    const { world, actor } = await setUp()
    const id = await world.addUser()
    expect((await archive(actor, id)).ok).toBe(true)
    expect(await archive(actor, id)).toMatchObject(refused({ reason: 'user_not_found' }))
    expect(await countOf(world)).toBe(1)
  })
})

describe('commit: races', () => {
  it('leaves one of two last holders who deactivate each other', async () => {
    const world = await createWorld()
    const operations = [...ALL_DFNS]
    const [one, two] = [await world.addActor({ operations }), await world.addActor({ operations })]
    const results = await Promise.all([deactivate(one, two.userId), deactivate(two, one.userId)])
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    const states = await Promise.all([readUserRow(one.userId), readUserRow(two.userId)])
    expect(states.filter((row) => row['suspended_at' as keyof typeof row] === null)).toHaveLength(1)
  })

  it.each([
    {
      name: 'lost its role',
      disturb: (id: string) => runSql('DELETE FROM role_assignments WHERE user_id = ?', id),
      failure: { reason: 'permission_missing' },
    },
    {
      name: 'was deactivated',
      disturb: (id: string) =>
        runSql('UPDATE users SET suspended_at = 1, token_epoch = 1 WHERE id = ?', id),
      failure: { reason: 'token_invalid', cause: 'before_suspension' },
    },
    {
      name: 'was archived',
      disturb: (id: string) => runSql('UPDATE users SET archived_at = 1 WHERE id = ?', id),
      failure: { reason: 'caller_unknown' },
    },
  ])('decides anew and refuses when the caller $name meanwhile', async ({ disturb, failure }) => {
    const { world, actor } = await setUp()
    const target = await world.addUser()
    const disturbed: typeof users = {
      ...users,
      commit: async (commit) => {
        await disturb(actor.userId)
        return users.commit(commit)
      },
    }
    const result = await deactivate(actor, target, disturbed)
    expect(result).toMatchObject(refused(failure))
    expect(await readUserRow(target)).toMatchObject({ suspended_at: null, version: 1 })
    expect(await readAuditEvents(target)).toEqual([])
  })

  it('records one transition for twenty simultaneous deactivations', async () => {
    const { world, actor } = await setUp()
    const target = await world.addUser()
    await addRole(world.organizationId, await world.addUser(), ['user.edit'])
    const results = await Promise.all(Array.from({ length: 20 }, () => deactivate(actor, target)))
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(await readAuditEvents(target)).toHaveLength(1)
    expect(await readUserRow(target)).toMatchObject({ version: 2, token_epoch: 1 })
  })
})
