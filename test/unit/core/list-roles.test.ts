/**
 * Reading a page of roles: what was read beside the caller is shown only if the caller may see it.
 */
import { describe, expect, it } from 'vitest'
import { listRoles } from '../../../src/core/list-roles.ts'
import type { RolePageQuery } from '../../../src/core/ports.ts'
import { sampleCaller, samplePrincipal, sampleRole, sampleRule } from '../../support/sample.ts'
import { createScriptedUsers } from '../../support/scripted-store.ts'

const QUERY: RolePageQuery = {
  principal: samplePrincipal(),
  offset: 10,
  limit: 5,
  namePart: 'port',
}

/** Lists from a store that holds one role of eleven. */
async function list(page: object = {}) {
  const items = [sampleRole(['user.read'], { name: 'Support' })]
  const found = { caller: sampleCaller(), isBearerRevoked: false, items, total: 11, ...page }
  const store = createScriptedUsers({ rolePage: found })
  return { store, items, result: await listRoles(store, sampleRule({ isMutation: false }), QUERY) }
}

describe('listRoles', () => {
  it('answers with roles and total, and nothing of the caller, in one reading', async () => {
    const { store, items, result } = await list()
    expect(result).toEqual({ ok: true, value: { items, total: 11 } })
    expect(store.asked).toEqual({ pages: [QUERY], snapshots: [], commits: [], answers: [] })
  })

  it.each([
    { reason: 'caller_unknown', page: { caller: null } },
    { reason: 'token_invalid', page: { isBearerRevoked: true } },
    { reason: 'permission_missing', page: { caller: sampleCaller({ assignments: [] }) } },
  ])('throws the rows away and refuses with $reason', async ({ reason, page }) => {
    const { result } = await list(page)
    expect(result).toMatchObject({ ok: false, failure: { reason } })
    expect(JSON.stringify(result)).not.toContain('Support')
  })
})
