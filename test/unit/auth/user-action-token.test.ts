/**
 * The user-action token: good for one caller and one request (rules U2, U4, U6).
 */
import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bindAction, type BoundRequest } from '../../../src/auth/action-binding.ts'
import { writeBinding } from '../../../src/auth/binding-claims.ts'
import { issuePurposeToken, MAX_PURPOSE_TOKEN_BYTES } from '../../../src/auth/purpose-token.ts'
import { issueUserAction, verifyUserAction } from '../../../src/auth/user-action-token.ts'
import type { ActionEvidence } from '../../../src/core/user-action.ts'
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

const issue = (evidence: ActionEvidence = EVIDENCE) => issueUserAction(settings, evidence, 3, LIFE)

const verify = async (token: string, request: Partial<BoundRequest> = {}, now = NOW) =>
  verifyUserAction(settings, token, { ...REQUEST, ...request }, now)

const refused = (cause: string) => ({
  ok: false,
  failure: { reason: 'user_action_invalid', cause },
})

describe('verifyUserAction', () => {
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

  it('refuses a kind of credential that there is not', async () => {
    const claims = { ...WHOLE, ...SIGNED, ckd: 'Password' }
    const token = await issuePurposeToken(settings, 'user-action', claims, LIFE)
    expect(await verify(token)).toEqual(refused('claims_invalid'))
  })
})

describe('issueUserAction', () => {
  it('fits the header at its largest: every member as long as configuration and checks allow', async () => {
    const largest = {
      keyRing: await createTestRing(createTestKey('k'.repeat(128))),
      issuer: `https://${'i'.repeat(120)}`,
      audience: 'a'.repeat(64),
    }
    const request = { ...REQUEST, path: `/${'p'.repeat(127)}` }
    const evidence = sampleEvidence({
      credentialId: randomBytes(32).toString('base64url'),
      clientData: randomBytes(768).toString('base64url'),
      signature: randomBytes(512).toString('base64url'),
      binding: { ...(await bindAction(request)), nonce: randomBytes(32).toString('base64url') },
    })
    const token = await issueUserAction(largest, evidence, Number.MAX_SAFE_INTEGER, LIFE)
    expect(token.length).toBeLessThanOrEqual(MAX_PURPOSE_TOKEN_BYTES)
    expect((await verifyUserAction(largest, token, request, NOW)).ok).toBe(true)
  })
})
