/**
 * `PUT /auth/users/{userId}/activate`: what it does for whoever may.
 */
import { describe, expect, it } from 'vitest'
import { call, change, signAction } from '../../support/api.ts'
import { dumpTables } from '../../support/dump.ts'
import { setScene } from '../../support/refusals.ts'
import { addCredential, addRole, readUserRow } from '../../support/world.ts'
import { createSigner } from '../../support/signer.ts'
import { expectOneEvent } from '../../support/records.ts'
import { expectUserAnswer } from './answers.ts'
import { ACTIVATE } from './routes.ts'

/** The same empty body as the official clients spell it (FACTS 1.0 number 1). */
const SPELLINGS = [
  { name: 'no body, signed as nothing', payload: '', body: undefined },
  { name: 'no body, signed as {}', payload: '{}', body: undefined },
  { name: '{}, signed as {}', payload: '{}', body: '{}' },
  { name: '{}, signed as nothing', payload: '', body: '{}' },
  { name: '{ } with blanks, signed as {}', payload: '{}', body: ' { } ' },
  { name: 'an empty body that is announced as JSON', payload: '{}', body: '' },
]

describe(ACTIVATE.name, () => {
  it('activates an inactive user, on record', async () => {
    const { world, actor } = await setScene(ACTIVATE)
    const target = await world.addUser({
      suspendedAt: 1,
      tokenEpoch: 3,
      version: 7,
      firstName: 'Ada',
      lastName: 'Lovelace',
    })
    const { roleId, assignmentId } = await addRole(world.organizationId, target, ['Any:Thing'])
    const credentialUuid = await addCredential(
      world.organizationId,
      target,
      await createSigner('P-256'),
    )
    const reply = await change(actor, { method: 'PUT', path: `/auth/users/${target}/activate` })
    expectUserAnswer(reply, {
      username: `${target}@example.test`,
      name: 'Ada Lovelace',
      userId: target,
      kind: 'CustomerEmployee',
      credentialUuid,
      orgId: world.organizationId,
      isActive: true,
      isServiceAccount: false,
      isRegistered: true,
      isSSORequired: false,
      permissionAssignments: [{ permissionId: roleId, assignmentId, operations: ['Any:Thing'] }],
    })
    // The epoch stays: what was issued before the deactivation stays dead (invariant 5).
    const row = { suspended_at: null, archived_at: null, version: 8, token_epoch: 3 }
    expect(await readUserRow(target)).toMatchObject(row)
    await expectOneEvent(target, actor, { action: 'activate', from: 'inactive', to: 'active' })
  })

  it.each(SPELLINGS)('takes $name', async ({ payload, body }) => {
    const { actor, request, targetId } = await setScene(ACTIVATE)
    const userAction = await signAction(actor, { ...request, payload })
    const reply = await call({ ...request, token: actor.token, userAction, body })
    expectUserAnswer(reply, { userId: targetId, isActive: true })
    expect(await readUserRow(targetId)).toMatchObject({ suspended_at: null, version: 2 })
  })

  it('answers an active user unchanged and without an event, but consumes the user action', async () => {
    const { actor, world } = await setScene(ACTIVATE)
    const target = await world.addUser({ version: 4 })
    const before = await dumpTables(world.organizationId)
    const path = `/auth/users/${target}/activate`
    const userAction = await signAction(actor, { method: 'PUT', path })
    const sent = { method: 'PUT', path, token: actor.token, userAction }
    expectUserAnswer(await call(sent), { userId: target, isActive: true })
    const { used_tokens: _used, ...rows } = await dumpTables(world.organizationId)
    expect(before).toMatchObject(rows)
    ACTIVATE.expectations.userActionUsed(await call(sent))
  })

  it.each([
    { name: 'an end user', given: { kind: 'EndUser' as const } },
    { name: 'a service account', given: { isServiceAccount: true } },
    { name: 'a user who is not registered yet', given: { isRegistered: false } },
  ])('activates $name', async ({ given }) => {
    const { actor, world } = await setScene(ACTIVATE)
    const target = await world.addUser({ suspendedAt: 1, ...given })
    const reply = await change(actor, { method: 'PUT', path: `/auth/users/${target}/activate` })
    expectUserAnswer(reply, { userId: target, isActive: true, credentialUuid: '', ...given })
    await expectOneEvent(target, actor, { action: 'activate', from: 'inactive', to: 'active' })
  })

  it("repeats the client's request id, and keeps it on record", async () => {
    const { actor, request, targetId } = await setScene(ACTIVATE)
    const userAction = await signAction(actor, request)
    const headers = { 'x-request-id': 'client-request-0001' }
    const reply = await call({ ...request, token: actor.token, userAction, headers })
    expectUserAnswer(reply, { isActive: true })
    expect(reply.headers.get('x-request-id')).toBe('client-request-0001')
    const states = { action: 'activate', from: 'inactive', to: 'active' }
    const event = await expectOneEvent(targetId, actor, states)
    expect(JSON.parse(String(event['evidence']))).toMatchObject({
      clientRequestId: 'client-request-0001',
    })
  })
})
