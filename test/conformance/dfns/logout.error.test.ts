/**
 * `PUT /auth/logout`: tokens that it cannot end.
 */
import { describe, it } from 'vitest'
import { callWithoutTrace } from '../../support/refusals.ts'
import { forgeAccessToken } from '../../support/forged.ts'
import { createWorld } from '../../support/world.ts'
import { expectDfnsError, expectInputError } from './answers.ts'

describe('PUT /auth/logout', () => {
  it('refuses a token without a jti, which nothing could name', async () => {
    const actor = await (await createWorld()).addActor()
    const token = await forgeAccessToken(actor.token, { jti: undefined })
    const request = { method: 'PUT', path: '/auth/logout', token }
    const reply = await callWithoutTrace([actor.organizationId], request)
    expectDfnsError(reply, 400, 'only a token of this service that has a jti can be logged out')
  })

  it('refuses to end all sessions, for it would not', async () => {
    const { token, organizationId } = await (await createWorld()).addActor()
    const request = { method: 'PUT', path: '/auth/logout', token, body: { allSessions: true } }
    const reply = await callWithoutTrace([organizationId], request)
    expectInputError(reply, { location: 'body', path: ['allSessions'] })
  })
})
