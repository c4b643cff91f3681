/**
 * What is derived of a user: its state and its display name.
 */
import { describe, expect, it } from 'vitest'
import { displayNameOf, stateOf, type UserState } from '../../../src/core/user.ts'

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

describe('displayNameOf', () => {
  it.each<{ firstName: string | null; lastName: string | null; name: string }>([
    { firstName: 'Ada', lastName: 'Lovelace', name: 'Ada Lovelace' },
    { firstName: 'Ada', lastName: null, name: 'Ada' },
    { firstName: null, lastName: 'Lovelace', name: 'Lovelace' },
    { firstName: null, lastName: null, name: 'ada@example.test' },
    { firstName: '', lastName: 'Lovelace', name: 'Lovelace' },
    { firstName: '', lastName: '', name: 'ada@example.test' },
  ])(
    'answers "$name" when the names are $firstName and $lastName',
    ({ name, firstName, lastName }) => {
      expect(displayNameOf({ firstName, lastName, username: 'ada@example.test' })).toBe(name)
    },
  )
})
