/**
 * The decision to archive.
 */
import { describe, expect, it } from 'vitest'
import { decideArchiveUser } from '../../../src/core/archive-user.ts'
import { NOW, sampleAdmin, sampleUser } from '../../support/sample.ts'

describe('decideArchiveUser', () => {
  it('archives and suspends an active user, and ends everything issued to it', () => {
    const before = sampleUser({ tokenEpoch: 3, version: 7 })
    expect(decideArchiveUser(sampleAdmin(), before, NOW)).toEqual({
      ok: true,
      value: {
        action: 'archive',
        before,
        after: {
          ...before,
          archivedAt: NOW,
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

  it('keeps the time of the suspension when the user was inactive', () => {
    const before = sampleUser({ suspendedAt: 1_500, tokenEpoch: 4 })
    const decision = decideArchiveUser(sampleAdmin(), before, NOW)
    expect(decision.ok && decision.value.after).toMatchObject({
      archivedAt: NOW,
      suspendedAt: 1_500,
      tokenEpoch: 5,
    })
  })

  it('refuses the caller itself', () => {
    const admin = sampleAdmin()
    expect(decideArchiveUser(admin, admin, NOW)).toEqual({
      ok: false,
      failure: { reason: 'self_change' },
    })
  })
})
