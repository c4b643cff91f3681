/**
 * Reading a page of users: what was read beside the caller is shown only if the caller may see it.
 */
import { describe, expect, it } from 'vitest'
import { listUsers } from '../../../src/core/list-users.ts'
import type { Page, PageQuery } from '../../../src/core/ports.ts'
import { sampleCaller, samplePrincipal, sampleRule, sampleUser } from '../../support/sample.ts'
import { createScriptedUsers } from '../../support/scripted-store.ts'

const QUERY: PageQuery = {
  principal: samplePrincipal(),
  kind: 'EndUser',
  limit: 2,
  after: { createdAt: 5, id: 'us-5' },
}

/** Lists from a store that holds a page. */
async function list(members: Partial<Page>) {
  const page = { caller: sampleCaller(), isBearerRevoked: false, users: [], next: null, ...members }
  const store = createScriptedUsers({ page })
  return { store, result: await listUsers(store, sampleRule({ isMutation: false }), QUERY) }
}

describe('listUsers', () => {
  it('answers with users and next place, and nothing of the caller', async () => {
    const users = [sampleUser(), sampleUser({ id: 'us-2' })]
    const next = { createdAt: 9, id: 'us-2' }
    const { result } = await list({ users, next })
    expect(result).toEqual({ ok: true, value: { users, next } })
  })

  it('asks the store once, with the query as it came', async () => {
    const { store } = await list({})
    expect(store.asked.pages).toEqual([QUERY])
    expect(store.asked.snapshots).toEqual([])
  })

  it.each([
    { reason: 'caller_unknown', page: { caller: null } },
    { reason: 'token_invalid', page: { isBearerRevoked: true } },
    { reason: 'caller_inactive', page: { caller: sampleCaller({ suspendedAt: 1 }) } },
    { reason: 'dialect_off', page: { caller: sampleCaller({}, { dialects: [] }) } },
    { reason: 'kind_refused', page: { caller: sampleCaller({ kind: 'EndUser' }) } },
    { reason: 'permission_missing', page: { caller: sampleCaller({ assignments: [] }) } },
  ] as const)('throws the rows away and refuses with $reason', async ({ reason, page }) => {
    const { result } = await list({ users: [sampleUser()], ...page })
    expect(result).toMatchObject({ ok: false, failure: { reason } })
    expect(JSON.stringify(result)).not.toContain('ada@example.test')
  })
})
