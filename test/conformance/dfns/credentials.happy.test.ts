/**
 * Credentials of whoever is there already: one more of every kind, the list of them, off and on again.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../../src/auth/random.ts'
import { KEY_ALGORITHMS } from '../../../src/core/user.ts'
import { signByPasskey } from '../../support/action.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { call, change, signAction } from '../../support/api.ts'
import * as software from '../../support/authenticator.ts'
import { initiateLogin, logIn, logInByPasskey } from '../../support/login.ts'
import * as kit from '../../support/registration.ts'
import { createSigner } from '../../support/signer.ts'
import * as worlds from '../../support/world.ts'
import { expectUserAnswer } from './answers.ts'

const { createCredential, sendKey, sendPasskey, switchCredential } = kit
const { createAuthenticator, FLAG, PASSKEY_ALGORITHMS } = software
const { ALL_DFNS, createWorld, readAuditEvents, readUserRow } = worlds
type Actor = worlds.Actor

/** Asks for a challenge as the official client does, answers it, and has the actor's own key sign for the new one. */
async function add(actor: Actor, kind: 'Key' | 'Fido2', register: kit.Registering) {
  const path = '/auth/credentials/init'
  const init = await call({ method: 'POST', path, token: actor.token, body: { kind } })
  const { challenge, challengeIdentifier, ...rest } = init.json
  expect({ status: init.status, rest }).toEqual({
    status: 200,
    rest: {
      kind,
      temporaryAuthenticationToken: challengeIdentifier,
      user: { id: actor.userId, displayName: actor.username, name: actor.username },
      rp: { id: 'localhost', name: 'Activate' },
      attestation: 'none',
      pubKeyCredParams: [-7, -8, -35, -257].map((alg) => ({ type: 'public-key', alg })),
      authenticatorSelection: {
        residentKey: 'preferred',
        requireResidentKey: false,
        userVerification: 'required',
      },
      excludeCredentials: expect.any(Array),
    },
  })
  const sent = await register(String(challenge))
  const body = { ...sent, credentialName: 'Second', challengeIdentifier }
  const reply = await change(actor, { method: 'POST', path: '/auth/credentials', body })
  expect({ status: reply.status, body: reply.json }).toEqual({
    status: 200,
    body: {
      kind,
      credentialId: sent.credentialInfo.credId,
      credentialUuid: expect.stringMatching(/^cr-\w{5}-\w{5}-\w{14,16}$/),
      dateCreated: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      isActive: true,
      name: 'Second',
      publicKey: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----\n/),
      relyingPartyId: kind === 'Key' ? '' : 'localhost',
      origin: kind === 'Key' ? '' : 'http://localhost:8787',
    },
  })
  expectApiHeaders(reply)
  return { reply, init }
}

/** Sets up somebody who may activate, and whom it may activate. */
async function setUp() {
  const world = await createWorld()
  const actor = await world.addActor({ operations: ALL_DFNS })
  const target = await world.addUser({ suspendedAt: 1 })
  return { world, actor, request: { method: 'PUT', path: `/auth/users/${target}/activate` } }
}

interface Listed {
  readonly credentialUuid: string
  readonly credentialId: string
  readonly name: string
  readonly isActive: boolean
}

const list = async (token: string): Promise<readonly Listed[]> =>
  (await call({ path: '/auth/credentials', token })).json['items'] as unknown as Listed[]

describe('POST /auth/credentials', () => {
  it.each(KEY_ALGORITHMS)(
    'adds a key of %s, which logs in and signs an activation',
    async (algorithm) => {
      const { actor, request } = await setUp()
      const encoding = ['P-256', 'P-384', 'secp256k1'].includes(algorithm) ? 'der' : 'raw'
      const signer = await createSigner(algorithm, { encoding })
      const { reply } = await add(actor, 'Key', (challenge) => sendKey(signer, challenge))
      expect(reply.json['publicKey']).toBe(signer.publicKeyPem)
      const token = String((await logIn({ ...actor, signer })).json['token'])
      const userAction = await signAction({ token, signer }, request)
      expectUserAnswer(await call({ ...request, token, userAction }), { isActive: true })
    },
  )

  it.each(PASSKEY_ALGORITHMS)(
    'adds a passkey of %s, which logs in and signs an activation',
    async (algorithm) => {
      const { actor, request } = await setUp()
      const passkey = await createAuthenticator(algorithm)
      const { reply } = await add(actor, 'Fido2', (challenge) => sendPasskey(passkey, challenge))
      expect(reply.json['publicKey']).toBe(passkey.publicKeyPem)
      const challenge = await initiateLogin(actor)
      const webauthn = [{ type: 'public-key', id: passkey.credentialId }]
      expect(challenge.json['allowCredentials']).toMatchObject({ webauthn })
      const token = String((await logInByPasskey(actor, passkey)).json['token'])
      const { userAction } = (await signByPasskey(token, passkey, request)).json
      const done = await call({ ...request, token, userAction: String(userAction) })
      expectUserAnswer(done, { isActive: true })
      const [event] = await readAuditEvents(request.path.split('/')[3] ?? '')
      const { userAction: evidence } = JSON.parse(String(event?.['evidence'])) as never
      expect(evidence).toMatchObject({
        credentialId: passkey.credentialId,
        credentialKind: 'Fido2',
        clientData: expect.any(String),
        authenticatorData: expect.stringMatching(/^[\w-]{50}$/),
        signature: expect.any(String),
      })
      // Whoever asks for a further passkey is told which authenticators have one.
      const { init } = await add(actor, 'Key', async (text) =>
        sendKey(await createSigner('P-256'), text),
      )
      expect(init.json['excludeCredentials']).toEqual(webauthn)
    },
  )

  it('takes a passkey with the handle of its user, with none and with an empty one', async () => {
    const { actor, request } = await setUp()
    const passkey = await createAuthenticator('ES256')
    // Attested by the key itself, and by one that may be copied.
    const options = { format: 'packed', flags: FLAG.UP | FLAG.UV | FLAG.AT | FLAG.BE }
    await add(actor, 'Fido2', (challenge) => sendPasskey(passkey, challenge, options))
    const flags = FLAG.UP | FLAG.UV | FLAG.BE
    const own = btoa(actor.userId).replaceAll('=', '')
    for (const userHandle of [undefined, '', own, btoa(actor.userId)]) {
      const given = { flags, ...(userHandle === undefined ? {} : { userHandle }) }
      const token = String((await logInByPasskey(actor, passkey, given)).json['token'])
      expect((await signByPasskey(token, passkey, request, given)).status).toBe(200)
    }
  })

  it('registers once however often it is repeated under a key, by the same bytes', async () => {
    const { actor } = await setUp()
    const signer = await createSigner('Ed25519')
    const creation = await kit.writeCreation(actor, (challenge) => sendKey(signer, challenge))
    const request = await kit.withAction(actor, creation)
    const sent = { ...request, headers: { 'idempotency-key': newSecret() } }
    const replies = await Promise.all(Array.from({ length: 10 }, () => call(sent)))
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    const first = replies.filter(({ headers }) => !headers.has('idempotent-replayed'))
    expect([first.length, first[0]?.status]).toEqual([1, 200])
    expect(await list(actor.token)).toHaveLength(2)
    expect(await readAuditEvents(actor.userId)).toHaveLength(1)
  })

  it('takes one credential id in two organizations', async () => {
    const credId = newSecret()
    for (const { actor } of [await setUp(), await setUp()]) {
      const signer = await createSigner('Ed25519')
      const reply = await createCredential(actor, (text) => sendKey(signer, text, { credId }))
      expect(reply.status).toBe(200)
    }
  })

  it('serves an end user and a service account, who see to their own', async () => {
    const world = await createWorld()
    for (const given of [{ kind: 'EndUser' as const }, { isServiceAccount: true }]) {
      const actor = await world.addActor(given)
      const tokenKind = given.isServiceAccount ? 'service_account' : 'user'
      const token = await actor.issueToken({ tokenKind })
      const signer = await createSigner('Ed25519')
      const answer: kit.Registering = (challenge) => sendKey(signer, challenge)
      const reply = await createCredential({ ...actor, token }, answer)
      expect(reply.status).toBe(200)
    }
  })
})

describe('GET /auth/credentials', () => {
  it('lists every credential of the user, the newest last and inactive ones too', async () => {
    const { actor, world } = await setUp()
    const tokenId = newId('credential')
    const patSigner = await createSigner('Ed25519')
    const { organizationId, userId } = actor
    await worlds.addCredential(organizationId, userId, patSigner, tokenId)
    await world.addActor()
    const signers = [actor.signer]
    for (const algorithm of ['P-384', 'RSA', 'Ed25519'] as const) {
      const signer = await createSigner(algorithm)
      signers.push(signer)
      await createCredential(actor, (challenge) => sendKey(signer, challenge))
    }
    const [, second] = await list(actor.token)
    await switchCredential(actor, 'deactivate', second?.credentialUuid ?? '')
    const listed = await list(actor.token)
    expect(listed.map(({ credentialId, isActive }) => [credentialId, isActive])).toEqual(
      signers.map(({ credentialId }, at) => [credentialId, at !== 1]),
    )
    // A personal access token reads its owner's, and its own is not among them.
    const token = await actor.issueToken({ tokenKind: 'personal_access_token', tokenId })
    expect(await list(token)).toEqual(listed)
  })
})

/** Sets up somebody with two keys, and how the second switches either. */
async function setPair() {
  const { actor, world } = await setUp()
  const second = await createSigner('P-256')
  const reply = await createCredential(actor, (challenge) => sendKey(second, challenge))
  const [first, other] = await list(actor.token)
  const one = first?.credentialUuid ?? ''
  const two = other?.credentialUuid ?? ''
  expect(reply.json['credentialUuid']).toBe(two)
  return { actor, world, by: { ...actor, signer: second }, one, two, second }
}

describe('PUT /auth/credentials/deactivate and /activate', () => {
  it('switch a credential off and on, on record, each by a version of the user', async () => {
    const { actor, by, one, two } = await setPair()
    const steps = [
      { verb: 'deactivate', version: 3, listed: [false, true] },
      { verb: 'deactivate', version: 3, listed: [false, true] },
      { verb: 'activate', version: 4, listed: [true, true] },
      { verb: 'activate', version: 4, listed: [true, true] },
    ] as const
    for (const { verb, version, listed } of steps) {
      const reply = await switchCredential(by, verb, one)
      expect({ status: reply.status, body: reply.json }).toEqual({
        status: 200,
        body: { message: 'success' },
      })
      expectApiHeaders(reply)
      expect(reply.headers.get('etag')).toBe(`"${version}"`)
      expect(await readUserRow(actor.userId)).toMatchObject({ version })
      expect((await list(actor.token)).map(({ isActive }) => isActive)).toEqual(listed)
    }
    const events = await readAuditEvents(actor.userId)
    const { userId: actor_id } = actor
    expect(events).toMatchObject(
      ['register_credential', 'deactivate_credential', 'activate_credential'].map((action) => {
        return { action, actor_id, target_id: actor_id, from_state: null, to_state: null }
      }),
    )
    const evidence = events.map((event) => JSON.parse(String(event['evidence'])) as object)
    const publicKeyHash = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown
    const registered = { id: two, kind: 'Key', credentialId: by.signer.credentialId, publicKeyHash }
    const userAction = expect.objectContaining({
      binding: expect.any(Object) as unknown,
    }) as unknown
    const switched = { userAction, credential: { id: one } }
    expect(evidence).toEqual([{ userAction, credential: registered }, switched, switched])
  })

  it('lets a credential switch itself off, and not on again', async () => {
    const { actor, by, two } = await setPair()
    expect((await switchCredential(by, 'deactivate', two)).status).toBe(200)
    const again = await switchCredential(by, 'activate', two)
    expect([again.status, again.text]).toEqual([
      403,
      expect.stringContaining('user action signature is missing or invalid'),
    ])
    expect((await switchCredential(actor, 'activate', two)).status).toBe(200)
  })

  it('leave a deactivated credential without a say, until it is on again', async () => {
    const { actor, by, second, two } = await setPair()
    const announcement = { method: 'PUT', path: '/auth/logout' }
    const before = await kit.withAction(by, {
      method: 'PUT',
      path: '/auth/credentials/deactivate',
      body: { credentialUuid: two },
    })
    expect((await switchCredential(actor, 'deactivate', two)).status).toBe(200)
    const offered = async () => {
      const { json } = await initiateLogin(actor)
      const { key } = json['allowCredentials'] as unknown as { key: { id: string }[] }
      return key.map(({ id }) => id)
    }
    expect(await offered()).toEqual([actor.signer.credentialId])
    expect((await logIn({ ...actor, signer: second })).status).toBe(401)
    await expect(signAction(by, announcement)).rejects.toThrow()
    // What it signed before is worth nothing any longer.
    expect((await call(before)).status).toBe(403)
    expect((await switchCredential(actor, 'activate', two)).status).toBe(200)
    expect(await offered()).toEqual([actor.signer.credentialId, second.credentialId])
    expect((await logIn({ ...actor, signer: second })).status).toBe(200)
    expect(await signAction(by, announcement)).toMatch(/^eyJ/)
  })

  it('keep what a credential is, but for when it was switched', async () => {
    const { by, one } = await setPair()
    const read = () => env.DB.prepare('SELECT * FROM credentials WHERE id = ?').bind(one).first()
    const row = await read()
    await switchCredential(by, 'deactivate', one)
    expect(await read()).toEqual({ ...row, deactivated_at: expect.any(Number) })
    await switchCredential(by, 'activate', one)
    expect(await read()).toEqual({ ...row, activated_at: expect.any(Number) })
  })
})
