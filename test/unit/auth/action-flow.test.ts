/**
 * User action signing: a challenge for one request, a token for its answer (rules U1-U5).
 */
import { describe, expect, it } from 'vitest'
import { bindAction } from '../../../src/auth/action-binding.ts'
import {
  completeAction,
  initiateAction,
  type AnnouncedAction,
} from '../../../src/auth/action-flow.ts'
import { issuePurposeToken } from '../../../src/auth/purpose-token.ts'
import { verifyUserActionToken } from '../../../src/auth/user-action-token.ts'
import type { Account, CommitOutcome, Snapshot } from '../../../src/core/ports.ts'
import type { Credential } from '../../../src/core/user.ts'
import { createAuthenticator, type CeremonyOptions } from '../../support/authenticator.ts'
import { createTestKey, createTestRing, readSegment } from '../../support/jws.ts'
import {
  NOW,
  RELYING_PARTY,
  sampleAdmin,
  sampleCaller,
  sampleCredential,
  samplePasskey,
  samplePrincipal,
  sampleSnapshot,
  userId,
} from '../../support/sample.ts'
import { createScriptedAccounts, createScriptedUsers } from '../../support/scripted-store.ts'
import { createSigner } from '../../support/signer.ts'

const keyRing = await createTestRing(createTestKey('signer'))
const signer = await createSigner('Ed25519')
const { credentialId, publicKeyPem } = signer
const KEY = sampleCredential({ credentialId, publicKeyPem })
const authenticator = await createAuthenticator('ES256')
const PASSKEY = samplePasskey(authenticator)

const ACTION: AnnouncedAction = {
  principal: samplePrincipal(),
  method: 'PUT',
  path: `/auth/users/${userId('target')}/activate`,
  payload: undefined,
  now: NOW,
}
const ACCOUNT: Account = { ...sampleCaller(), credentials: [KEY] }

/** Settings on a store with one signer. */
function setUp(
  given: {
    account?: Account | null
    isRevoked?: boolean
    snapshots?: readonly Snapshot[]
    outcomes?: readonly CommitOutcome[]
  } = {},
) {
  const { account = ACCOUNT, isRevoked = false, outcomes = ['committed'] } = given
  const snapshots = given.snapshots ?? [sampleSnapshot({ credential: KEY, target: null })]
  return {
    keyRing,
    issuer: 'https://api.example.test',
    audience: 'activate',
    users: createScriptedUsers({ snapshots, outcomes }),
    accounts: createScriptedAccounts(account, isRevoked),
    challengeSeconds: 300,
    userActionSeconds: 120,
    relyingParty: RELYING_PARTY,
  }
}

/** Signs the announced action; what the store says at the second step is the test's. */
async function sign(
  given: {
    action?: Partial<AnnouncedAction>
    principal?: AnnouncedAction['principal']
    snapshot?: Partial<Snapshot>
    snapshots?: readonly Snapshot[]
    outcomes?: readonly CommitOutcome[]
    now?: number
    members?: Record<string, unknown>
    credId?: string
  } = {},
) {
  const action = { ...ACTION, ...given.action }
  const issued = await initiateAction(setUp(), action)
  if (!issued.ok) throw new Error(issued.failure.reason)
  const { credId, ...signed } = await signer.assert(issued.value.challenge, given.members)
  const answer = {
    challengeIdentifier: issued.value.challengeIdentifier,
    assertion: { kind: 'Key' as const, credentialId: given.credId ?? credId, ...signed },
  }
  const { snapshot = {}, outcomes = ['committed'], now = NOW + 1_000 } = given
  const single = sampleSnapshot({ credential: KEY, target: null, ...snapshot })
  const settings = setUp({ snapshots: given.snapshots ?? [single], outcomes })
  const result = await completeAction(settings, given.principal ?? action.principal, answer, {
    now,
    requestId: 'req_1',
    clientRequestId: null,
  })
  return { result, settings, answer, ...settings.users.asked }
}

const refused = (reason: string, cause?: string) => ({
  ok: false,
  failure: cause === undefined ? { reason } : { reason, cause },
})

describe('initiateAction', () => {
  it('hands out a challenge that commits to the request, for the keys of the signer', async () => {
    const passkey = sampleCredential({ kind: 'Fido2', credentialId: 'passkey' })
    const account = { ...ACCOUNT, credentials: [KEY, passkey] }
    const issued = await initiateAction(setUp({ account }), ACTION)
    expect(issued).toEqual({
      ok: true,
      value: {
        challenge: expect.stringMatching(/^[A-Za-z0-9_-]{86}$/) as string,
        challengeIdentifier: expect.any(String) as string,
        keyIds: [credentialId],
        passkeyIds: ['passkey'],
      },
    })
  })

  it('begins each challenge with 32 random bytes, which the identifier repeats (U1)', async () => {
    const issue = async () => {
      const issued = await initiateAction(setUp(), ACTION)
      return issued.ok ? issued.value : { challenge: '', challengeIdentifier: '..' }
    }
    const [one, two] = [await issue(), await issue()]
    const bytes = Buffer.from(one.challenge, 'base64url').subarray(0, 32)
    expect(readSegment(one.challengeIdentifier, 1)['nonce']).toBe(bytes.toString('base64url'))
    expect(two.challenge).not.toBe(one.challenge)
  })

  it.each([
    { reason: 'caller_unknown', given: { account: null } },
    { reason: 'token_invalid', given: { isRevoked: true } },
    {
      reason: 'account_deactivated',
      given: { account: { ...ACCOUNT, user: sampleAdmin({ suspendedAt: 1 }) } },
    },
  ])('refuses a dead bearer with $reason', async ({ reason, given }) => {
    expect(await initiateAction(setUp(given), ACTION)).toMatchObject(
      refused(reason) as Record<string, unknown>,
    )
  })
})

describe('completeAction', () => {
  it('answers with a user action for the announced request, and for no other', async () => {
    const { result, settings } = await sign()
    const token = result.ok ? result.value : ''
    const verified = await verifyUserActionToken(settings, token, ACTION, NOW + 2_000)
    expect(verified).toMatchObject({
      ok: true,
      value: { epoch: 3, expiresAt: NOW + 121_000, evidence: { credentialId } },
    })
    const other = { ...ACTION, method: 'DELETE' }
    expect(await verifyUserActionToken(settings, token, other, NOW + 2_000)).toEqual(
      refused('user_action_invalid', 'bound_to_another_request'),
    )
  })

  it('consumes the challenge in a batch that asserts the signer, and changes nothing', async () => {
    const { commits, snapshots, answer } = await sign()
    const { principal } = ACTION
    expect(snapshots).toEqual([
      {
        principal,
        proof: { usedHash: commits[0]?.consumption?.usedHash, credentialId },
      },
    ])
    expect(commits).toEqual([
      {
        id: expect.any(String),
        claim: null,
        guards: {
          caller: sampleAdmin(),
          needsSuperuser: false,
          revocationKey: 'revocation-1',
          assignments: [],
          roles: [],
          credentialId: KEY.id,
          signCount: null,
          target: null,
          sharedPowers: [],
        },
        consumption: {
          usedHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          purpose: 'action-challenge',
          expiresAt: Number(readSegment(answer.challengeIdentifier, 1)['exp']) * 1000,
        },
        change: null,
        event: null,
        passkey: null,
      },
    ])
  })

  it('keeps the signed bytes as evidence, from which the challenge can be computed again', async () => {
    const { result, answer } = await sign()
    expect(readSegment(result.ok ? result.value : '', 1)).toMatchObject({
      cda: answer.assertion.clientData,
      sig: answer.assertion.signature,
      nonce: readSegment(answer.challengeIdentifier, 1)['nonce'],
    })
  })

  it('looks a credential id with padding up without it', async () => {
    const { result, snapshots } = await sign({ credId: `${credentialId}=` })
    expect(result.ok).toBe(true)
    expect(snapshots[0]?.proof?.credentialId).toBe(credentialId)
  })

  it('takes a refreshed bearer of the same identity', async () => {
    const principal = samplePrincipal({ tokenId: 'token-2', revocationKey: 'revocation-2' })
    expect((await sign({ principal })).result.ok).toBe(true)
  })

  it.each<{ name: string; given: Parameters<typeof sign>[0]; failure: object }>([
    {
      name: "another caller's challenge",
      given: { principal: samplePrincipal({ subject: userId('other') }) },
      failure: refused('challenge_invalid', 'another_caller'),
    },
    {
      name: 'a challenge for the same subject of another issuer',
      given: { principal: samplePrincipal({ issuer: 'https://issuer.example' }) },
      failure: refused('challenge_invalid', 'another_caller'),
    },
    {
      name: 'an expired challenge',
      given: { now: NOW + 300_000 },
      failure: refused('challenge_invalid', 'ERR_JWT_EXPIRED'),
    },
    {
      name: 'a used challenge',
      given: { snapshot: { isProofUsed: true } },
      failure: refused('challenge_invalid', 'used'),
    },
    {
      name: 'a challenge of an earlier epoch, whose bearer is fresh',
      given: {
        principal: samplePrincipal({ freshness: { by: 'epoch', epoch: 4 } }),
        snapshot: { caller: sampleCaller({ tokenEpoch: 4 }) },
      },
      failure: refused('challenge_invalid', 'before_suspension'),
    },
    {
      name: 'a challenge of another user with the same identity',
      given: { snapshot: { caller: sampleCaller({ id: userId('other') }) } },
      failure: refused('challenge_invalid', 'before_suspension'),
    },
    {
      name: 'an unknown credential',
      given: { snapshot: { credential: null } },
      failure: refused('login_refused', 'credential_unknown'),
    },
    {
      name: 'a deactivated credential',
      given: { snapshot: { credential: { ...KEY, isActive: false } } },
      failure: refused('login_refused', 'credential_unknown'),
    },
    {
      name: "another user's credential",
      given: { snapshot: { credential: { ...KEY, userId: userId('other') } } },
      failure: refused('login_refused', 'credential_unknown'),
    },
    {
      name: 'a credential created in the second of the challenge or later (U1)',
      given: { snapshot: { credential: { ...KEY, createdAt: NOW + 1_000 } } },
      failure: refused('login_refused', 'credential_unknown'),
    },
    {
      name: 'a credential switched on in the second of the challenge or later (U1)',
      given: { snapshot: { credential: { ...KEY, activatedAt: NOW + 1_000 } } },
      failure: refused('login_refused', 'credential_unknown'),
    },
    {
      name: 'the key of a personal access token with a bearer of its owner',
      given: { snapshot: { credential: { ...KEY, accessTokenId: 'pat-1' } } },
      failure: refused('login_refused', 'credential_unknown'),
    },
    {
      name: "the owner's key with a personal access token",
      given: {
        principal: samplePrincipal({ tokenKind: 'personal_access_token', tokenId: 'pat-1' }),
      },
      failure: refused('login_refused', 'credential_unknown'),
    },
    {
      name: "the owner's key with a personal access token that has no id",
      given: {
        principal: samplePrincipal({ tokenKind: 'personal_access_token', tokenId: null }),
      },
      failure: refused('login_refused', 'credential_unknown'),
    },
    {
      name: 'a signature over another challenge',
      given: { members: { challenge: 'another' } },
      failure: refused('login_refused', 'challenge_mismatch'),
    },
    {
      name: 'client data from a foreign frame',
      given: { members: { crossOrigin: true } },
      failure: refused('login_refused', 'cross_origin'),
    },
    {
      name: 'a logged-out bearer',
      given: { snapshot: { isBearerRevoked: true } },
      failure: refused('token_invalid', 'revoked'),
    },
    {
      name: 'a suspended signer of a living token',
      given: { snapshot: { caller: sampleCaller({ suspendedAt: 1 }) } },
      failure: refused('account_deactivated'),
    },
  ])('refuses $name and consumes nothing', async ({ given, failure }) => {
    const { result, commits } = await sign(given)
    expect(result).toEqual(failure)
    expect(commits).toEqual([])
  })

  it('takes the own key of a personal access token', async () => {
    const { result } = await sign({
      principal: samplePrincipal({ tokenKind: 'personal_access_token', tokenId: 'pat-1' }),
      snapshot: { credential: { ...KEY, accessTokenId: 'pat-1' } },
    })
    expect(result.ok).toBe(true)
  })

  it.each(['login-challenge', 'user-action'] as const)(
    'refuses a %s as challenge',
    async (purpose) => {
      const { answer } = await sign()
      const settings = setUp()
      const claims = { ...readSegment(answer.challengeIdentifier, 1), sub: userId('admin') }
      const options = { now: NOW, lifetimeSeconds: 300 }
      const challengeIdentifier = await issuePurposeToken(settings, purpose, claims, options)
      const forged = { ...answer, challengeIdentifier }
      expect(
        await completeAction(settings, ACTION.principal, forged, {
          now: NOW,
          requestId: 'req_1',
          clientRequestId: null,
        }),
      ).toEqual(refused('challenge_invalid', 'ERR_JWT_CLAIM_VALIDATION_FAILED'))
      expect(settings.users.asked.snapshots).toEqual([])
    },
  )

  it('says used when another answer was faster', async () => {
    const { result, commits } = await sign({ outcomes: ['proof_used'] })
    expect(result).toEqual(refused('challenge_invalid', 'used'))
    expect(commits).toHaveLength(1)
  })

  it('reads anew when the signer changed meanwhile, and sees a deactivation', async () => {
    const first = sampleSnapshot({ credential: KEY })
    const second = { ...first, caller: sampleCaller({ suspendedAt: 1, tokenEpoch: 4 }) }
    const again = await sign({ snapshots: [first, first], outcomes: ['stale', 'committed'] })
    expect(again.result.ok).toBe(true)
    expect(again.commits).toHaveLength(2)
    const dead = await sign({ snapshots: [first, second], outcomes: ['stale', 'committed'] })
    expect(dead.result).toEqual(refused('token_invalid', 'before_suspension'))
    expect(dead.commits).toHaveLength(1)
  })

  it('gives up with unavailable after three attempts', async () => {
    const { result, commits } = await sign({ outcomes: ['stale'] })
    expect(result).toEqual(refused('unavailable', 'contention'))
    expect(commits).toHaveLength(3)
  })
})

/** Signs the announced action with a passkey. */
async function signByPasskey(
  said: CeremonyOptions = {},
  given: {
    readonly passkeys?: readonly Credential[]
    readonly outcomes?: readonly CommitOutcome[]
    readonly userHandle?: string
  } = {},
) {
  const { passkeys = [PASSKEY], outcomes = ['committed'], userHandle } = given
  const issued = await initiateAction(setUp(), ACTION)
  if (!issued.ok) throw new Error(issued.failure.reason)
  const { challenge, challengeIdentifier } = issued.value
  const assertion = {
    kind: 'Fido2' as const,
    credentialId: authenticator.credentialId,
    ...(await authenticator.assert({ challenge, signCount: 4, ...said })),
    userHandle,
  }
  const snapshots = passkeys.map((credential) => sampleSnapshot({ credential, target: null }))
  const settings = setUp({ snapshots, outcomes })
  const request = { now: NOW + 1_000, requestId: 'req_1', clientRequestId: null }
  const answer = { challengeIdentifier, assertion }
  const result = await completeAction(settings, ACTION.principal, answer, request)
  return { result, settings, assertion, challengeIdentifier, ...settings.users.asked }
}

describe('completeAction: passkeys', () => {
  it('leaves what was signed as evidence, and no member besides', async () => {
    const { result, settings, assertion, challengeIdentifier } = await signByPasskey()
    const token = result.ok ? result.value : ''
    const verified = await verifyUserActionToken(settings, token, ACTION, NOW + 2_000)
    const { clientData, signature, authenticatorData } = assertion
    const { nonce } = readSegment(challengeIdentifier, 1)
    expect(verified.ok && verified.value.evidence).toStrictEqual({
      credentialId: authenticator.credentialId,
      credentialKind: 'Fido2',
      ...{ clientData, signature, authenticatorData },
      binding: { ...(await bindAction(ACTION)), nonce },
    })
  })

  it('notes the new count in the batch that compares the old one (W9)', async () => {
    const { commits } = await signByPasskey()
    expect(commits).toMatchObject([
      {
        guards: { credentialId: PASSKEY.id, signCount: 3, revocationKey: 'revocation-1' },
        consumption: { purpose: 'action-challenge' },
        event: null,
        passkey: { credentialId: PASSKEY.id, signCount: 4 },
      },
    ])
  })

  it('compares nothing and notes nothing of a key (W9)', async () => {
    const { commits } = await sign({ snapshot: { credential: { ...KEY, signCount: 7 } } })
    expect(commits).toMatchObject([{ guards: { signCount: null }, passkey: null }])
  })

  it('refuses a count that does not rise, on record, and hands out no action (W9)', async () => {
    const { result, commits } = await signByPasskey({ signCount: 3 })
    expect(result).toEqual(refused('login_refused', 'counter_not_risen'))
    expect(commits).toMatchObject([
      {
        guards: { signCount: 3, revocationKey: 'revocation-1' },
        consumption: { purpose: 'action-challenge' },
        event: { action: 'refuse_counter', actorId: userId('admin'), at: NOW + 1_000 },
        passkey: { credentialId: PASSKEY.id, suspectedAt: NOW + 1_000 },
      },
    ])
  })

  it('compares with the count of the second reading after a lost race (W9)', async () => {
    const outcomes = ['stale', 'committed'] as const
    const passkeys = [PASSKEY, { ...PASSKEY, signCount: 4 }]
    const lost = await signByPasskey({ signCount: 4 }, { passkeys, outcomes })
    expect(lost.result).toEqual(refused('login_refused', 'counter_not_risen'))
    expect(lost.commits.map(({ event }) => event?.action)).toEqual([undefined, 'refuse_counter'])
    const won = await signByPasskey({ signCount: 5 }, { passkeys, outcomes })
    expect(won.result.ok).toBe(true)
    expect(won.commits.map(({ guards }) => guards.signCount)).toEqual([3, 4])
    expect(won.commits.at(-1)?.passkey).toEqual({ credentialId: PASSKEY.id, signCount: 5 })
  })

  it.each<{ name: string; said?: CeremonyOptions; given?: object; cause: string }>([
    {
      name: 'for another challenge with a count that does not rise (W12)',
      said: { challenge: 'another', signCount: 1 },
      cause: 'challenge_mismatch',
    },
    {
      name: 'on a page of somebody else',
      said: { members: { origin: 'https://example.com' } },
      cause: 'origin_mismatch',
    },
    {
      name: 'that names another user (W1)',
      given: { userHandle: Buffer.from(userId('other')).toString('base64url') },
      cause: 'user_handle_mismatch',
    },
    {
      name: 'by the passkey of another user (W1)',
      given: { passkeys: [{ ...PASSKEY, userId: userId('other') }] },
      cause: 'credential_unknown',
    },
    {
      name: 'by a passkey that is off',
      given: { passkeys: [{ ...PASSKEY, isActive: false }] },
      cause: 'credential_unknown',
    },
    {
      name: 'by a credential that is a key',
      given: { passkeys: [{ ...PASSKEY, kind: 'Key' }] },
      cause: 'kind_mismatch',
    },
  ])('refuses an answer $name and consumes nothing', async ({ said, given, cause }) => {
    const { result, commits } = await signByPasskey(said, given)
    expect(result).toEqual(refused('login_refused', cause))
    expect(commits).toEqual([])
  })
})
