/**
 * The decision to activate.
 */
import { describe, expect, it } from 'vitest'
import { decideActivateUser } from '../../../src/core/activate-user.ts'
import { NOW, sampleUser } from '../../support/sample.ts'

describe('decideActivateUser', () => {
  it('ends the suspension and raises the version when the user is inactive', () => {
    const before = sampleUser({ suspendedAt: 1_500, version: 7 })
    expect(decideActivateUser(before, NOW)).toEqual({
      ok: true,
      value: {
        action: 'activate',
        before,
        after: { ...before, suspendedAt: null, version: 8, updatedAt: NOW },
        credential: null,
      },
    })
  })

  it('leaves epoch and token time alone, so that old tokens stay dead', () => {
    const before = sampleUser({ suspendedAt: 1, tokenEpoch: 5, tokensValidAfterAt: 900 })
    const decision = decideActivateUser(before, NOW)
    expect(decision.ok && decision.value.after).toMatchObject({
      tokenEpoch: 5,
      tokensValidAfterAt: 900,
    })
  })

  it('keeps an active user as it is', () => {
    const user = sampleUser()
    const decision = decideActivateUser(user, NOW)
    expect(decision).toEqual({
      ok: true,
      value: { action: 'activate', before: user, after: user, credential: null },
    })
    expect(decision.ok && decision.value.after).toBe(user)
  })
})
