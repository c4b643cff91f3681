/**
 * Pages by number on real D1: of users, with the organization's own count, and of roles; and roles by name.
 */
import { describe, expect, it } from 'vitest'
import type { NumberedPageQuery, RolePageQuery } from '../../src/core/ports.ts'
import { principalOf, readRow, runSql, users } from '../support/commits.ts'
import { addRole, createWorld, type World } from '../support/world.ts'

/** Reads a page of users as somebody of a world. */
const readUsers = (world: World, userId: string, query: Partial<NumberedPageQuery> = {}) =>
  users.readNumberedPage({
    principal: principalOf({ userId, organizationId: world.organizationId }),
    offset: 0,
    limit: 100,
    isNewestFirst: false,
    ...query,
  })

/** A world of users of three times, most of them of one millisecond; ids in the order of their creation. */
async function setUp() {
  const world = await createWorld()
  const last = await world.addUser({ createdAt: 30 })
  const first = await world.addUser({ createdAt: 10 })
  const middle: string[] = []
  for (let count = 0; count < 5; count++) middle.push(await world.addUser({ createdAt: 20 }))
  return { world, caller: last, ids: [first, ...middle.sort(), last] }
}

describe('readNumberedPage', () => {
  it('orders by time and then by id, both ways, over pages of any size', async () => {
    const { world, caller, ids } = await setUp()
    for (const limit of [1, 3, 6, 7, 8]) {
      for (const isNewestFirst of [true, false]) {
        const found: string[] = []
        for (let offset = 0; offset < ids.length; offset += limit) {
          const { items } = await readUsers(world, caller, { limit, offset, isNewestFirst })
          found.push(...items.map(({ id }) => id))
        }
        expect(found).toEqual(isNewestFirst ? [...ids].reverse() : ids)
      }
    }
  })

  it.each([7, 99_999_900])('reads nobody behind %i of seven, and counts all', async (offset) => {
    const { world, caller } = await setUp()
    expect(await readUsers(world, caller, { offset })).toMatchObject({ items: [], total: 7 })
  })

  it("takes the total from the organization's own count", async () => {
    const { world, caller } = await setUp()
    const { organizationId } = world
    await runSql('UPDATE organizations SET user_count = 4711 WHERE id = ?', organizationId)
    expect((await readUsers(world, caller, { limit: 1 })).total).toBe(4711)
  })

  it('leaves archived users out before it counts places, and keeps inactive ones', async () => {
    const { world, caller, ids } = await setUp()
    await runSql('UPDATE users SET archived_at = 1 WHERE id = ?', ids[1])
    await runSql('UPDATE users SET suspended_at = 1 WHERE id = ?', ids[2])
    const { items } = await readUsers(world, caller, { offset: 1, limit: 2 })
    expect(items.map(({ id }) => id)).toEqual(ids.slice(2, 4))
  })

  it('never reads users of another organization', async () => {
    const [here, there] = [await setUp(), await setUp()]
    const { items, total } = await readUsers(here.world, here.caller)
    expect(items.map(({ id }) => id)).toEqual(here.ids)
    expect(total).toBe(here.ids.length)
    expect(items.filter(({ id }) => there.ids.includes(id))).toEqual([])
  })

  it('shows users and caller as the other page does', async () => {
    const { world, caller } = await setUp()
    await addRole(world.organizationId, caller, ['user.read'])
    const principal = principalOf({ userId: caller, organizationId: world.organizationId })
    const byKeyset = await users.readPage({ principal, kind: null, limit: 100, after: null })
    const byNumber = await readUsers(world, caller)
    expect(byNumber.items).toEqual(byKeyset.users)
    expect(byNumber.caller).toEqual(byKeyset.caller)
    expect(byNumber.isBearerRevoked).toBe(false)
  })
})

/** A world with roles of the given names, all of them its caller's. */
async function setRoles(names: readonly string[]) {
  const world = await createWorld()
  const caller = await world.addUser()
  for (const name of names) {
    const { roleId } = await addRole(world.organizationId, caller, ['user.read', name])
    await runSql("UPDATE roles SET name = ?, description = 'd' WHERE id = ?", name, roleId)
  }
  const principal = principalOf({ userId: caller, organizationId: world.organizationId })
  const readNames = async (query: Partial<RolePageQuery> = {}) => {
    const page = await users.readRolePage({
      principal,
      offset: 0,
      limit: 50,
      namePart: null,
      ...query,
    })
    return { names: page.items.map(({ name }) => name), total: page.total }
  }
  return { world, caller, principal, readNames }
}

describe('readRolePage', () => {
  it('orders by name, and counts all whatever the page', async () => {
    const { readNames } = await setRoles(['c', 'a', 'd', 'b'])
    expect(await readNames()).toEqual({ names: ['a', 'b', 'c', 'd'], total: 4 })
    expect(await readNames({ offset: 1, limit: 2 })).toEqual({ names: ['b', 'c'], total: 4 })
    expect(await readNames({ offset: 4 })).toEqual({ names: [], total: 4 })
  })

  it.each([
    { namePart: 'supp', names: ['Customer SUPPORT', 'support'] },
    { namePart: 'SUPPORT', names: ['Customer SUPPORT', 'support'] },
    { namePart: 'r s', names: ['Customer SUPPORT'] },
    { namePart: '%', names: ['100% sure'] },
    { namePart: '_', names: ['read_only'] },
    { namePart: "o'", names: ["o'hara"] },
    { namePart: '*', names: [] },
    { namePart: '\\', names: [] },
  ])('finds $names by the part "$namePart", to the letter', async ({ namePart, names }) => {
    const all = ['support', 'Customer SUPPORT', '100% sure', 'read_only', 'readXonly', "o'hara"]
    const { readNames } = await setRoles(all)
    expect(await readNames({ namePart })).toEqual({ names, total: names.length })
    expect(await readNames({ namePart, limit: 1 })).toEqual({
      names: names.slice(0, 1),
      total: names.length,
    })
  })

  it('never reads roles of another organization', async () => {
    const [here] = [await setRoles(['one', 'two']), await setRoles(['one', 'three'])]
    expect(await here.readNames()).toEqual({ names: ['one', 'two'], total: 2 })
    expect(await here.readNames({ namePart: 'three' })).toEqual({ names: [], total: 0 })
  })
})

describe('a role', () => {
  it('is read whole and alike by page, by name and with its holder', async () => {
    const { world, caller, principal } = await setRoles(['Support'])
    await runSql(`UPDATE users SET metadata = '{"team":["a"]}' WHERE id = ?`, caller)
    const row = await readRow('SELECT * FROM roles WHERE organization_id = ?', world.organizationId)
    const role = {
      id: row?.['id'],
      organizationId: world.organizationId,
      name: 'Support',
      description: 'd',
      operations: ['user.read', 'Support'],
      version: 1,
      createdAt: row?.['created_at'],
      updatedAt: row?.['updated_at'],
    }
    const page = await users.readRolePage({ principal, offset: 0, limit: 1, namePart: null })
    const query = {
      principal,
      targetId: caller,
      roleNames: ['Support'],
    }
    const snapshot = await users.readSnapshot(query)
    expect(page.items).toEqual([role])
    expect(snapshot.roles).toEqual([role])
    expect(snapshot.target?.assignments.map((one) => one.role)).toEqual([role])
    expect(snapshot.target?.metadata).toEqual({ team: ['a'] })
    expect([page.caller, snapshot.caller].map((one) => one?.user)).toEqual([
      snapshot.target,
      snapshot.target,
    ])
  })

  it('is found by its very name, in its own organization alone', async () => {
    const { principal } = await setRoles(['Support', 'Audit', 'Other'])
    await setRoles(['Support', 'Foreign'])
    const roleNames = ['Audit', 'support', 'Foreign', 'Support', "x' OR '1", 'Supp%']
    const query = {
      principal,
      roleNames,
    }
    const { roles } = await users.readSnapshot(query)
    expect(roles.map(({ name }) => name).sort()).toEqual(['Audit', 'Support'])
    expect(new Set(roles.map(({ organizationId }) => organizationId)).size).toBe(1)
  })
})
