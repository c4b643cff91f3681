/**
 * `GET /v1/roles`: the roles of the organization, found by parts of their names.
 */
import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { expectContract } from '../../support/declared.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { addRole } from '../../support/world.ts'
import { roleOf } from './answers.ts'
import { readItems } from './paging.ts'
import { LIST_ROLES } from './routes.ts'

/** In the order of the list; the caller's own, `Role pm-...`, comes last. */
const NAMES = ['100% Reader', '1000 Readers', 'Admin', 'Editor', 'Night_Admin', 'Reader']

/** An organization with these roles and the caller's, and another one with roles of the same names. */
async function setRoles() {
  const [scene, foreign] = [await setScene(LIST_ROLES), await setScene(LIST_ROLES)]
  for (const { world, actor } of [foreign, scene]) {
    for (const name of NAMES.toReversed()) {
      await addRole(world.organizationId, actor.userId, [`${name}.any`], name)
    }
  }
  const { organizationId, token } = scene.actor
  /** Names of the roles on a page, which must be what it says it is. */
  const read = async (query: string, place: Parameters<typeof readItems>[1]) => {
    const request = { path: `/core/v1/roles?${query}`, token }
    const roles = readItems(await callWithoutTrace([organizationId], request), place)
    for (const role of roles) {
      expectContract('rinne', 'RoleResponse', role)
      const name = String(role['name'])
      const permissions = name.startsWith('Role ') ? ['role.read'] : [`${name}.any`]
      expect(role).toEqual(roleOf(organizationId, { name, permissions }))
    }
    return roles.map(({ name }) => name)
  }
  return { organizationId, foreignId: foreign.world.organizationId, read }
}

describe(LIST_ROLES.name, () => {
  it("answers the organization's roles alone, in the order of their names", async () => {
    const { organizationId, read } = await setRoles()
    for (const query of ['', `company_id=${organizationId}`]) {
      const names = await read(query, { total: NAMES.length + 1 })
      expect(names).toEqual([...NAMES, expect.stringMatching(/^Role pm-/)])
    }
  })

  it.each([
    { part: 'Admin', names: ['Admin', 'Night_Admin'] },
    { part: 'aDMIN', names: ['Admin', 'Night_Admin'] },
    { part: '100%', names: ['100% Reader'] },
    { part: '_', names: ['Night_Admin'] },
    { part: "' OR 1=1 --", names: [] },
  ])('finds $names by the part "$part" of a name, page by page', async ({ part, names }) => {
    const { read } = await setRoles()
    const total = names.length
    const query = `name=${encodeURIComponent(part)}`
    expect(await read(query, { total })).toEqual(names)
    for (const page of [1, 2, 3]) {
      const found = await read(`${query}&limit=1&page=${page}`, { page, limit: 1, total })
      expect(found).toEqual(names.slice(page - 1, page))
    }
  })

  it('answers nothing for another company, existing or not', async () => {
    const { organizationId, foreignId, read } = await setRoles()
    for (const id of [foreignId, newId('organization'), organizationId.toUpperCase()]) {
      expect(await read(`company_id=${id}`, { total: 0 })).toEqual([])
    }
  })
})
