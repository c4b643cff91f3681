/**
 * `POST /auth/login/init` and `POST /auth/login`: every key and every spelling that the official clients use.
 */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../../../src/auth/base64url.ts'
import { call } from '../../support/api.ts'
import { dumpTables } from '../../support/dump.ts'
import { readClaims } from '../../support/forged.ts'
import { completeLogin, initiateLogin, logIn } from '../../support/login.ts'
import { createSigner } from '../../support/signer.ts'
import {
  ALL_DFNS,
  addCredential,
  createWorld,
  type Actor,
  type World,
} from '../../support/world.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { expectChallenge } from './answers.ts'

const KEYS = [
  { name: 'Ed25519', algorithm: 'Ed25519', encoding: 'raw' },
  { name: 'P-256, DER', algorithm: 'P-256', encoding: 'der' },
  { name: 'P-256, r||s', algorithm: 'P-256', encoding: 'raw' },
  { name: 'P-384, DER', algorithm: 'P-384', encoding: 'der' },
  { name: 'P-384, r||s', algorithm: 'P-384', encoding: 'raw' },
  { name: 'secp256k1, DER', algorithm: 'secp256k1', encoding: 'der' },
  { name: 'secp256k1, r||s', algorithm: 'secp256k1', encoding: 'raw' },
  { name: 'RSA', algorithm: 'RSA', encoding: 'raw' },
] as const

/** What the official clients put into client data besides type and challenge (FACTS 1.1.5). */
const CLIENT_DATA = [
  {
    name: 'an origin and crossOrigin false',
    members: { origin: 'https://app.dfns.io', crossOrigin: false },
  },
  { name: 'an origin that is not ours', members: { origin: 'https://anywhere.example' } },
  { name: 'an unknown member', members: { tokenBinding: { status: 'supported' } } },
]

let world: World
let actor: Actor
beforeAll(async () => {
  world = await createWorld()
  actor = await world.addActor({ operations: ALL_DFNS, username: 'Ada@Example.test' })
})

describe('POST /auth/login/init', () => {
  it('answers a challenge with everything that the official clients read', async () => {
    const reply = await initiateLogin(actor)
    expectChallenge(reply, 43, actor.signer.credentialId)
  })

  it('lists every active key, and never asks the same challenge twice', async () => {
    const two = await world.addActor()
    const second = await createSigner('P-256')
    await addCredential(world.organizationId, two.userId, second)
    const [one, other] = [await initiateLogin(two), await initiateLogin(two)]
    const ids = [two.signer.credentialId, second.credentialId]
    const key = expect.arrayContaining(ids.map((id) => ({ type: 'public-key', id })))
    expect(one.json['allowCredentials']).toMatchObject({ key })
    expect(one.json['challenge']).not.toBe(other.json['challenge'])
  })
})

/** The token must open what the user may open. */
async function expectToken(reply: Awaited<ReturnType<typeof logIn>>, whose: Actor): Promise<void> {
  expect({ status: reply.status, body: reply.json }).toEqual({
    status: 200,
    body: { token: expect.stringMatching(/^eyJ/) },
  })
  expectApiHeaders(reply)
  const path = `/auth/users/${whose.userId}`
  const own = await call({ path, token: String(reply.json['token']) })
  expect({ status: own.status, body: own.json }).toMatchObject({
    status: 200,
    body: { userId: whose.userId },
  })
}

describe('POST /auth/login', () => {
  it.each(KEYS)('logs in with $name', async ({ algorithm, encoding }) => {
    const signer = await createSigner(algorithm, { encoding })
    const whose = await world.addActor({ operations: ALL_DFNS, signer })
    await expectToken(await logIn(whose), whose)
  })

  it.each([
    { name: 'as it is', username: 'Ada@Example.test' },
    { name: 'in lower case', username: 'ada@example.test' },
    { name: 'in upper case', username: 'ADA@EXAMPLE.TEST' },
  ])('takes the username $name', async ({ username }) => {
    await expectToken(await logIn({ ...actor, username }), actor)
  })

  it.each(CLIENT_DATA)('takes client data with $name', async ({ members }) => {
    await expectToken(await logIn(actor, members), actor)
  })

  it('takes the challenge as browsers write it, base64url of its text', async () => {
    const { json } = await initiateLogin(actor)
    const challenge = String(json['challenge'])
    const spelled = encodeBase64Url(new TextEncoder().encode(challenge))
    const assertion = await actor.signer.assert(spelled)
    await expectToken(await completeLogin(json['challengeIdentifier'], assertion), actor)
  })

  it('takes credential id, client data and signature with padding', async () => {
    const { json } = await initiateLogin(actor)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const pad = (text: string) => text.padEnd(Math.ceil(text.length / 4) * 4, '=')
    const padded = {
      credId: pad(assertion.credId),
      clientData: pad(assertion.clientData),
      signature: pad(assertion.signature),
    }
    expect(padded.credId).toMatch(/=$/)
    await expectToken(await completeLogin(json['challengeIdentifier'], padded), actor)
  })

  it('takes the name of the digest from older documentation', async () => {
    const signer = await createSigner('RSA')
    const whose = await world.addActor({ operations: ALL_DFNS, signer })
    const { json } = await initiateLogin(whose)
    const assertion = await signer.assert(String(json['challenge']))
    const named = { ...assertion, algorithm: 'RSA-SHA256' }
    await expectToken(await completeLogin(json['challengeIdentifier'], named), whose)
  })

  it('issues a token with the claims that the official client reads', async () => {
    const { json } = await logIn(actor)
    const claims = readClaims(String(json['token']))
    expect(claims).toEqual({
      iss: env.ISSUER,
      aud: env.AUDIENCE,
      sub: actor.userId,
      iat: expect.any(Number),
      exp: Number(claims['iat']) + 3_600,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      epoch: 0,
      'https://custom/username': 'Ada@Example.test',
      'https://custom/app_metadata': {
        orgId: world.organizationId,
        userId: actor.userId,
        tokenKind: 'Token',
        tenantId: expect.stringMatching(/^acct-/),
      },
    })
  })

  it('changes nothing but that the challenge is used', async () => {
    const before = await dumpTables(world.organizationId)
    await expectToken(await logIn(actor), actor)
    const { used_tokens: used, ...rows } = await dumpTables(world.organizationId)
    expect(before).toMatchObject(rows)
    const [total] = before['used_tokens'] as [{ total: number }]
    expect(used).toEqual([{ total: total.total + 1 }])
  })
})
