/**
 * A user's life over several requests: what deactivation ends, what races decide, what the record proves.
 */
import { describe, expect, it } from 'vitest'
import { challengeOf, hashPayload } from '../../../src/auth/action-binding.ts'
import { decodeBase64Url } from '../../../src/auth/base64url.ts'
import { sha256Base64Url } from '../../../src/auth/digest.ts'
import { parsePublicKey } from '../../../src/auth/public-key.ts'
import { verifySignature } from '../../../src/auth/verify-signature.ts'
import { KEY_ALGORITHMS } from '../../../src/core/user.ts'
import type { ChallengeEvidence } from '../../../src/core/user-action.ts'
import { completeAction, initiateAction } from '../../support/action.ts'
import { call, change, signAction, type Reply } from '../../support/api.ts'
import { completeLogin, initiateLogin, logIn } from '../../support/login.ts'
import { setScene } from '../../support/refusals.ts'
import { createSigner } from '../../support/signer.ts'
import {
  ALL_DFNS,
  createWorld,
  keyRing,
  readAuditEvents,
  readUserRow,
  type Actor,
} from '../../support/world.ts'
import { expectOneEvent } from '../../support/records.ts'
import { DFNS_REFUSALS, expectDfnsError, expectUserAnswer } from './answers.ts'
import { ACTIVATE, CREATE } from './routes.ts'

const INVALID_CHALLENGE = 'Challenge token is not valid.'

const deactivate = (by: Actor, userId: string) =>
  change(by, { method: 'PUT', path: `/auth/users/${userId}/deactivate` })

const activate = (by: Actor, userId: string) =>
  change(by, { method: 'PUT', path: `/auth/users/${userId}/activate` })

/** Everything that an administrator can hold in hand when it is deactivated. */
async function gatherProofs(actor: Actor) {
  const request = { method: 'PUT', path: `/auth/users/${actor.userId}/activate` }
  const login = (await initiateLogin(actor)).json
  const action = (await initiateAction(actor.token, request)).json
  return {
    request,
    userAction: await signAction(actor, request),
    answerLogin: async () =>
      completeLogin(
        login['challengeIdentifier'],
        await actor.signer.assert(String(login['challenge'])),
      ),
    answerAction: async (token: string) =>
      completeAction(
        token,
        action['challengeIdentifier'],
        await actor.signer.assert(String(action['challenge'])),
      ),
  }
}

describe('deactivation', () => {
  it('ends tokens, challenges and user actions at once, and reactivation does not bring them back', async () => {
    const world = await createWorld()
    const admin = await world.addActor({ operations: ALL_DFNS })
    const actor = await world.addActor({ operations: ALL_DFNS })
    const proofs = await gatherProofs(actor)
    expectUserAnswer(await deactivate(admin, actor.userId), { isActive: false })

    const expectDead = async () => {
      const { request, userAction } = proofs
      for (const reply of [
        await call({ path: '/auth/users', token: actor.token }),
        await call({ ...request, token: actor.token, userAction }),
        await proofs.answerAction(actor.token),
        await call({ method: 'PUT', path: '/auth/logout', token: actor.token }),
      ]) {
        DFNS_REFUSALS.unauthenticated(reply, { hasToken: true })
      }
    }
    await expectDead()
    expectDfnsError(await proofs.answerLogin(), 400, 'User account has been deactivated.')

    expectUserAnswer(await activate(admin, actor.userId), { isActive: true })
    await expectDead()
    expectDfnsError(await proofs.answerLogin(), 400, INVALID_CHALLENGE)

    const login = await logIn(actor)
    expect(login.status).toBe(200)
    const token = String(login.json['token'])
    const read = await call({ path: `/auth/users/${actor.userId}`, token })
    expectUserAnswer(read, { isActive: true })
    const late = await call({ ...proofs.request, token, userAction: proofs.userAction })
    DFNS_REFUSALS.userActionInvalid(late)
    expectDfnsError(await proofs.answerAction(token), 400, INVALID_CHALLENGE)
    // And the new token signs and changes as before.
    expectUserAnswer(await change({ ...actor, token }, proofs.request), { isActive: true })

    expect(await readUserRow(actor.userId)).toMatchObject({ token_epoch: 1, version: 3 })
    const events = await readAuditEvents(actor.userId)
    expect(events.map((event) => event['action'])).toEqual(['deactivate', 'activate'])
  })

  it('lets exactly one win when two administrators deactivate each other', async () => {
    for (let round = 0; round < 5; round++) {
      const world = await createWorld()
      const actors = [
        await world.addActor({ operations: ALL_DFNS }),
        await world.addActor({ operations: ALL_DFNS }),
      ]
      const requests = await Promise.all(
        actors.map(async (actor) => {
          const target = actors.find((other) => other !== actor)
          const path = `/auth/users/${target?.userId}/deactivate`
          const userAction = await signAction(actor, { method: 'PUT', path })
          return { method: 'PUT', path, token: actor.token, userAction }
        }),
      )
      const replies = await Promise.all(requests.map(call))
      const [winner, loser] = replies.sort((a, b) => a.status - b.status) as [Reply, Reply]
      expectUserAnswer(winner, { isActive: false })
      DFNS_REFUSALS.unauthenticated(loser, { hasToken: true })
      const ids = actors.map(({ userId }) => userId)
      const rows = await Promise.all(ids.map(readUserRow))
      expect(rows.filter((row) => row['suspended_at' as never] === null)).toHaveLength(1)
      expect((await Promise.all(ids.map(readAuditEvents))).flat()).toHaveLength(1)
    }
  })
})

describe('parallel activation', () => {
  it('makes one transition when fifty requests carry one user action', async () => {
    const { actor, request, targetId } = await setScene(ACTIVATE)
    const userAction = await signAction(actor, request)
    const sent = { ...request, token: actor.token, userAction }
    const replies = await Promise.all(Array.from({ length: 50 }, () => call(sent)))
    const [winner, ...losers] = replies.sort((a, b) => a.status - b.status)
    expect(winner?.json).toMatchObject({ userId: targetId, isActive: true })
    expect(losers).toHaveLength(49)
    for (const reply of losers) DFNS_REFUSALS.userActionUsed(reply)
    expect(await readUserRow(targetId)).toMatchObject({ suspended_at: null, version: 2 })
    await expectOneEvent(targetId, actor, { action: 'activate', from: 'inactive', to: 'active' })
  })

  it('makes one transition when fifty requests carry fifty user actions, and answers 200 to all', async () => {
    const { actor, request, targetId } = await setScene(ACTIVATE)
    const userActions = await Promise.all(
      Array.from({ length: 50 }, () => signAction(actor, request)),
    )
    const replies = await Promise.all(
      userActions.map((userAction) => call({ ...request, token: actor.token, userAction })),
    )
    for (const reply of replies) expectUserAnswer(reply, { userId: targetId, isActive: true })
    expect(await readUserRow(targetId)).toMatchObject({ suspended_at: null, version: 2 })
    await expectOneEvent(targetId, actor, { action: 'activate', from: 'inactive', to: 'active' })
  })
})

/** Reads the evidence of the only change of a user. */
async function readEvidence(userId: string): Promise<ChallengeEvidence> {
  const [event] = await readAuditEvents(userId)
  const { userAction } = JSON.parse(String(event?.['evidence'])) as {
    userAction: ChallengeEvidence
  }
  return userAction
}

describe('the record', () => {
  it.each(KEY_ALGORITHMS.map((algorithm) => ({ name: algorithm, algorithm })))(
    'proves, with the registered $name key alone, who meant what',
    async ({ algorithm }) => {
      const encoding = ['P-256', 'P-384', 'secp256k1'].includes(algorithm) ? 'der' : 'raw'
      const signer = await createSigner(algorithm, { encoding })
      const { actor, request } = await setScene(CREATE, { ...CREATE.powers, signer })
      const reply = await change(actor, request)
      const evidence = await readEvidence(String(reply.json['userId']))
      expect(Object.keys(evidence).sort()).toEqual([
        'binding',
        'clientData',
        'credentialId',
        'credentialKind',
        'signature',
      ])
      expect(evidence).toMatchObject({
        credentialId: signer.credentialId,
        credentialKind: 'Key',
        binding: {
          organizationId: actor.organizationId,
          identity: await sha256Base64Url(`http://localhost:8787\n${actor.userId}`),
          method: 'POST',
          path: '/auth/users',
          payloadHash: await hashPayload(request.body),
        },
      })
      const clientData = decodeBase64Url(evidence.clientData) ?? new Uint8Array()
      expect(JSON.parse(new TextDecoder().decode(clientData))).toEqual({
        type: 'key.get',
        challenge: await challengeOf(evidence.binding.nonce, evidence.binding),
      })
      const key = await parsePublicKey(signer.publicKeyPem)
      if (!key.ok) throw new Error(key.failure)
      const signature = decodeBase64Url(evidence.signature) ?? new Uint8Array()
      expect(await verifySignature(key.value, clientData, signature, 'SHA-256')).toBe(true)
    },
  )

  it('holds ids only: no name, no email, no bearer, no user action, no key', async () => {
    const world = await createWorld()
    const admin = await world.addActor({
      operations: ALL_DFNS,
      firstName: 'Ada',
      lastName: 'Byron',
    })
    const target = await world.addUser({ firstName: 'Grace', lastName: 'Hopper', suspendedAt: 1 })
    const path = `/auth/users/${target}/activate`
    const userAction = await signAction(admin, { method: 'PUT', path })
    expectUserAnswer(await call({ method: 'PUT', path, token: admin.token, userAction }), {
      isActive: true,
    })
    const text = JSON.stringify(await readAuditEvents(target))
    const secrets = [admin.token, userAction, keyRing.signer.secret]
    for (const forbidden of ['@', 'Ada', 'Byron', 'Grace', 'Hopper', ...secrets]) {
      expect(text).not.toContain(forbidden)
    }
  })
})
