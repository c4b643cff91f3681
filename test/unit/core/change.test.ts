/**
 * Changes of a user, and the states that the record says they lead from and to.
 */
import { describe, expect, it } from 'vitest'
import {
  changeUser,
  isEffective,
  keepUser,
  statesOf,
  type Change,
} from '../../../src/core/change.ts'
import type { User } from '../../../src/core/user.ts'
import { NOW, sampleUser } from '../../support/sample.ts'

describe('changeUser', () => {
  it('changes the given members, raises the version by one and sets the time', () => {
    const before = sampleUser({ version: 7, updatedAt: 2_000 })
    expect(changeUser('update', before, { isSsoRequired: true }, NOW)).toEqual({
      action: 'update',
      before,
      after: { ...before, isSsoRequired: true, version: 8, updatedAt: NOW },
      credential: null,
    })
  })

  it('leaves the user before as it was', () => {
    const before = Object.freeze(sampleUser())
    expect(changeUser('update', before, { isSsoRequired: true }, NOW).before).toBe(before)
  })

  it('keeps the later time when the clock runs behind the store', () => {
    const before = sampleUser({ updatedAt: NOW + 5 })
    expect(changeUser('update', before, {}, NOW).after.updatedAt).toBe(NOW + 5)
  })
})

describe('keepUser', () => {
  it('answers with the same user before and after', () => {
    const user = sampleUser()
    const change = keepUser('activate', user)
    expect(change).toEqual({ action: 'activate', before: user, after: user, credential: null })
    expect(isEffective(change)).toBe(false)
  })
})

describe('isEffective', () => {
  it('tells a change, and a creation, from nothing to do', () => {
    const user = sampleUser()
    const creation: Change = { action: 'create', before: null, after: user, credential: null }
    expect(isEffective(changeUser('update', user, {}, NOW))).toBe(true)
    expect(isEffective(creation)).toBe(true)
  })
})

describe('statesOf', () => {
  const active = sampleUser()
  const inactive = sampleUser({ suspendedAt: 1 })
  const archived = sampleUser({ suspendedAt: 1, archivedAt: 2 })
  it.each<{ name: string; before: User | null; after: User; from: unknown; to: unknown }>([
    { name: 'an activation', before: inactive, after: active, from: 'inactive', to: 'active' },
    { name: 'a deactivation', before: active, after: inactive, from: 'active', to: 'inactive' },
    {
      name: 'an archiving of an active user',
      before: active,
      after: archived,
      from: 'active',
      to: 'archived',
    },
    {
      name: 'an archiving of an inactive user',
      before: inactive,
      after: archived,
      from: 'inactive',
      to: 'archived',
    },
    { name: 'a creation', before: null, after: active, from: null, to: 'active' },
    { name: 'an update', before: active, after: sampleUser(), from: null, to: null },
    { name: 'an update while inactive', before: inactive, after: inactive, from: null, to: null },
  ])('answers $from and $to for $name', ({ before, after, from, to }) => {
    const change: Change = { action: 'update', before, after, credential: null }
    expect(statesOf(change)).toEqual({ fromState: from, toState: to })
  })
})
