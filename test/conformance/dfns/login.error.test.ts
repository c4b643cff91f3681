/**
 * `POST /auth/login`: answers to a challenge that are none. Faults of its input are in bad-input.test.ts.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../../../src/auth/base64url.ts'
import { call, type Reply } from '../../support/api.ts'
import { dumpTables } from '../../support/dump.ts'
import { breakSignature, forgeExpiredChallenge, readClaims } from '../../support/forged.ts'
import { completeLogin, initiateLogin, type Assertion } from '../../support/login.ts'
import { createSigner } from '../../support/signer.ts'
import { addCredential, createWorld, type Actor, type World } from '../../support/world.ts'
import { expectDfnsError } from './answers.ts'

let world: World
let actor: Actor
beforeAll(async () => {
  world = await createWorld()
  actor = await world.addActor()
})

/** Fails unless an attempt is refused and leaves no trace. */
async function refuse(attempt: () => Promise<Reply>): Promise<Reply> {
  const before = await dumpTables(world.organizationId)
  const reply = await attempt()
  expect(await dumpTables(world.organizationId)).toEqual(before)
  return reply
}

const expectRefused = (reply: Reply): void => {
  expectDfnsError(reply, 401, 'Not Authorized.')
  // Nobody sent a bearer, so none is invalid (RFC 6750 section 3).
  expect(reply.headers.get('www-authenticate')).toBe('Bearer')
}

const encode = (text: string) => encodeBase64Url(new TextEncoder().encode(text))

const CLIENT_DATA: readonly { name: string; members: Record<string, unknown> }[] = [
  { name: 'another challenge', members: { challenge: 'another' } },
  { name: 'no challenge', members: { challenge: undefined } },
  { name: 'a number as challenge', members: { challenge: 1 } },
  { name: 'the type of a passkey', members: { type: 'webauthn.get' } },
  { name: 'the type of a registration', members: { type: 'key.create' } },
  { name: 'crossOrigin true', members: { crossOrigin: true } },
  { name: 'crossOrigin null', members: { crossOrigin: null } },
  { name: 'a number as origin', members: { origin: 1 } },
]

const ASSERTIONS: readonly { name: string; change: (assertion: Assertion) => Assertion }[] = [
  {
    name: 'an unknown credential id',
    change: (one) => ({ ...one, credId: 'unknown' }),
  },
  {
    name: 'a signature over something else',
    change: (one) => ({ ...one, signature: one.clientData.slice(0, 86) }),
  },
  { name: 'a signature of one byte', change: (one) => ({ ...one, signature: 'AA' }) },
  { name: 'client data that is no JSON', change: (one) => ({ ...one, clientData: encode('{') }) },
  { name: 'client data that is a list', change: (one) => ({ ...one, clientData: encode('[]') }) },
  {
    name: 'client data with a name twice',
    change: (one) => ({ ...one, clientData: encode('{"type":"key.get","type":"key.get"}') }),
  },
  { name: 'an unknown algorithm', change: (one) => ({ ...one, algorithm: 'none' }) },
  { name: 'the algorithm of another key', change: (one) => ({ ...one, algorithm: 'RSA-SHA256' }) },
]

const IDENTIFIERS: readonly { name: string; make: (issued: string) => Promise<string> | string }[] =
  [
    { name: 'garbage', make: () => 'garbage' },
    { name: 'a challenge with another signature', make: breakSignature },
    {
      name: 'a challenge that is expired',
      make: (issued) => {
        const { sub, org, epoch, nonce } = readClaims(issued)
        return forgeExpiredChallenge('login-challenge', { sub: String(sub), org, epoch, nonce })
      },
    },
    {
      name: 'the challenge of a user action',
      make: async () => {
        const body = {
          userActionPayload: '',
          userActionHttpMethod: 'GET',
          userActionHttpPath: '/auth/users',
        }
        const path = '/auth/action/init'
        const { json } = await call({ method: 'POST', path, token: actor.token, body })
        return String(json['challengeIdentifier'])
      },
    },
    { name: 'an access token', make: () => actor.token },
  ]

describe('POST /auth/login', () => {
  it.each(CLIENT_DATA)('refuses client data with $name', async ({ members }) => {
    const { json } = await initiateLogin(actor)
    const assertion = await actor.signer.assert(String(json['challenge']), members)
    expectRefused(await refuse(() => completeLogin(json['challengeIdentifier'], assertion)))
  })

  it.each(ASSERTIONS)('refuses $name', async ({ change }) => {
    const { json } = await initiateLogin(actor)
    const assertion = change(await actor.signer.assert(String(json['challenge'])))
    expectRefused(await refuse(() => completeLogin(json['challengeIdentifier'], assertion)))
  })

  it.each(IDENTIFIERS)('refuses $name as challenge identifier', async ({ make }) => {
    const { json } = await initiateLogin(actor)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const identifier = await make(String(json['challengeIdentifier']))
    const reply = await refuse(() => completeLogin(identifier, assertion))
    expectDfnsError(reply, 400, 'Challenge token is not valid.')
  })

  it('refuses a challenge that is used', async () => {
    const { json } = await initiateLogin(actor)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const answer = () => completeLogin(json['challengeIdentifier'], assertion)
    expect((await answer()).status).toBe(200)
    expectDfnsError(await refuse(answer), 400, 'Challenge token is not valid.')
  })

  it('logs in once when twenty answers bring one challenge', async () => {
    const { json } = await initiateLogin(actor)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => completeLogin(json['challengeIdentifier'], assertion)),
    )
    const losers = replies.filter((reply) => reply.status !== 200)
    expect(losers).toHaveLength(19)
    for (const reply of losers) expectDfnsError(reply, 400, 'Challenge token is not valid.')
  })

  it('takes a challenge that was answered wrongly before', async () => {
    const { json } = await initiateLogin(actor)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const wrong = { ...assertion, signature: 'AA' }
    expectRefused(await refuse(() => completeLogin(json['challengeIdentifier'], wrong)))
    expect((await completeLogin(json['challengeIdentifier'], assertion)).status).toBe(200)
  })

  it.each(['P-256', 'P-384', 'secp256k1'] as const)(
    'refuses a DER signature of %s with a byte after its end',
    async (algorithm) => {
      const signer = await createSigner(algorithm, { encoding: 'der' })
      const whose = await world.addActor({ signer })
      const { json } = await initiateLogin(whose)
      const assertion = await signer.assert(String(json['challenge']))
      const bytes = atob(assertion.signature.replaceAll('-', '+').replaceAll('_', '/'))
      const longer = Uint8Array.from(`${bytes}\0`, (one) => one.charCodeAt(0))
      const answer = { ...assertion, signature: encodeBase64Url(longer) }
      expectRefused(await refuse(() => completeLogin(json['challengeIdentifier'], answer)))
    },
  )

  it("refuses another user's credential", async () => {
    const other = await world.addActor()
    const { json } = await initiateLogin(actor)
    const assertion = await other.signer.assert(String(json['challenge']))
    expectRefused(await refuse(() => completeLogin(json['challengeIdentifier'], assertion)))
  })

  it("refuses another user's signature under the user's own credential id", async () => {
    const other = await world.addActor()
    const { json } = await initiateLogin(actor)
    const assertion = await other.signer.assert(String(json['challenge']))
    const answer = { ...assertion, credId: actor.signer.credentialId }
    expectRefused(await refuse(() => completeLogin(json['challengeIdentifier'], answer)))
  })

  it('refuses the key of a personal access token, and does not offer it', async () => {
    const signer = await createSigner('Ed25519')
    await addCredential(world.organizationId, actor.userId, signer, 'id-of-a-token')
    const { json } = await initiateLogin(actor)
    const offered = [{ type: 'public-key', id: actor.signer.credentialId }]
    expect(json['allowCredentials']).toEqual({ key: offered, webauthn: [] })
    const assertion = await signer.assert(String(json['challenge']))
    expectRefused(await refuse(() => completeLogin(json['challengeIdentifier'], assertion)))
  })
})
