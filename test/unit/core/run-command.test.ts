/**
 * The way of every change: order of refusals, what is committed, and what becomes of each outcome.
 */
import { describe, expect, it } from 'vitest'
import { decideActivateUser } from '../../../src/core/activate-user.ts'
import { keepUser, type Change } from '../../../src/core/change.ts'
import { decideDeactivateUser } from '../../../src/core/deactivate-user.ts'
import type { AnswerCopies } from '../../../src/core/idempotency.ts'
import type { CommitOutcome, Snapshot } from '../../../src/core/ports.ts'
import { decideRegisterCredential } from '../../../src/core/register-credential.ts'
import { fail, succeed } from '../../../src/core/result.ts'
import {
  createCommandRunner,
  MAX_ATTEMPTS,
  MAX_RETRIES,
  type Command,
} from '../../../src/core/run-command.ts'
import { decideSwitchCredential } from '../../../src/core/switch-credential.ts'
import type { Credential, User } from '../../../src/core/user.ts'
import {
  NOW,
  ORGANIZATION_ID,
  readUser,
  sampleAdmin,
  sampleAnswer,
  sampleAssignment,
  sampleCaller,
  sampleCredential,
  sampleNewCredential,
  samplePrincipal,
  sampleRule,
  sampleSnapshot,
  sampleUser,
  sampleUserAction,
  userId,
} from '../../support/sample.ts'
import {
  createScriptedCopies,
  createScriptedUsers,
  type UsersScript,
} from '../../support/scripted-store.ts'

const activate: Command['decide'] = (_caller, { target }) => decideActivateUser(target as User, NOW)

const sampleCommand = (members: Partial<Command> = {}): Command => ({
  principal: samplePrincipal(),
  rule: sampleRule(),
  proof: succeed(sampleUserAction()),
  now: NOW,
  requestId: 'req_1',
  clientRequestId: 'client-request-1',
  targetId: userId('target'),
  names: null,
  key: null,
  challenge: null,
  isOfCaller: false,
  roleNames: [],
  claim: null,
  precondition: null,
  statedReason: null,
  decide: activate,
  answer: sampleAnswer,
  defer: () => undefined,
  ...members,
})

/** Runs a command on a scripted store and tells everything that it did. */
async function run(
  members: Partial<Command> = {},
  script: UsersScript & { readonly copy?: Awaited<ReturnType<AnswerCopies['find']>> } = {},
) {
  const store = createScriptedUsers(script)
  const copies = createScriptedCopies(script.copy)
  const deferred: Promise<void>[] = []
  const pauses: number[] = []
  let events = 0
  const runCommand = createCommandRunner({
    store,
    copies,
    newEventId: () => `uj-${++events}`,
    pause: async (attempt) => void pauses.push(attempt),
  })
  const defer = (work: Promise<void>) => void deferred.push(work)
  const outcome = await runCommand(sampleCommand({ defer, ...members }))
  await Promise.all(deferred)
  return { outcome, result: readUser(outcome), pauses, ...store.asked, copies: copies.asked }
}

const onSnapshot = (members: Partial<Snapshot>) => ({ snapshots: [sampleSnapshot(members)] })

/** Runs a change that ends a user of the given members. */
const deactivate = (target: Partial<User>) =>
  run(
    { decide: (caller, one) => decideDeactivateUser(caller.user, one.target as User, NOW) },
    onSnapshot({ target: sampleUser(target) }),
  )

describe('createCommandRunner: what is read', () => {
  it('reads by the proof, the target, the names and the roles', async () => {
    const names = { username: 'a', identifiers: [], externalId: null }
    const roleNames = ['Support', 'Audit']
    const { snapshots } = await run({ names, roleNames })
    expect(snapshots).toEqual([
      {
        principal: samplePrincipal(),
        proof: { usedHash: 'used-hash-1', credentialId: 'credential-of-admin' },
        targetId: userId('target'),
        names,
        key: null,
        challengeHash: null,
        wantsCredentials: false,
        roleNames,
        claim: null,
        doubtfulIds: [],
      },
    ])
  })

  it.each<{ name: string; proof: Command['proof'] }>([
    { name: 'none came', proof: null },
    { name: 'it was refused', proof: fail({ reason: 'user_action_invalid', cause: 'typ' }) },
  ])('reads nothing of a proof when $name', async ({ proof }) => {
    const { snapshots } = await run({ proof })
    expect(snapshots.map((query) => query.proof)).toEqual([null])
  })
})

describe('createCommandRunner: refusals before the commit', () => {
  it.each<{
    name: string
    failure: object
    command?: Partial<Command>
    snapshot?: Partial<Snapshot>
  }>([
    {
      name: 'an unknown caller',
      snapshot: { caller: null },
      failure: { reason: 'caller_unknown' },
    },
    {
      name: 'a logged-out bearer',
      snapshot: { isBearerRevoked: true },
      failure: { reason: 'token_invalid', cause: 'revoked' },
    },
    {
      name: 'a suspended caller',
      snapshot: { caller: sampleCaller({ suspendedAt: 1 }) },
      failure: { reason: 'caller_inactive' },
    },
    {
      name: 'a dialect that is off',
      snapshot: { caller: sampleCaller({}, { dialects: ['rinne'] }) },
      failure: { reason: 'dialect_off', dialect: 'dfns' },
    },
    {
      name: 'a missing proof',
      command: { proof: null },
      failure: { reason: 'user_action_invalid', cause: 'missing' },
    },
    {
      name: 'a proof that was refused',
      command: { proof: fail({ reason: 'user_action_invalid', cause: 'expired' }) },
      failure: { reason: 'user_action_invalid', cause: 'expired' },
    },
    {
      name: 'a proof of another epoch',
      command: { proof: succeed(sampleUserAction({ epoch: 2 })) },
      failure: { reason: 'user_action_invalid', cause: 'before_suspension' },
    },
    {
      name: 'a proof by a credential that is gone',
      snapshot: { credential: null },
      failure: { reason: 'user_action_invalid', cause: 'credential_inactive' },
    },
    {
      name: 'a proof by a deactivated credential',
      snapshot: { credential: sampleCredential({ isActive: false }) },
      failure: { reason: 'user_action_invalid', cause: 'credential_inactive' },
    },
    {
      name: "a proof by another user's credential",
      snapshot: { credential: sampleCredential({ userId: userId('other') }) },
      failure: { reason: 'user_action_invalid', cause: 'credential_inactive' },
    },
    {
      name: 'a used proof',
      snapshot: { isProofUsed: true },
      failure: { reason: 'user_action_used' },
    },
    {
      name: 'an unknown target',
      snapshot: { target: null },
      failure: {
        reason: 'user_not_found',
        userId: userId('target'),
        organizationId: ORGANIZATION_ID,
      },
    },
    {
      name: "the verb's own rule",
      command: { decide: () => fail({ reason: 'self_change' }) },
      failure: { reason: 'self_change' },
    },
  ])('refuses $name and commits nothing', async ({ command, snapshot, failure }) => {
    const { result, commits, snapshots, pauses } = await run(command, onSnapshot(snapshot ?? {}))
    expect(result).toEqual({ ok: false, failure })
    expect(commits).toEqual([])
    expect(snapshots).toHaveLength(1)
    expect(pauses).toEqual([])
  })

  it('refuses in the order caller, permission, proof, use, target, rule', async () => {
    const refused: Partial<Command> = { decide: () => fail({ reason: 'self_change' }) }
    const noProof = { ...refused, proof: null }
    const wrong = { isProofUsed: true, target: null }
    const bare = sampleCaller({ assignments: [] })
    const steps = [
      await run(noProof, onSnapshot({ ...wrong, caller: sampleCaller({ suspendedAt: 1 }) })),
      await run(noProof, onSnapshot({ ...wrong, caller: bare })),
      await run(noProof, onSnapshot(wrong)),
      await run(refused, onSnapshot(wrong)),
      await run(refused, onSnapshot({ target: null })),
      await run(refused),
      await run(),
    ]
    expect(steps.map(({ result }) => (result.ok ? 'done' : result.failure.reason))).toEqual([
      'caller_inactive',
      'permission_missing',
      'user_action_invalid',
      'user_action_used',
      'user_not_found',
      'self_change',
      'done',
    ])
  })

  it('asks for a proof by setting only where the organization wants one', async () => {
    const command = { proof: null, rule: sampleRule({ userAction: 'by_setting' }) }
    const strict = sampleCaller({}, { requireUserAction: true })
    const free = await run(command)
    const asked = await run(command, onSnapshot({ caller: strict }))
    expect(free.result.ok).toBe(true)
    expect(asked.result).toEqual({
      ok: false,
      failure: { reason: 'user_action_invalid', cause: 'missing' },
    })
  })

  it('refuses a proof that came and is invalid even where none is asked for', async () => {
    const { result, commits } = await run({
      rule: sampleRule({ userAction: 'by_setting' }),
      proof: fail({ reason: 'user_action_invalid', cause: 'typ' }),
    })
    expect(result).toEqual({ ok: false, failure: { reason: 'user_action_invalid', cause: 'typ' } })
    expect(commits).toEqual([])
  })
})

describe('createCommandRunner: what is committed', () => {
  it('commits change, consumption and event of what was read, once', async () => {
    const snapshot = sampleSnapshot()
    const { result, commits, pauses } = await run({}, { snapshots: [snapshot] })
    const before = snapshot.target as User
    const after = { ...before, suspendedAt: null, version: before.version + 1, updatedAt: NOW }
    expect(result).toEqual({ ok: true, value: after })
    expect(pauses).toEqual([])
    expect(commits).toEqual([
      {
        id: 'uj-1',
        claim: null,
        guards: {
          caller: snapshot.caller?.user,
          needsSuperuser: false,
          revocationKey: 'revocation-1',
          assignments: [{ id: 'as-of-pm-00000-00000-0000000000000000', roleVersion: 4 }],
          roles: [],
          credentialId: 'cr-00000-00000-0000000000000000',
          signCount: null,
          target: before,
          sharedPowers: [],
        },
        consumption: sampleUserAction(),
        challenge: null,
        change: { action: 'activate', before, after, credential: null },
        event: {
          id: 'uj-1',
          at: NOW,
          organizationId: ORGANIZATION_ID,
          actorId: userId('admin'),
          targetId: userId('target'),
          action: 'activate',
          fromState: 'inactive',
          toState: 'active',
          dialect: 'dfns',
          requestId: 'req_1',
          evidence: {
            clientRequestId: 'client-request-1',
            userAction: sampleUserAction().evidence,
          },
        },
      },
    ])
  })

  it('puts ids on record, and no name, address or bearer', async () => {
    const target = sampleUser({
      suspendedAt: 1,
      externalId: 'external-17',
      identifiers: [
        { id: 'id-1', type: 'email', value: 'other@mail.test', verifiedAt: null, createdAt: 1 },
      ],
    })
    const { commits } = await run({}, onSnapshot({ target }))
    const written = JSON.stringify(commits[0]?.event)
    for (const text of ['Ada', 'Lovelace', 'example.test', 'mail.test', 'external-17', 'token-1']) {
      expect(written).not.toContain(text)
    }
  })

  it('leaves evidence out that did not come', async () => {
    const { commits } = await run({
      rule: sampleRule({ userAction: 'by_setting' }),
      proof: null,
      clientRequestId: null,
    })
    expect(commits[0]?.event?.evidence).toEqual({})
    expect(commits[0]?.consumption).toBeNull()
    expect(commits[0]?.guards.credentialId).toBeNull()
  })

  it.each([
    { by: 'superuser', needsSuperuser: true },
    { by: 'itself', needsSuperuser: false },
  ] as const)('guards no assignment of a caller allowed by $by', async ({ by, needsSuperuser }) => {
    const { commits } = await run({ rule: sampleRule({ grant: () => ({ by }) }) })
    expect(commits[0]?.guards).toMatchObject({ needsSuperuser, assignments: [], roles: [] })
  })

  it('guards the assignment that granted alone, not the first one', async () => {
    const granting = sampleAssignment(['Auth:Users:Activate'], { id: 'pm-2', version: 9 })
    const assignments = [sampleAssignment(['Auth:Users:Read']), granting]
    const caller = sampleCaller({ assignments, isSuperuser: true })
    const { commits } = await run({}, onSnapshot({ caller }))
    expect(commits[0]?.guards).toMatchObject({
      needsSuperuser: false,
      assignments: [{ id: 'as-of-pm-2', roleVersion: 9 }],
      roles: [],
    })
  })

  it('guards no target where none is asked for', async () => {
    const created: Change = {
      action: 'create',
      before: null,
      after: sampleUser(),
      credential: null,
    }
    const command = { targetId: null, decide: () => succeed(created) }
    const { result, commits } = await run(command, onSnapshot({ target: null }))
    expect(result).toEqual({ ok: true, value: created.after })
    const assignments = [{ id: 'as-of-pm-00000-00000-0000000000000000', roleVersion: 4 }]
    const empty = { target: null, roles: [], sharedPowers: [] }
    expect(commits[0]?.guards).toMatchObject({ ...empty, assignments })
    expect(commits[0]?.event?.evidence).not.toHaveProperty('roleIds')
    expect(commits[0]?.event).toMatchObject({ fromState: null, toState: 'active' })
  })

  it('consumes the proof and asserts the guards when nothing changes, without an event', async () => {
    const target = sampleUser()
    const { result, commits } = await run({}, onSnapshot({ target }))
    expect(result).toEqual({ ok: true, value: target })
    expect(commits).toHaveLength(1)
    expect(commits[0]).toMatchObject({ change: null, event: null, consumption: sampleUserAction() })
    expect(commits[0]?.guards).toMatchObject({ caller: sampleAdmin(), target })
  })
})

describe('createCommandRunner: roles that are granted', () => {
  const assign = (id: string, version: number) =>
    sampleAssignment(['Auth:Users:Activate'], { id, version })
  const caller = sampleCaller({ assignments: [assign('pm-1', 4), assign('pm-2', 9)] })
  const after = sampleUser({ assignments: [assign('pm-4', 3), assign('pm-3', 5)] })
  const decide = () => succeed<Change>({ action: 'create', before: null, after, credential: null })

  it('are guarded with everything that the caller holds, and are on record', async () => {
    const command = { targetId: null, decide, clientRequestId: null }
    const { commits } = await run(command, onSnapshot({ caller, target: null }))
    expect(commits[0]?.guards.assignments).toEqual([
      { id: 'as-of-pm-1', roleVersion: 4 },
      { id: 'as-of-pm-2', roleVersion: 9 },
    ])
    expect(commits[0]?.guards.roles).toEqual([
      { id: 'pm-4', version: 3 },
      { id: 'pm-3', version: 5 },
    ])
    expect(commits[0]?.event?.evidence).toEqual({
      userAction: sampleUserAction().evidence,
      roleIds: ['pm-4', 'pm-3'],
    })
  })

  it('are none of a user that has them already', async () => {
    const { commits } = await run({}, onSnapshot({ caller, target: { ...after, suspendedAt: 1 } }))
    const assignments = [{ id: 'as-of-pm-1', roleVersion: 4 }]
    expect(commits[0]?.guards).toMatchObject({ assignments, roles: [] })
    expect(commits[0]?.event?.evidence).not.toHaveProperty('roleIds')
  })
})

describe('createCommandRunner: powers that another must hold', () => {
  const powerful = {
    isSuperuser: true,
    assignments: [sampleAssignment(['Auth:Users:Activate', 'user.edit'])],
  }

  it('names every power that the target loses', async () => {
    const { commits } = await deactivate(powerful)
    const powers = ['dfns_operation', 'rinne_permission', 'superuser']
    expect(commits[0]?.guards.sharedPowers).toEqual(powers)
  })

  it.each([
    { name: 'holds none', target: {} },
    { name: 'is inactive already', target: { ...powerful, suspendedAt: 1 } },
    { name: 'is a service account', target: { ...powerful, isServiceAccount: true } },
    { name: 'is an end user', target: { ...powerful, kind: 'EndUser' as const } },
  ])('names none when the target $name', async ({ target }) => {
    const { commits } = await deactivate(target)
    expect(commits[0]?.guards.sharedPowers).toEqual([])
  })

  it('names none when the target keeps its powers', async () => {
    const target = sampleUser(powerful)
    const decide = () => succeed(keepUser('update', target))
    const { commits } = await run({ decide }, onSnapshot({ target }))
    expect(commits[0]?.guards.sharedPowers).toEqual([])
  })
})

describe('createCommandRunner: proofs that their credential confirms (2.5.6)', () => {
  /** A proof that remembers whom it was shown, and finds what is scripted, the last one again and again. */
  function createProof(...causes: (string | null)[]) {
    const shown: Credential[] = []
    const confirm = async (credential: Credential) => {
      shown.push(credential)
      return causes[Math.min(shown.length, causes.length) - 1] ?? null
    }
    return { proof: succeed(sampleUserAction({ epoch: null, confirm })), shown }
  }

  it('asks with the credential that was read, before the change is committed', async () => {
    const { proof, shown } = createProof(null)
    const { result, commits } = await run({ proof })
    expect(result.ok).toBe(true)
    expect(shown).toEqual([sampleCredential()])
    expect(commits).toMatchObject([{ guards: { credentialId: sampleCredential().id } }])
  })

  it('refuses what it does not confirm, for that cause, and commits nothing', async () => {
    const { proof } = createProof('signature_invalid')
    const { result, commits } = await run({ proof })
    const failure = { reason: 'user_action_invalid', cause: 'signature_invalid' }
    expect(result).toEqual({ ok: false, failure })
    expect(commits).toEqual([])
  })

  it('asks nothing where there is no credential', async () => {
    const { proof, shown } = createProof(null)
    const { result } = await run({ proof }, onSnapshot({ credential: null }))
    const failure = { reason: 'user_action_invalid', cause: 'credential_inactive' }
    expect(result).toEqual({ ok: false, failure })
    expect(shown).toEqual([])
  })

  it.each([
    { name: 'that is off', credential: sampleCredential({ isActive: false }) },
    { name: 'of another user', credential: sampleCredential({ userId: userId('other') }) },
  ])('refuses a credential $name although it confirms', async ({ credential }) => {
    const { proof } = createProof(null)
    const { result, commits } = await run({ proof }, onSnapshot({ credential }))
    const failure = { reason: 'user_action_invalid', cause: 'credential_inactive' }
    expect(result).toEqual({ ok: false, failure })
    expect(commits).toEqual([])
  })

  it('asks again after a stale reading, with what was read then', async () => {
    const { proof, shown } = createProof(null, 'key_unusable')
    const second = sampleCredential({ publicKeyPem: 'another' })
    const snapshots = [sampleSnapshot(), sampleSnapshot({ credential: second })]
    const { result, commits } = await run({ proof }, { snapshots, outcomes: ['stale'] })
    const failure = { reason: 'user_action_invalid', cause: 'key_unusable' }
    expect(result).toEqual({ ok: false, failure })
    expect(shown).toEqual([sampleCredential(), second])
    expect(commits).toHaveLength(1)
  })

  it('refuses it after the caller and the permission, and before the target', async () => {
    const { proof } = createProof('signature_invalid')
    const bare = sampleCaller({ assignments: [] })
    const reasonOf = async (members: Partial<Snapshot>) => {
      const { result } = await run({ proof }, onSnapshot(members))
      return result.ok ? 'done' : result.failure.reason
    }
    expect(await reasonOf({ caller: bare, target: null })).toBe('permission_missing')
    expect(await reasonOf({ isProofUsed: true, target: null })).toBe('user_action_invalid')
  })

  it('does not repeat an answer for what it does not confirm (I9)', async () => {
    const { proof } = createProof('signature_invalid')
    const { outcome } = await run(
      { proof, claim: CLAIM },
      { ...onSnapshot({ claim: MARK }), answers: [KEPT] },
    )
    expect(outcome).toMatchObject({ ok: false, failure: { reason: 'user_action_invalid' } })
  })
})

describe('createCommandRunner: challenges that are spent besides (U1)', () => {
  const CHALLENGE = { usedHash: 'challenge-hash', purpose: 'registration', expiresAt: NOW + 1 }
  const user = sampleAdmin()
  const credential = { ...sampleNewCredential(), userId: user.id }
  const register: Partial<Command> = {
    targetId: null,
    key: credential,
    challenge: CHALLENGE,
    isOfCaller: true,
    decide: (caller, snapshot) =>
      snapshot.isChallengeUsed
        ? fail({ reason: 'challenge_invalid', cause: 'used' })
        : decideRegisterCredential(caller.user, snapshot, sampleNewCredential(), NOW),
  }

  it('asks for its use, the key and the credentials, and spends it with the change', async () => {
    const { result, snapshots, commits } = await run(register, onSnapshot({ target: null }))
    expect(result.ok && result.value.version).toBe(user.version + 1)
    expect(snapshots).toMatchObject([
      { key: credential, challengeHash: 'challenge-hash', wantsCredentials: true, targetId: null },
    ])
    const { id, kind, credentialId, publicKeyHash } = credential
    expect(commits).toMatchObject([
      {
        guards: { caller: user, target: null, signCount: null },
        consumption: { usedHash: 'used-hash-1' },
        challenge: CHALLENGE,
        change: { action: 'register_credential', credential },
        event: {
          action: 'register_credential',
          targetId: user.id,
          fromState: null,
          toState: null,
          evidence: { credential: { id, kind, credentialId, publicKeyHash } },
        },
      },
    ])
  })

  it.each([
    { name: 'the challenge', second: { isChallengeUsed: true }, reason: 'challenge_invalid' },
    { name: 'the user action', second: { isProofUsed: true }, reason: 'user_action_used' },
  ])('reads again to tell that it was $name that was used', async ({ second, reason }) => {
    const snapshots = [sampleSnapshot(), sampleSnapshot(second)]
    const { result, commits } = await run(register, { snapshots, outcomes: ['proof_used'] })
    expect(result).toMatchObject({ ok: false, failure: { reason } })
    expect(commits).toHaveLength(1)
  })

  it('gives up where no reading ever tells', async () => {
    const { result, commits } = await run(register, { outcomes: ['proof_used'] })
    expect(result).toEqual(fail({ reason: 'unavailable', cause: 'contention' }))
    expect(commits).toHaveLength(MAX_ATTEMPTS)
  })

  it('names a credential that is switched by its id alone', async () => {
    const credentials = [sampleCredential(), sampleCredential({ id: 'cr-2' })]
    const wanted = { credentialId: 'cr-2', isActive: false }
    const { commits } = await run(
      {
        targetId: null,
        isOfCaller: true,
        decide: (caller, one) => decideSwitchCredential(caller.user, one.credentials, wanted, NOW),
      },
      onSnapshot({ credentials }),
    )
    expect(commits).toMatchObject([
      {
        challenge: null,
        change: {
          switched: { credentialId: 'cr-2', activatedAt: null, deactivatedAt: NOW },
          credential: null,
        },
        event: { action: 'deactivate_credential', evidence: { credential: { id: 'cr-2' } } },
      },
    ])
  })
})

describe('createCommandRunner: outcomes', () => {
  it('reads and decides anew when what was read no longer held', async () => {
    const first = sampleSnapshot()
    const second = sampleSnapshot({
      caller: sampleCaller({ version: 8 }),
      target: sampleUser({ suspendedAt: 1_500, version: 20 }),
    })
    const { result, commits, snapshots, pauses } = await run(
      {},
      { snapshots: [first, second], outcomes: ['stale', 'committed'] },
    )
    expect(result.ok && result.value.version).toBe(21)
    expect(snapshots).toHaveLength(2)
    expect(commits.map(({ guards }) => guards.target?.version)).toEqual([7, 20])
    expect(commits.map(({ guards }) => guards.caller.version)).toEqual([7, 8])
    expect(commits.map(({ event }) => event?.id)).toEqual(['uj-1', 'uj-2'])
    expect(pauses).toEqual([1])
  })

  it('refuses at the second reading when the caller was deactivated meanwhile', async () => {
    const caller = sampleCaller({ suspendedAt: NOW, tokenEpoch: 4 })
    const { result, commits } = await run(
      {},
      { snapshots: [sampleSnapshot(), sampleSnapshot({ caller })], outcomes: ['stale'] },
    )
    expect(result).toEqual({
      ok: false,
      failure: { reason: 'token_invalid', cause: 'before_suspension' },
    })
    expect(commits).toHaveLength(1)
  })

  it('changes nothing at the second reading when another request did the same', async () => {
    const { result, commits } = await run(
      {},
      {
        snapshots: [sampleSnapshot(), sampleSnapshot({ target: sampleUser({ version: 8 }) })],
        outcomes: ['stale', 'committed'],
      },
    )
    expect(result.ok && result.value.version).toBe(8)
    expect(commits.map(({ change }) => change === null)).toEqual([false, true])
  })

  it('gives up with unavailable after the last attempt, each with a longer pause', async () => {
    const { result, commits, snapshots, pauses } = await run({}, { outcomes: ['stale'] })
    expect(result).toEqual({ ok: false, failure: { reason: 'unavailable', cause: 'contention' } })
    expect(commits).toHaveLength(MAX_ATTEMPTS)
    expect(snapshots).toHaveLength(MAX_ATTEMPTS)
    // Nothing follows the last attempt that would be worth waiting for.
    expect(pauses).toEqual(Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => index + 1))
  })

  it.each<{ outcome: CommitOutcome; reason: string }>([
    { outcome: 'proof_used', reason: 'user_action_used' },
    { outcome: 'last_holder', reason: 'last_holder' },
  ])('refuses with $reason, without a second attempt, on $outcome', async (row) => {
    const { result, commits, pauses } = await run({}, { outcomes: [row.outcome] })
    expect(result).toEqual({ ok: false, failure: { reason: row.reason } })
    expect(commits).toHaveLength(1)
    expect(pauses).toEqual([])
  })

  it('throws what the store throws', async () => {
    const store = createScriptedUsers()
    const broken = { ...store, commit: () => Promise.reject(new Error('D1_ERROR: gone')) }
    const runCommand = createCommandRunner({
      store: broken,
      copies: createScriptedCopies(),
      newEventId: () => 'uj-1',
      pause: async () => undefined,
    })
    await expect(runCommand(sampleCommand())).rejects.toThrow('D1_ERROR: gone')
  })
})

const CLAIM = { scopeHash: 'scope', fingerprint: 'print', expiresAt: NOW + 1_000 }
const MARK = { fingerprint: 'print', expiresAt: NOW + 1_000 }
const KEPT = { status: 200, body: '{"kept":true}', headers: { etag: '"3"' } }
const onClaim = (members: Partial<Snapshot> = {}) => onSnapshot({ claim: MARK, ...members })
const replay = { ok: true, value: { answer: KEPT, isReplay: true } }

describe('createCommandRunner: idempotency keys', () => {
  it('commits the answer with the change, and keeps a copy of it behind the answer', async () => {
    const { outcome, commits, snapshots, copies } = await run({ claim: CLAIM })
    const answer = sampleAnswer({ ...(commits[0]?.change?.after as User) })
    expect(snapshots[0]?.claim).toEqual({ scopeHash: 'scope', now: NOW })
    expect(commits.map(({ claim }) => claim)).toEqual([{ ...CLAIM, ...answer, now: NOW }])
    expect(outcome).toEqual({ ok: true, value: { answer, isReplay: false } })
    expect(copies).toEqual({ found: ['scope'], kept: [{ ...CLAIM, ...answer }] })
  })

  it('asks for no copy and keeps none without a key', async () => {
    const { commits, copies } = await run()
    expect(commits[0]?.claim).toBeNull()
    expect(copies).toEqual({ found: [], kept: [] })
  })

  it('repeats the kept answer, and commits nothing, when the same request was done before', async () => {
    const { outcome, commits, answers, copies } = await run(
      { claim: CLAIM },
      { ...onClaim(), answers: [KEPT] },
    )
    expect(outcome).toEqual(replay)
    expect(answers).toEqual([{ scopeHash: 'scope', mark: MARK }])
    expect([commits, copies.kept]).toEqual([[], []])
  })

  it('repeats a copy of that very claim without reading the answer', async () => {
    const copy = { ...MARK, ...KEPT }
    const { outcome, answers } = await run({ claim: CLAIM }, { ...onClaim(), copy })
    expect(outcome).toMatchObject(replay)
    expect(answers).toEqual([])
  })

  it.each([
    { name: 'another request', copy: { ...MARK, ...KEPT, body: '{}', fingerprint: 'other' } },
    { name: 'an earlier claim', copy: { ...MARK, ...KEPT, body: '{}', expiresAt: NOW - 1 } },
  ])('reads the answer when the copy is of $name', async ({ copy }) => {
    const { outcome } = await run({ claim: CLAIM }, { ...onClaim(), copy, answers: [KEPT] })
    expect(outcome).toEqual(replay)
  })

  it('runs the request, whatever a copy says, where the store has no claim (invariant 3)', async () => {
    const copy = { ...MARK, ...KEPT }
    const { outcome, commits } = await run({ claim: CLAIM }, { copy })
    expect(outcome).toMatchObject({ ok: true, value: { isReplay: false } })
    expect(commits).toHaveLength(1)
  })

  it('refuses the key of another request, and reads no answer (I4)', async () => {
    const { outcome, commits, answers } = await run(
      { claim: { ...CLAIM, fingerprint: 'other' } },
      onClaim(),
    )
    expect(outcome).toEqual(fail({ reason: 'idempotency_key_reused' }))
    expect([commits, answers]).toEqual([[], []])
  })

  it.each<{ name: string; members: Partial<Snapshot>; reason: string }>([
    {
      name: 'the caller has lost its right (I9)',
      members: { caller: sampleCaller({ assignments: [] }) },
      reason: 'permission_missing',
    },
    {
      name: 'its credential is deactivated (I9)',
      members: { credential: sampleCredential({ isActive: false }) },
      reason: 'user_action_invalid',
    },
  ])('refuses, and reads no answer, when $name', async ({ members, reason }) => {
    const { outcome, answers } = await run({ claim: CLAIM }, onClaim(members))
    expect(outcome).toMatchObject({ ok: false, failure: { reason } })
    expect(answers).toEqual([])
  })

  it('repeats although proof, target and condition no longer hold (I11)', async () => {
    const { outcome } = await run(
      { claim: CLAIM, precondition: () => false },
      { ...onClaim({ isProofUsed: true, target: null }), answers: [KEPT] },
    )
    expect(outcome).toEqual(replay)
  })

  it('decides anew when the claim has expired before its answer was read', async () => {
    const snapshots = [sampleSnapshot({ claim: MARK }), sampleSnapshot()]
    const { outcome } = await run({ claim: CLAIM }, { snapshots, answers: [null] })
    expect(outcome).toMatchObject({ ok: true, value: { isReplay: false } })
  })
})

describe('createCommandRunner: conditions', () => {
  it('refuses a target that the condition does not hold for, before the verb is asked', async () => {
    const decide = () => fail({ reason: 'self_change' as const })
    const precondition = (target: User | null) => target?.version === 8
    const { result, commits } = await run({ precondition, decide })
    expect(result).toEqual(fail({ reason: 'precondition_failed' }))
    expect(commits).toEqual([])
  })

  it('puts the stated reason on record', async () => {
    const { commits } = await run({ statedReason: 'Ticket 4711' })
    expect(commits[0]?.event?.evidence).toMatchObject({ reason: 'Ticket 4711' })
  })
})

describe('createCommandRunner: commits without a clear answer (I7)', () => {
  const lost = (...outcomes: CommitOutcome[]) => ({ outcomes: ['unclear' as const, ...outcomes] })

  it('answers what was committed when the next reading finds it', async () => {
    const found = sampleSnapshot({ committedIds: ['uj-1'], target: sampleUser({ version: 8 }) })
    const snapshots = [sampleSnapshot(), found]
    const { outcome, commits, pauses, ...asked } = await run(
      { claim: CLAIM },
      { ...lost(), snapshots },
    )
    expect(outcome).toMatchObject({ ok: true, value: { isReplay: false } })
    expect(asked.result.ok && asked.result.value.version).toBe(8)
    expect(asked.snapshots.map(({ doubtfulIds }) => doubtfulIds)).toEqual([[], ['uj-1']])
    expect(asked.copies.kept).toHaveLength(1)
    expect([commits.length, pauses]).toEqual([1, [10]])
  })

  it('tries again when the next reading does not find it', async () => {
    const { outcome, commits } = await run({}, lost('committed'))
    expect(outcome.ok).toBe(true)
    expect(commits.map(({ id }) => id)).toEqual(['uj-1', 'uj-2'])
  })

  it.each<CommitOutcome>(['proof_used', 'last_holder', 'stale'])(
    'reads once more on %s, for its own late commit may be what stands in the way',
    async (outcome) => {
      const found = sampleSnapshot({ committedIds: ['uj-1'] })
      const snapshots = [sampleSnapshot(), sampleSnapshot(), found]
      const { result, ...asked } = await run({}, { ...lost(outcome), snapshots })
      expect(result.ok).toBe(true)
      expect(asked.snapshots.at(-1)?.doubtfulIds).toEqual(['uj-1'])
    },
  )

  it('refuses a token that somebody else has used meanwhile', async () => {
    const snapshots = [sampleSnapshot(), sampleSnapshot({ isProofUsed: true })]
    const { result } = await run({}, { ...lost(), snapshots })
    expect(result).toEqual(fail({ reason: 'user_action_used' }))
  })

  it('reads back again when the reading back fails', async () => {
    const snapshots = [sampleSnapshot(), null, sampleSnapshot({ committedIds: ['uj-1'] })]
    const { result, commits } = await run({}, { ...lost(), snapshots })
    expect(result.ok).toBe(true)
    expect(commits).toHaveLength(1)
  })

  it('gives up with unavailable after three retries, and a last look', async () => {
    const { result, commits, snapshots } = await run({}, lost())
    expect(result).toEqual(fail({ reason: 'unavailable', cause: 'commit_unclear' }))
    expect(commits).toHaveLength(MAX_RETRIES + 1)
    expect(snapshots.at(-1)?.doubtfulIds).toEqual(['uj-1', 'uj-2', 'uj-3', 'uj-4'])
  })

  it('throws when the first reading fails, for nothing is in doubt', async () => {
    await expect(run({}, { snapshots: [null] })).rejects.toThrow('D1_ERROR')
  })
})
