/**
 * Registering a first credential: what a code gives, what its challenge commits, and what becomes of races (rule U1).
 */
import { describe, expect, it } from 'vitest'
import { hashRegistrationCode } from '../../../src/auth/registration-code.ts'
import { completeRegistration, initiateRegistration } from '../../../src/auth/registration-flow.ts'
import { createRegistrantVerifier, type Registrant } from '../../../src/auth/registration-token.ts'
import type { Account, CommitOutcome, Snapshot, UserStore } from '../../../src/core/ports.ts'
import type { User } from '../../../src/core/user.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { createTestKey, createTestRing, readSegment } from '../../support/jws.ts'
import {
  NOW,
  ORGANIZATION_ID,
  RELYING_PARTY,
  sampleCredential,
  sampleGuards,
  sampleOrganization,
  sampleSnapshot,
  sampleUser,
} from '../../support/sample.ts'
import {
  createScriptedAccounts,
  createScriptedUsers,
  type ScriptedUserStore,
} from '../../support/scripted-store.ts'

const keyRing = await createTestRing(createTestKey('signer'))
const authenticator = await createAuthenticator('ES256')
const CODE = 'a-code-of-32-characters-in-all-..'
const WAITING: Partial<User> = {
  isRegistered: false,
  registrationCodeHash: await hashRegistrationCode(CODE),
  registrationCodeExpiresAt: NOW + 1,
}
const NAMED = { organizationId: ORGANIZATION_ID, username: 'ada@example.test', code: CODE }
const REQUEST = { now: NOW, requestId: 'req_1', clientRequestId: 'client-1' }

const accountOf = (user: Partial<User> = {}, organization = {}): Account => ({
  organization: sampleOrganization(organization),
  user: sampleUser({ ...WAITING, ...user }),
  credentials: [],
})

/** A reading in which the waiting user may register. */
const readingOf = (members: Partial<Snapshot> = {}, user: Partial<User> = {}): Snapshot =>
  sampleSnapshot({ caller: accountOf(user), credential: null, target: null, ...members })

function setUp(
  account: Account | null,
  script: { snapshots?: readonly Snapshot[]; outcomes?: readonly CommitOutcome[] } = {},
) {
  return {
    keyRing,
    issuer: 'https://api.example.test',
    audience: 'activate',
    users: createScriptedUsers({ snapshots: [readingOf()], ...script }),
    accounts: createScriptedAccounts(account),
    challengeSeconds: 300,
    relyingParty: RELYING_PARTY,
  }
}

const initiate = (account: Account | null, named: Partial<typeof NAMED> = {}) =>
  initiateRegistration(setUp(account), { ...NAMED, ...named }, NOW)

/** Registers a passkey; what the store says at the second step is the test's. */
async function register(
  script: Parameters<typeof setUp>[1] = {},
  said: Parameters<typeof authenticator.register>[0] = {},
  given: {
    readonly registration?: Partial<Registrant['registration']>
    readonly wrap?: (users: ScriptedUserStore) => UserStore
  } = {},
) {
  const settings = setUp(accountOf(), script)
  const users = given.wrap?.(settings.users) ?? settings.users
  const issued = await initiateRegistration(settings, NAMED, NOW)
  if (!issued.ok) throw new Error(issued.failure.reason)
  const { challenge, token } = issued.value
  const registrant = await createRegistrantVerifier(settings)(`Bearer ${token}`, NOW)
  if (!registrant.ok) throw new Error(registrant.failure.reason)
  const sent = await authenticator.register({ challenge, ...said })
  const attested = { attestation: { kind: 'Fido2' as const, ...sent }, name: 'Phone' }
  const { registration } = registrant.value
  const sender = { ...registrant.value, registration: { ...registration, ...given.registration } }
  const result = await completeRegistration({ ...settings, users }, sender, attested, REQUEST)
  return { result, registrant: registrant.value, ...settings.users.asked }
}

const refused = (reason: string, cause?: string) => ({
  ok: false,
  failure: cause === undefined ? { reason } : { reason, cause },
})

describe('initiateRegistration', () => {
  it('gives whoever has the code a challenge and the token that names it', async () => {
    const issued = await initiate(accountOf())
    expect(issued).toEqual({
      ok: true,
      value: {
        user: accountOf().user,
        challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string,
        token: expect.any(String) as string,
      },
    })
    const { challenge = '', token = '..' } = issued.ok ? issued.value : {}
    expect(readSegment(token, 0)).toMatchObject({ typ: 'registration+jwt' })
    expect(readSegment(token, 1)).toMatchObject({
      sub: accountOf().user.id,
      use: 'first',
      nonce: challenge,
      exp: NOW / 1000 + 300,
    })
    expect(JSON.stringify(readSegment(token, 1))).not.toContain(CODE)
  })

  it('asks for the account by its names, and writes nothing', async () => {
    const settings = setUp(accountOf())
    await initiateRegistration(settings, NAMED, NOW)
    const { organizationId, username } = NAMED
    expect(settings.accounts.asked).toEqual([{ organizationId, username }])
    expect(settings.users.asked.commits).toEqual([])
  })

  it.each([
    { name: 'an unknown user', account: null, cause: 'code_unknown' },
    { name: 'another code', account: accountOf(), code: `${CODE}x`, cause: 'code_unknown' },
    { name: 'an empty code', account: accountOf(), code: '', cause: 'code_unknown' },
    {
      name: 'the hash for the code',
      account: accountOf(),
      code: WAITING.registrationCodeHash ?? '',
      cause: 'code_unknown',
    },
    {
      name: 'a user for whom no code waits',
      account: accountOf({ registrationCodeHash: null, registrationCodeExpiresAt: null }),
      cause: 'code_unknown',
    },
    {
      name: 'an empty code where none waits',
      account: accountOf({ registrationCodeHash: null }),
      code: '',
      cause: 'code_unknown',
    },
    { name: 'a suspended user', account: accountOf({ suspendedAt: 1 }), cause: 'suspended' },
    {
      name: 'a suspended user whose code has expired',
      account: accountOf({ suspendedAt: 1, registrationCodeExpiresAt: 1 }),
      cause: 'suspended',
    },
  ])('refuses $name in one way', async ({ account, code = CODE, cause }) => {
    expect(await initiate(account, { code })).toEqual(refused('registration_refused', cause))
  })

  it.each([
    { name: 'at its last moment', registrationCodeExpiresAt: NOW },
    { name: 'without a time', registrationCodeExpiresAt: null },
  ])('says of a code $name that it has expired', async ({ name: _, ...user }) => {
    expect(await initiate(accountOf(user))).toEqual(refused('registration_code_expired'))
  })

  it('says to whoever has a code that the dialect is off', async () => {
    const account = accountOf({}, { dialects: ['rinne'] })
    const failure = { reason: 'dialect_off', dialect: 'dfns' }
    expect(await initiate(account)).toEqual({ ok: false, failure })
    expect(await initiate(account, { code: 'x' })).toMatchObject(refused('registration_refused'))
  })
})

describe('completeRegistration', () => {
  it('commits credential, user, use and event at once, on what was read', async () => {
    const { result, registrant, snapshots, commits } = await register()
    const [commit] = commits
    const before = accountOf().user
    const after = {
      ...before,
      isRegistered: true,
      registrationCodeHash: null,
      registrationCodeExpiresAt: null,
      version: before.version + 1,
      updatedAt: NOW,
    }
    const credential = {
      id: expect.stringMatching(/^cr-/) as string,
      userId: before.id,
      kind: 'Fido2',
      credentialId: authenticator.credentialId,
      algorithm: 'P-256',
      publicKeyPem: authenticator.publicKeyPem,
      publicKeyHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      accessTokenId: null,
      isActive: true,
      name: 'Phone',
      signCount: 0,
      isBackupEligible: false,
      relyingPartyId: RELYING_PARTY.id,
      origin: RELYING_PARTY.origins[0],
      suspectedAt: null,
      activatedAt: null,
      createdAt: NOW,
    }
    const { usedHash, expiresAt } = registrant.registration
    expect(result).toEqual({ ok: true, value: { user: after, credential } })
    expect(snapshots).toEqual([
      {
        principal: registrant,
        key: expect.objectContaining({ credentialId: authenticator.credentialId }) as object,
        challengeHash: usedHash,
        wantsCredentials: true,
        doubtfulIds: [],
      },
    ])
    const { id, kind, credentialId, publicKeyHash } = commit?.change?.credential ?? {}
    expect(commits).toEqual([
      {
        id: expect.stringMatching(/^uj-/) as string,
        claim: null,
        guards: sampleGuards({ caller: before, revocationKey: null }),
        consumption: { usedHash, purpose: 'registration', expiresAt },
        change: { action: 'register', before, after, credential },
        event: {
          id: commit?.id,
          at: NOW,
          organizationId: ORGANIZATION_ID,
          actorId: before.id,
          targetId: before.id,
          action: 'register',
          fromState: null,
          toState: null,
          dialect: 'dfns',
          requestId: 'req_1',
          evidence: {
            clientRequestId: 'client-1',
            credential: { id, kind, credentialId, publicKeyHash },
          },
        },
      },
    ])
  })

  it.each<{ name: string; codeHash?: null; snapshot: Snapshot; failure: object }>([
    {
      name: 'a user that is gone',
      snapshot: readingOf({ caller: null }),
      failure: refused('caller_unknown'),
    },
    {
      name: 'a suspended user',
      snapshot: readingOf({}, { suspendedAt: 1 }),
      failure: refused('caller_inactive'),
    },
    {
      name: 'a user that was suspended, and activated again',
      snapshot: readingOf({}, { tokenEpoch: 4 }),
      failure: refused('token_invalid', 'before_suspension'),
    },
    {
      name: 'a used challenge',
      snapshot: readingOf({ isChallengeUsed: true }),
      failure: refused('challenge_invalid', 'used'),
    },
    {
      name: 'a code that was used for another challenge',
      snapshot: readingOf({}, { isRegistered: true, registrationCodeHash: null }),
      failure: refused('challenge_invalid', 'code_used'),
    },
    {
      name: 'a token that names no code where none waits',
      codeHash: null,
      snapshot: readingOf({}, { registrationCodeHash: null }),
      failure: refused('challenge_invalid', 'code_used'),
    },
    {
      name: 'a code that another has replaced',
      snapshot: readingOf({}, { registrationCodeHash: 'another' }),
      failure: refused('challenge_invalid', 'code_used'),
    },
    {
      name: 'a taken key (K4)',
      snapshot: readingOf({ isKeyTaken: true }),
      failure: refused('credential_taken'),
    },
    {
      name: 'too many credentials',
      snapshot: readingOf({ credentials: Array.from({ length: 50 }, () => sampleCredential()) }),
      failure: refused('too_many_credentials'),
    },
  ])('refuses $name and commits nothing', async ({ snapshot, codeHash, failure }) => {
    const registration = codeHash === null ? { codeHash } : {}
    const { result, commits } = await register({ snapshots: [snapshot] }, {}, { registration })
    expect(result).toEqual(failure)
    expect(commits).toEqual([])
  })

  it('refuses a credential for another challenge before the store is asked', async () => {
    const { result, snapshots } = await register({}, { challenge: 'another' })
    expect(result).toEqual(refused('credential_invalid', 'challenge_mismatch'))
    expect(snapshots).toEqual([])
  })

  it('takes the answer to a challenge whose code expired since', async () => {
    const { result } = await register({
      snapshots: [readingOf({}, { registrationCodeExpiresAt: NOW - 1 })],
    })
    expect(result.ok).toBe(true)
  })

  it.each<{
    name: string
    outcomes: CommitOutcome[]
    failure: object
    attempts: number
    readings?: number
  }>([
    {
      name: 'another answer was faster',
      outcomes: ['proof_used'],
      failure: refused('challenge_invalid', 'used'),
      attempts: 1,
    },
    {
      name: 'the store gave no clear answer three times',
      outcomes: ['unclear'],
      failure: refused('unavailable', 'commit_unclear'),
      attempts: 3,
      readings: 4,
    },
    {
      name: 'its user changed three times',
      outcomes: ['stale'],
      failure: refused('unavailable', 'contention'),
      attempts: 3,
      readings: 4,
    },
    {
      name: 'it lost a race, and then the challenge',
      outcomes: ['stale', 'proof_used'],
      failure: refused('challenge_invalid', 'used'),
      attempts: 2,
    },
  ])('refuses when $name', async ({ outcomes, failure, attempts, readings = attempts }) => {
    const { result, commits, snapshots } = await register({ outcomes })
    expect(result).toEqual(failure)
    expect([commits.length, snapshots.length]).toEqual([attempts, readings])
  })

  it.each<{ name: string; outcomes: CommitOutcome[] }>([
    { name: 'was written after all', outcomes: ['unclear'] },
    { name: 'stood in its own way', outcomes: ['unclear', 'proof_used'] },
  ])('answers as done when a commit without a clear answer $name (I7)', async ({ outcomes }) => {
    const { result, commits, snapshots } = await register(
      { outcomes },
      {},
      {
        wrap: (users) => ({
          ...users,
          readSnapshot: async (query) => {
            // The commit in doubt is seen once every outcome was given.
            const isSeen = users.asked.commits.length === outcomes.length
            const snapshot = await users.readSnapshot(query)
            return { ...snapshot, committedIds: isSeen ? (query.doubtfulIds ?? []) : [] }
          },
        }),
      },
    )
    expect(result.ok && result.value.credential.id).toBe(commits[0]?.change?.credential?.id)
    expect(snapshots.at(-1)?.doubtfulIds).toEqual([commits[0]?.id])
  })

  it('decides anew on what is read after a lost race', async () => {
    const outcomes = ['stale', 'committed'] as const
    const newer = readingOf({}, { version: 8 })
    const again = await register({ snapshots: [readingOf(), newer], outcomes })
    expect(again.result.ok && again.result.value.user.version).toBe(9)
    expect(again.commits.map(({ guards }) => guards.caller.version)).toEqual([7, 8])
    expect(new Set(again.commits.map(({ id }) => id)).size).toBe(2)
    expect(new Set(again.commits.map(({ change }) => change?.credential?.id)).size).toBe(1)
    const taken = readingOf({ isKeyTaken: true })
    const lost = await register({ snapshots: [readingOf(), taken], outcomes })
    expect(lost.result).toEqual(refused('credential_taken'))
    expect(lost.commits).toHaveLength(1)
  })
})
