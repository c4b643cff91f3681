/**
 * The decision to deactivate, and what it ends.
 */
import { describe, expect, it } from 'vitest'
import { decideDeactivateUser, endSessions } from '../../../src/core/deactivate-user.ts'
import { NOW, sampleAdmin, sampleUser } from '../../support/sample.ts'

describe('decideDeactivateUser', () => {
  it('suspends an active user and ends everything issued to it', () => {
    const before = sampleUser({ tokenEpoch: 3, version: 7 })
    expect(decideDeactivateUser(sampleAdmin(), before, NOW)).toEqual({
      ok: true,
      value: {
        action: 'deactivate',
        before,
        after: {
          ...before,
          suspendedAt: NOW,
          tokenEpoch: 4,
          tokensValidAfterAt: NOW,
          version: 8,
          updatedAt: NOW,
        },
        credential: null,
      },
    })
  })

  it('keeps an inactive user as it is, with its epoch and its time', () => {
    const user = sampleUser({ suspendedAt: 1_500 })
    const decision = decideDeactivateUser(sampleAdmin(), user, NOW)
    expect(decision.ok && decision.value.after).toBe(user)
    expect(decision.ok && decision.value.before).toBe(user)
  })

  it('refuses the caller itself, active or not', () => {
    const admin = sampleAdmin()
    const failure = { ok: false, failure: { reason: 'self_change' } }
    expect(decideDeactivateUser(admin, admin, NOW)).toEqual(failure)
    expect(decideDeactivateUser(admin, { ...admin, suspendedAt: 1 }, NOW)).toEqual(failure)
  })
})

describe('endSessions', () => {
  it('raises the epoch by one and names the time', () => {
    const user = sampleUser({ tokenEpoch: 0, tokensValidAfterAt: null })
    expect(endSessions(user, NOW)).toMatchObject({ tokenEpoch: 1, tokensValidAfterAt: NOW })
  })

  it('ends a code that waits to be registered with', () => {
    const user = sampleUser({ registrationCodeHash: 'hash', registrationCodeExpiresAt: NOW + 1 })
    expect(endSessions(user, NOW)).toMatchObject({
      registrationCodeHash: null,
      registrationCodeExpiresAt: null,
    })
  })

  it('keeps the later time when the clock runs behind the store', () => {
    const user = sampleUser({ tokensValidAfterAt: NOW + 5 })
    expect(endSessions(user, NOW).tokensValidAfterAt).toBe(NOW + 5)
  })
})
