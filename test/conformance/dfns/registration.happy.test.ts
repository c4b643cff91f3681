/**
 * `POST /auth/registration/init` and `POST /auth/registration`: a new user's first credential, from code to activation.
 */
import { describe, expect, it } from 'vitest'
import { KEY_ALGORITHMS } from '../../../src/core/user.ts'
import { initiateAction, signByPasskey } from '../../support/action.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { call, signAction, type Reply } from '../../support/api.ts'
import { createAuthenticator, FLAG, PASSKEY_ALGORITHMS } from '../../support/authenticator.ts'
import { dumpTables } from '../../support/dump.ts'
import { logIn, logInByPasskey } from '../../support/login.ts'
import * as kit from '../../support/registration.ts'
import { createSigner } from '../../support/signer.ts'
import { addRole, ALL_DFNS, readAuditEvents, readUserRow } from '../../support/world.ts'
import { expectUserAnswer } from './answers.ts'

const { completeRegistration, initiateRegistration, inviteUser, sendKey, sendPasskey } = kit
type Invited = Awaited<ReturnType<typeof inviteUser>>

/** Registers with the code, and fails unless everything about it is as it has to be. */
async function register(user: Invited, kind: 'Key' | 'Fido2', answer: kit.Registering) {
  const before = await dumpTables(user.organizationId)
  const init = await initiateRegistration(user)
  expect(await dumpTables(user.organizationId)).toEqual(before)
  const { challenge, temporaryAuthenticationToken } = init.json
  const sent = await answer(String(challenge))
  const reply = await completeRegistration(String(temporaryAuthenticationToken), sent)
  const credential = { uuid: expect.stringMatching(/^cr-/), kind, name: 'First credential' }
  const { userId: id, username, organizationId: orgId } = user
  expect({ status: reply.status, body: reply.json }).toEqual({
    status: 200,
    body: { credential, user: { id, username, orgId } },
  })
  expectApiHeaders(reply)
  expect(await readUserRow(id)).toMatchObject({
    is_registered: 1,
    registration_code_hash: null,
    registration_code_expires_at: null,
    version: 2,
  })
  const [created, registered, ...others] = await readAuditEvents(id)
  expect([created?.['action'], others]).toEqual(['create', []])
  const states = { from_state: null, to_state: null }
  expect(registered).toMatchObject({ action: 'register', actor_id: id, target_id: id, ...states })
  const { uuid } = reply.json['credential'] as unknown as { uuid: string }
  expect(JSON.parse(String(registered?.['evidence']))).toEqual({
    credential: {
      id: uuid,
      kind,
      credentialId: sent.credentialInfo.credId,
      publicKeyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  })
}

/** Adds somebody to activate, whom only the new user has a role for. */
async function addTarget({ world, organizationId, userId }: Invited) {
  await addRole(organizationId, userId, ALL_DFNS)
  const target = await world.addUser({ suspendedAt: 1 })
  return { method: 'PUT', path: `/auth/users/${target}/activate` }
}

const tokenOf = ({ status, json }: Reply): string => {
  expect(status).toBe(200)
  return String(json['token'])
}

describe('POST /auth/registration/init', () => {
  it('hands out a challenge of everything that the official clients read', async () => {
    const user = await inviteUser()
    const { userId: id, username: name } = user
    for (const username of [name, name.toUpperCase()]) {
      const reply = await initiateRegistration({ ...user, username })
      expect({ status: reply.status, body: reply.json }).toEqual({
        status: 200,
        body: {
          user: { id, displayName: name, name },
          challenge: expect.stringMatching(/^[\w-]{43}$/),
          temporaryAuthenticationToken: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
          rp: { id: 'localhost', name: 'Activate' },
          attestation: 'none',
          pubKeyCredParams: [-7, -8, -35, -257].map((alg) => ({ type: 'public-key', alg })),
          authenticatorSelection: {
            residentKey: 'preferred',
            requireResidentKey: false,
            userVerification: 'required',
          },
          excludeCredentials: [],
          supportedCredentialKinds: { firstFactor: ['Key', 'Fido2'], secondFactor: [] },
          otpUrl: '',
        },
      })
      expectApiHeaders(reply)
    }
  })
})

describe('POST /auth/registration', () => {
  it.each(KEY_ALGORITHMS)(
    'registers a first key of %s, which logs in and activates',
    async (algorithm) => {
      const user = await inviteUser()
      const encoding = ['P-256', 'P-384', 'secp256k1'].includes(algorithm) ? 'der' : 'raw'
      const signer = await createSigner(algorithm, { encoding })
      await register(user, 'Key', (challenge) => sendKey(signer, challenge))
      const token = tokenOf(await logIn({ ...user, signer }))
      const request = await addTarget(user)
      const userAction = await signAction({ token, signer }, request)
      expectUserAnswer(await call({ ...request, token, userAction }), { isActive: true })
    },
  )

  it.each(PASSKEY_ALGORITHMS)(
    'registers a first passkey of %s, which logs in and activates',
    async (algorithm) => {
      const user = await inviteUser()
      const passkey = await createAuthenticator(algorithm)
      await register(user, 'Fido2', (challenge) => sendPasskey(passkey, challenge))
      const token = tokenOf(await logInByPasskey(user, passkey))
      const request = await addTarget(user)
      const { userAction } = (await signByPasskey(token, passkey, request)).json
      const reply = await call({ ...request, token, userAction: String(userAction) })
      expectUserAnswer(reply, { isActive: true })
    },
  )

  it('takes a passkey that attests itself, counts and is backed up', async () => {
    const user = await inviteUser()
    const passkey = await createAuthenticator('ES256')
    const flags = FLAG.UP | FLAG.UV | FLAG.BE | FLAG.BS
    const options = { format: 'packed', signCount: 7, flags: flags | FLAG.AT }
    await register(user, 'Fido2', (challenge) => sendPasskey(passkey, challenge, options))
    tokenOf(await logInByPasskey(user, passkey, { signCount: 8, flags }))
  })

  it('keeps the name that a client gives its credential', async () => {
    const user = await inviteUser()
    const { challenge, temporaryAuthenticationToken } = (await initiateRegistration(user)).json
    const signer = await createSigner('P-256')
    const credentialName = 'Notebook of Ada'
    const sent = { ...(await sendKey(signer, String(challenge))), credentialName }
    const reply = await completeRegistration(String(temporaryAuthenticationToken), sent)
    expect(reply.json['credential']).toMatchObject({ name: credentialName })
    // No announcement is needed to see that the key signs: its challenge lists it.
    const token = tokenOf(await logIn({ ...user, signer }))
    const { allowCredentials } = (await initiateAction(token, { method: 'PUT', path: '/x' })).json
    const key = [{ type: 'public-key', id: signer.credentialId }]
    expect(allowCredentials).toEqual({ key, webauthn: [] })
  })
})
