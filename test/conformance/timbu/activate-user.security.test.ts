/**
 * `PUT /users/{user_id}/activate`: whom it refuses, and that it then changes nothing.
 */
import { describe, it } from 'vitest'
import { call } from '../../support/api.ts'
import { forgeAccessToken } from '../../support/forged.ts'
import { callWithoutTrace, describeCallers, setScene } from '../../support/refusals.ts'
import { describeUserActions } from '../../support/user-action-refusals.ts'
import { addRole } from '../../support/world.ts'
import { expectAnswer, expectSuccess, SAMPLES } from './answers.ts'
import { setUser } from './rows.ts'
import { ACTIVATE } from './routes.ts'

describeCallers(ACTIVATE)
describeUserActions(ACTIVATE)

describe(ACTIVATE.name, () => {
  it('believes the row alone when a token and a role say that the caller is a superuser', async () => {
    const { actor, request, world } = await setScene(ACTIVATE, {})
    const token = await forgeAccessToken(actor.token, { is_superuser: true, isSuperuser: true })
    await addRole(world.organizationId, actor.userId, ['*.*'], 'superuser')
    const refused = await callWithoutTrace([world.organizationId], { ...request, token })
    expectAnswer(refused, 403, SAMPLES.forbidden)
    await setUser(actor.userId, 'is_superuser = 1')
    expectSuccess(await call({ ...request, token }))
  })
})
