/**
 * The decision to grant roles: all or none, and none that holds more than whoever grants it.
 */
import { describe, expect, it } from 'vitest'
import { decideGrants, type GrantRequest } from '../../../src/core/grant-roles.ts'
import { operationsOf } from '../../../src/core/user.ts'
import { sampleAdmin, sampleAssignment, sampleRole, userId } from '../../support/sample.ts'

const CALLER = sampleAdmin({
  assignments: [
    sampleAssignment(['user.read', 'user.edit'], { id: 'pm-1' }),
    sampleAssignment(['role.read'], { id: 'pm-2' }),
  ],
})

const SUPPORT = sampleRole(['user.read'], { id: 'pm-support', name: 'Support' })
const EDITOR = sampleRole(['role.read', 'user.edit'], { id: 'pm-editor', name: 'Editor' })
const NOTHING = sampleRole([], { id: 'pm-nothing', name: 'Nothing' })
const ADMIN = sampleRole(['user.read', 'user.delete', '*.*'], { id: 'pm-admin', name: 'Admin' })

/** Decides a grant by a caller that holds what its roles spell; ids come in the given order. */
function decide(names: readonly string[], request: Partial<GrantRequest> = {}) {
  const ids = ['as-3', 'as-1', 'as-2']
  return decideGrants(CALLER, {
    names,
    roles: [ADMIN, NOTHING, EDITOR, SUPPORT],
    holds: (user, operation) => operationsOf(user).includes(operation),
    newAssignmentId: () => ids.shift() ?? 'as-9',
    ...request,
  })
}

describe('decideGrants', () => {
  it('grants in the order of the names, by ids that rise with it', () => {
    expect(decide(['Support', 'Nothing', 'Editor'])).toEqual({
      ok: true,
      value: [
        { id: 'as-1', role: SUPPORT },
        { id: 'as-2', role: NOTHING },
        { id: 'as-3', role: EDITOR },
      ],
    })
  })

  it('grants nothing when nothing is named', () => {
    expect(decide([])).toEqual({ ok: true, value: [] })
  })

  it.each([
    { name: 'that does not exist', names: ['Support', 'Unknown', 'Admin'], index: 1 },
    { name: 'in another case', names: ['support'], index: 0 },
    { name: 'with a blank', names: ['Support', 'Editor', 'Nothing '], index: 2 },
  ])('refuses a role $name, and names its place', ({ names, index }) => {
    expect(decide(names)).toEqual({ ok: false, failure: { reason: 'role_not_found', index } })
  })

  it('refuses a role of more than the caller holds, and names the first operation', () => {
    expect(decide(['Support', 'Admin', 'Unknown'])).toEqual({
      ok: false,
      failure: {
        reason: 'permission_missing',
        kind: 'CustomerEmployee',
        userId: userId('admin'),
        operation: 'user.delete',
      },
    })
  })

  it("asks the dialect's rule for each operation of the roles named, of the caller", () => {
    const asked: unknown[] = []
    const holds: GrantRequest['holds'] = (user, operation) => asked.push([user.id, operation]) > 0
    expect(decide(['Editor', 'Admin'], { holds }).ok).toBe(true)
    const operations = [...EDITOR.operations, ...ADMIN.operations]
    expect(asked).toEqual(operations.map((operation) => [CALLER.id, operation]))
  })
})
