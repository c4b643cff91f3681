/**
 * `POST /auth/action/init` and `POST /auth/action`: one signature for one request, in every official spelling.
 */
import { describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../../../src/auth/base64url.ts'
import { newSecret } from '../../../src/auth/random.ts'
import { completeAction, initiateAction } from '../../support/action.ts'
import { call, signAction } from '../../support/api.ts'
import { dumpTables } from '../../support/dump.ts'
import { readClaims } from '../../support/forged.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { createSigner } from '../../support/signer.ts'
import { addCredential, createWorld } from '../../support/world.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { expectChallenge, expectUserAnswer } from './answers.ts'
import { ACTIVATE, CREATE } from './routes.ts'

const KEYS = [
  { name: 'Ed25519', algorithm: 'Ed25519', encoding: 'raw' },
  { name: 'P-256, DER', algorithm: 'P-256', encoding: 'der' },
  { name: 'P-384, DER', algorithm: 'P-384', encoding: 'der' },
  { name: 'secp256k1, DER', algorithm: 'secp256k1', encoding: 'der' },
  { name: 'RSA', algorithm: 'RSA', encoding: 'raw' },
] as const

/** Paths that clients announce for one and the same request (FACTS 1.0 number 3). */
const PATHS: readonly { name: string; spell: (path: string) => string }[] = [
  { name: 'as it is', spell: (path) => path },
  { name: 'with a query', spell: (path) => `${path}?force=true` },
  { name: 'with encoded characters', spell: (path) => path.replaceAll('-', '%2D') },
]

/** JSON texts of one and the same value (FACTS 1.0 number 2). */
const PAYLOADS: readonly { name: string; write: (body: object) => string }[] = [
  { name: 'compact', write: (body) => JSON.stringify(body) },
  { name: 'with blanks', write: (body) => JSON.stringify(body, null, 2) },
  {
    name: 'in another order',
    write: (body) => JSON.stringify(Object.fromEntries(Object.entries(body).reverse())),
  },
  {
    name: 'with escaped characters',
    write: (body) => JSON.stringify(body).replace('CustomerEmployee', '\\u0043ustomerEmployee'),
  },
]

describe('POST /auth/action/init', () => {
  it('answers a challenge with everything that the official clients read, and stores nothing', async () => {
    const actor = await (await createWorld()).addActor()
    const body = {
      userActionPayload: '',
      userActionHttpMethod: 'PUT',
      userActionHttpPath: '/auth/users/x/activate',
    }
    const path = '/auth/action/init'
    const request = { method: 'POST', path, token: actor.token, body }
    const reply = await callWithoutTrace([actor.organizationId], request)
    expectChallenge(reply, 86, actor.signer.credentialId)
    const { iat, exp } = readClaims(String(reply.json['challengeIdentifier']))
    expect(Number(exp) - Number(iat)).toBe(300)
  })

  it("offers a personal access token's key to the token alone, and the owner's to the owner alone", async () => {
    const actor = await (await createWorld()).addActor()
    const signer = await createSigner('P-256')
    const tokenId = newSecret(16)
    await addCredential(actor.organizationId, actor.userId, signer, tokenId)
    const pat = await actor.issueToken({ tokenKind: 'personal_access_token', tokenId })
    for (const [token, id] of [
      [pat, signer.credentialId],
      [actor.token, actor.signer.credentialId],
    ] as const) {
      const { json } = await initiateAction(token, { method: 'GET', path: '/auth/users' })
      expect(json['allowCredentials']).toMatchObject({ key: [{ id }] })
    }
  })
})

describe('POST /auth/action', () => {
  it.each(KEYS)('hands out a user action for $name', async ({ algorithm, encoding }) => {
    const signer = await createSigner(algorithm, { encoding })
    const { actor, request, targetId } = await setScene(ACTIVATE, { ...ACTIVATE.powers, signer })
    const userAction = await signAction(actor, request)
    // A header of this size passes every server on the way (rule U6).
    expect(userAction.length).toBeLessThanOrEqual(4_096)
    const reply = await call({ ...request, token: actor.token, userAction })
    expectUserAnswer(reply, { userId: targetId, isActive: true })
  })

  it.each(PATHS)('binds the path $name', async ({ spell }) => {
    const { actor, request } = await setScene(ACTIVATE)
    const userAction = await signAction(actor, { method: 'PUT', path: spell(request.path) })
    const reply = await call({ ...request, token: actor.token, userAction })
    expectUserAnswer(reply, { isActive: true })
  })

  it.each(PAYLOADS)('binds the body $name', async ({ write }) => {
    const { actor, request } = await setScene(CREATE)
    const payload = write(request.body ?? {})
    const userAction = await signAction(actor, { ...request, payload })
    const reply = await call({ ...request, token: actor.token, userAction })
    expectUserAnswer(reply, { isActive: true })
  })

  it('takes the challenge as browsers write it, and a credential id with padding', async () => {
    const { actor, request } = await setScene(ACTIVATE)
    const { json } = await initiateAction(actor.token, request)
    const challenge = new TextEncoder().encode(String(json['challenge']))
    const assertion = await actor.signer.assert(encodeBase64Url(challenge))
    const answer = { ...assertion, credId: `${assertion.credId}=` }
    const signed = await completeAction(actor.token, json['challengeIdentifier'], answer)
    expect({ status: signed.status, body: signed.json }).toEqual({
      status: 200,
      body: { userAction: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/) },
    })
    expectApiHeaders(signed)
    const userAction = String(signed.json['userAction'])
    const reply = await call({ ...request, token: actor.token, userAction })
    expectUserAnswer(reply, { isActive: true })
  })

  it('takes a user action with another token of the same caller', async () => {
    const { actor, request } = await setScene(ACTIVATE)
    const userAction = await signAction(actor, request)
    const token = await actor.issueToken()
    expectUserAnswer(await call({ ...request, token, userAction }), { isActive: true })
  })

  it('changes nothing but that the challenge is used', async () => {
    const { actor, request } = await setScene(ACTIVATE)
    const before = await dumpTables(actor.organizationId)
    await signAction(actor, request)
    const { used_tokens: used, ...rows } = await dumpTables(actor.organizationId)
    expect(before).toMatchObject(rows)
    const [total] = before['used_tokens'] as [{ total: number }]
    expect(used).toEqual([{ total: total.total + 1 }])
  })
})
