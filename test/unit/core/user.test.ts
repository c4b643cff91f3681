/**
 * What is derived of a user: its state, its operations, its addresses and numbers.
 */
import { describe, expect, it } from 'vitest'
import { identifiersOf, operationsOf, stateOf, type UserState } from '../../../src/core/user.ts'
import { sampleAssignment } from '../../support/sample.ts'

describe('stateOf', () => {
  it.each<{ suspendedAt: number | null; archivedAt: number | null; state: UserState }>([
    { suspendedAt: null, archivedAt: null, state: 'active' },
    { suspendedAt: 1, archivedAt: null, state: 'inactive' },
    { suspendedAt: 1, archivedAt: 2, state: 'archived' },
    { suspendedAt: null, archivedAt: 2, state: 'archived' },
    { suspendedAt: 0, archivedAt: null, state: 'inactive' },
    { suspendedAt: null, archivedAt: 0, state: 'archived' },
  ])(
    'answers $state when suspendedAt is $suspendedAt and archivedAt $archivedAt',
    ({ state, ...user }) => {
      expect(stateOf(user)).toBe(state)
    },
  )
})

describe('operationsOf', () => {
  it('lists what all roles hold, each operation once, in the order of the roles', () => {
    const assignments = [['b', 'a'], [], ['c', 'a', 'c']].map((list) => sampleAssignment(list))
    expect(operationsOf({ assignments })).toEqual(['b', 'a', 'c'])
    expect(operationsOf({ assignments: [] })).toEqual([])
  })
})

describe('identifiersOf', () => {
  it('keeps one type alone, in the order of the user', () => {
    const identifiers = ['+4930', 'b@x.test', 'a@x.test'].map((value) => ({
      id: value,
      type: value.startsWith('+') ? ('phone' as const) : ('email' as const),
      value,
      verifiedAt: null,
      createdAt: 1,
    }))
    expect(identifiersOf({ identifiers }, 'email')).toEqual(['b@x.test', 'a@x.test'])
    expect(identifiersOf({ identifiers }, 'phone')).toEqual(['+4930'])
  })
})
