/**
 * The guard of a batch on real D1: whatever was read and no longer holds rolls all of it back (invariants 2, 4, 6).
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/auth/random.ts'
import type { Guards } from '../../src/core/ports.ts'
import type { Power } from '../../src/core/powers.ts'
import { openDatabase, runBatch } from '../../src/store/database.ts'
import { guardStatement } from '../../src/store/guard-statement.ts'
import { prepareDeactivation, readRow, runSql, users } from '../support/commits.ts'
import { dumpTables } from '../support/dump.ts'
import { addRole, ALL_DFNS, createWorld, readAuditEvents, readUserRow } from '../support/world.ts'

const database = openDatabase(env.DB)

/** Names the column that a guard fails on; null when it holds. */
async function failedColumn(guards: Guards): Promise<string | null> {
  try {
    await runBatch(database, { guard: guardStatement(database, guards) })
    return null
  } catch (error) {
    return /NOT NULL constraint failed: guards\.(\w+)/.exec(String(error))?.[1] ?? String(error)
  }
}

/**
 * An administrator with two roles and the flag, a target, a third role, and a commit that leans on everything: that it
 * grants a role and deactivates at once is more than any request does.
 */
async function setUp(guards: Partial<Guards> = {}) {
  const world = await createWorld()
  const actor = await world.addActor({ operations: ALL_DFNS, isSuperuser: true })
  await addRole(world.organizationId, actor.userId, ['user.edit'])
  const target = await world.addUser()
  const { roleId } = await addRole(world.organizationId, target, ['user.read'])
  const roles = [{ id: roleId, version: 1 }]
  const commit = await prepareDeactivation(actor, target, {
    needsSuperuser: true,
    roles,
    ...guards,
  })
  return { world, actor, target, commit }
}

type Scene = Awaited<ReturnType<typeof setUp>>

describe('guardStatement', () => {
  it('lets a batch through whose readings still hold, and writes nothing itself', async () => {
    const { commit, target } = await setUp()
    expect(await users.commit(commit)).toBe('committed')
    expect(await readUserRow(target)).toMatchObject({
      suspended_at: commit.change?.after.suspendedAt,
      token_epoch: 1,
      version: 2,
    })
    expect(await readAuditEvents(target)).toHaveLength(1)
    expect(
      await readRow('SELECT purpose FROM used_tokens WHERE hash = ?', commit.consumption?.usedHash),
    ).toEqual({ purpose: 'user-action' })
    expect(await readRow('SELECT count(*) AS rows FROM guards')).toEqual({ rows: 0 })
  })

  it.each<{ name: string; column: string; disturb: (scene: Scene) => Promise<unknown> }>([
    {
      name: 'the caller was changed',
      column: 'caller',
      disturb: ({ actor }) =>
        runSql('UPDATE users SET version = version + 1 WHERE id = ?', actor.userId),
    },
    {
      name: "the caller's epoch rose",
      column: 'caller',
      disturb: ({ actor }) =>
        runSql('UPDATE users SET token_epoch = token_epoch + 1 WHERE id = ?', actor.userId),
    },
    {
      name: 'the caller was suspended',
      column: 'caller',
      disturb: ({ actor }) =>
        runSql('UPDATE users SET suspended_at = 1 WHERE id = ?', actor.userId),
    },
    {
      name: 'the caller was archived',
      column: 'caller',
      disturb: ({ actor }) => runSql('UPDATE users SET archived_at = 1 WHERE id = ?', actor.userId),
    },
    {
      name: 'the caller went to another organization',
      column: 'caller',
      disturb: async ({ actor }) => {
        const { organizationId } = await createWorld()
        return runSql(
          'UPDATE users SET organization_id = ? WHERE id = ?',
          organizationId,
          actor.userId,
        )
      },
    },
    {
      name: 'the superuser flag was taken from the caller',
      column: 'caller',
      disturb: ({ actor }) =>
        runSql('UPDATE users SET is_superuser = 0 WHERE id = ?', actor.userId),
    },
    {
      name: 'the bearer was logged out',
      column: 'bearer',
      disturb: ({ commit }) =>
        runSql(
          'INSERT INTO revoked_tokens (hash, expires_at) VALUES (?, ?)',
          commit.guards.revocationKey,
          Date.now() + 60_000,
        ),
    },
    {
      name: 'the assignment was removed',
      column: 'assignment',
      disturb: ({ commit }) =>
        runSql('DELETE FROM role_assignments WHERE id = ?', commit.guards.assignments[0]?.id),
    },
    {
      name: 'one of several assignments was removed',
      column: 'assignment',
      disturb: ({ commit }) =>
        runSql('DELETE FROM role_assignments WHERE id = ?', commit.guards.assignments[1]?.id),
    },
    {
      name: 'the assignment went to another user',
      column: 'assignment',
      disturb: ({ commit, target }) =>
        runSql(
          'UPDATE role_assignments SET user_id = ? WHERE id = ?',
          target,
          commit.guards.assignments[0]?.id,
        ),
    },
    {
      name: 'the role was changed',
      column: 'assignment',
      disturb: ({ commit }) =>
        runSql(
          `UPDATE roles SET operations = '[]', version = version + 1
            WHERE id = (SELECT role_id FROM role_assignments WHERE id = ?)`,
          commit.guards.assignments[0]?.id,
        ),
    },
    {
      name: 'a granted role was changed',
      column: 'assignment',
      disturb: ({ commit }) =>
        runSql('UPDATE roles SET version = version + 1 WHERE id = ?', commit.guards.roles[0]?.id),
    },
    {
      name: 'a granted role was removed',
      column: 'assignment',
      disturb: async ({ commit }) => {
        const [role] = commit.guards.roles
        await runSql('DELETE FROM role_assignments WHERE role_id = ?', role?.id)
        return runSql('DELETE FROM roles WHERE id = ?', role?.id)
      },
    },
    {
      name: 'a granted role went to another organization',
      column: 'assignment',
      disturb: async ({ commit }) => {
        const { organizationId } = await createWorld()
        const [role] = commit.guards.roles
        return runSql('UPDATE roles SET organization_id = ? WHERE id = ?', organizationId, role?.id)
      },
    },
    {
      name: 'the credential was deactivated',
      column: 'credential',
      disturb: ({ commit }) =>
        runSql(
          'UPDATE credentials SET deactivated_at = 1 WHERE id = ?',
          commit.guards.credentialId,
        ),
    },
    {
      name: 'the credential went to another user',
      column: 'credential',
      disturb: ({ commit, target }) =>
        runSql(
          'UPDATE credentials SET user_id = ? WHERE id = ?',
          target,
          commit.guards.credentialId,
        ),
    },
    {
      name: 'the target was changed',
      column: 'target',
      disturb: ({ target }) =>
        runSql('UPDATE users SET version = version + 1 WHERE id = ?', target),
    },
  ])('rolls everything back on its column $column when $name', async ({ column, disturb }) => {
    const scene = await setUp()
    await disturb(scene)
    const before = await dumpTables(scene.world.organizationId)
    expect(await failedColumn(scene.commit.guards)).toBe(column)
    expect(await users.commit(scene.commit)).toBe('stale')
    expect(await dumpTables(scene.world.organizationId)).toEqual(before)
  })

  it('rolls a consumption back that has no change beside it', async () => {
    const { world, commit, target } = await setUp()
    await runSql('UPDATE users SET version = version + 1 WHERE id = ?', target)
    const before = await dumpTables(world.organizationId)
    expect(await users.commit({ ...commit, change: null, event: null })).toBe('stale')
    expect(await dumpTables(world.organizationId)).toEqual(before)
  })

  it('asks for nothing but the caller when nothing else was read', async () => {
    const { actor, commit } = await setUp({
      needsSuperuser: false,
      revocationKey: null,
      assignments: [],
      roles: [],
      credentialId: null,
      target: null,
    })
    await runSql('DELETE FROM role_assignments WHERE user_id = ?', actor.userId)
    await runSql('UPDATE users SET is_superuser = 0 WHERE id = ?', actor.userId)
    await runSql('UPDATE credentials SET deactivated_at = 1 WHERE user_id = ?', actor.userId)
    expect(await failedColumn(commit.guards)).toBeNull()
  })
})

describe("guardStatement: a passkey's count", () => {
  it.each([
    { name: 'is as it was read', signCount: 7, stored: 7, column: null },
    { name: 'is zero as it was read', signCount: 0, stored: 0, column: null },
    { name: 'rose', signCount: 7, stored: 8, column: 'credential' },
    { name: 'rose from zero', signCount: 0, stored: 1, column: 'credential' },
    { name: 'fell', signCount: 7, stored: 0, column: 'credential' },
    { name: 'does not matter', signCount: null, stored: 8, column: null },
  ])('fails on $column when it $name (W9)', async ({ signCount, stored, column }) => {
    const { world, commit } = await setUp({ signCount })
    const { credentialId } = commit.guards
    await runSql('UPDATE credentials SET sign_count = ? WHERE id = ?', stored, credentialId)
    expect(await failedColumn(commit.guards)).toBe(column)
    const before = await dumpTables(world.organizationId)
    const outcome = await users.commit(commit)
    expect(outcome).toBe(column ? 'stale' : 'committed')
    if (column) expect(await dumpTables(world.organizationId)).toEqual(before)
  })

  it('asks for none where no credential signed', async () => {
    const { commit } = await setUp({ credentialId: null, signCount: 7 })
    expect(await failedColumn(commit.guards)).toBeNull()
  })

  it("asks for the credential of the caller, not for another's with that count", async () => {
    const { world, commit } = await setUp({ signCount: 0 })
    const other = await world.addActor()
    const row = await readRow('SELECT id FROM credentials WHERE user_id = ?', other.userId)
    const guards = { ...commit.guards, credentialId: String(row?.['id']) }
    expect(await failedColumn(guards)).toBe('credential')
  })
})

describe('guardStatement: many roles', () => {
  it('asks for each of more than a batch has parameters for', async () => {
    const { world, actor, commit } = await setUp()
    const ids: Awaited<ReturnType<typeof addRole>>[] = []
    for (let count = 0; count < 120; count++) {
      ids.push(await addRole(world.organizationId, actor.userId, ['user.read']))
    }
    const assignments = ids.map((one) => ({ id: one.assignmentId, roleVersion: 1 }))
    const roles = ids.map((one) => ({ id: one.roleId, version: 1 }))
    const guards = { ...commit.guards, assignments, roles }
    expect(await failedColumn(guards)).toBeNull()
    await runSql('DELETE FROM role_assignments WHERE id = ?', assignments[119]?.id)
    expect(await failedColumn(guards)).toBe('assignment')
  })
})

/** What a role or a flag gives somebody of a power. */
const POWERS: readonly { power: Power; operation: string | null }[] = [
  { power: 'dfns_operation', operation: 'Auth:Users:Activate' },
  { power: 'rinne_permission', operation: 'user.edit' },
  { power: 'superuser', operation: null },
]

/** Adds somebody with a power to a world. */
async function addHolder(
  world: Scene['world'],
  operation: string | null,
  members: Parameters<Scene['world']['addUser']>[0] = {},
): Promise<string> {
  const holder = await world.addUser({ ...members, isSuperuser: operation === null })
  if (operation !== null) await addRole(world.organizationId, holder, [operation])
  return holder
}

describe.each(POWERS)('guardStatement: the last holder of $power', ({ power, operation }) => {
  /** A target that holds the power, somebody beside it, and what becomes of its deactivation. */
  async function deactivateBeside(
    members: Parameters<Scene['world']['addUser']>[0] | null,
    isForeign = false,
  ) {
    const world = await createWorld()
    const actor = await world.addActor({ operations: ['Auth:Users:Deactivate'] })
    const target = await addHolder(world, operation)
    if (members) await addHolder(isForeign ? await createWorld() : world, operation, members)
    const commit = await prepareDeactivation(actor, target, { sharedPowers: [power] })
    const before = await dumpTables(world.organizationId)
    const outcome = await users.commit(commit)
    const isUnchanged =
      JSON.stringify(await dumpTables(world.organizationId)) === JSON.stringify(before)
    return { outcome, isUnchanged, column: await failedColumn(commit.guards) }
  }

  it('may go when another active employee holds it too', async () => {
    expect((await deactivateBeside({})).outcome).toBe('committed')
  })

  it.each([
    { name: 'nobody', members: null, isForeign: false },
    { name: 'a service account', members: { isServiceAccount: true }, isForeign: false },
    { name: 'an inactive employee', members: { suspendedAt: 1 }, isForeign: false },
    { name: 'an archived employee', members: { archivedAt: 1 }, isForeign: false },
    { name: 'an end user', members: { kind: 'EndUser' as const }, isForeign: false },
    { name: 'an employee of another organization', members: {}, isForeign: true },
  ])('stays when $name holds it beside', async ({ members, isForeign }) => {
    expect(await deactivateBeside(members, isForeign)).toEqual({
      outcome: 'last_holder',
      isUnchanged: true,
      column: 'last_holder',
    })
  })
})

describe('guardStatement: several powers', () => {
  it('asks for a holder of each, who need not be the same', async () => {
    const world = await createWorld()
    const actor = await world.addActor({ operations: ['Auth:Users:Deactivate'] })
    const target = await world.addUser({ isSuperuser: true })
    await addRole(world.organizationId, target, ['Auth:Users:Activate', 'user.*'])
    const sharedPowers = POWERS.map(({ power }) => power)
    const outcomes: string[] = []
    for (const operation of ['Auth:Users:Activate', '*.*', null]) {
      const commit = await prepareDeactivation(actor, target, { sharedPowers })
      outcomes.push(await users.commit(commit))
      await addHolder(world, operation)
    }
    const commit = await prepareDeactivation(actor, target, { sharedPowers })
    outcomes.push(await users.commit(commit))
    expect(outcomes).toEqual(['last_holder', 'last_holder', 'last_holder', 'committed'])
  })

  it('names a stale reading before the last holder', async () => {
    const world = await createWorld()
    const actor = await world.addActor({ operations: ['Auth:Users:Deactivate'] })
    const target = await addHolder(world, null)
    const commit = await prepareDeactivation(actor, target, { sharedPowers: ['superuser'] })
    const stale = { ...commit.guards, target: { id: newId('user'), version: 1 } }
    expect(await failedColumn(stale)).toBe('target')
    expect(await users.commit({ ...commit, guards: stale })).toBe('stale')
  })
})
