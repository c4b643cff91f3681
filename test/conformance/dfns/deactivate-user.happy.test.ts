/**
 * `PUT /auth/users/{userId}/deactivate`: what it does for whoever may.
 */
import { describe, expect, it } from 'vitest'
import { change } from '../../support/api.ts'
import { dumpTables } from '../../support/dump.ts'
import { setScene } from '../../support/refusals.ts'
import { ALL_DFNS, readUserRow } from '../../support/world.ts'
import { expectOneEvent } from '../../support/records.ts'
import { expectUserAnswer } from './answers.ts'
import { DEACTIVATE } from './routes.ts'

describe(DEACTIVATE.name, () => {
  it('deactivates an active user, on record, and raises the epoch', async () => {
    const { actor, world } = await setScene(DEACTIVATE)
    const target = await world.addUser({ version: 5, tokenEpoch: 2 })
    const startedAt = Date.now()
    const reply = await change(actor, { method: 'PUT', path: `/auth/users/${target}/deactivate` })
    expectUserAnswer(reply, { userId: target, isActive: false })
    const row = await readUserRow(target)
    expect(row).toMatchObject({ version: 6, token_epoch: 3, archived_at: null })
    const { suspended_at: suspendedAt, tokens_valid_after_at: validAfterAt } =
      row as unknown as Record<string, number>
    expect(suspendedAt).toBeGreaterThanOrEqual(startedAt)
    expect(validAfterAt).toBe(suspendedAt)
    await expectOneEvent(target, actor, { action: 'deactivate', from: 'active', to: 'inactive' })
  })

  it('answers an inactive user unchanged and without an event', async () => {
    const { actor, world } = await setScene(DEACTIVATE)
    const target = await world.addUser({ suspendedAt: 9, tokenEpoch: 1, version: 2 })
    const before = await dumpTables(world.organizationId)
    const reply = await change(actor, { method: 'PUT', path: `/auth/users/${target}/deactivate` })
    expectUserAnswer(reply, { userId: target, isActive: false })
    const { used_tokens: _used, ...rows } = await dumpTables(world.organizationId)
    expect(before).toMatchObject(rows)
  })

  it('deactivates a holder of the power to activate when another active employee holds it', async () => {
    const { actor, world } = await setScene(DEACTIVATE, { operations: ALL_DFNS })
    const target = await world.addActor({ operations: ALL_DFNS })
    const path = `/auth/users/${target.userId}/deactivate`
    expectUserAnswer(await change(actor, { method: 'PUT', path }), { isActive: false })
    const states = { action: 'deactivate', from: 'active', to: 'inactive' }
    await expectOneEvent(target.userId, actor, states)
  })
})
