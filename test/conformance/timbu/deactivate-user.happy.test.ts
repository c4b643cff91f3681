/**
 * `PUT /users/{user_id}/deactivate`: what it does for whoever may, and what it ends.
 */
import { describe, expect, it } from 'vitest'
import { call, type Reply } from '../../support/api.ts'
import { expectOneEvent } from '../../support/records.ts'
import { setScene } from '../../support/refusals.ts'
import { createWorld, readAuditEvents, readUserRow } from '../../support/world.ts'
import { expectSuccess, TIMBU_REFUSALS } from './answers.ts'
import { DEACTIVATE, writeChange } from './routes.ts'

const DEACTIVATION = { action: 'deactivate', from: 'active', to: 'inactive', dialect: 'timbu' }

const setState = (isActive: boolean, userId: string, token: string) =>
  call({
    method: 'PUT',
    path: `/users/${userId}/${isActive ? 'activate' : 'deactivate'}`,
    token,
    body: writeChange(userId, isActive),
  })

describe(DEACTIVATE.name, () => {
  it('deactivates another superuser, on record, and raises the epoch', async () => {
    const { actor, world } = await setScene(DEACTIVATE)
    const target = await world.addUser({ isSuperuser: true, version: 5, tokenEpoch: 2 })
    const startedAt = Date.now()
    expectSuccess(await setState(false, target, actor.token))
    const row = (await readUserRow(target)) as unknown as Record<string, number>
    expect(row).toMatchObject({ version: 6, token_epoch: 3, archived_at: null })
    const { suspended_at: suspendedAt, tokens_valid_after_at: validAfterAt } = row
    expect(suspendedAt).toBeGreaterThanOrEqual(startedAt)
    expect(validAfterAt).toBe(suspendedAt)
    const { evidence } = await expectOneEvent(target, actor, DEACTIVATION)
    expect(evidence).toBe('{}')
  })

  it.each(
    ['false', '0', '"FALSE"', '"0"', '"Off"', '"no"', '"f"', '"n"'].map((flag) => ({ flag })),
  )('takes is_active being $flag', async ({ flag }) => {
    const { actor, request, targetId } = await setScene(DEACTIVATE)
    const body = `{"is_active":${flag},"email":" ${targetId}@Example.TEST"}`
    expectSuccess(await call({ ...request, token: actor.token, body }))
    await expectOneEvent(targetId, actor, DEACTIVATION)
  })

  it("ends the user's tokens at once, and an activation does not bring them back", async () => {
    const { actor, world } = await setScene(DEACTIVATE)
    const target = await world.addActor({ kind: 'EndUser' })
    const ask = (token: string) => call({ path: '/users/me', token })
    expect((await ask(target.token)).status).toBe(200)
    expectSuccess(await setState(false, target.userId, actor.token))
    const fresh = await target.issueToken({ tokenEpoch: 1 })
    TIMBU_REFUSALS.unauthenticated(await ask(target.token), { hasToken: true })
    TIMBU_REFUSALS.unauthenticated(await ask(fresh), { hasToken: true })
    expectSuccess(await setState(true, target.userId, actor.token))
    TIMBU_REFUSALS.unauthenticated(await ask(target.token), { hasToken: true })
    expect((await ask(fresh)).status).toBe(200)
  })

  it('lets exactly one win when two superusers deactivate each other', async () => {
    const world = await createWorld()
    const given = { isSuperuser: true }
    const [one, two] = [await world.addActor(given), await world.addActor(given)]
    const [winner, loser] = (
      await Promise.all([
        setState(false, two.userId, one.token),
        setState(false, one.userId, two.token),
      ])
    ).sort((a, b) => a.status - b.status) as [Reply, Reply]
    expectSuccess(winner)
    TIMBU_REFUSALS.unauthenticated(loser, { hasToken: true })
    const ids = [one.userId, two.userId]
    expect((await Promise.all(ids.map(readAuditEvents))).flat()).toHaveLength(1)
    const rows = await Promise.all(ids.map(readUserRow))
    expect(rows.filter((row) => row['suspended_at' as never] === null)).toHaveLength(1)
  })
})
