/**
 * `POST /v1/users/{userId}/activate`: what it does for whoever may.
 */
import { describe, expect, it } from 'vitest'
import { call } from '../../support/api.ts'
import { expectOneEvent } from '../../support/records.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { addRole, readUserRow } from '../../support/world.ts'
import { expectUserAnswer, roleOf } from './answers.ts'
import { ACTIVATE } from './routes.ts'

const ACTIVATION = { action: 'activate', from: 'inactive', to: 'active', dialect: 'rinne' }
const METADATA = { team: 'red', nested: { level: 2 } }

describe(ACTIVATE.name, () => {
  it('activates a suspended user, on record, and answers every member of it', async () => {
    const { world, actor } = await setScene(ACTIVATE)
    const states = { suspendedAt: 1, tokenEpoch: 3, version: 7, createdAt: 1_700_000_000_007 }
    const names = { firstName: 'Ada', lastName: 'Lovelace', metadata: METADATA }
    const id = await world.addUser({ ...states, ...names })
    const permissions = ['Any:Thing', 'user.read']
    const { roleId } = await addRole(world.organizationId, id, permissions, 'Readers')
    const sent = { method: 'POST', path: `/v1/users/${id}/activate`, token: actor.token }
    const reply = await call(sent)
    expectUserAnswer(reply, {})
    const row = await readUserRow(id)
    const created_at = '2023-11-14T22:13:20.007Z'
    const identifier = {
      id: expect.stringMatching(/^[a-z]{2}-\w{5}-\w{5}-\w{14,16}$/),
      type: 'email',
      value: `${id}@example.test`,
      verified: false,
      created_at,
    }
    expect(reply.json).toEqual({
      id,
      identifiers: [identifier],
      primary_identifier: identifier,
      roles: [roleOf(world.organizationId, { id: roleId, name: 'Readers', permissions })],
      first_name: 'Ada',
      last_name: 'Lovelace',
      auth_methods: ['client_platform'],
      created_at,
      updated_at: new Date(Number(row['updated_at' as never])).toISOString(),
      metadata: METADATA,
    })
    expect(reply.json['updated_at']).not.toBe(created_at)
    // The epoch stays: what was issued before the suspension stays dead (invariant 5).
    expect(row).toMatchObject({ suspended_at: null, version: 8, token_epoch: 3 })
    expect((await expectOneEvent(id, actor, ACTIVATION))['evidence']).toBe('{}')
    // Active already: the same answer, and not a trace.
    expect((await callWithoutTrace([world.organizationId], sent)).json).toEqual(reply.json)
  })

  it.each([
    { name: 'no body', given: {} },
    { name: '{}', given: { body: '{}' } },
    { name: '{ } with blanks', given: { body: ' { } ' } },
    { name: 'an empty body that is announced as JSON', given: { body: '' } },
    { name: 'an API key beside the token', given: { headers: { 'x-api-key': 'ak_1' } } },
  ])('takes $name, also under /core', async ({ given }) => {
    for (const base of ['', '/core']) {
      const { actor, request, targetId } = await setScene(ACTIVATE)
      const path = `${base}${request.path}`
      const reply = await call({ ...request, path, token: actor.token, ...given })
      expectUserAnswer(reply, { id: targetId })
      expect(reply.json).not.toHaveProperty('suspended_at')
      expect(await readUserRow(targetId)).toMatchObject({ suspended_at: null, version: 2 })
    }
  })

  it.each(['user.edit', 'user.*', '*.*'].map((name) => ({ name })))(
    'lets a caller through who holds $name, in whichever of its roles',
    async ({ name }) => {
      const scene = await setScene(ACTIVATE, { operations: ['role.read'] })
      const { actor, request, targetId } = scene
      await addRole(scene.world.organizationId, actor.userId, ['user.read', name])
      expectUserAnswer(await call({ ...request, token: actor.token }), { id: targetId })
      await expectOneEvent(targetId, actor, ACTIVATION)
    },
  )
})
