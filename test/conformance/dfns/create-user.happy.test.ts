/**
 * `POST /auth/users`: what it does for whoever may.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { KEY_ALGORITHMS } from '../../../src/core/user.ts'
import { change, type Reply } from '../../support/api.ts'
import { logIn } from '../../support/login.ts'
import { setScene } from '../../support/refusals.ts'
import { createSigner, credentialIdOf } from '../../support/signer.ts'
import { readUserRow } from '../../support/world.ts'
import { expectOneEvent, readUserCount } from '../../support/records.ts'
import { expectUserAnswer } from './answers.ts'
import { CREATE } from './routes.ts'

const ROUTE = { method: 'POST', path: '/auth/users' }

const readRows = async (table: 'user_identifiers' | 'credentials', userId: string) =>
  (await env.DB.prepare(`SELECT * FROM ${table} WHERE user_id = ?`).bind(userId).all()).results

const userIdOf = (reply: Reply): string => String(reply.json['userId'])

describe(CREATE.name, () => {
  it('creates an active employee without roles, on record, and answers 200', async () => {
    const { actor, world } = await setScene(CREATE)
    const count = await readUserCount(world.organizationId)
    const email = `New.${newId('user')}@Example.test`
    const body = { email, kind: 'CustomerEmployee' }
    const reply = await change(actor, { ...ROUTE, body })
    const username = email.toLowerCase()
    expectUserAnswer(reply, {
      username,
      name: username,
      kind: 'CustomerEmployee',
      credentialUuid: '',
      orgId: world.organizationId,
      isActive: true,
      isServiceAccount: false,
      isRegistered: false,
      isSSORequired: false,
      permissionAssignments: [],
    })
    const userId = userIdOf(reply)
    expect(await readUserRow(userId)).toMatchObject({
      organization_id: world.organizationId,
      username,
      is_superuser: 0,
      is_service_account: 0,
      external_id: null,
      suspended_at: null,
      token_epoch: 0,
      version: 1,
    })
    expect(await readRows('user_identifiers', userId)).toMatchObject([
      { type: 'email', value: username, verified_at: null, released_at: null },
    ])
    expect(await readRows('credentials', userId)).toEqual([])
    expect(await readUserCount(world.organizationId)).toBe(count + 1)
    await expectOneEvent(userId, actor, { action: 'create', from: null, to: 'active' })
  })

  it('keeps the external id and whether SSO is required', async () => {
    const { actor, request } = await setScene(CREATE)
    const externalId = `employee-${newId('user')}`
    const body = { ...request.body, externalId, isSSORequired: true }
    const reply = await change(actor, { ...ROUTE, body })
    expectUserAnswer(reply, { isSSORequired: true })
    const row = { external_id: externalId, is_sso_required: 1 }
    expect(await readUserRow(userIdOf(reply))).toMatchObject(row)
  })

  it('takes one external id in two organizations', async () => {
    const externalId = `employee-${newId('user')}`
    for (const scene of [await setScene(CREATE), await setScene(CREATE)]) {
      const body = { ...scene.request.body, externalId }
      expectUserAnswer(await change(scene.actor, { ...ROUTE, body }), { isActive: true })
    }
  })

  it.each(KEY_ALGORITHMS.map((algorithm) => ({ name: algorithm, algorithm })))(
    'registers a $name key, which logs in at once',
    async ({ algorithm }) => {
      const { actor, request, world } = await setScene(CREATE)
      const encoding = ['P-256', 'P-384', 'secp256k1'].includes(algorithm) ? 'der' : 'raw'
      const signer = await createSigner(algorithm, { encoding })
      const body = { ...request.body, publicKey: signer.publicKeyPem }
      const reply = await change(actor, { ...ROUTE, body })
      expectUserAnswer(reply, { isRegistered: true })
      const credentialId = await credentialIdOf(signer.publicKeyPem)
      const userId = userIdOf(reply)
      expect(await readRows('credentials', userId)).toMatchObject([
        {
          id: reply.json['credentialUuid'],
          kind: 'Key',
          credential_id: credentialId,
          algorithm,
          public_key_pem: signer.publicKeyPem,
          access_token_id: null,
          deactivated_at: null,
        },
      ])
      const { organizationId } = world
      const username = String(request.body?.['email'])
      const assert = async (...given: Parameters<typeof signer.assert>) => ({
        ...(await signer.assert(...given)),
        credId: credentialId,
      })
      const login = await logIn({ organizationId, username, signer: { ...signer, assert } })
      expect({ status: login.status, body: login.json }).toEqual({
        status: 200,
        body: { token: expect.stringMatching(/^eyJ/) },
      })
    },
  )
})
