/**
 * Login by credential: what is said before a signature has verified, and what after it.
 */
import { describe, expect, it, vi } from 'vitest'
import type { IssuedChallenge } from '../../../src/auth/challenge.ts'
import { createDecoys } from '../../../src/auth/decoy.ts'
import { completeLogin, initiateLogin } from '../../../src/auth/login-flow.ts'
import { issuePurposeToken } from '../../../src/auth/purpose-token.ts'
import type { Account, CommitOutcome } from '../../../src/core/ports.ts'
import type { Credential, User } from '../../../src/core/user.ts'
import { createAuthenticator, FLAG, type CeremonyOptions } from '../../support/authenticator.ts'
import { createTestKey, createTestRing, readSegment } from '../../support/jws.ts'
import {
  NOW,
  ORGANIZATION_ID,
  RELYING_PARTY,
  sampleAdmin,
  sampleCredential,
  sampleOrganization,
  samplePasskey,
  userId,
} from '../../support/sample.ts'
import { createScriptedAccounts, createScriptedUsers } from '../../support/scripted-store.ts'
import { createSigner } from '../../support/signer.ts'

const keyRing = await createTestRing(createTestKey('signer'))
const signer = await createSigner('Ed25519')
const stranger = await createSigner('Ed25519')
const { credentialId, publicKeyPem } = signer

const NAME = { organizationId: ORGANIZATION_ID, username: 'grace@example.test' }
const KEY = sampleCredential({ credentialId, publicKeyPem })
const authenticator = await createAuthenticator('ES256')
const PASSKEY = samplePasskey(authenticator)
const UP_UV_BE = FLAG.UP | FLAG.UV | FLAG.BE

/** The same credential, stored as one of the other kind. */
const asKey = (credential: Credential): Credential => ({ ...credential, kind: 'Key' })

const accountOf = (
  user: Partial<User> = {},
  credentials: readonly Credential[] = [KEY],
  organization = {},
): Account => ({
  organization: sampleOrganization(organization),
  user: sampleAdmin(user),
  credentials,
})

/** Settings on a store with one account. */
function setUp(account: Account | null, outcome: CommitOutcome = 'committed') {
  const users = createScriptedUsers({ outcomes: [outcome] })
  return {
    keyRing,
    issuer: 'https://api.example.test',
    audience: 'activate',
    users,
    accounts: createScriptedAccounts(account),
    decoys: createDecoys(keyRing),
    challengeSeconds: 300,
    accessTokenSeconds: 900,
    relyingParty: RELYING_PARTY,
  }
}

const idsOf = ({ keyIds, passkeyIds }: IssuedChallenge) => [...keyIds, ...passkeyIds]

const initiate = (account: Account | null, name = NAME) => initiateLogin(setUp(account), name, NOW)

/** Logs in: the challenge is made for one account and answered to another, usually the same. */
async function logIn(
  account: Account | null,
  options: {
    readonly challenged?: Account | null
    readonly outcome?: CommitOutcome
    readonly key?: typeof signer
    readonly now?: number
    readonly members?: Record<string, unknown>
  } = {},
) {
  const { challenged = account, outcome, key = signer, now = NOW + 1_000, members } = options
  const issued = await initiate(challenged)
  const { credId, ...signed } = await key.assert(issued.challenge, members)
  const settings = setUp(account, outcome)
  const answer = {
    challengeIdentifier: issued.challengeIdentifier,
    assertion: { kind: 'Key' as const, credentialId: credId, ...signed },
  }
  return {
    result: await completeLogin(settings, answer, {
      now: now,
      requestId: 'req_1',
      clientRequestId: null,
    }),
    ...settings.users.asked,
    answer,
  }
}

const refused = (reason: string, cause?: string) => ({
  ok: false,
  failure: cause === undefined ? { reason } : { reason, cause },
})

describe('initiateLogin', () => {
  it("offers the user's own keys and passkeys, by kind", async () => {
    const passkey = sampleCredential({ kind: 'Fido2', credentialId: 'passkey' })
    const issued = await initiate(accountOf({}, [KEY, passkey]))
    expect(issued).toMatchObject({ keyIds: [credentialId], passkeyIds: ['passkey'] })
    expect(issued.challenge).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('makes another challenge every time', async () => {
    const [one, two] = [await initiate(accountOf()), await initiate(accountOf())]
    expect(one.challenge).not.toBe(two.challenge)
    expect(one.challengeIdentifier).not.toBe(two.challengeIdentifier)
  })

  const LOOKS = [
    { name: 'an unknown name', account: null },
    { name: 'an inactive user', account: accountOf({ suspendedAt: 1 }) },
    { name: 'an unregistered user', account: accountOf({ isRegistered: false }) },
    { name: 'a user without keys', account: accountOf({}, []) },
    { name: 'a user of a high epoch', account: accountOf({ tokenEpoch: 123_456 }) },
    { name: 'a user who must use SSO', account: accountOf({ isSsoRequired: true }) },
  ]
  it.each(LOOKS)('looks for $name as it does for a user who may log in', async ({ account }) => {
    const [real, other] = [await initiate(accountOf()), await initiate(account)]
    const shapeOf = (issued: typeof real) => ({
      names: Object.keys(issued),
      // How many credentials, of which kind and size, is drawn for each name (decoy.test.ts).
      lengths: [issued.challenge, issued.challengeIdentifier].map((text) => text.length),
      header: readSegment(issued.challengeIdentifier, 0),
      claims: Object.entries(readSegment(issued.challengeIdentifier, 1)).map(([name, value]) => [
        name,
        String(value).length,
      ]),
    })
    expect(shapeOf(other)).toEqual(shapeOf(real))
  })

  it.each(LOOKS.slice(0, 4))('offers $name decoys that stay the same', async ({ account }) => {
    const [one, two] = [await initiate(account), await initiate(account)]
    expect([1, 2, 3]).toContain(idsOf(one).length)
    expect(idsOf(one)).not.toContain(credentialId)
    expect(idsOf(two)).toEqual(idsOf(one))
    const upperCase = { ...NAME, username: NAME.username.toUpperCase() }
    expect(idsOf(await initiate(account, upperCase))).toEqual(idsOf(one))
  })

  it('tells in the token nothing that the client did not send', async () => {
    const { challengeIdentifier } = await initiate(accountOf())
    const claims = JSON.stringify(readSegment(challengeIdentifier, 1))
    for (const text of [userId('admin'), credentialId, '"epoch":3']) {
      expect(claims).not.toContain(text)
    }
  })
})

describe('completeLogin', () => {
  it('answers with an access token of the kind user and consumes the challenge', async () => {
    const { result, commits } = await logIn(accountOf())
    expect(readSegment(result.ok ? result.value : '', 1)).toMatchObject({
      sub: userId('admin'),
      epoch: 3,
      iat: NOW / 1000 + 1,
      exp: NOW / 1000 + 901,
      'https://custom/app_metadata': { orgId: ORGANIZATION_ID, tokenKind: 'Token' },
    })
    expect(commits).toEqual([
      {
        id: expect.any(String),
        claim: null,
        guards: {
          caller: sampleAdmin(),
          needsSuperuser: false,
          revocationKey: null,
          assignments: [],
          roles: [],
          credentialId: KEY.id,
          signCount: null,
          target: null,
          sharedPowers: [],
        },
        consumption: {
          usedHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          purpose: 'login-challenge',
          expiresAt: NOW + 300_000,
        },
        change: null,
        event: null,
        passkey: null,
      },
    ])
  })

  it('takes a credential id with padding', async () => {
    const { answer } = await logIn(accountOf())
    const assertion = { ...answer.assertion, credentialId: `${answer.assertion.credentialId}=` }
    const result = await completeLogin(
      setUp(accountOf()),
      { ...answer, assertion },
      {
        now: NOW + 1_000,
        requestId: 'req_1',
        clientRequestId: null,
      },
    )
    expect(result.ok).toBe(true)
  })

  it('reads the account of the name and organization that the challenge was made for', async () => {
    const settings = setUp(accountOf())
    const { answer } = await logIn(accountOf())
    await completeLogin(settings, answer, {
      now: NOW + 1_000,
      requestId: 'req_1',
      clientRequestId: null,
    })
    expect(settings.accounts.asked).toEqual([NAME])
  })

  it.each([
    { name: 'an unknown name', account: null },
    { name: 'a user without keys', account: accountOf({}, []) },
    {
      name: "a key that is not the user's",
      account: accountOf({}, [sampleCredential({ credentialId: 'other' })]),
    },
  ])('refuses $name before looking at the signature', async ({ account }) => {
    const { result, commits } = await logIn(account)
    expect(result).toEqual(refused('login_refused', 'credential_unknown'))
    expect(commits).toEqual([])
  })

  it.each([
    { name: 'an active', account: accountOf() },
    { name: 'an inactive', account: accountOf({ suspendedAt: 1 }) },
    { name: 'an unregistered', account: accountOf({ isRegistered: false }) },
    { name: 'an SSO', account: accountOf({ isSsoRequired: true }) },
  ])('refuses a bad signature for $name user with one reason', async ({ account }) => {
    const key = {
      ...stranger,
      assert: async (challenge: string) => ({
        ...(await stranger.assert(challenge)),
        credId: credentialId,
      }),
    }
    const { result, commits } = await logIn(account, { key })
    expect(result).toEqual(refused('login_refused', 'signature_invalid'))
    expect(commits).toEqual([])
  })

  it('refuses client data of another challenge', async () => {
    const { result } = await logIn(accountOf(), { members: { challenge: 'another' } })
    expect(result).toEqual(refused('login_refused', 'challenge_mismatch'))
  })

  it.each([
    { reason: 'account_deactivated', account: accountOf({ suspendedAt: 1 }) },
    { reason: 'sso_required', account: accountOf({ isSsoRequired: true }) },
  ])('says $reason once the signature has verified', async ({ reason, account }) => {
    const { result, commits } = await logIn(account, { challenged: accountOf() })
    expect(result).toEqual(refused(reason))
    expect(commits).toEqual([])
  })

  it('says dialect_off where the organization does not speak this one', async () => {
    const { result } = await logIn(accountOf({}, [KEY], { dialects: ['rinne'] }))
    expect(result).toEqual({ ok: false, failure: { reason: 'dialect_off', dialect: 'dfns' } })
  })

  it('refuses a challenge from before a deactivation', async () => {
    const { result, commits } = await logIn(accountOf({ tokenEpoch: 4 }), {
      challenged: accountOf({ tokenEpoch: 3 }),
    })
    expect(result).toEqual(refused('challenge_invalid', 'before_suspension'))
    expect(commits).toEqual([])
  })

  it('refuses a decoy of a user who may log in by now', async () => {
    const { result } = await logIn(accountOf(), { challenged: null })
    expect(result).toEqual(refused('challenge_invalid', 'before_suspension'))
  })

  it.each([
    { name: 'registered in the second of the challenge', times: { createdAt: NOW + 1_000 } },
    { name: 'registered after the challenge', times: { createdAt: NOW + 60_000 } },
    { name: 'switched on in the second of the challenge', times: { activatedAt: NOW + 1_000 } },
  ])('refuses a key that was $name or later (U1)', async ({ times }) => {
    const { result } = await logIn(accountOf({}, [{ ...KEY, ...times }]))
    expect(result).toEqual(refused('login_refused', 'credential_not_offered'))
  })

  it('refuses an unregistered user, who got a decoy, for that and not for the challenge', async () => {
    const { result, commits } = await logIn(accountOf({ isRegistered: false }))
    expect(result).toEqual(refused('login_refused', 'not_registered'))
    expect(commits).toEqual([])
  })

  it('refuses a user whose registration was taken back', async () => {
    const { result } = await logIn(accountOf({ isRegistered: false }), { challenged: accountOf() })
    expect(result).toEqual(refused('login_refused', 'not_registered'))
  })

  it.each<{ outcome: CommitOutcome; failure: object }>([
    { outcome: 'proof_used', failure: refused('challenge_invalid', 'used') },
    { outcome: 'stale', failure: refused('unavailable', 'contention') },
  ])('hands out no token when the commit ends as $outcome', async ({ outcome, failure }) => {
    const { result } = await logIn(accountOf(), { outcome })
    expect(result).toEqual(failure)
  })

  it('reads and verifies anew when the user changed between reading and writing', async () => {
    const issued = await initiate(accountOf())
    const { credId, ...signed } = await signer.assert(issued.challenge)
    const { challengeIdentifier } = issued
    const users = createScriptedUsers({ outcomes: ['stale', 'committed'] })
    const settings = { ...setUp(accountOf()), users }
    const answer = {
      challengeIdentifier,
      assertion: { kind: 'Key' as const, credentialId: credId, ...signed },
    }
    const result = await completeLogin(settings, answer, {
      now: NOW,
      requestId: 'req_1',
      clientRequestId: null,
    })
    expect(result.ok).toBe(true)
    expect(settings.accounts.asked).toHaveLength(2)
    expect(users.asked.commits).toHaveLength(2)
  })

  it('refuses an expired challenge', async () => {
    const { result } = await logIn(accountOf(), { now: NOW + 300_000 })
    expect(result).toEqual(refused('challenge_invalid', 'ERR_JWT_EXPIRED'))
  })

  it.each(['action-challenge', 'user-action'] as const)(
    'refuses a %s as challenge',
    async (purpose) => {
      const settings = setUp(accountOf())
      const { answer } = await logIn(accountOf())
      const claims = { ...readSegment(answer.challengeIdentifier, 1), sub: NAME.username }
      const options = { now: NOW, lifetimeSeconds: 300 }
      const challengeIdentifier = await issuePurposeToken(settings, purpose, claims, options)
      expect(
        await completeLogin(
          settings,
          { ...answer, challengeIdentifier },
          { now: NOW, requestId: 'req_1', clientRequestId: null },
        ),
      ).toEqual(refused('challenge_invalid', 'ERR_JWT_CLAIM_VALIDATION_FAILED'))
    },
  )
})

/** Logs in with a passkey, whose first assertion is told what to say. */
async function logInWithPasskey(
  said: CeremonyOptions = {},
  given: {
    readonly account?: Account
    readonly passkey?: Credential
    readonly outcomes?: readonly CommitOutcome[]
    readonly sent?: { readonly userHandle?: string; readonly signature?: string }
  } = {},
) {
  const { account = accountOf({}, [given.passkey ?? PASSKEY]), outcomes = ['committed'] } = given
  const { challenge, challengeIdentifier } = await initiate(account)
  const assertion = {
    kind: 'Fido2' as const,
    credentialId: authenticator.credentialId,
    ...(await authenticator.assert({ challenge, signCount: 4, ...said })),
    ...given.sent,
  }
  const settings = { ...setUp(account), users: createScriptedUsers({ outcomes }) }
  const request = { now: NOW + 1_000, requestId: 'req_1', clientRequestId: null }
  const result = await completeLogin(settings, { challengeIdentifier, assertion }, request)
  return { result, assertion, ...settings.users.asked, read: settings.accounts.asked }
}

describe('completeLogin: passkeys', () => {
  it('notes the new count in the batch that compares the old one (W9)', async () => {
    const { result, commits } = await logInWithPasskey()
    expect(result.ok).toBe(true)
    expect(commits).toMatchObject([
      {
        guards: { credentialId: PASSKEY.id, signCount: 3 },
        consumption: { purpose: 'login-challenge' },
        change: null,
        event: null,
        passkey: { credentialId: PASSKEY.id, signCount: 4 },
      },
    ])
  })

  it('compares and notes nothing new of a passkey that does not count', async () => {
    const passkey = { ...PASSKEY, signCount: 0 }
    const { result, commits } = await logInWithPasskey({ signCount: 0 }, { passkey })
    expect(result.ok).toBe(true)
    expect(commits).toMatchObject([{ guards: { signCount: 0 }, event: null, passkey: null }])
  })

  it('notes the first count of a passkey that begins to count', async () => {
    const passkey = { ...PASSKEY, signCount: 0 }
    const { commits } = await logInWithPasskey({ signCount: 1 }, { passkey })
    expect(commits).toMatchObject([{ passkey: { signCount: 1 } }])
  })

  it.each([3, 2, 0])(
    'refuses the count %i after 3, on record, and spends the challenge (W9, W12)',
    async (signCount) => {
      const { result, commits, assertion } = await logInWithPasskey({ signCount })
      expect(result).toEqual(refused('login_refused', 'counter_not_risen'))
      const { clientData, signature, authenticatorData } = assertion
      const [commit] = commits
      expect(commits).toEqual([
        {
          id: expect.stringMatching(/^uj-/) as string,
          claim: null,
          guards: {
            caller: sampleAdmin(),
            needsSuperuser: false,
            revocationKey: null,
            assignments: [],
            roles: [],
            credentialId: PASSKEY.id,
            signCount: 3,
            target: null,
            sharedPowers: [],
          },
          consumption: {
            usedHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
            purpose: 'login-challenge',
            expiresAt: NOW + 300_000,
          },
          change: null,
          event: {
            id: commit?.id,
            at: NOW + 1_000,
            organizationId: ORGANIZATION_ID,
            actorId: userId('admin'),
            targetId: userId('admin'),
            action: 'refuse_counter',
            fromState: null,
            toState: null,
            dialect: 'dfns',
            requestId: 'req_1',
            evidence: {
              credential: { id: PASSKEY.id, kind: 'Fido2', credentialId: PASSKEY.credentialId },
              assertion: { clientData, signature, authenticatorData },
            },
          },
          passkey: { credentialId: PASSKEY.id, suspectedAt: NOW + 1_000 },
        },
      ])
    },
  )

  it.each<{ name: string; outcomes: CommitOutcome[]; failure: object; attempts: number }>([
    {
      name: 'its challenge was used',
      outcomes: ['proof_used'],
      failure: refused('challenge_invalid', 'used'),
      attempts: 1,
    },
    {
      name: 'the store gave no clear answer',
      outcomes: ['unclear'],
      failure: refused('unavailable', 'commit_unclear'),
      attempts: 1,
    },
    {
      name: 'its count changed three times',
      outcomes: ['stale'],
      failure: refused('unavailable', 'contention'),
      attempts: 3,
    },
  ])('hands out no token when $name, risen count or not', async (row) => {
    const { outcomes, failure, attempts } = row
    for (const signCount of [3, 4]) {
      const { result, commits, read } = await logInWithPasskey({ signCount }, { outcomes })
      expect(result).toEqual(failure)
      expect([commits.length, read.length]).toEqual([attempts, attempts])
    }
  })

  it.each<{ name: string; given: Partial<User>; cause: object }>([
    { name: 'inactive', given: { suspendedAt: 1 }, cause: refused('account_deactivated') },
    { name: 'SSO', given: { isSsoRequired: true }, cause: refused('sso_required') },
  ])('accuses no passkey of an $name user', async ({ given, cause }) => {
    const account = accountOf(given, [PASSKEY])
    const issued = await initiate(accountOf({}, [PASSKEY]))
    const { challenge, challengeIdentifier } = issued
    const assertion = {
      kind: 'Fido2' as const,
      credentialId: authenticator.credentialId,
      ...(await authenticator.assert({ challenge, signCount: 1 })),
    }
    const settings = setUp(account)
    const request = { now: NOW + 1_000, requestId: 'req_1', clientRequestId: null }
    const answer = { challengeIdentifier, assertion }
    expect(await completeLogin(settings, answer, request)).toEqual(cause)
    expect(settings.users.asked.commits).toEqual([])
  })

  it("refuses the passkey of somebody else, whoever's handle it tells (W1)", async () => {
    const userHandle = Buffer.from(userId('admin')).toString('base64url')
    const own = await logInWithPasskey({}, { sent: { userHandle } })
    expect(own.result.ok).toBe(true)
    const account = accountOf({}, [samplePasskey(await createAuthenticator('ES256'))])
    const foreign = await logInWithPasskey({}, { account, sent: { userHandle } })
    expect(foreign.result).toEqual(refused('login_refused', 'credential_unknown'))
    expect(foreign.commits).toEqual([])
  })
})

describe('completeLogin: time', () => {
  it.each<{ name: string; said?: CeremonyOptions; sent?: object; account?: Account }>([
    { name: 'of a passkey that is forged' },
    { name: 'of a passkey that there is not', account: accountOf({}, []) },
    { name: "in a passkey's form for a key", account: accountOf({}, [asKey(PASSKEY)]) },
    { name: 'of a passkey that says it may be copied', said: { flags: UP_UV_BE } },
    { name: 'of a passkey that names another user', sent: { userHandle: 'bm9ib2R5' } },
  ])('tells nothing: one signature is verified for an answer $name', async (row) => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const { signature } = await authenticator.assert({ challenge: 'another' })
    const { result } = await logInWithPasskey(row.said, {
      ...(row.account ? { account: row.account } : {}),
      sent: { signature, ...row.sent },
    })
    expect(result).toMatchObject(refused('login_refused'))
    expect(verify).toHaveBeenCalledTimes(2)
    verify.mockRestore()
  })

  it.each([
    { name: 'a user whose signature is forged', account: accountOf(), credId: credentialId },
    { name: 'a user who has no such key', account: accountOf(), credId: 'another' },
    { name: 'a user without keys', account: accountOf({}, []), credId: 'decoy' },
    { name: 'an unknown name', account: null, credId: 'decoy' },
  ])('tells nothing: one signature is verified for $name', async ({ account, credId }) => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const stranger = await createSigner('Ed25519')
    const assert: typeof signer.assert = async (...input) => ({
      ...(await stranger.assert(...input)),
      credId,
    })
    const { result } = await logIn(account, { key: { ...stranger, assert } })
    expect(result).toMatchObject(refused('login_refused'))
    // The other one is the challenge's own.
    expect(verify).toHaveBeenCalledTimes(2)
    verify.mockRestore()
  })
})
