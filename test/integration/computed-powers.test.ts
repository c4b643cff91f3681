/**
 * `roles` computes the powers that core/powers.ts lists: SQL and code give one answer to one question (invariant 6).
 */
import { describe, expect, it } from 'vitest'
import { powersOf } from '../../src/core/powers.ts'
import { readRow, runSql } from '../support/commits.ts'
import { addRole, createWorld } from '../support/world.ts'
import { sampleAssignment } from '../support/sample.ts'

const LISTS: readonly { name: string; operations: string[] }[] = [
  { name: 'nothing', operations: [] },
  { name: 'the Dfns operation', operations: ['Auth:Users:Activate'] },
  { name: 'the Dfns operation among others', operations: ['A', 'Auth:Users:Activate', 'B'] },
  { name: 'the Rinne permission', operations: ['user.edit'] },
  { name: 'all of users', operations: ['user.*'] },
  { name: 'everything', operations: ['*.*'] },
  { name: 'both spellings', operations: ['*.*', 'Auth:Users:Activate'] },
  { name: 'other operations', operations: ['Auth:Users:Deactivate', 'user.create', 'role.*'] },
  { name: 'other cases', operations: ['auth:users:activate', 'USER.EDIT'] },
  { name: 'longer names', operations: ['Auth:Users:Activate:All', 'user.edits', 'a.user.edit'] },
  { name: 'blanks around', operations: [' Auth:Users:Activate', 'user.edit '] },
  { name: 'two in one text', operations: ['Auth:Users:Activate,user.edit'] },
  { name: 'quotes around', operations: ['"Auth:Users:Activate"', '"user.edit"', '"*.*"'] },
  { name: 'a quote in front', operations: ['a"Auth:Users:Activate', 'a"user.edit', 'a"user.*'] },
  { name: 'a quote behind', operations: ['Auth:Users:Activate"a', 'user.edit"a', '*.*"'] },
  { name: 'a backslash in front', operations: ['\\Auth:Users:Activate', '\\user.edit'] },
  { name: 'a backslash before a quote', operations: ['a\\"user.edit', 'a\\\\"user.*'] },
  { name: 'a backslash at the end of a neighbour', operations: ['a\\', 'user.edit'] },
  { name: 'a line feed in front', operations: ['\nuser.edit', '\tuser.*'] },
]

describe('grants_dfns_activate and grants_rinne_activate', () => {
  it.each(LISTS)('equal the powers of a role with $name', async ({ operations }) => {
    const world = await createWorld()
    const { roleId } = await addRole(world.organizationId, await world.addUser(), operations)
    const row = await readRow(
      'SELECT grants_dfns_activate AS dfns, grants_rinne_activate AS rinne FROM roles WHERE id = ?',
      roleId,
    )
    const powers = powersOf({ isSuperuser: false, assignments: [sampleAssignment(operations)] })
    expect(row).toEqual({
      dfns: Number(powers.includes('dfns_operation')),
      rinne: Number(powers.includes('rinne_permission')),
    })
  })

  it('follow a change of the role', async () => {
    const world = await createWorld()
    const { roleId } = await addRole(world.organizationId, await world.addUser(), ['user.edit'])
    await runSql("UPDATE roles SET operations = '[]' WHERE id = ?", roleId)
    expect(
      await readRow('SELECT grants_rinne_activate AS rinne FROM roles WHERE id = ?', roleId),
    ).toEqual({ rinne: 0 })
  })
})
