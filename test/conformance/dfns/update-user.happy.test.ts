/**
 * `PUT /auth/users/{userId}`: what it does for whoever may.
 */
import { describe, expect, it } from 'vitest'
import { call, change, signAction } from '../../support/api.ts'
import { dumpTables } from '../../support/dump.ts'
import { setScene } from '../../support/refusals.ts'
import { readUserRow } from '../../support/world.ts'
import { expectOneEvent } from '../../support/records.ts'
import { expectUserAnswer } from './answers.ts'
import { UPDATE } from './routes.ts'

describe(UPDATE.name, () => {
  it.each([
    { name: 'to true', from: false, to: true },
    { name: 'to false', from: true, to: false },
  ])('sets isSSORequired $name, on record without states', async ({ from, to }) => {
    const { actor, world } = await setScene(UPDATE)
    const target = await world.addUser({ isSsoRequired: from, version: 2 })
    const path = `/auth/users/${target}`
    const reply = await change(actor, { method: 'PUT', path, body: { isSSORequired: to } })
    expectUserAnswer(reply, { userId: target, isSSORequired: to, isActive: true })
    const row = { is_sso_required: Number(to), version: 3, token_epoch: 0 }
    expect(await readUserRow(target)).toMatchObject(row)
    await expectOneEvent(target, actor, { action: 'update', from: null, to: null })
  })

  it('answers a user unchanged and without an event when the value is the same', async () => {
    const { actor, world, targetId } = await setScene(UPDATE)
    const before = await dumpTables(world.organizationId)
    const path = `/auth/users/${targetId}`
    const reply = await change(actor, { method: 'PUT', path, body: { isSSORequired: false } })
    expectUserAnswer(reply, { isSSORequired: false })
    const { used_tokens: _used, ...rows } = await dumpTables(world.organizationId)
    expect(before).toMatchObject(rows)
  })

  it('takes a body that is spaced otherwise than it was signed', async () => {
    const { actor, request, targetId } = await setScene(UPDATE)
    const payload = '{"isSSORequired":true}'
    const userAction = await signAction(actor, { ...request, payload })
    const body = ' {\n "isSSORequired" : true }'
    const reply = await call({ ...request, token: actor.token, userAction, body })
    expectUserAnswer(reply, { isSSORequired: true })
    await expectOneEvent(targetId, actor, { action: 'update', from: null, to: null })
  })

  it('lets an administrator update itself', async () => {
    const { actor } = await setScene(UPDATE)
    const path = `/auth/users/${actor.userId}`
    const reply = await change(actor, { method: 'PUT', path, body: { isSSORequired: true } })
    expectUserAnswer(reply, { userId: actor.userId, isSSORequired: true })
    await expectOneEvent(actor.userId, actor, { action: 'update', from: null, to: null })
  })
})
