/**
 * Rinne's permissions: what a wildcard covers, and that it covers nothing else.
 */
import { describe, expect, it } from 'vitest'
import { powersOf } from '../../../../src/core/powers.ts'
import { covers } from '../../../../src/dialects/rinne/permission.ts'
import { sampleAssignment } from '../../../support/sample.ts'

/** By the permission that is held, what it covers; whoever grants a wildcard must hold as much itself. */
const COVERED: Readonly<Record<string, readonly string[]>> = {
  'user.edit': ['user.edit'],
  'merchant.user.edit': ['merchant.user.edit'],
  'user.*': ['user.edit', 'user.two_words-1', 'user.*'],
  'merchant.*': ['merchant.read', 'merchant.user.edit', 'merchant.a.b.c', 'merchant.user.*'],
  'merchant.user.*': ['merchant.user.edit'],
  '*.*': ['user.edit', 'merchant.user.edit', 'user.*', 'merchant.user.*', '*.*'],
  // What is spelled alike is the same, whatever it is.
  'Auth:Users:Activate': ['Auth:Users:Activate'],
}

/** By the permission that is held, neighbours that it does not cover. */
const NOT_COVERED: Readonly<Record<string, readonly string[]>> = {
  'user.edit': ['user.read', 'user.edits', 'merchant.user.edit', 'user.*'],
  'merchant.user.edit': ['user.edit'],
  'user.*': ['username.edit', 'superuser.edit', 'merchant.user.edit', 'user', '*.*', '*.edit'],
  'merchant.user.*': ['merchant.edit', 'merchant.username.edit', 'merchant.*'],
  // Wildcards stand at the end, for one resource or for everything.
  user: ['user.edit'],
  'user.': ['user.edit'],
  '*': ['user.edit'],
  '.*': ['.edit'],
  '*.edit': ['user.edit'],
  'user.*.edit': ['user.own.edit'],
  '*.*.*': ['merchant.user.edit'],
  'user.e*': ['user.edit'],
  // Operations of other dialects and what is spelled otherwise are no permissions.
  '*.*': ['Auth:Users:Activate', 'User.edit', 'user.edit ', 'user.edit\n', 'user..edit', '*', ''],
  'Auth:*': ['Auth:Users:Activate'],
  'Auth:Users.*': ['Auth:Users.Activate'],
  'USER.EDIT': ['user.edit'],
  'User.*': ['user.edit', 'User.edit'],
  ' user.edit': ['user.edit'],
  'user.* ': ['user.edit'],
  '': ['user.edit'],
}

const rowsOf = (table: typeof COVERED) =>
  Object.entries(table).flatMap(([held, all]) => all.map((wanted) => ({ held, wanted })))

describe('covers', () => {
  it.each(rowsOf(COVERED))('lets "$held" do "$wanted"', ({ held, wanted }) => {
    expect(covers(held, wanted)).toBe(true)
  })

  it.each(rowsOf(NOT_COVERED))('keeps "$held" from "$wanted"', ({ held, wanted }) => {
    expect(covers(held, wanted)).toBe(false)
  })

  it('covers the permission to activate in the spellings that the store looks for', () => {
    const spellings = [...new Set([...Object.keys(COVERED), ...Object.keys(NOT_COVERED)])]
    const isPower = (held: string) =>
      powersOf({ isSuperuser: false, assignments: [sampleAssignment([held])] }).length > 0
    const rinne = spellings.filter((held) => !held.startsWith('Auth:'))
    expect(rinne.filter((held) => covers(held, 'user.edit'))).toEqual(rinne.filter(isPower))
    expect(rinne.filter(isPower)).toEqual(['user.edit', 'user.*', '*.*'])
  })
})
