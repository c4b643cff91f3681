/**
 * The user-action token: good for one caller and one request (rules U2, U4, U6).
 */
import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bindAction, type BoundRequest } from '../../../src/auth/action-binding.ts'
import { writeBinding } from '../../../src/auth/binding-claims.ts'
import { issuePurposeToken, MAX_PURPOSE_TOKEN_BYTES } from '../../../src/auth/purpose-token.ts'
import { issueUserAction, verifyUserActionToken } from '../../../src/auth/user-action-token.ts'
import type { ChallengeEvidence } from '../../../src/core/user-action.ts'
import { createTestKey, createTestRing, readSegment } from '../../support/jws.ts'
import { NOW, sampleEvidence, samplePrincipal, userId } from '../../support/sample.ts'

const settings = {
  keyRing: await createTestRing(createTestKey('signer')),
  issuer: 'https://api.example.test',
  audience: 'activate',
}

const REQUEST: BoundRequest = {
  principal: samplePrincipal(),
  method: 'PUT',
  path: `/auth/users/${userId('target')}/activate`,
  payload: undefined,
}
const LIFE = { now: NOW, lifetimeSeconds: 300 }
const EVIDENCE = sampleEvidence({
  binding: { ...(await bindAction(REQUEST)), nonce: 'bm9uY2U' },
})

const issue = (evidence: ChallengeEvidence = EVIDENCE) =>
  issueUserAction(settings, evidence, 3, LIFE)

const verify = async (token: string, request: Partial<BoundRequest> = {}, now = NOW) =>
  verifyUserActionToken(settings, token, { ...REQUEST, ...request }, now)

const refused = (cause: string) => ({
  ok: false,
  failure: { reason: 'user_action_invalid', cause },
})

describe('verifyUserActionToken', () => {
  it('answers with the evidence, the epoch and the key of its one use', async () => {
    const token = await issue()
    const { jti } = readSegment(token, 1)
    const usedHash = createHash('sha256')
      .update(`user-action\n${String(jti)}`)
      .digest('hex')
    expect(await verify(token)).toEqual({
      ok: true,
      value: {
        usedHash,
        purpose: 'user-action',
        expiresAt: NOW + 300_000,
        epoch: 3,
        evidence: EVIDENCE,
      },
    })
  })

  it("carries a passkey's authenticator data, and none for a key", async () => {
    const evidence = { ...EVIDENCE, credentialKind: 'Fido2' as const, authenticatorData: 'YWQ' }
    const verified = await verify(await issue(evidence))
    expect(verified.ok && verified.value.evidence).toStrictEqual(evidence)
    const key = await verify(await issue())
    expect(key.ok && key.value.evidence).not.toHaveProperty('authenticatorData')
  })

  it('names nobody in the token', async () => {
    const token = await issue()
    const claims = JSON.stringify(readSegment(token, 1))
    expect(claims).not.toContain(userId('admin'))
    expect(readSegment(token, 1)['sub']).toBe(EVIDENCE.binding.identity)
  })

  it('takes a body of {} for one that was announced as none', async () => {
    expect((await verify(await issue(), { payload: {} })).ok).toBe(true)
  })

  it('takes another bearer of the same identity', async () => {
    const principal = samplePrincipal({ tokenId: 'token-2', expSeconds: 1 })
    expect((await verify(await issue(), { principal })).ok).toBe(true)
  })

  it.each<{ name: string; request: Partial<BoundRequest> }>([
    { name: 'another method', request: { method: 'DELETE' } },
    { name: 'another path', request: { path: `/auth/users/${userId('other')}/activate` } },
    { name: 'the path with a slash at its end', request: { path: `${REQUEST.path}/` } },
    { name: 'another body', request: { payload: { isSSORequired: true } } },
    {
      name: 'another caller',
      request: { principal: samplePrincipal({ subject: userId('other') }) },
    },
    {
      name: 'the same subject of another issuer',
      request: { principal: samplePrincipal({ issuer: 'https://issuer.example' }) },
    },
    {
      name: 'another organization',
      request: {
        principal: samplePrincipal({ organizationId: 'or-11111-11111-1111111111111111' }),
      },
    },
  ])('refuses $name', async ({ request }) => {
    expect(await verify(await issue(), request)).toEqual(refused('bound_to_another_request'))
  })

  it('refuses a token that has expired', async () => {
    expect(await verify(await issue(), {}, NOW + 300_000)).toEqual(refused('ERR_JWT_EXPIRED'))
  })

  it.each(['login-challenge', 'action-challenge'] as const)(
    'refuses a %s with the same claims',
    async (purpose) => {
      const claims = { sub: 'x', epoch: 3, ...writeBinding(EVIDENCE.binding) }
      const token = await issuePurposeToken(settings, purpose, claims, LIFE)
      expect(await verify(token)).toEqual(refused('ERR_JWT_CLAIM_VALIDATION_FAILED'))
    },
  )

  const WHOLE = { sub: 'x', epoch: 3, ...writeBinding(EVIDENCE.binding) }
  const SIGNED = { cid: 'credential', ckd: 'Key', cda: 'Y2Q', sig: 'c2ln' }
  it.each([...Object.keys({ ...writeBinding(EVIDENCE.binding), ...SIGNED, epoch: 3 })])(
    'refuses a token without the claim %s',
    async (claim) => {
      const claims = { ...WHOLE, ...SIGNED, [claim]: undefined }
      const token = await issuePurposeToken(settings, 'user-action', claims, LIFE)
      expect(await verify(token)).toEqual(refused('claims_invalid'))
    },
  )

  it.each([
    { name: 'a kind of credential that there is not', claim: { ckd: 'Password' } },
    { name: 'authenticator data that are no text', claim: { adt: 1 } },
    { name: 'authenticator data that are null', claim: { adt: null } },
  ])('refuses $name', async ({ claim }) => {
    const claims = { ...WHOLE, ...SIGNED, ...claim }
    const token = await issuePurposeToken(settings, 'user-action', claims, LIFE)
    expect(await verify(token)).toEqual(refused('claims_invalid'))
  })
})

describe('issueUserAction', () => {
  const random = (bytes: number) => randomBytes(bytes).toString('base64url')
  it.each<{ name: string; signed: Partial<ChallengeEvidence> }>([
    {
      name: 'a key',
      signed: {
        credentialId: random(96),
        clientData: random(768),
        signature: random(512),
      },
    },
    {
      name: 'a passkey',
      signed: {
        credentialKind: 'Fido2',
        credentialId: random(255),
        authenticatorData: random(128),
        signature: random(512),
        // What is left of the longest answer (verify-assertion.ts).
        clientData: random(1_612).slice(0, 2_047 - 340 - 171 - 683),
      },
    },
  ])('fits the header at its largest: everything of $name as long as may be', async (row) => {
    const largest = {
      keyRing: await createTestRing(createTestKey('k'.repeat(128))),
      issuer: `https://${'i'.repeat(120)}`,
      audience: 'a'.repeat(64),
    }
    const request = { ...REQUEST, path: `/${'p'.repeat(127)}` }
    const evidence = sampleEvidence({
      ...row.signed,
      binding: { ...(await bindAction(request)), nonce: randomBytes(32).toString('base64url') },
    })
    const token = await issueUserAction(largest, evidence, Number.MAX_SAFE_INTEGER, LIFE)
    expect(token.length).toBeLessThanOrEqual(MAX_PURPOSE_TOKEN_BYTES)
    expect((await verifyUserActionToken(largest, token, request, NOW)).ok).toBe(true)
  })
})
