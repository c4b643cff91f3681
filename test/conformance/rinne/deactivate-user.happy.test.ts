/**
 * `POST /v1/users/{userId}/suspend`: what it does for whoever may, and what it ends.
 */
import { describe, expect, it } from 'vitest'
import { call } from '../../support/api.ts'
import { expectOneEvent } from '../../support/records.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { readUserRow } from '../../support/world.ts'
import { expectUserAnswer, RINNE_REFUSALS } from './answers.ts'
import { SUSPEND } from './routes.ts'

const SUSPENSION = { action: 'deactivate', from: 'active', to: 'inactive', dialect: 'rinne' }

const changeState = (verb: 'activate' | 'suspend', userId: string, token: string) =>
  call({ method: 'POST', path: `/core/v1/users/${userId}/${verb}`, token, body: {} })

describe(SUSPEND.name, () => {
  it('suspends an active user once, on record, and raises the epoch', async () => {
    const { actor, world } = await setScene(SUSPEND)
    const target = await world.addUser({ version: 5, tokenEpoch: 2 })
    const startedAt = Date.now()
    const reply = await changeState('suspend', target, actor.token)
    const row = (await readUserRow(target)) as unknown as Record<string, number>
    const { suspended_at: suspendedAt = 0, tokens_valid_after_at: validAfterAt } = row
    expect(suspendedAt).toBeGreaterThanOrEqual(startedAt)
    expect(validAfterAt).toBe(suspendedAt)
    const date = new Date(suspendedAt).toISOString()
    expectUserAnswer(reply, { id: target, suspended_at: date, updated_at: date })
    expect(row).toMatchObject({ version: 6, token_epoch: 3, archived_at: null })
    await expectOneEvent(target, actor, SUSPENSION)
    const again = { method: 'POST', path: `/v1/users/${target}/suspend`, token: actor.token }
    expect((await callWithoutTrace([world.organizationId], again)).json).toEqual(reply.json)
  })

  it("ends the user's tokens at once, and an activation does not bring them back", async () => {
    const { actor, world } = await setScene(SUSPEND)
    const target = await world.addActor({ operations: ['user.*'] })
    const fresh = await target.issueToken({ tokenEpoch: 1 })
    const ask = (token: string) => call({ path: `/v1/users/${actor.userId}`, token })
    const expectDead = async (token: string) =>
      RINNE_REFUSALS.unauthenticated(await ask(token), { hasToken: true })
    expectUserAnswer(await ask(target.token), { id: actor.userId })
    expectUserAnswer(await changeState('suspend', target.userId, actor.token), {})
    for (const token of [target.token, fresh]) await expectDead(token)
    expectUserAnswer(await changeState('activate', target.userId, actor.token), {})
    await expectDead(target.token)
    expectUserAnswer(await ask(fresh), { id: actor.userId })
  })
})
