/**
 * `POST /v1/users/{userId}/activate`: whom it refuses, and that it then changes nothing.
 */
import { describe, it } from 'vitest'
import { signAction } from '../../support/api.ts'
import { callWithoutTrace, describeCallers, setScene } from '../../support/refusals.ts'
import { describeUserActions } from '../../support/user-action-refusals.ts'
import { createWorld } from '../../support/world.ts'
import { RINNE_REFUSALS } from './answers.ts'
import { ACTIVATE, ACTIVATE_UNDER_CORE } from './routes.ts'

describeCallers(ACTIVATE)
describeUserActions(ACTIVATE)
describeCallers(ACTIVATE_UNDER_CORE)

describe('a user action', () => {
  it.each([
    { name: '/v1 at /core/v1', signed: ACTIVATE, sent: ACTIVATE_UNDER_CORE },
    { name: '/core/v1 at /v1', signed: ACTIVATE_UNDER_CORE, sent: ACTIVATE },
  ])('is refused when it was signed for $name', async ({ signed, sent }) => {
    const world = await createWorld({ requireUserAction: true })
    const { actor, targetId, request } = await setScene(sent, sent.powers, world)
    const userAction = await signAction(actor, await signed.prepare({ targetId, actor }))
    const { token } = actor
    const reply = await callWithoutTrace([world.organizationId], { ...request, token, userAction })
    RINNE_REFUSALS.userActionInvalid(reply)
  })
})
