/**
 * `GET /v1/users`: pages of users by number, oldest or newest first.
 */
import { describe, expect, it } from 'vitest'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { expectUser } from './answers.ts'
import { readItems } from './paging.ts'
import { LIST } from './routes.ts'

/** An organization of five users besides the caller, two of whom came in the same millisecond. */
async function setList() {
  const { actor, world } = await setScene(LIST, { ...LIST.powers, createdAt: 1 })
  const added: string[] = []
  for (const createdAt of [1_000, 2_000, 2_000, 3_000, 4_000]) {
    const kind = createdAt > 2_000 ? 'EndUser' : 'CustomerEmployee'
    added.push(await world.addUser({ createdAt, kind, suspendedAt: createdAt > 3_000 ? 1 : null }))
  }
  await world.addUser({ createdAt: 2_500, suspendedAt: 1, archivedAt: 1 })
  // A foreign user, whom no page may show.
  await setScene(LIST)
  const [a, b, c, ...rest] = added as [string, string, string]
  const ids = [actor.userId, a, ...[b, c].sort(), ...rest]
  const read = async (query: string, place: { page?: number; limit?: number } = {}) => {
    const request = { path: `/core/v1/users?${query}`, token: actor.token }
    const reply = await callWithoutTrace([world.organizationId], request)
    const users = readItems(reply, { ...place, total: ids.length })
    for (const user of users) expectUser(user, {})
    return users.map(({ id }) => id)
  }
  return { ids, read }
}

describe(LIST.name, () => {
  it.each([
    { query: '', isNewestFirst: false },
    { query: 'sort=created_at', isNewestFirst: false },
    { query: 'sort=CREATED_AT', isNewestFirst: false },
    { query: 'sort=-created_at', isNewestFirst: true },
    { query: 'sort=-Created_At', isNewestFirst: true },
  ])('answers all but archived users, for the query "$query"', async ({ query, isNewestFirst }) => {
    const { ids, read } = await setList()
    expect(await read(query)).toEqual(isNewestFirst ? ids.toReversed() : ids)
  })

  it.each([1, 2, 4, 6].map((limit) => ({ name: `${limit} to a page`, limit })))(
    'leads through all users exactly once in both orders, $name',
    async ({ limit }) => {
      const { ids, read } = await setList()
      for (const sort of ['created_at', '-created_at']) {
        const inOrder = sort === 'created_at' ? ids : ids.toReversed()
        for (let page = 1; (page - 1) * limit < ids.length; page++) {
          const users = await read(`limit=${limit}&page=${page}&sort=${sort}`, { page, limit })
          expect(users).toEqual(inOrder.slice((page - 1) * limit, page * limit))
        }
      }
    },
  )

  it.each([
    { page: 2, limit: 6 },
    { page: 1_000_000, limit: 100 },
  ])('answers nobody on page $page of $limit, which is beyond the end', async (place) => {
    const { read } = await setList()
    expect(await read(`page=${place.page}&limit=${place.limit}`, place)).toEqual([])
  })
})
