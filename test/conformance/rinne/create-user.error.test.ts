/**
 * `POST /v1/users`: names that are taken, and roles that nobody may give. Faults of its form are in bad-input.test.ts.
 */
import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { call } from '../../support/api.ts'
import { expectOneEvent, readUserCount } from '../../support/records.ts'
import { callWithoutTrace, setScene, type Scene } from '../../support/refusals.ts'
import { addRole, ALL_DFNS } from '../../support/world.ts'
import { expectInputError, expectRinneError, expectUserAnswer, RINNE_REFUSALS } from './answers.ts'
import { CREATE } from './routes.ts'

const TAKEN = 'A user with this identifier already exists'
const PHONE = { type: 'phone', value: '+5511999999999' }

const newEmail = () => ({ type: 'email', value: `${newId('user')}@example.test` })

const createWithoutTrace = ({ actor, request, world }: Scene, members: object) => {
  const body = { ...request.body, ...members }
  return callWithoutTrace([world.organizationId], { ...request, token: actor.token, body })
}

const TAKEN_ROWS: readonly { name: string; list: (taken: string) => object[] }[] = [
  { name: 'an email', list: (value) => [{ type: 'email', value }] },
  { name: 'an email in upper case', list: (v) => [{ type: 'EMAIL', value: v.toUpperCase() }] },
  { name: 'an email after a free one', list: (value) => [newEmail(), { type: 'email', value }] },
  { name: 'a phone after a free email', list: () => [newEmail(), PHONE] },
]

describe(CREATE.name, () => {
  it.each(TAKEN_ROWS)('refuses $name that a user of the organization has', async ({ list }) => {
    const scene = await setScene(CREATE)
    const { actor, request } = scene
    const email = newEmail()
    const body = { ...request.body, identifiers: [newEmail(), email, PHONE] }
    expectUserAnswer(await call({ ...request, token: actor.token, body }), {}, 201)
    const reply = await createWithoutTrace(scene, { identifiers: list(email.value) })
    expectRinneError(reply, 409, TAKEN, { path: '/v1/users' })
  })

  it('refuses a username that a user of the organization has without such an identifier', async () => {
    const scene = await setScene(CREATE)
    const email = newEmail()
    await scene.world.addUser({ username: email.value.toUpperCase() })
    expectRinneError(await createWithoutTrace(scene, { identifiers: [email] }), 409, TAKEN)
  })

  it.each([
    { name: 'one email first', list: (email: object) => [email, newEmail()] },
    { name: 'one email after their own', list: (email: object) => [newEmail(), email] },
  ])('creates one user when ten requests bring $name', async ({ list }) => {
    const { actor, request, world } = await setScene(CREATE)
    const count = await readUserCount(world.organizationId)
    const email = newEmail()
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => {
        const body = { ...request.body, identifiers: list(email) }
        return call({ ...request, token: actor.token, body })
      }),
    )
    const [winner, ...losers] = replies.sort((a, b) => a.status - b.status)
    expect(winner?.status).toBe(201)
    for (const reply of losers) expectRinneError(reply, 409, TAKEN)
    expect(await readUserCount(world.organizationId)).toBe(count + 1)
    const states = { action: 'create', from: null, to: 'active', dialect: 'rinne' }
    await expectOneEvent(String(winner?.json['id']), actor, states)
  })

  it.each([
    { name: 'that does not exist', roles: ['Nothing'], index: 0 },
    { name: 'in another case', roles: ['nobodies'], index: 0 },
    { name: 'with a blank', roles: ['Nobodies '], index: 0 },
    { name: 'after an existing one', roles: ['Nobodies', 'Nothing'], index: 1 },
    { name: 'of another organization', roles: ['Foreigners'], index: 0 },
  ])('refuses a role $name', async ({ roles, index }) => {
    const [scene, foreign] = [await setScene(CREATE), await setScene(CREATE)]
    for (const [{ world }, role] of [
      [scene, 'Nobodies'],
      [foreign, 'Foreigners'],
    ] as const) {
      await addRole(world.organizationId, await world.addUser(), [], role)
    }
    const field = `roles.${index}`
    const message = `Field '${field}' names no role`
    const reply = await createWithoutTrace(scene, { roles })
    expectInputError(reply, { [field]: message })
  })
})

/** What a caller holds besides `user.create`, role by role, what it gives, and the first operation it lacks. */
const GRANTS: readonly { held: string[][]; given: string[][]; lacking: string | null }[] = [
  { held: [], given: [[]], lacking: null },
  { held: [], given: [['user.create']], lacking: null },
  { held: [['user.read']], given: [['user.edit']], lacking: 'user.edit' },
  { held: [['user.read']], given: [['user.read', 'user.edit', 'role.read']], lacking: 'user.edit' },
  { held: [['user.read']], given: [['user.*']], lacking: 'user.*' },
  { held: [['user.*']], given: [['user.edit', 'user.token.*', 'user.*']], lacking: null },
  { held: [['user.token.*']], given: [['user.*']], lacking: 'user.*' },
  { held: [['user.*']], given: [['users.read']], lacking: 'users.read' },
  { held: [['user.*', 'role.*']], given: [['*.*']], lacking: '*.*' },
  { held: [['*.*']], given: [['*.*', 'merchant.*', 'role.read']], lacking: null },
  { held: [['*.*']], given: [['Auth:Users:Activate']], lacking: 'Auth:Users:Activate' },
  { held: [['*.*']], given: [['*']], lacking: '*' },
  { held: [['Auth:Users:Activate']], given: [['Auth:Users:Activate']], lacking: null },
  { held: [ALL_DFNS], given: [['user.read']], lacking: 'user.read' },
  { held: [['user.read'], ['role.*']], given: [['user.read', 'role.read']], lacking: null },
  { held: [['user.read'], ['role.*']], given: [['role.read'], ['user.read']], lacking: null },
  { held: [['user.read']], given: [['user.read'], ['role.read']], lacking: 'role.read' },
]

const listRoles = (roles: readonly (readonly string[])[]) =>
  roles.map((operations) => `[${operations.join()}]`).join(' and ') || 'nothing'

describe('whoever may create users', () => {
  it.each(
    GRANTS.map((row) => ({
      ...row,
      name: `${row.lacking === null ? 'gives' : 'does not give'} ${listRoles(row.given)}`,
      holding: listRoles(row.held),
    })),
  )('$name when it holds $holding besides', async ({ held, given, lacking }) => {
    // The superuser flag is there in vain: it gives nothing.
    const scene = await setScene(CREATE, { ...CREATE.powers, isSuperuser: true })
    const { actor, request, world } = scene
    const { organizationId } = world
    for (const operations of held) await addRole(organizationId, actor.userId, operations)
    const other = await world.addUser()
    const roles = []
    for (const operations of given) {
      roles.push(`Role ${(await addRole(organizationId, other, operations)).roleId}`)
    }
    if (lacking === null) {
      const body = { ...request.body, roles }
      const reply = await call({ ...request, token: actor.token, body })
      const permissions = given.map((operations) => ({ permissions: operations }))
      expectUserAnswer(reply, { roles: permissions }, 201)
    } else {
      const caller = { userId: actor.userId, kind: 'CustomerEmployee', operation: lacking } as const
      RINNE_REFUSALS.notAllowed(await createWithoutTrace(scene, { roles }), caller)
    }
  })
})
