/**
 * A fault that is ours: 500 as the contract lists it, in the dialect's form, and opaque.
 */
import { afterEach, describe, it, vi } from 'vitest'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { expectDetail } from './answers.ts'
import { setUser } from './rows.ts'
import { ACTIVATE, LIST, ME } from './routes.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each([ACTIVATE, LIST, ME])('$name', (route) => {
  it('answers 500, and nothing of the fault, when a row is broken', async () => {
    // The log says what it was, but not to the reader of this run.
    vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const { actor, request, targetId, world } = await setScene(route)
    await setUser(route.target ? targetId : actor.userId, `metadata = '{"secret"'`)
    const sent = { ...request, token: actor.token }
    const reply = await callWithoutTrace([world.organizationId], sent)
    expectDetail(reply, 500, 'Internal Server Error')
  })
})
