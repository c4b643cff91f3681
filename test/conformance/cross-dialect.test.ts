/**
 * One user, three views: what one dialect changes the others show at once, under the same id.
 */
import { describe, expect, it } from 'vitest'
import { call, change, type Reply } from '../support/api.ts'
import { expectOneEvent } from '../support/records.ts'
import {
  ALL_DFNS,
  ALL_RINNE,
  createWorld,
  readUserRow,
  type Actor,
  type World,
} from '../support/world.ts'

/** How a dialect changes a user's state, and how it shows it. */
interface View {
  readonly name: 'dfns' | 'timbu' | 'rinne'
  readonly set: (actor: Actor, userId: string, isActive: boolean) => Promise<Reply>
  readonly see: (actor: Actor, userId: string) => Promise<boolean>
}

const timbuBody = (userId: string, isActive: boolean) => ({
  email: `${userId}@example.test`,
  is_active: isActive,
})

const VIEWS: readonly View[] = [
  {
    name: 'dfns',
    set: (actor, userId, isActive) =>
      change(actor, {
        method: 'PUT',
        path: `/auth/users/${userId}/${isActive ? 'activate' : 'deactivate'}`,
      }),
    see: async ({ token }, userId) => {
      const { json } = await call({ path: `/auth/users/${userId}`, token })
      return json['isActive'] as unknown as boolean
    },
  },
  {
    name: 'timbu',
    set: ({ token }, userId, isActive) =>
      call({
        method: 'PUT',
        path: `/users/${userId}/${isActive ? 'activate' : 'deactivate'}`,
        token,
        body: timbuBody(userId, isActive),
      }),
    // Its reads do not tell the state; its changes refuse to lead where the user already is.
    see: async ({ token }, userId) => {
      const row = await readUserRow(userId)
      const isActive = (row as Record<string, unknown>)['suspended_at'] === null
      const { status, json } = await call({
        method: 'PUT',
        path: `/users/${userId}/${isActive ? 'activate' : 'deactivate'}`,
        token,
        body: timbuBody(userId, isActive),
      })
      expect(status).toBe(403)
      expect(json['detail']).toBe(`this user is already ${isActive ? 'active' : 'inactive'}`)
      return isActive
    },
  },
  {
    name: 'rinne',
    set: ({ token }, userId, isActive) =>
      call({
        method: 'POST',
        path: `/core/v1/users/${userId}/${isActive ? 'activate' : 'suspend'}`,
        token,
        body: {},
      }),
    see: async ({ token }, userId) => {
      const { json } = await call({ path: `/core/v1/users/${userId}`, token })
      return !('suspended_at' in json)
    },
  },
]

const PAIRS = VIEWS.flatMap((by) =>
  VIEWS.map((seen) => ({ name: `${by.name} does is seen by ${seen.name}`, by, seen })),
)

/** Somebody who may everything in every dialect. */
const addAdministrator = (world: World): Promise<Actor> =>
  world.addActor({ operations: [...ALL_DFNS, ...ALL_RINNE], isSuperuser: true })

describe('one user in three dialects', () => {
  it.each(PAIRS)('is active when what $name', async ({ by, seen }) => {
    const world = await createWorld()
    const actor = await addAdministrator(world)
    const target = await world.addUser({ suspendedAt: 1 })
    expect(await seen.see(actor, target)).toBe(false)
    expect((await by.set(actor, target, true)).status).toBe(200)
    expect(await seen.see(actor, target)).toBe(true)
    const states = { action: 'activate', from: 'inactive', to: 'active', dialect: by.name }
    await expectOneEvent(target, actor, states)
  })

  it.each(PAIRS)('is inactive when what $name', async ({ by, seen }) => {
    const world = await createWorld()
    const actor = await addAdministrator(world)
    const target = await world.addUser()
    expect(await seen.see(actor, target)).toBe(true)
    expect((await by.set(actor, target, false)).status).toBe(200)
    expect(await seen.see(actor, target)).toBe(false)
    const states = { action: 'deactivate', from: 'active', to: 'inactive', dialect: by.name }
    await expectOneEvent(target, actor, states)
  })

  it.each(VIEWS)('is shut out of all three when $name deactivates it', async ({ set }) => {
    const world = await createWorld()
    const [actor, target] = [await addAdministrator(world), await addAdministrator(world)]
    const ask = (path: string) => call({ path, token: target.token })
    const paths = [`/auth/users/${target.userId}`, '/users/me', '/v1/auth/me']
    for (const path of paths) expect((await ask(path)).status).toBe(200)
    expect((await set(actor, target.userId, false)).status).toBe(200)
    const shut = await Promise.all(paths.map(async (path) => (await ask(path)).status))
    expect(shut).toEqual([401, 403, 401])
    // The token stays dead after the reactivation, for the epoch does not fall.
    expect((await set(actor, target.userId, true)).status).toBe(200)
    const dead = await Promise.all(paths.map(async (path) => (await ask(path)).status))
    expect(dead).toEqual([401, 403, 401])
  })

  it('is found by none once it is archived', async () => {
    const world = await createWorld()
    const actor = await addAdministrator(world)
    const target = await world.addUser()
    const archive = await change(actor, { method: 'DELETE', path: `/auth/users/${target}` })
    expect(archive.status).toBe(200)
    for (const { set } of VIEWS) {
      expect((await set(actor, target, true)).status).toBe(404)
      expect((await set(actor, target, false)).status).toBe(404)
    }
    const { token } = actor
    for (const path of [`/auth/users/${target}`, `/v1/users/${target}`]) {
      expect((await call({ path, token })).status).toBe(404)
    }
    for (const path of [
      '/auth/users',
      '/v1/users',
      `/organizations/${world.organizationId}/users`,
    ]) {
      const { text } = await call({ path, token })
      expect(text).toContain(actor.userId)
      expect(text).not.toContain(target)
    }
  })

  it.each([
    { name: 'a long local part', email: (id: string) => `${id.padEnd(64, 'x')}@example.test` },
    { name: 'a tag and a quote', email: (id: string) => `${id}+a'b@mail.example.test` },
  ])('is switched by Timbu under an address with $name, which Rinne stored', async ({ email }) => {
    const world = await createWorld()
    const actor = await addAdministrator(world)
    const value = email(world.organizationId)
    const created = await call({
      method: 'POST',
      path: '/v1/users',
      token: actor.token,
      body: { identifiers: [{ type: 'email', value }], first_name: 'Ada', last_name: 'King' },
    })
    expect(created.status).toBe(201)
    const reply = await call({
      method: 'PUT',
      path: `/users/${created.json['id']}/deactivate`,
      token: actor.token,
      body: { email: value.toUpperCase(), is_active: false },
    })
    expect(reply.text).toBe('{"message":"success"}')
  })

  it.each([
    {
      name: 'both names',
      given: { firstName: 'Ada', lastName: 'King Lovelace' },
      joined: 'Ada King Lovelace',
    },
    { name: 'a first name alone', given: { firstName: 'Ada', lastName: null }, joined: 'Ada' },
    {
      name: 'a last name alone',
      given: { firstName: null, lastName: 'Lovelace' },
      joined: 'Lovelace',
    },
    { name: 'no name', given: { firstName: null, lastName: null }, joined: null },
  ])('shows $name by one rule', async ({ given, joined }) => {
    const world = await createWorld()
    const actor = await world.addActor({
      ...given,
      operations: [...ALL_DFNS, ...ALL_RINNE],
      isSuperuser: true,
    })
    const { token } = actor
    const dfns = await call({ path: `/auth/users/${actor.userId}`, token })
    expect(dfns.json['name']).toBe(joined ?? actor.username)
    const timbu = await call({ path: '/users/me', token })
    const { firstName, lastName } = given
    expect(timbu.json).toMatchObject({ first_name: firstName, last_name: lastName })
    const { json: rinne } = await call({ path: `/v1/users/${actor.userId}`, token })
    expect(rinne['first_name'] ?? null).toBe(firstName)
    expect(rinne['last_name'] ?? null).toBe(lastName)
    for (const name of ['first_name', 'last_name']) expect(rinne[name]).not.toBeNull()
  })
})

/** Every right of one dialect, and which of the three it opens. */
const RIGHTS = [
  { name: 'all Dfns operations', given: { operations: ALL_DFNS }, opens: [200, 403, 403] },
  { name: 'the superuser flag', given: { isSuperuser: true }, opens: [403, 200, 403] },
  { name: 'every permission', given: { operations: ['*.*'] }, opens: [403, 403, 200] },
]

describe('who may', () => {
  it.each(RIGHTS)('is asked by each dialect in its own words: $name', async ({ given, opens }) => {
    const world = await createWorld()
    const actor = await world.addActor(given)
    const statuses: number[] = []
    for (const { set } of VIEWS) {
      const target = await world.addUser({ suspendedAt: 1 })
      statuses.push((await set(actor, target, true)).status)
    }
    expect(statuses).toEqual(opens)
  })
})
