/**
 * The three powers to activate, and who can use them (invariant 6).
 */
import { describe, expect, it } from 'vitest'
import { isActiveEmployee, powersOf, POWERS, type Power } from '../../../src/core/powers.ts'
import { sampleAssignment, sampleUser } from '../../support/sample.ts'

const powersByRole = (...operations: string[]) =>
  powersOf({ isSuperuser: false, assignments: [sampleAssignment(operations)] })

describe('powersOf', () => {
  it.each<{ name: string; operations: string[]; powers: Power[] }>([
    { name: 'no operation', operations: [], powers: [] },
    {
      name: 'the Dfns operation',
      operations: ['Auth:Users:Activate'],
      powers: ['dfns_operation'],
    },
    {
      name: 'the Rinne permission',
      operations: ['user.edit'],
      powers: ['rinne_permission'],
    },
    { name: 'all of users', operations: ['user.*'], powers: ['rinne_permission'] },
    { name: 'everything', operations: ['*.*'], powers: ['rinne_permission'] },
    {
      name: 'both spellings',
      operations: ['user.edit', 'Auth:Users:Activate'],
      powers: ['dfns_operation', 'rinne_permission'],
    },
    {
      name: 'neighbours of both',
      operations: ['Auth:Users:Deactivate', 'Auth:Users:*', 'user.create', '*', 'xuser.edit'],
      powers: [],
    },
    {
      name: 'other cases',
      operations: ['auth:users:activate', 'User.Edit'],
      powers: [],
    },
  ])('lists $powers for $name', ({ operations, powers }) => {
    expect(powersByRole(...operations)).toEqual(powers)
  })

  it('collects the powers of several roles, once each', () => {
    const roles = [['user.edit'], ['Auth:Users:Activate'], ['user.*', 'user.edit']]
    const assignments = roles.map((operations) => sampleAssignment(operations))
    expect(powersOf({ isSuperuser: true, assignments })).toEqual([...POWERS])
  })

  it('lists the superuser flag without any role', () => {
    expect(powersOf({ isSuperuser: true, assignments: [] })).toEqual(['superuser'])
  })

  it('lists powers of inactive and archived users too', () => {
    const user = sampleUser({ isSuperuser: true, suspendedAt: 1, archivedAt: 2 })
    expect(powersOf(user)).toEqual(['superuser'])
  })
})

describe('isActiveEmployee', () => {
  it('takes an active person on the staff', () => {
    expect(isActiveEmployee(sampleUser())).toBe(true)
  })

  it.each([
    { name: 'an end user', members: { kind: 'EndUser' as const } },
    { name: 'a service account', members: { isServiceAccount: true } },
    { name: 'an inactive user', members: { suspendedAt: 1 } },
    { name: 'an archived user', members: { archivedAt: 1 } },
  ])('refuses $name', ({ members }) => {
    expect(isActiveEmployee(sampleUser(members))).toBe(false)
  })
})
