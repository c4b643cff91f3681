/**
 * `PUT /auth/users/{userId}/activate`: what it does for whoever may.
 */
import { describe, expect, it } from 'vitest'
import { call, change, signAction } from '../../support/api.ts'
import { expectDfnsUser } from '../../support/declared.ts'
import { ALL_DFNS, createWorld, readAuditEvents, readUserRow } from '../../support/world.ts'

describe('PUT /auth/users/{userId}/activate', () => {
  it('activates an inactive user, on record', async () => {
    const world = await createWorld()
    const admin = await world.addActor({ operations: ALL_DFNS })
    const target = await world.addUser({ suspendedAt: 1, tokenEpoch: 3, version: 7 })
    const reply = await change(admin, { method: 'PUT', path: `/auth/users/${target}/activate` })
    expect(reply.text).toContain('"isActive":true')
    expect(reply.status).toBe(200)
    expectDfnsUser(reply.json)
    const row = await readUserRow(target)
    expect(row).toMatchObject({ suspended_at: null, version: 8, token_epoch: 3 })
    const events = await readAuditEvents(target)
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      action: 'activate',
      from_state: 'inactive',
      to_state: 'active',
      actor_id: admin.userId,
      dialect: 'dfns',
    })
  })

  it('activates once when fifty requests carry one user action', async () => {
    const world = await createWorld()
    const admin = await world.addActor({ operations: ALL_DFNS })
    const target = await world.addUser({ suspendedAt: 1 })
    const path = `/auth/users/${target}/activate`
    const userAction = await signAction(admin, { method: 'PUT', path })
    const replies = await Promise.all(
      Array.from({ length: 50 }, () =>
        call({ method: 'PUT', path, token: admin.token, userAction }),
      ),
    )
    const statuses = replies.map((reply) => reply.status).sort()
    expect(statuses).toEqual([200, ...Array.from({ length: 49 }, () => 400)])
    expect(await readAuditEvents(target)).toHaveLength(1)
  })
})
