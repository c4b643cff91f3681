/**
 * `PUT /users/{user_id}/activate`: what it does for whoever may.
 */
import { describe, expect, it } from 'vitest'
import { call, change, type Reply } from '../../support/api.ts'
import { expectOneEvent } from '../../support/records.ts'
import { setScene } from '../../support/refusals.ts'
import { readUserRow } from '../../support/world.ts'
import { expectAnswer, expectSuccess, SAMPLES } from './answers.ts'
import { addIdentifier } from './rows.ts'
import { ACTIVATE, writeChange } from './routes.ts'

const ACTIVATION = { action: 'activate', from: 'inactive', to: 'active', dialect: 'timbu' }

const FLAGS = ['true', '1', '1.0', '"true"', '"TRUE"', '"1"', '"on"', '"YES"', '"t"', '"y"']

/** Spellings of a good body; `id` is the user's. */
const BODIES: readonly { name: string; write: (id: string) => string }[] = [
  ...FLAGS.map((flag) => ({
    name: `is_active being ${flag}`,
    write: (id: string) => `{"email":"${id}@example.test","is_active":${flag}}`,
  })),
  {
    name: 'an address in upper case',
    write: (id) => JSON.stringify(writeChange(id.toUpperCase(), true)),
  },
  {
    name: 'an address with blanks around it',
    write: (id) => `{"email":" \\t${id}@Example.Test\\n","is_active":true}`,
  },
  {
    name: 'its members the other way round, with blanks between',
    write: (id) => ` {\n "is_active" : true , "email" : "${id}@example.test" }`,
  },
  {
    name: 'members that nobody knows',
    write: (id) => JSON.stringify({ x: null, ...writeChange(id, true), is_superuser: true }),
  },
]

describe(ACTIVATE.name, () => {
  it('activates a user of any kind, on record, and answers the sample of the contract', async () => {
    const { actor, world } = await setScene(ACTIVATE)
    const given = { kind: 'EndUser', isServiceAccount: true, isRegistered: false } as const
    const targetId = await world.addUser({ suspendedAt: 1, tokenEpoch: 3, version: 7, ...given })
    const request = await ACTIVATE.prepare({ targetId, actor })
    expectSuccess(await call({ ...request, token: actor.token }))
    // The epoch stays: what was issued before the deactivation stays dead (invariant 5).
    const row = { suspended_at: null, archived_at: null, version: 8, token_epoch: 3 }
    expect(await readUserRow(targetId)).toMatchObject(row)
    const { evidence } = await expectOneEvent(targetId, actor, ACTIVATION)
    expect(evidence).toBe('{}')
  })

  it("takes the vendor's own request, by a second address, and refuses its repetition", async () => {
    const { actor, request, targetId } = await setScene(ACTIVATE)
    await addIdentifier(targetId, 'email', SAMPLES.request.email)
    const body = '{"email": "user@example.com", "is_active": true}'
    expect(JSON.parse(body)).toEqual(SAMPLES.request)
    const sent = { ...request, token: actor.token, body }
    expectSuccess(await call(sent))
    expectAnswer(await call(sent), 403, SAMPLES.active)
    await expectOneEvent(targetId, actor, ACTIVATION)
  })

  it.each(BODIES)('takes $name', async ({ write }) => {
    const { actor, request, targetId } = await setScene(ACTIVATE)
    expectSuccess(await call({ ...request, token: actor.token, body: write(targetId) }))
    const row = { suspended_at: null, version: 2, is_superuser: 0 }
    expect(await readUserRow(targetId)).toMatchObject(row)
  })

  it('uses up a user action that nobody asked for, and keeps it on record', async () => {
    const { actor, request, targetId } = await setScene(ACTIVATE)
    expectSuccess(await change(actor, request))
    const { evidence } = await expectOneEvent(targetId, actor, ACTIVATION)
    const { credentialId } = actor.signer
    expect(JSON.parse(String(evidence))).toMatchObject({ userAction: { credentialId } })
  })

  it('makes one transition when twenty requests come at once', async () => {
    const { actor, request, targetId } = await setScene(ACTIVATE)
    const sent = { ...request, token: actor.token }
    const replies = await Promise.all(Array.from({ length: 20 }, () => call(sent)))
    const [winner, ...losers] = replies.sort((a, b) => a.status - b.status) as [Reply, ...Reply[]]
    expectSuccess(winner)
    expect(losers).toHaveLength(19)
    for (const reply of losers) expectAnswer(reply, 403, SAMPLES.active)
    expect(await readUserRow(targetId)).toMatchObject({ suspended_at: null, version: 2 })
    await expectOneEvent(targetId, actor, ACTIVATION)
  })
})
