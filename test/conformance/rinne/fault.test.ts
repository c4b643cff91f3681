/**
 * A fault that is ours: 500 as the contract lists it, in the dialect's form, and opaque.
 */
import { env } from 'cloudflare:workers'
import { afterEach, describe, it, vi } from 'vitest'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { expectRinneError } from './answers.ts'
import { ACTIVATE, CREATE, LIST, ME } from './routes.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each([ACTIVATE, CREATE, LIST, ME])('$name', (route) => {
  it('answers 500, and nothing of the fault, when a row is broken', async () => {
    // The log says what it was, but not to the reader of this run.
    vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const { actor, request, targetId, world } = await setScene(route)
    await env.DB.prepare(`UPDATE users SET metadata = '{"secret"' WHERE id = ?`)
      .bind(route.target ? targetId : actor.userId)
      .run()
    const sent = { ...request, token: actor.token }
    const reply = await callWithoutTrace([world.organizationId], sent)
    expectRinneError(reply, 500, 'An unexpected error occurred')
  })
})
