/**
 * Reading a page of users: what was read beside the caller is shown only if the caller may see it.
 */
import { describe, expect, it } from 'vitest'
import { listUsers, listUsersByNumber } from '../../../src/core/list-users.ts'
import type { Page, PageQuery } from '../../../src/core/ports.ts'
import {
  ORGANIZATION_ID,
  sampleCaller,
  samplePrincipal,
  sampleRule,
  sampleUser,
} from '../../support/sample.ts'
import { createScriptedUsers } from '../../support/scripted-store.ts'

const QUERY: PageQuery = {
  principal: samplePrincipal(),
  kind: 'EndUser',
  limit: 2,
  after: { createdAt: 5, id: 'us-5' },
}

/** Callers who see nothing. */
const REFUSED = [
  { reason: 'caller_unknown', page: { caller: null } },
  { reason: 'token_invalid', page: { isBearerRevoked: true } },
  { reason: 'caller_inactive', page: { caller: sampleCaller({ suspendedAt: 1 }) } },
  { reason: 'dialect_off', page: { caller: sampleCaller({}, { dialects: [] }) } },
  { reason: 'kind_refused', page: { caller: sampleCaller({ kind: 'EndUser' }) } },
  { reason: 'permission_missing', page: { caller: sampleCaller({ assignments: [] }) } },
] as const

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

  it.each(REFUSED)('throws the rows away and refuses with $reason', async ({ reason, page }) => {
    const { result } = await list({ users: [sampleUser()], ...page })
    expect(result).toMatchObject({ ok: false, failure: { reason } })
    expect(JSON.stringify(result)).not.toContain('ada@example.test')
  })
})

const PLACE = { principal: samplePrincipal(), offset: 20, limit: 10, isNewestFirst: true }

/** Lists by number from a store that holds two users of 41, in an organization that the request names. */
async function listByNumber(page: object = {}, organizationId?: string) {
  const items = [sampleUser(), sampleUser({ id: 'us-2' })]
  const found = { caller: sampleCaller(), isBearerRevoked: false, items, total: 41, ...page }
  const store = createScriptedUsers({ numberedPage: found })
  return {
    store,
    items,
    result: await listUsersByNumber(store, sampleRule(), PLACE, organizationId),
  }
}

const FOREIGN = 'or-11111-11111-1111111111111111'

describe('listUsersByNumber', () => {
  it.each([undefined, ORGANIZATION_ID])('answers for the organization %s', async (id) => {
    const { store, items, result } = await listByNumber({}, id)
    expect(result).toEqual({ ok: true, value: { items, total: 41 } })
    expect(store.asked.pages).toEqual([PLACE])
  })

  it.each([FOREIGN, ORGANIZATION_ID.toUpperCase(), ''])(
    'throws the rows away and refuses with organization_not_found for "%s"',
    async (organizationId) => {
      const { result } = await listByNumber({}, organizationId)
      const failure = { reason: 'organization_not_found', organizationId }
      expect(result).toEqual({ ok: false, failure })
    },
  )

  it.each(REFUSED)('refuses with $reason before it looks at the organization', async (row) => {
    const { result } = await listByNumber(row.page, FOREIGN)
    expect(result).toMatchObject({ ok: false, failure: { reason: row.reason } })
  })
})
