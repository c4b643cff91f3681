/**
 * The two forms of a user action behind one header: which is which, and what the request lends to either.
 */
import { describe, expect, it } from 'vitest'
import { bindAction } from '../../../src/auth/action-binding.ts'
import { issueUserAction } from '../../../src/auth/user-action-token.ts'
import { verifyUserAction, type ProvenRequest } from '../../../src/auth/verify-user-action.ts'
import { createTestKey, createTestRing } from '../../support/jws.ts'
import { createProofSigner, writeProof, type ProofForgery } from '../../support/proofs.ts'
import { NOW, sampleEvidence, samplePrincipal, userId } from '../../support/sample.ts'

const settings = {
  keyRing: await createTestRing(createTestKey('signer')),
  issuer: 'https://api.example.test',
  audience: 'activate',
  publicOrigin: 'https://api.example.test',
  skewSeconds: 30,
}
const BEARER = 'header.payload.signature'
const BODY = '{"reason": "back from leave"}'
const REQUEST: ProvenRequest = {
  principal: samplePrincipal(),
  authorization: `Bearer ${BEARER}`,
  method: 'PUT',
  path: `/auth/users/${userId('target')}/activate`,
  payload: { reason: 'back from leave' },
  body: new TextEncoder().encode(BODY),
  now: NOW,
}

const signer = await createProofSigner()
const proof = (
  request: { bearer?: string; url?: string; body?: string } = {},
  forgery?: ProofForgery,
) =>
  writeProof(
    signer,
    {
      bearer: BEARER,
      subject: userId('admin'),
      method: 'PUT',
      url: `${settings.publicOrigin}${REQUEST.path}`,
      body: BODY,
      audience: 'activate',
      now: NOW,
      ...request,
    },
    forgery,
  )

const EVIDENCE = sampleEvidence({ binding: { ...(await bindAction(REQUEST)), nonce: 'bm9uY2U' } })
const token = () => issueUserAction(settings, EVIDENCE, 3, { now: NOW, lifetimeSeconds: 300 })

const verify = (text: string, request: Partial<ProvenRequest> = {}, changed = {}) =>
  verifyUserAction({ ...settings, ...changed }, text, { ...REQUEST, ...request })
const refused = (cause: string, reason = 'user_action_invalid') => ({
  ok: false,
  failure: { reason, cause },
})

describe('verifyUserAction', () => {
  it('takes a proof, whose signature the credential has to confirm', async () => {
    const text = await proof()
    const verified = await verify(text)
    expect(verified).toMatchObject({
      ok: true,
      value: {
        purpose: 'ua-proof',
        epoch: null,
        evidence: { credentialId: signer.credentialId, credentialKind: 'Key', proof: text },
      },
    })
    expect(verified.ok && verified.value.confirm).toBeTypeOf('function')
  })

  it('takes a token, of which everything is known', async () => {
    const verified = await verify(await token())
    expect(verified).toMatchObject({
      ok: true,
      value: { purpose: 'user-action', epoch: 3, evidence: EVIDENCE },
    })
    expect(verified.ok && verified.value).not.toHaveProperty('confirm')
  })

  it.each(['bearer', 'BEARER', 'BeArEr'])(
    'reads the token behind the scheme %s',
    async (scheme) => {
      expect((await verify(await proof(), { authorization: `${scheme} ${BEARER}` })).ok).toBe(true)
    },
  )

  it('keeps the use of a proof for as long as clocks may differ', async () => {
    const verified = await verify(await proof(), {}, { skewSeconds: 60 })
    expect(verified.ok && verified.value.expiresAt).toBe(NOW + (60 + 60 + 60) * 1000)
  })

  it.each<{
    name: string
    said?: Parameters<typeof proof>[0]
    request?: Partial<ProvenRequest>
    cause: string
  }>([
    { name: 'of the scheme too', said: { bearer: `Bearer ${BEARER}` }, cause: 'bearer_mismatch' },
    {
      name: 'beside another token',
      request: { authorization: 'Bearer a.b.c' },
      cause: 'bearer_mismatch',
    },
    { name: 'of the path alone', said: { url: REQUEST.path }, cause: 'url_mismatch' },
    {
      name: 'of another origin',
      said: { url: `https://evil.example${REQUEST.path}` },
      cause: 'url_mismatch',
    },
    { name: 'for another path', request: { path: '/auth/users' }, cause: 'url_mismatch' },
    { name: 'for another method', request: { method: 'DELETE' }, cause: 'method_mismatch' },
    {
      name: 'of another spelling of the body',
      said: { body: JSON.stringify(REQUEST.payload) },
      cause: 'body_mismatch',
    },
    { name: 'a minute and a second later', request: { now: NOW + 61_000 }, cause: 'too_old' },
  ])('refuses a proof $name', async ({ said, request, cause }) => {
    expect(await verify(await proof(said), request)).toEqual(refused(cause))
  })

  it.each(['dpop+jwt', 'UA-PROOF+JWT', 'application/ua-proof+jwt', 'user-action+jwt', undefined])(
    'leaves a proof of the type %s to the verifier of tokens, which refuses it',
    async (typ) => {
      const text = await proof({}, { header: { typ } })
      expect(await verify(text)).toEqual(refused('kid_unknown'))
    },
  )

  it('refuses a token for another audience, another request and another caller', async () => {
    const text = await token()
    const other = samplePrincipal({ subject: userId('other') })
    expect(await verify(text, {}, { audience: 'other' })).toMatchObject({ ok: false })
    expect(await verify(text, { path: '/auth/users' })).toEqual(refused('bound_to_another_request'))
    expect(await verify(text, { principal: other })).toEqual(refused('bound_to_another_request'))
  })

  it('refuses a proof where no bearer came', async () => {
    expect(await verify(await proof(), { authorization: null })).toEqual({
      ok: false,
      failure: { reason: 'token_missing' },
    })
    expect(await verify(await proof(), { authorization: BEARER })).toEqual(
      refused('not_one_bearer', 'token_invalid'),
    )
  })
})
