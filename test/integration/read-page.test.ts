/**
 * Pages of users by keyset: none twice, none lost, whatever they have in common.
 */
import { describe, expect, it } from 'vitest'
import type { PageCursor } from '../../src/core/ports.ts'
import type { UserKind } from '../../src/core/user.ts'
import { principalOf, runSql, users } from '../support/commits.ts'
import { addRole, createWorld, type World } from '../support/world.ts'

/** Reads all pages of a world, and tells the ids page by page. */
async function readPages(
  world: World,
  caller: string,
  options: { limit: number; kind?: UserKind },
): Promise<string[][]> {
  const pages: string[][] = []
  let after: PageCursor | null = null
  do {
    const page = await users.readPage({
      principal: principalOf({ userId: caller, organizationId: world.organizationId }),
      kind: options.kind ?? null,
      limit: options.limit,
      after,
    })
    pages.push(page.users.map((user) => user.id))
    after = page.next
  } while (after !== null && pages.length < 100)
  return pages
}

/** A world of users who were all created in one millisecond, every other one an end user. */
async function setUp(count: number) {
  const world = await createWorld()
  const employees: string[] = []
  const endUsers: string[] = []
  for (let index = 0; index < count; index++) {
    const kind: UserKind = index % 2 === 0 ? 'CustomerEmployee' : 'EndUser'
    const id = await world.addUser({ kind, createdAt: 5_000 })
    ;(kind === 'EndUser' ? endUsers : employees).push(id)
  }
  const [caller = ''] = employees
  return { world, caller, employees: employees.sort(), endUsers: endUsers.sort() }
}

describe('readPage', () => {
  it('orders users of one millisecond by id, over pages of any size', async () => {
    const { world, caller, employees, endUsers } = await setUp(7)
    const all = [...employees, ...endUsers].sort()
    for (const limit of [1, 2, 3, 6, 7, 8]) {
      const pages = await readPages(world, caller, { limit })
      expect(pages.flat()).toEqual(all)
      expect(
        pages
          .map((page) => page.length)
          .slice(0, -1)
          .every((size) => size === limit),
      ).toBe(true)
    }
  })

  it('ends with the page that holds the last user, without an empty one', async () => {
    const { world, caller } = await setUp(4)
    expect((await readPages(world, caller, { limit: 2 })).map(({ length }) => length)).toEqual([
      2, 2,
    ])
    expect((await readPages(world, caller, { limit: 4 })).map(({ length }) => length)).toEqual([4])
  })

  it('orders by time before id', async () => {
    const world = await createWorld()
    const ids: string[] = []
    for (const createdAt of [30, 10, 20]) ids.push(await world.addUser({ createdAt }))
    const [late = '', early = '', middle = ''] = ids
    expect(await readPages(world, late, { limit: 1 })).toEqual([[early], [middle], [late]])
  })

  it('reads one kind alone', async () => {
    const { world, caller, employees, endUsers } = await setUp(7)
    const read = (kind: UserKind) => readPages(world, caller, { limit: 2, kind })
    expect((await read('CustomerEmployee')).flat()).toEqual(employees)
    expect((await read('EndUser')).flat()).toEqual(endUsers)
  })

  it('leaves archived users out, and keeps inactive ones', async () => {
    const { world, caller, employees, endUsers } = await setUp(6)
    const [archived = '', suspended = ''] = endUsers
    await runSql('UPDATE users SET archived_at = 1 WHERE id = ?', archived)
    await runSql('UPDATE users SET suspended_at = 1 WHERE id = ?', suspended)
    const rest = [...employees, ...endUsers].filter((id) => id !== archived).sort()
    expect((await readPages(world, caller, { limit: 2 })).flat()).toEqual(rest)
  })

  it('loses nobody when users come and go between two pages', async () => {
    const { world, caller, employees, endUsers } = await setUp(6)
    const all = [...employees, ...endUsers].sort()
    const principal = principalOf({ userId: caller, organizationId: world.organizationId })
    const first = await users.readPage({ principal, kind: null, limit: 3, after: null })
    await runSql('UPDATE users SET archived_at = 1 WHERE id = ? AND id <> ?', all[2], caller)
    const newest = await world.addUser({ createdAt: 9_000 })
    const second = await users.readPage({ principal, kind: null, limit: 10, after: first.next })
    expect(second.users.map((user) => user.id)).toEqual([...all.slice(3), newest])
    expect(second.next).toBeNull()
  })

  it('stays in the organization, whatever place the cursor names', async () => {
    const [here, there] = [await setUp(3), await setUp(3)]
    const ids = (await readPages(here.world, here.caller, { limit: 2 })).flat()
    expect(ids).toHaveLength(3)
    expect(ids.filter((id) => [...there.employees, ...there.endUsers].includes(id))).toEqual([])
    const { users: found } = await users.readPage({
      principal: principalOf({ userId: here.caller, organizationId: here.world.organizationId }),
      kind: null,
      limit: 10,
      after: { createdAt: 0, id: there.caller },
    })
    expect(found.map((user) => user.organizationId)).toEqual(
      Array.from({ length: 3 }, () => here.world.organizationId),
    )
  })

  it('shows each user once, whatever it holds', async () => {
    const { world, caller } = await setUp(2)
    await addRole(world.organizationId, caller, ['a', 'b'])
    await addRole(world.organizationId, caller, ['c'])
    await runSql(
      `INSERT INTO user_identifiers (id, user_id, organization_id, type, value, created_at)
        VALUES (?, ?, ?, 'phone', '+4930123456', 9)`,
      `id-${caller}`,
      caller,
      world.organizationId,
    )
    const principal = principalOf({ userId: caller, organizationId: world.organizationId })
    const page = await users.readPage({ principal, kind: null, limit: 10, after: null })
    const found = page.users.find((user) => user.id === caller)
    expect(page.users).toHaveLength(2)
    expect(found?.assignments.map(({ role }) => role.operations).sort()).toEqual([
      ['a', 'b'],
      ['c'],
    ])
    expect(found?.identifiers.map(({ type }) => type).sort()).toEqual(['email', 'phone'])
    expect(page.caller?.user).toEqual(found)
  })
})
