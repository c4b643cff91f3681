/**
 * What D1 really says when it fails, and what becomes of it.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../src/auth/random.ts'
import { openDatabase } from '../../src/store/database.ts'
import { usedTokens } from '../../src/store/schema.ts'
import { isStoreFailure, readConflict } from '../../src/store/store-failure.ts'
import { runSql } from '../support/commits.ts'
import { failDatabase } from '../support/recording-database.ts'
import { addCredential, createWorld } from '../support/world.ts'
import { createSigner } from '../support/signer.ts'

const database = openDatabase(env.DB)

/** Runs a statement that fails, and returns what it threw. */
async function errorOf(sql: string, ...params: unknown[]): Promise<unknown> {
  const failed = await env.DB.batch([env.DB.prepare(sql).bind(...params)]).then(
    () => null,
    (error: unknown) => error,
  )
  expect(failed).toBeInstanceOf(Error)
  return failed
}

/** A user with all names that can be taken. */
async function setUp() {
  const world = await createWorld()
  const id = await world.addUser({ externalId: 'hr-17' })
  const signer = await createSigner('Ed25519')
  const credentialRow = await addCredential(world.organizationId, id, signer)
  return { ...world, id, signer, credentialRow }
}

const INSERT_USER = `INSERT INTO users
  (id, organization_id, kind, username, external_id, created_at, updated_at)
  VALUES (?, ?, 'CustomerEmployee', ?, ?, 1, 1)`
const INSERT_IDENTIFIER = `INSERT INTO user_identifiers
  (id, user_id, organization_id, type, value, created_at) VALUES (?, ?, ?, 'email', ?, 1)`
const INSERT_CREDENTIAL = `INSERT INTO credentials (id, organization_id, user_id, kind,
  credential_id, algorithm, public_key_pem, public_key_hash, name, created_at)
  VALUES (?, ?, ?, 'Key', ?, 'Ed25519', '', ?, '', 1)`

describe('readConflict', () => {
  it('names a used token, in a batch and in a single statement of drizzle', async () => {
    const row = { hash: newSecret(), purpose: 'user-action', expiresAt: Date.now() + 60_000 }
    await database.insert(usedTokens).values(row)
    const insert = () => database.insert(usedTokens).values(row)
    const batched = await database.batch([insert()]).catch((error: unknown) => error)
    const single = await insert().catch((error: unknown) => error)
    expect([readConflict(batched), readConflict(single)]).toEqual(['proof_used', 'proof_used'])
  })

  it.each([
    { column: 'caller', outcome: 'stale' },
    { column: 'bearer', outcome: 'stale' },
    { column: 'assignment', outcome: 'stale' },
    { column: 'credential', outcome: 'stale' },
    { column: 'target', outcome: 'stale' },
    { column: 'last_holder', outcome: 'last_holder' },
  ])('answers $outcome for the guard $column', async ({ column, outcome }) => {
    const columns = ['caller', 'bearer', 'assignment', 'credential', 'target', 'last_holder']
    const values = columns.map((one) => (one === column ? 'NULL' : '1'))
    const error = await errorOf(`INSERT INTO guards VALUES (${values.join(', ')})`)
    expect(readConflict(error)).toBe(outcome)
  })

  it('throws on what is a fault of ours: a column of a user that was left empty', async () => {
    const { organizationId } = await createWorld()
    const error = await errorOf(INSERT_USER, newId('user'), organizationId, null, null)
    expect(readConflict(error)).toBeNull()
  })

  it.each<{ name: string; fail: (scene: Awaited<ReturnType<typeof setUp>>) => Promise<unknown> }>([
    {
      name: 'a user id',
      fail: ({ id, organizationId }) => errorOf(INSERT_USER, id, organizationId, newSecret(), null),
    },
    {
      name: 'a username, in any case',
      fail: ({ id, organizationId }) => {
        const username = `${id}@EXAMPLE.test`
        return errorOf(INSERT_USER, newId('user'), organizationId, username, null)
      },
    },
    {
      name: 'an external id',
      fail: ({ organizationId }) =>
        errorOf(INSERT_USER, newId('user'), organizationId, newSecret(), 'hr-17'),
    },
    {
      name: 'an email',
      fail: ({ id, organizationId }) =>
        errorOf(INSERT_IDENTIFIER, newId('identifier'), id, organizationId, `${id}@example.test`),
    },
    {
      name: 'a credential id',
      fail: ({ id, organizationId, signer }) => {
        const row = [newId('credential'), organizationId, id, signer.credentialId, newSecret()]
        return errorOf(INSERT_CREDENTIAL, ...row)
      },
    },
    {
      name: 'a public key',
      fail: ({ id, organizationId, credentialRow }) => {
        const hash = `${credentialRow}-hash`
        const row = [newId('credential'), organizationId, id, newSecret(), hash]
        return errorOf(INSERT_CREDENTIAL, ...row)
      },
    },
  ])('answers stale when $name was taken meanwhile', async ({ fail }) => {
    expect(readConflict(await fail(await setUp()))).toBe('stale')
  })

  it('answers null for everything that is no conflict of ours', async () => {
    const { id } = await setUp()
    const errors = [
      await errorOf('INSERT INTO role_assignments VALUES (?, ?, ?, 1)', 'as-1', 'pm-none', id),
      await errorOf("INSERT INTO revoked_tokens VALUES (NULL, 'x')"),
      await errorOf('SELECT * FROM no_such_table'),
      await errorOf('SELEC 1'),
      new Error('Network connection lost.'),
      'UNIQUE constraint failed: used_tokens.hash',
      null,
    ]
    expect(errors.map(readConflict)).toEqual(errors.map(() => null))
  })
})

describe('isStoreFailure', () => {
  it('knows what D1 throws, bare and wrapped by drizzle', async () => {
    const failing = openDatabase(failDatabase(env.DB, 'D1_ERROR: overloaded'))
    const bare = await errorOf('SELECT * FROM no_such_table')
    const wrapped = await failing
      .select()
      .from(usedTokens)
      .catch((error: unknown) => error)
    const lost = new Error('Network connection lost.')
    expect([bare, wrapped, lost].map(isStoreFailure)).toEqual([true, true, true])
  })

  it('leaves faults of ours alone', () => {
    const faults = [new TypeError('x is undefined'), 'D1_ERROR', null, undefined]
    expect(faults.map(isStoreFailure)).toEqual([false, false, false, false])
  })
})

describe('audit_events', () => {
  /** Writes one row of the record. */
  async function addEvent(): Promise<string> {
    const id = newId('auditEvent')
    await runSql(
      `INSERT INTO audit_events (id, at, organization_id, actor_id, target_id, action, dialect,
        request_id, evidence) VALUES (?, 1, 'or', 'us', 'us', 'activate', 'dfns', 'req', '{}')`,
      id,
    )
    return id
  }

  it.each([
    'UPDATE audit_events SET actor_id = NULL WHERE id = ?',
    "UPDATE audit_events SET evidence = '{}' WHERE id = ?",
    'DELETE FROM audit_events WHERE id = ?',
    "UPDATE OR REPLACE audit_events SET action = 'x' WHERE id = ?",
  ])('refuses %s', async (sql) => {
    const id = await addEvent()
    expect(String(await errorOf(sql, id))).toContain('audit_events is append-only')
    const row = await env.DB.prepare('SELECT actor_id, action FROM audit_events WHERE id = ?')
      .bind(id)
      .first()
    expect(row).toEqual({ actor_id: 'us', action: 'activate' })
  })

  it('refuses an event id twice, by whatever kind of insert', async () => {
    const id = await addEvent()
    const columns = `id, at, organization_id, actor_id, target_id, action, dialect, request_id,
      evidence`
    const values = "(?, 2, 'or', 'other', 'us', 'archive', 'dfns', 'req', '{}')"
    await errorOf(`INSERT INTO audit_events (${columns}) VALUES ${values}`, id)
    await errorOf(`INSERT OR REPLACE INTO audit_events (${columns}) VALUES ${values}`, id)
    const row = await env.DB.prepare('SELECT actor_id FROM audit_events WHERE id = ?')
      .bind(id)
      .first()
    expect(row).toEqual({ actor_id: 'us' })
  })

  it('never gives a sequence number twice', async () => {
    const { results } = await env.DB.prepare(
      'SELECT sequence FROM audit_events ORDER BY rowid DESC LIMIT 1',
    ).all()
    const id = await addEvent()
    const row = await env.DB.prepare('SELECT sequence FROM audit_events WHERE id = ?')
      .bind(id)
      .first<{ sequence: number }>()
    expect(row?.sequence).toBeGreaterThan(Number(results[0]?.['sequence'] ?? 0))
  })
})
