/**
 * A new user by the vendor's own client, unmodified: registers with the code that its administrator was told, and keeps
 * its own credentials.
 */
import { DfnsApiClient, DfnsAuthenticator } from '@dfns/sdk'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { createClient } from './support/client.ts'
import type { DemoActor } from './support/dev-server.ts'
import { inviteUser, type InvitedUser } from './support/invite-user.ts'
import { createKeyStore, type KeyStore } from './support/key-store.ts'
import { readAuditActions } from './support/read-audit-actions.ts'

const demo = inject('demo')
const { orgId } = demo.organization
const { baseUrl } = demo

describe('the official client of a new user', () => {
  const firstKey = createKeyStore('Ed25519')
  const secondKey = createKeyStore('P-256')
  let user: InvitedUser
  let firstUuid: string
  let secondUuid: string
  let token: string

  beforeAll(async () => {
    user = await inviteUser(createClient(demo, demo.actors['admin'] as DemoActor))
  })

  const register = (signer: KeyStore) => {
    const { username, code: registrationCode } = user
    const named = { orgId, username, registrationCode }
    return new DfnsAuthenticator({ baseUrl, signer }).register(named)
  }
  const logIn = (signer: KeyStore) =>
    new DfnsAuthenticator({ baseUrl, signer }).login({ orgId, username: user.username })
  const authOf = (signer: KeyStore) =>
    new DfnsApiClient({ baseUrl, orgId, authToken: token, signer }).auth
  const listStates = async () => {
    const { items } = await authOf(firstKey).listCredentials()
    return items.map(({ credentialUuid, isActive }) => ({ credentialUuid, isActive }))
  }

  it('registers a key with the code, and logs in with it', async () => {
    const registered = await register(firstKey)
    expect(registered).toEqual({
      credential: { uuid: expect.stringMatching(/^cr-/), kind: 'Key', name: expect.any(String) },
      user: { id: user.userId, username: user.username, orgId },
    })
    firstUuid = registered.credential.uuid
    token = (await logIn(firstKey)).token
    expect(await listStates()).toEqual([{ credentialUuid: firstUuid, isActive: true }])
  })

  it('is refused the code a second time', async () => {
    const again = register(createKeyStore('Ed25519'))
    await expect(again).rejects.toMatchObject({ httpStatus: 401, message: 'Not Authorized.' })
    expect(await listStates()).toHaveLength(1)
  })

  it('adds a second key, which the first signs for', async () => {
    const { auth } = new DfnsApiClient({ baseUrl, orgId, authToken: token, signer: firstKey })
    const challenge = await auth.createCredentialChallenge({ body: { kind: 'Key' } })
    const { challengeIdentifier } = challenge
    const attestation = await secondKey.create(challenge)
    const body = { ...attestation, challengeIdentifier, credentialName: 'Second key' }
    const added = await auth.createCredential({ body })
    expect(added).toMatchObject({
      kind: 'Key',
      credentialId: secondKey.credId,
      publicKey: secondKey.publicKeyPem,
      name: 'Second key',
      isActive: true,
    })
    secondUuid = added.credentialUuid
    expect((await logIn(secondKey)).token).toMatch(/^ey/)
  })

  it('lists both keys, oldest first', async () => {
    const { items } = await authOf(firstKey).listCredentials()
    expect(items).toMatchObject([
      { credentialUuid: firstUuid, credentialId: firstKey.credId, isActive: true },
      { credentialUuid: secondUuid, credentialId: secondKey.credId, isActive: true },
    ])
  })

  it('deactivates the first key by the second, and the first opens nothing any longer', async () => {
    const body = { credentialUuid: firstUuid }
    const off = await authOf(secondKey).deactivateCredential({ body })
    expect(off).toEqual({ message: 'success' })
    expect(await listStates()).toEqual([
      { credentialUuid: firstUuid, isActive: false },
      { credentialUuid: secondUuid, isActive: true },
    ])
    // The vendor's signer reads the challenge and signs none that does not offer its credential.
    await expect(logIn(firstKey)).rejects.toThrow('does not match allowed credentials')
    await expect(authOf(firstKey).activateCredential({ body })).rejects.toThrow(
      'does not match allowed credentials',
    )
  })

  it('cannot deactivate the last key', async () => {
    const last = authOf(secondKey).deactivateCredential({ body: { credentialUuid: secondUuid } })
    await expect(last).rejects.toMatchObject({
      httpStatus: 409,
      message: 'the credential is the last active one of the user',
    })
    expect((await listStates())[1]).toEqual({ credentialUuid: secondUuid, isActive: true })
  })

  it('activates the first key again, which logs in', async () => {
    const body = { credentialUuid: firstUuid }
    expect(await authOf(secondKey).activateCredential({ body })).toEqual({ message: 'success' })
    expect((await logIn(firstKey)).token).toMatch(/^ey/)
  })

  it('has everything that was done on record, and nothing else', () => {
    expect(readAuditActions(inject('folder'), user.userId)).toEqual([
      'create',
      'register',
      'register_credential',
      'deactivate_credential',
      'activate_credential',
    ])
  })
})
