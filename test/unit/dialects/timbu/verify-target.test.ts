/**
 * What Timbu asks of a target: an address of its own, and a state that changes.
 */
import { describe, expect, it } from 'vitest'
import { verifyTarget } from '../../../../src/dialects/timbu/verify-target.ts'
import { ORGANIZATION_ID, sampleUser, userId } from '../../../support/sample.ts'

/** A target with two addresses and a number; its username is none of them. */
const targetOf = (suspendedAt: number | null) =>
  sampleUser({
    suspendedAt,
    identifiers: ['+49301234567', 'first@example.test', 'second@example.test'].map((value) => ({
      id: value,
      type: value.startsWith('+') ? 'phone' : 'email',
      value,
      verifiedAt: null,
      createdAt: 1,
    })),
  })

describe('verifyTarget', () => {
  it.each(['first@example.test', 'second@example.test'])('takes a target by %s', (email) => {
    const target = targetOf(1)
    expect(verifyTarget(target, email, 'active')).toEqual({ ok: true, value: target })
    expect(verifyTarget(targetOf(null), email, 'inactive').ok).toBe(true)
  })

  it.each([
    { name: 'of nobody', email: 'third@example.test' },
    { name: 'that is its username', email: 'ada@example.test' },
    { name: 'that is its number', email: '+49301234567' },
    { name: 'that is empty', email: '' },
  ])('refuses an address $name as an unknown user, whatever the state', ({ email }) => {
    const ids = { userId: userId('target'), organizationId: ORGANIZATION_ID }
    for (const suspendedAt of [null, 1]) {
      const verified = verifyTarget(targetOf(suspendedAt), email, 'active')
      expect(verified).toEqual({ ok: false, failure: { reason: 'user_not_found', ...ids } })
    }
  })

  it.each([
    { state: 'active', suspendedAt: null },
    { state: 'inactive', suspendedAt: 1 },
  ] as const)('refuses a target that is $state already', ({ state, suspendedAt }) => {
    const verified = verifyTarget(targetOf(suspendedAt), 'first@example.test', state)
    expect(verified).toEqual({ ok: false, failure: { reason: 'state_unchanged', state } })
  })
})
