/**
 * `npm run audit -- verify` beside `npm run dev`: the record of what three dialects did is good, and every tampering
 * with a copy of the store is named.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createActivateClient, createKeySigner } from '../../src/client/index.ts'
import { callAs } from './support/call-as.ts'
import { createClient, generateKey } from './support/client.ts'
import type { DemoActor } from './support/dev-server.ts'
import { createWorkspace, removeWorkspace } from './support/workspace.ts'

const demo = inject('demo')
const folder = inject('folder')
const DATABASES = '.wrangler/state/v3/d1/miniflare-D1DatabaseObject'

const actor = (name: string): DemoActor => {
  const found = demo.actors[name]
  if (!found) throw new Error(`no demo actor ${name}`)
  return found
}

/** Finds the file of the store that the server of a folder writes. */
function findStore(): string {
  const files = readdirSync(path.join(folder, DATABASES))
  return files.find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)) ?? ''
}

function withDatabase<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file)
  // Other tests have the server write at the same time.
  database.exec('PRAGMA busy_timeout = 10000')
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/** Runs the command in a folder. */
const runVerify = (where: string, ...argv: string[]) =>
  spawnSync(process.execPath, ['src/cli/audit.ts', 'verify', ...argv], {
    cwd: where,
    encoding: 'utf8',
  })

describe('npm run audit -- verify', () => {
  let copy: string
  let userId: string

  /** Reads a row of the store that the server writes. */
  const read = (sql: string) =>
    withDatabase(path.join(folder, DATABASES, findStore()), (database) =>
      database.prepare(sql).get(userId),
    )
  const sequenceOf = (action: string) =>
    read(
      `SELECT sequence, id FROM audit_events WHERE target_id = ? AND action = '${action}'
         ORDER BY sequence LIMIT 1`,
    )

  beforeAll(async () => {
    copy = await createWorkspace()
    mkdirSync(path.join(copy, DATABASES), { recursive: true })
    const [admin, serviceAccount, secondAdmin] = ['admin', 'serviceAccount', 'secondAdmin'].map(
      (name) => createClient(demo, actor(name)),
    )
    if (!admin || !serviceAccount || !secondAdmin) throw new Error('no clients')
    const email = `audited-${Date.now()}@record.example`
    const { publicKeyPem: publicKey } = generateKey('P-256')
    const body = { email, kind: 'CustomerEmployee', publicKey } as const
    const user = await admin.auth.createUser({ body })
    userId = user.userId
    // Ed25519, P-256 and P-384; then two dialects that need no user action here.
    await serviceAccount.auth.deactivateUser({ userId })
    await secondAdmin.auth.activateUser({ userId })
    await admin.auth.updateUser({ userId, body: { isSSORequired: true } })
    const statuses = [
      await callAs(demo, 'admin', 'POST', `/core/v1/users/${userId}/suspend`),
      await callAs(demo, 'admin', 'PUT', `/users/${userId}/activate`, { email, is_active: true }),
    ].map(({ status }) => status)
    expect(statuses).toEqual([200, 200])
    await admin.auth.archiveUser({ userId })
  })

  afterAll(() => removeWorkspace(copy))

  /** Copies the store for the command to read, and does something to it. */
  function tamper<T>(work: (database: DatabaseSync) => T): T {
    const store = path.join(copy, DATABASES, findStore())
    rmSync(store, { force: true })
    withDatabase(path.join(folder, DATABASES, findStore()), (database) =>
      database.prepare('VACUUM INTO ?').run(store),
    )
    return withDatabase(store, (database) => {
      // Whoever tampers with a store drops what is in the way.
      database.exec('DROP TRIGGER audit_events_refuse_update')
      database.exec('DROP TRIGGER audit_events_refuse_delete')
      return work(database)
    })
  }

  /** Expects that all is well with so many events, and the command with its output. */
  function expectGoodRecord(leastEvents: number) {
    const { events } = withDatabase(path.join(folder, DATABASES, findStore()), (database) =>
      database.prepare('SELECT count(*) AS events FROM audit_events').get(),
    ) as { events: number }
    expect(events).toBeGreaterThanOrEqual(leastEvents)
    const { status, stdout, stderr } = runVerify(folder)
    const good = new RegExp(
      `^${events} events, all good; [1-9]\\d* signing keys? ha(s|ve) no registration on record\\n$`,
    )
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: expect.stringMatching(good),
      stderr: '',
    })
    return events
  }

  it('counts the events of a store that a server writes at the time', () => {
    console.log(`audit -- verify: ${expectGoodRecord(7)} events of npm run dev, all good`)
  })

  it('takes what a client signed by itself', async () => {
    const { credential, token } = actor('serviceAccount')
    const { credId: credentialId, privateKeyPem: privateKey } = credential
    const signer = createKeySigner({ credentialId, privateKey, algorithm: 'ES256' })
    const { dfns } = createActivateClient({ baseUrl: demo.baseUrl, token, signer })
    const email = `proven-${Date.now()}@record.example`
    const body = { email, kind: 'CustomerEmployee' } as const
    const proven = await createClient(demo, actor('admin')).auth.createUser({ body })
    expect(await dfns.deactivateUser(proven.userId)).toMatchObject({ isActive: false })
    expectGoodRecord(9)
  })

  it.each([
    {
      name: 'a signature that was cut',
      at: 'create',
      sql: `UPDATE audit_events SET evidence = json_set(evidence, '$.userAction.signature',
              substr(json_extract(evidence, '$.userAction.signature'), 5)) WHERE sequence = ?`,
      says: /does not verify \(signature_invalid\)$/,
    },
    {
      name: 'another actor',
      at: 'deactivate',
      sql: `UPDATE audit_events SET actor_id = '${actor('admin').userId}' WHERE sequence = ?`,
      says: /^was signed by credential ".+" of another user$/,
    },
    {
      name: 'another request',
      at: 'update',
      sql: `UPDATE audit_events SET evidence = json_set(evidence, '$.userAction.binding.payloadHash',
              'another') WHERE sequence = ?`,
      says: /^has client data that answers another challenge/,
    },
    {
      name: 'an event that was taken away',
      at: 'activate',
      sql: `DELETE FROM audit_events WHERE sequence = ? - 1`,
      says: /^stands where event \d+ is to be$/,
    },
    {
      name: 'a time of before',
      at: 'update',
      sql: `UPDATE audit_events SET at = at - 600000 WHERE sequence = ?`,
      says: /^is more than 120 s older than an event before it$/,
    },
    {
      name: 'a key that was exchanged',
      at: 'create',
      sql: `UPDATE credentials SET public_key_pem = (SELECT public_key_pem FROM credentials
              WHERE user_id = '${actor('admin').userId}' LIMIT 1)
              WHERE user_id = (SELECT target_id FROM audit_events WHERE sequence = ?)`,
      says: /^registers credential ".+" with another key than it has$/,
    },
    {
      name: 'another credential',
      at: 'archive',
      sql: `UPDATE audit_events SET evidence = json_set(evidence, '$.userAction.credentialId',
              '${actor('secondAdmin').credential.credId}') WHERE sequence = ?`,
      says: /of another user$/,
    },
  ])('names the first event that fails after a tampering: $name', ({ at, sql, says }) => {
    const { sequence = null, id } = sequenceOf(at) ?? {}
    tamper((database) => expect(database.prepare(sql).run(sequence).changes).toBe(1))
    const { status, stdout, stderr } = runVerify(copy, '--json')
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({
      events: expect.any(Number),
      uncheckedEvents: [],
      unregisteredKeys: expect.any(Array),
      failure: { sequence, id, problem: expect.stringMatching(says) },
    })
  })

  it('notices that the newest event was cut off', () => {
    const { last } = tamper(
      (database) =>
        database
          .prepare(
            `DELETE FROM audit_events WHERE sequence = (SELECT max(sequence) FROM audit_events)
               RETURNING sequence AS last`,
          )
          .get() as { last: number },
    )
    const { status, stdout } = runVerify(copy)
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout:
        `Event ${last} is gone: the store has counted to ${last}.\n` +
        `It is the first that fails; ${last - 1} events before it are good.\n`,
    })
  })

  it('goes on where the key of a person was erased', () => {
    const { credId } = actor('secondAdmin').credential
    const { unchecked } = tamper((database) => {
      database.prepare('DELETE FROM credentials WHERE credential_id = ?').run(credId)
      return database
        .prepare(
          `SELECT count(*) AS unchecked FROM audit_events
             WHERE json_extract(evidence, '$.userAction.credentialId') = ?`,
        )
        .get(credId) as { unchecked: number }
    })
    expect(unchecked).toBeGreaterThanOrEqual(1)
    const { status, stdout } = runVerify(copy)
    const says = `^\\d+ events, ${unchecked} of which cannot be checked, for their key is gone; \\d+ `
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: expect.stringMatching(new RegExp(says)),
    })
  })

  it('tells a store that it cannot read from a record that fails', () => {
    const { status, stdout, stderr } = runVerify(copy, '--env', 'nowhere')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toBe('wrangler.toml has no environment "nowhere".\n')
    tamper((database) => database.exec('DROP TABLE audit_events'))
    expect(runVerify(copy).status).toBe(2)
  })

  it('gives a sentence to people', () => {
    const { sequence = null } = sequenceOf('deactivate') ?? {}
    const sql = `UPDATE audit_events SET actor_id = '${actor('admin').userId}' WHERE sequence = ?`
    tamper((database) => database.prepare(sql).run(sequence))
    const { status, stdout } = runVerify(copy)
    expect(status).toBe(1)
    expect(stdout).toMatch(
      /^Event \d+, uj-[a-z0-9-]+, was .+\.\nIt is the first that fails; \d+ events before it are good\.\n$/,
    )
  })
})
