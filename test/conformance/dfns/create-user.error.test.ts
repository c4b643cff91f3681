/**
 * `POST /auth/users`: names and keys that it does not take. Faults of single members are in bad-input.test.ts.
 */
import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { call, change, signAction } from '../../support/api.ts'
import { changeWithoutTrace, setScene, type Scene } from '../../support/refusals.ts'
import { createCredential, sendKey } from '../../support/registration.ts'
import { createSigner, credentialIdOf, writePem } from '../../support/signer.ts'
import { readAuditEvents } from '../../support/world.ts'
import { readUserCount } from '../../support/records.ts'
import { expectDfnsError, expectInputError, expectUserAnswer } from './answers.ts'
import { CREATE } from './routes.ts'

const create = (scene: Scene, members: Readonly<Record<string, string>>) =>
  changeWithoutTrace(scene.actor, { ...scene.request, body: { ...scene.request.body, ...members } })

/** A 1,024-bit key, too short since 2013; and Ed25519's point of order one, under which anything verifies. */
const makeShortRsaKey = async (): Promise<string> => {
  const pair = (await crypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 1024,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
    true,
    ['sign', 'verify'],
  )) as CryptoKeyPair
  return writePem((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer)
}

const makeWeakEd25519Key = (): string => {
  const prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
  return writePem(Uint8Array.of(...prefix, 1, ...new Uint8Array(31)).buffer)
}

const UNUSABLE_KEYS = [
  { name: 'no PEM', makeKey: () => 'ssh-ed25519 AAAA' },
  { name: 'a PEM without a key', makeKey: () => writePem(new ArrayBuffer(4)) },
  {
    name: 'a private key',
    makeKey: () => '-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----',
  },
  { name: 'an RSA key of 1,024 bits', makeKey: makeShortRsaKey },
  { name: 'an Ed25519 key of small order', makeKey: makeWeakEd25519Key },
]

describe(CREATE.name, () => {
  it.each([
    { name: 'as it is', spell: (username: string) => username },
    { name: 'in upper case', spell: (username: string) => username.toUpperCase() },
  ])('refuses an email that a user of the organization has, $name', async ({ spell }) => {
    const scene = await setScene(CREATE)
    const reply = await create(scene, { email: spell(scene.actor.username) })
    expectDfnsError(reply, 401, 'User already exists.')
    // 401 is the vendor's; it says nothing against the bearer.
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
  })

  it('refuses an external id that another user has, and names the user', async () => {
    const scene = await setScene(CREATE)
    const externalId = 'employee-1'
    const id = await scene.world.addUser({ externalId })
    const reply = await create(scene, { externalId })
    expectDfnsError(reply, 409, 'Conflicting user with same externalId', {
      duplicate: { id, externalId },
    })
  })

  it('refuses a public key that another user has, in whatever organization', async () => {
    const { publicKeyPem: publicKey } = await createSigner('P-256')
    const first = await setScene(CREATE)
    const body = { ...first.request.body, publicKey }
    expectUserAnswer(await change(first.actor, { ...first.request, body }), { isRegistered: true })
    for (const scene of [
      await setScene(CREATE, CREATE.powers, first.world),
      await setScene(CREATE),
    ]) {
      const reply = await create(scene, { publicKey })
      expectDfnsError(reply, 409, 'the public key is registered already')
    }
  })

  it('refuses a public key whose id somebody of the organization has registered', async () => {
    const scene = await setScene(CREATE)
    const { publicKeyPem: publicKey } = await createSigner('P-256')
    // Clients choose the ids of what they register; that of a key which comes alone follows from it.
    const credId = await credentialIdOf(publicKey)
    const colleague = await scene.world.addActor()
    const register = async (challenge: string) =>
      sendKey(await createSigner('Ed25519'), challenge, { credId })
    expect((await createCredential(colleague, register)).status).toBe(200)
    const reply = await create(scene, { publicKey })
    expectDfnsError(reply, 409, 'the public key is registered already')
  })

  it.each(UNUSABLE_KEYS)('refuses $name as public key', async ({ makeKey }) => {
    const scene = await setScene(CREATE)
    const reply = await create(scene, { publicKey: await makeKey() })
    expectInputError(reply, { location: 'body', path: ['publicKey'] })
  })

  it.each(['EndUser', 'DfnsStaff', 'customeremployee'].map((kind) => ({ name: kind })))(
    'refuses the kind $name',
    async ({ name }) => {
      const scene = await setScene(CREATE)
      const reply = await create(scene, { kind: name })
      expectInputError(reply, { location: 'body', path: ['kind'] })
    },
  )

  it('creates one user when ten requests bring the same email', async () => {
    const { actor, world } = await setScene(CREATE)
    const email = `${newId('user')}@example.test`
    const body = { email, kind: 'CustomerEmployee' }
    const request = { method: 'POST', path: '/auth/users' }
    const count = await readUserCount(world.organizationId)
    const replies = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const payload = JSON.stringify(body)
        const userAction = await signAction(actor, { ...request, payload })
        return call({ ...request, body, token: actor.token, userAction })
      }),
    )
    const [winner, ...losers] = replies.sort((a, b) => a.status - b.status)
    expect(winner?.status).toBe(200)
    for (const reply of losers) expectDfnsError(reply, 401, 'User already exists.')
    expect(await readUserCount(world.organizationId)).toBe(count + 1)
    expect(await readAuditEvents(String(winner?.json['userId']))).toHaveLength(1)
  })
})
