/**
 * The decision to update.
 */
import { describe, expect, it } from 'vitest'
import { decideUpdateUser, type UserUpdate } from '../../../src/core/update-user.ts'
import { NOW, sampleUser } from '../../support/sample.ts'

describe('decideUpdateUser', () => {
  it.each([true, false])('sets isSsoRequired to %s when it was not', (isSsoRequired) => {
    const before = sampleUser({ isSsoRequired: !isSsoRequired })
    expect(decideUpdateUser(before, { isSsoRequired }, NOW)).toEqual({
      ok: true,
      value: {
        action: 'update',
        before,
        after: { ...before, isSsoRequired, version: 8, updatedAt: NOW },
        credential: null,
      },
    })
  })

  it('keeps the user, and its version, when nothing changes', () => {
    const user = sampleUser({ isSsoRequired: true })
    const decision = decideUpdateUser(user, { isSsoRequired: true }, NOW)
    expect(decision.ok && decision.value.after).toBe(user)
  })

  it('sets no other member, whatever the update holds', () => {
    const before = sampleUser()
    const smuggled = { isSsoRequired: true, isSuperuser: true, organizationId: 'or-other' }
    const decision = decideUpdateUser(before, smuggled as UserUpdate, NOW)
    expect(decision.ok && decision.value.after).toEqual({
      ...before,
      isSsoRequired: true,
      version: 8,
      updatedAt: NOW,
    })
  })
})
