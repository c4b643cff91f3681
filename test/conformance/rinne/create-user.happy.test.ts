/**
 * `POST /v1/users`: what it does for whoever may.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { call, change } from '../../support/api.ts'
import { expectOneEvent, readUserCount } from '../../support/records.ts'
import { setScene, type Scene } from '../../support/refusals.ts'
import { addRole, ALL_DFNS, ALL_RINNE, readUserRow } from '../../support/world.ts'
import { expectUserAnswer } from './answers.ts'
import { CREATE } from './routes.ts'

const CREATION = { action: 'create', from: null, to: 'active', dialect: 'rinne' }
const PHONE = { type: 'phone', value: '+5511999999999' }

/** A caller who may read and create, in Rinne and in Dfns, and read in Timbu. */
const setCreator = () =>
  setScene(CREATE, { operations: [...ALL_RINNE, ...ALL_DFNS], isSuperuser: true })

const create = ({ actor, request }: Scene, members: object) =>
  call({ ...request, token: actor.token, body: { ...request.body, ...members } })

const readRows = async (table: 'user_identifiers' | 'role_assignments', userId: string) =>
  (
    await env.DB.prepare(`SELECT * FROM ${table} WHERE user_id = ? ORDER BY created_at, id`)
      .bind(userId)
      .all()
  ).results

describe(CREATE.name, () => {
  it('creates an active employee with roles, on record, whom every dialect shows', async () => {
    const scene = await setCreator()
    const { organizationId } = scene.world
    const other = await scene.world.addUser()
    const roles = ['Readers', 'F', 'A', 'E', 'B', 'D', 'C']
    const roleIds: string[] = []
    for (const name of roles) {
      roleIds.push((await addRole(organizationId, other, ['user.read'], name)).roleId)
    }
    const count = await readUserCount(organizationId)
    const email = `New.${newId('user')}@Example.test`
    const username = email.toLowerCase()
    const reply = await create(scene, {
      identifiers: [
        { type: 'EMAIL', value: email },
        { ...PHONE, type: 'Phone' },
      ],
      first_name: ' Grace ',
      last_name: 'Brewster Hopper',
      auth_methods: ['PASSWORD', 'google'],
      roles,
    })
    const id = String(reply.json['id'])
    const created_at = String(reply.json['created_at'])
    const primary = { type: 'email', value: username, verified: false, created_at }
    const names = { first_name: 'Grace', last_name: 'Brewster Hopper' }
    const user = {
      identifiers: [primary, { ...PHONE, verified: false, created_at }],
      primary_identifier: primary,
      roles: roleIds.map((roleId, index) => ({ id: roleId, name: roles[index] })),
      ...names,
      auth_methods: ['client_platform'],
      updated_at: created_at,
      metadata: null,
    }
    expectUserAnswer(reply, user, 201)
    expect(reply.json).not.toHaveProperty('suspended_at')

    const owned = { organization_id: organizationId, kind: 'CustomerEmployee', username }
    const flags = { is_superuser: 0, is_service_account: 0, is_registered: 0, suspended_at: null }
    expect(await readUserRow(id)).toMatchObject({ ...owned, ...names, ...flags, version: 1 })
    const held = { organization_id: organizationId, verified_at: null, released_at: null }
    expect(await readRows('user_identifiers', id)).toMatchObject([
      { ...held, type: 'email', value: username },
      { ...held, ...PHONE },
    ])
    const assignments = await readRows('role_assignments', id)
    expect(assignments.map((one) => one['role_id'])).toEqual(roleIds)
    expect(await readUserCount(organizationId)).toBe(count + 1)
    const { evidence } = await expectOneEvent(id, scene.actor, CREATION)
    expect(JSON.parse(String(evidence))).toEqual({ roleIds })

    const { token } = scene.actor
    expect((await call({ path: `/core/v1/users/${id}`, token })).json).toEqual(reply.json)
    const dfns = await call({ path: `/auth/users/${id}`, token })
    expect(dfns.json).toMatchObject({ username, name: 'Grace Brewster Hopper', isActive: true })
    const timbu = await call({ path: `/organizations/${organizationId}/users`, token })
    const member = expect.objectContaining({ id, email: username, ...names })
    expect(timbu.json['items']).toContainEqual(member)
  })

  it('keeps ten identifiers in their order, and takes the first for primary and username', async () => {
    const scene = await setCreator()
    const identifiers = [1, 2, 3, 4, 5].flatMap((digit) => [
      { type: 'phone', value: `+551199999999${digit}` },
      { type: 'email', value: `${newId('user')}@example.test` },
    ])
    const created = await create(scene, { identifiers, auth_methods: [], roles: [] })
    const id = String(created.json['id'])
    const reply = await call({ path: `/v1/users/${id}`, token: scene.actor.token })
    expectUserAnswer(reply, { identifiers, primary_identifier: identifiers[0], roles: [] })
    expect(await readUserRow(id)).toMatchObject({ username: '+5511999999991' })
    expect((await expectOneEvent(id, scene.actor, CREATION))['evidence']).toBe('{}')
  })

  it('grants twenty roles to ten identifiers, by a caller who holds forty', async () => {
    // D1 takes a hundred parameters a statement; none of the lists may become one each.
    const scene = await setCreator()
    const roles = Array.from({ length: 40 }, (_, index) => `Role ${index}`)
    for (const [index, name] of roles.entries()) {
      await addRole(scene.world.organizationId, scene.actor.userId, [`level.${index}`], name)
    }
    const identifiers = Array.from({ length: 10 }, () => ({
      type: 'email',
      value: `${newId('user')}@example.test`,
    }))
    const reply = await create(scene, { identifiers, roles: roles.slice(20) })
    const granted = roles.slice(20).map((name) => ({ name }))
    expectUserAnswer(reply, { identifiers, roles: granted }, 201)
  })

  it('takes identifiers of an archived user, and of another organization', async () => {
    const scene = await setCreator()
    const identifiers = [{ type: 'email', value: `${newId('user')}@example.test` }, PHONE]
    const first = await create(scene, { identifiers })
    expectUserAnswer(first, { identifiers }, 201)
    expectUserAnswer(await create(await setCreator(), { identifiers }), { identifiers }, 201)
    const path = `/auth/users/${first.json['id']}`
    expect((await change(scene.actor, { method: 'DELETE', path })).status).toBe(200)
    expectUserAnswer(await create(scene, { identifiers }), { identifiers }, 201)
  })
})
