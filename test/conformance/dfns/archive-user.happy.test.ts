/**
 * `DELETE /auth/users/{userId}`: what it does for whoever may.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { call, change } from '../../support/api.ts'
import { setScene } from '../../support/refusals.ts'
import { ALL_DFNS, readUserRow } from '../../support/world.ts'
import { expectOneEvent, readUserCount } from '../../support/records.ts'
import { DFNS_REFUSALS, expectUserAnswer } from './answers.ts'
import { ARCHIVE } from './routes.ts'

describe(ARCHIVE.name, () => {
  it('archives an active user, on record, and answers it inactive', async () => {
    const { actor, world } = await setScene(ARCHIVE)
    const target = await world.addUser({ version: 3, tokenEpoch: 1 })
    const count = await readUserCount(world.organizationId)
    const reply = await change(actor, { method: 'DELETE', path: `/auth/users/${target}` })
    expectUserAnswer(reply, { userId: target, isActive: false })
    expect(await readUserRow(target)).toMatchObject({
      version: 4,
      token_epoch: 2,
      archived_at: expect.any(Number),
      suspended_at: expect.any(Number),
    })
    const { results } = await env.DB.prepare(
      'SELECT released_at FROM user_identifiers WHERE user_id = ?',
    )
      .bind(target)
      .all()
    expect(results).toEqual([{ released_at: expect.any(Number) }])
    expect(await readUserCount(world.organizationId)).toBe(count - 1)
    await expectOneEvent(target, actor, { action: 'archive', from: 'active', to: 'archived' })
  })

  it('archives an inactive user and keeps the time of its deactivation', async () => {
    const { actor, world } = await setScene(ARCHIVE)
    const target = await world.addUser({ suspendedAt: 9 })
    const reply = await change(actor, { method: 'DELETE', path: `/auth/users/${target}` })
    expectUserAnswer(reply, { userId: target, isActive: false })
    expect(await readUserRow(target)).toMatchObject({ suspended_at: 9 })
    await expectOneEvent(target, actor, { action: 'archive', from: 'inactive', to: 'archived' })
  })

  it('frees username, email and external id, and is not found a second time', async () => {
    const { actor, world } = await setScene(ARCHIVE, { operations: ALL_DFNS })
    const target = await world.addUser({ externalId: 'employee-7' })
    const path = `/auth/users/${target}`
    expectUserAnswer(await change(actor, { method: 'DELETE', path }), { isActive: false })
    const again = await change(actor, { method: 'DELETE', path })
    DFNS_REFUSALS.notFound(again, target, world.organizationId)
    const gone = await call({ path, token: actor.token })
    DFNS_REFUSALS.notFound(gone, target, world.organizationId)
    const body = {
      email: `${target}@example.test`,
      kind: 'CustomerEmployee',
      externalId: 'employee-7',
    }
    const successor = await change(actor, { method: 'POST', path: '/auth/users', body })
    expectUserAnswer(successor, { username: body.email, isActive: true })
    expect(successor.json['userId']).not.toBe(target)
    await expectOneEvent(target, actor, { action: 'archive', from: 'active', to: 'archived' })
  })
})
