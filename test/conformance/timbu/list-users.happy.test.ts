/**
 * `GET /organizations/{organization_id}/users`: pages of users by number, oldest first, to the letter.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readUserCount } from '../../support/records.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { addRole } from '../../support/world.ts'
import { expectAnswer } from './answers.ts'
import { addIdentifier, removeIdentifiers } from './rows.ts'
import { LIST } from './routes.ts'

/** A user in a list of whom an address alone is known. */
const writeMember = (id: string) => ({
  id,
  first_name: null,
  last_name: null,
  email: `${id}@example.test`,
  role_name: null,
})

/** A caller and five other users, two of whom came in the same millisecond; an archived one counts for nothing. */
async function setList() {
  const { actor, world } = await setScene(LIST, { ...LIST.powers, createdAt: 1 })
  const { organizationId } = world
  const last = await world.addUser({ createdAt: 5_000, suspendedAt: 1 })
  const ada = await world.addUser({ createdAt: 1_000, firstName: 'Ada', lastName: 'Lovelace' })
  const twins = [2_000, 2_000].map((createdAt) => world.addUser({ createdAt, kind: 'EndUser' }))
  const nobody = await world.addUser({ createdAt: 3_000 })
  await world.addUser({ createdAt: 2_500, suspendedAt: 1, archivedAt: 1 })
  await setScene(LIST)
  await removeIdentifiers(nobody)
  await addIdentifier(nobody, 'phone', '+15550100001', 1)
  await addRole(organizationId, ada, ['user.edit'], 'Writers')
  const { assignmentId } = await addRole(organizationId, ada, [], 'Readers')
  // The role that was given last has the older date.
  await env.DB.prepare('UPDATE role_assignments SET created_at = 1 WHERE id = ?')
    .bind(assignmentId)
    .run()
  const known = { first_name: 'Ada', last_name: 'Lovelace', role_name: 'Readers' }
  const path = `/organizations/${organizationId}/users`
  const members = [
    writeMember(actor.userId),
    { ...writeMember(ada), ...known },
    ...(await Promise.all(twins)).sort().map(writeMember),
    { ...writeMember(nobody), email: null },
    writeMember(last),
  ]
  /** Fails where a query is not answered with a certain page, byte for byte. */
  const expectPage = async (query: string, page: number, size: number): Promise<void> => {
    const sent = { path: `${path}${query}`, token: actor.token }
    expectAnswer(await callWithoutTrace([organizationId], sent), 200, {
      page,
      size,
      total: 6,
      items: members.slice((page - 1) * size, page * size),
      previous_page:
        page === 1 ? null : `${path}?page=${Math.min(page - 1, Math.ceil(6 / size))}&size=${size}`,
      next_page: page >= 6 / size ? null : `${path}?page=${page + 1}&size=${size}`,
    })
  }
  return { organizationId, expectPage }
}

describe(LIST.name, () => {
  it('answers everybody but the archived on one page of fifty', async () => {
    const { organizationId, expectPage } = await setList()
    await expectPage('', 1, 50)
    expect(await readUserCount(organizationId)).toBe(6)
  })

  it.each([1, 2, 4, 5, 6, 100].map((size) => ({ name: `${size} to a page`, size })))(
    'leads through all users exactly once, there and back, $name',
    async ({ size }) => {
      const { expectPage } = await setList()
      for (let page = 1; page <= Math.ceil(6 / size); page++) {
        await expectPage(`?size=${size}&page=${page}`, page, size)
      }
    },
  )

  it.each([
    { name: 'a name that nobody knows', query: '?debug=true&page=2&size=4&offset=1' },
    { name: 'a name that nobody knows, twice', query: '?page=2&x=1&size=4&x=2' },
    { name: 'numbers with a sign', query: '?page=%2B2&size=%2B4' },
    { name: 'numbers with blanks and zeros', query: '?page=%20002%20&size=+4' },
  ])('takes $name', async ({ query }) => {
    const { expectPage } = await setList()
    await expectPage(query, 2, 4)
  })

  it('answers an empty page beyond the last one', async () => {
    const { expectPage } = await setList()
    await expectPage('?page=1000000', 1_000_000, 50)
  })
})
