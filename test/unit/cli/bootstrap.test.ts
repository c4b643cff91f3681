/**
 * The account that `npm run bootstrap` makes, in a database with the real migrations.
 */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { parsePublicKey, type PublicKey } from '../../../src/auth/public-key.ts'
import type { BootstrapOptions } from '../../../src/cli/bootstrap-arguments.ts'
import { planBootstrap, writeConflictQuery } from '../../../src/cli/bootstrap-sql.ts'
import { describeAccount, parseConflicts } from '../../../src/cli/bootstrap.ts'
import { listPlace } from '../../../src/cli/database-place.ts'
import { createMemoryDatabase, type MemoryDatabase } from './memory-database.ts'

const NOW = 1_800_000_000_000

const options: BootstrapOptions = {
  organization: "O'Brien; BEGIN TRANSACTION; -- Sons",
  username: "Bo'ss@Example.com",
  personName: { firstName: 'Miles', lastName: "O'Brien" },
  publicKeyFile: 'unused',
  dialects: ['dfns', 'timbu'],
  requireUserAction: true,
  isRemote: false,
  environment: null,
}

async function createPublicKey(): Promise<PublicKey> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const parsed = await parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString())
  if (!parsed.ok) throw new Error(parsed.failure)
  return parsed.value
}

describe('planBootstrap', () => {
  let database: MemoryDatabase
  let publicKey: PublicKey

  beforeEach(async () => {
    database = createMemoryDatabase()
    publicKey = await createPublicKey()
  })

  it('makes the organization with the dialects that were chosen and one user', async () => {
    const { ids, sql } = await planBootstrap(options, publicKey, NOW)
    database.execute(sql)
    expect(database.select('SELECT * FROM organizations')).toEqual([
      {
        id: ids.orgId,
        tenant_id: ids.tenantId,
        name: options.organization,
        dialects: '["dfns","timbu"]',
        require_user_action: 1,
        is_demo: 0,
        user_count: 1,
        created_at: NOW,
        updated_at: NOW,
      },
    ])
  })

  it('makes an active, registered administrator who holds every power to activate', async () => {
    const { ids, sql } = await planBootstrap(options, publicKey, NOW)
    database.execute(sql)
    const rows = database.select(
      `SELECT u.id, u.kind, u.username, u.first_name, u.last_name, u.is_registered, u.is_superuser, u.suspended_at, i.value,
         r.name, r.grants_dfns_activate, r.grants_rinne_activate
       FROM users u JOIN user_identifiers i ON i.user_id = u.id
         JOIN role_assignments a ON a.user_id = u.id JOIN roles r ON r.id = a.role_id`,
    )
    expect(rows).toEqual([
      {
        id: ids.userId,
        kind: 'CustomerEmployee',
        username: options.username,
        first_name: 'Miles',
        last_name: "O'Brien",
        is_registered: 1,
        is_superuser: 1,
        suspended_at: null,
        value: "bo'ss@example.com",
        name: 'administrator',
        grants_dfns_activate: 1,
        grants_rinne_activate: 1,
      },
    ])
  })

  it('registers the key under the digest of its SubjectPublicKeyInfo', async () => {
    const { ids, sql } = await planBootstrap(options, publicKey, NOW)
    database.execute(sql)
    const expected = createHash('sha256').update(publicKey.spki).digest('base64url')
    expect(ids.credentialId).toBe(expected)
    expect(database.select('SELECT * FROM credentials')).toMatchObject([
      {
        user_id: ids.userId,
        kind: 'Key',
        credential_id: expected,
        algorithm: 'P-256',
        public_key_pem: publicKey.pem,
        public_key_hash: publicKey.fingerprint,
        access_token_id: null,
        deactivated_at: null,
      },
    ])
  })

  it('makes no superuser and no address without Timbu and an email address', async () => {
    const plain: BootstrapOptions = { ...options, dialects: ['rinne'], username: 'boss' }
    database.execute((await planBootstrap(plain, publicKey, NOW)).sql)
    expect(database.select('SELECT is_superuser FROM users')).toEqual([{ is_superuser: 0 }])
    expect(database.select('SELECT * FROM user_identifiers')).toEqual([])
  })

  it('writes no audit event', async () => {
    database.execute((await planBootstrap(options, publicKey, NOW)).sql)
    expect(database.select('SELECT * FROM audit_events')).toEqual([])
  })

  it('finds the organization and the key again, and no others', async () => {
    const query = writeConflictQuery(options.organization, publicKey)
    expect(database.select(query)).toEqual([{ organizations: 0, keys: 0 }])
    database.execute((await planBootstrap(options, publicKey, NOW)).sql)
    expect(database.select(query)).toEqual([{ organizations: 1, keys: 1 }])
    const other = writeConflictQuery('Other', await createPublicKey())
    expect(database.select(other)).toEqual([{ organizations: 0, keys: 0 }])
  })
})

describe('parseConflicts', () => {
  it("reads wrangler's answer", () => {
    const answer = [{ results: [{ organizations: 1, keys: 0 }], success: true, meta: {} }]
    expect(parseConflicts(JSON.stringify(answer))).toEqual({ organizations: 1, keys: 0 })
  })

  it.each(['[]', '{}', '[{"results":[]}]', '[{"results":[{"organizations":0}]}]', 'null', '<'])(
    'refuses to go on after %s',
    (answer) => {
      expect(() => parseConflicts(answer)).toThrow('nothing was changed')
    },
  )
})

describe('npm run bootstrap', () => {
  it.each([
    { isRemote: false, environment: null, place: ['--local'] },
    { isRemote: true, environment: null, place: ['--remote'] },
    { isRemote: true, environment: 'eu', place: ['--remote', '--env', 'eu'] },
  ])('names the database as $place', ({ place, ...rest }) => {
    expect(listPlace(rest)).toEqual(place)
  })

  it('tells all ids', () => {
    const ids = { orgId: 'or-1', tenantId: 'acct-1', userId: 'us-1', credentialId: 'abc' }
    const text = describeAccount(options, ids)
    for (const id of Object.values(ids)) expect(text).toContain(id)
  })
})
