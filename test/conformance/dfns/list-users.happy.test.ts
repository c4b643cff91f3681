/**
 * `GET /auth/users`: pages of users, oldest first.
 */
import { describe, expect, it } from 'vitest'
import { call, type Reply } from '../../support/api.ts'
import { expectDfnsUser } from '../../support/declared.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { LIST } from './routes.ts'

const idsOf = (reply: Reply): string[] =>
  (reply.json['items'] as unknown as { userId: string }[]).map((user) => user.userId)

/** Follows the pages to the last one, each of which must be what it says it is. */
async function readPages(token: string, query: string): Promise<string[][]> {
  const pages: string[][] = []
  let next: string | undefined
  do {
    const cursor = next === undefined ? '' : `&paginationToken=${encodeURIComponent(next)}`
    const reply = await call({ path: `/auth/users?${query}${cursor}`, token })
    expect(reply.status).toBe(200)
    expectApiHeaders(reply)
    for (const user of reply.json['items'] as unknown as unknown[]) expectDfnsUser(user)
    pages.push(idsOf(reply))
    next = reply.json['nextPageToken']
  } while (next !== undefined && pages.length < 20)
  return pages
}

/** An organization of five users besides the caller, two of whom came in the same millisecond. */
async function setList() {
  const { actor, world } = await setScene(LIST, { ...LIST.powers, createdAt: 1 })
  const ids: string[] = [actor.userId]
  for (const createdAt of [1_000, 2_000, 2_000, 3_000, 4_000]) {
    ids.push(
      await world.addUser({ createdAt, kind: createdAt > 2_000 ? 'EndUser' : 'CustomerEmployee' }),
    )
  }
  await world.addUser({ createdAt: 2_500, suspendedAt: 1, archivedAt: 1 })
  await setScene(LIST)
  const [a, b, c, d, ...rest] = ids as [string, string, string, string, string]
  return { actor, world, ids: [a, b, ...[c, d].sort(), ...rest] }
}

describe(LIST.name, () => {
  it('answers all users of the organization but the archived ones, in the order of creation', async () => {
    const { actor, world, ids } = await setList()
    const request = { path: '/auth/users', token: actor.token }
    const reply = await callWithoutTrace([world.organizationId], request)
    expect(idsOf(reply)).toEqual(ids)
    expect(Object.keys(reply.json)).toEqual(['items'])
  })

  it.each([1, 2, 3, 5].map((limit) => ({ name: `${limit} to a page`, limit })))(
    'leads through all users exactly once, $name',
    async ({ limit }) => {
      const { actor, ids } = await setList()
      const pages = await readPages(actor.token, `limit=${limit}`)
      expect(pages.flat()).toEqual(ids)
      expect(pages).toHaveLength(Math.ceil(ids.length / limit))
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true)
    },
  )

  it('answers no next page when the last one is full', async () => {
    const { actor, ids } = await setList()
    expect(await readPages(actor.token, `limit=${ids.length}`)).toEqual([ids])
  })

  it.each([
    { name: 'CustomerEmployee', from: 0, to: 4 },
    { name: 'EndUser', from: 4, to: 6 },
  ])('answers only users of the kind $name, over several pages', async ({ name, from, to }) => {
    const { actor, ids } = await setList()
    const pages = await readPages(actor.token, `kind=${name}&limit=1`)
    expect(pages.flat()).toEqual(ids.slice(from, to))
  })

  it('answers inactive users too', async () => {
    const { actor, world } = await setScene(LIST)
    const userId = await world.addUser({ suspendedAt: 1 })
    const reply = await call({ path: '/auth/users?limit=200', token: actor.token })
    expect(reply.json['items']).toContainEqual(expect.objectContaining({ userId, isActive: false }))
  })

  it("answers the caller's own users for a token of another organization's page", async () => {
    const [home, foreign] = [await setList(), await setList()]
    const first = await call({ path: '/auth/users?limit=2', token: foreign.actor.token })
    const cursor = String(first.json['nextPageToken'])
    const path = `/auth/users?paginationToken=${cursor}`
    const reply = await call({ path, token: home.actor.token })
    expect(reply.status).toBe(200)
    expect(home.ids).toEqual(expect.arrayContaining(idsOf(reply)))
  })
})
