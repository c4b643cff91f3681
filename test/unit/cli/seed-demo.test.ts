/**
 * The demo of DESIGN section 8 in a database with the real migrations: first start, second start, and what people do
 * in between.
 */
import { createPublicKey, createPrivateKey } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { createKeyRing } from '../../../src/auth/key-ring.ts'
import type { DemoFile } from '../../../src/cli/demo-file.ts'
import { createDevSigningKey } from '../../../src/cli/dev-vars.ts'
import { ADMINISTRATOR_OPERATIONS } from '../../../src/cli/operations.ts'
import { seedDemo } from '../../../src/cli/seed-demo.ts'
import { createMemoryDatabase, type MemoryDatabase } from './memory-database.ts'

const NOW = 1_800_000_000_000
const BASE_URL = 'http://localhost:8788'
const keyRing = await createKeyRing(JSON.stringify([createDevSigningKey()]))

let database: MemoryDatabase
let first: DemoFile

const start = (known: DemoFile | null, now = NOW + 60_000) =>
  seedDemo(database.db, keyRing, { known, baseUrl: BASE_URL, now })

beforeEach(async () => {
  database = createMemoryDatabase()
  first = await start(null, NOW)
})

describe('the first start', () => {
  it('describes all actors and targets in the shape of demo.json', () => {
    const { actors, targets } = first
    expect(first).toMatchObject({
      baseUrl: BASE_URL,
      organization: {
        orgId: expect.stringMatching(/^or-/),
        tenantId: expect.stringMatching(/^acct-/),
      },
    })
    const kinds = Object.fromEntries(
      Object.entries(actors).map(([name, { kind, tokenKind, credential }]) => [
        name,
        [kind, tokenKind, credential.algorithm].join(' '),
      ]),
    )
    expect(kinds).toEqual({
      admin: 'CustomerEmployee Token Ed25519',
      serviceAccount: 'CustomerEmployee ServiceAccount P-256',
      personalAccessToken: 'CustomerEmployee Pat Ed25519',
      endUser: 'EndUser Token RSA',
      employee: 'CustomerEmployee Token secp256k1',
      foreignAdmin: 'CustomerEmployee Token Ed25519',
      secondAdmin: 'CustomerEmployee Token P-384',
    })
    for (const actor of Object.values(actors)) {
      expect(actor.userId).toMatch(/^us-/)
      expect(actor.username).toBe(actor.email)
      expect(actor.credential.credId).toMatch(/^[\w-]{43}$/)
      expect(actor.credential.privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    }
    expect(actors['personalAccessToken']?.userId).toBe(actors['admin']?.userId)
    const inactive = Array.from({ length: 10 }, (_, index) => `inactive${index + 1}`)
    expect(Object.keys(targets)).toEqual(['inactive', 'active', 'foreign', ...inactive])
    expect(targets['active']?.state).toBe('active')
    expect(targets['inactive10']).toEqual({
      userId: expect.stringMatching(/^us-/),
      email: 'inactive10@demo.example',
      state: 'inactive',
    })
  })

  it('makes two demo organizations with all dialects and the right number of users', () => {
    const rows = database.select(
      `SELECT name, dialects, require_user_action, is_demo, user_count,
         (SELECT count(*) FROM users WHERE organization_id = o.id) AS users
       FROM organizations o ORDER BY name`,
    )
    const shared = { dialects: '["dfns","timbu","rinne"]', require_user_action: 0, is_demo: 1 }
    expect(rows).toEqual([
      { name: 'Demo', ...shared, user_count: 17, users: 17 },
      { name: 'Foreign demo', ...shared, user_count: 2, users: 2 },
    ])
  })

  it('gives the powers to the administrators only', () => {
    const rows = database.select(
      `SELECT u.username, u.is_superuser, u.is_service_account, r.operations
       FROM users u LEFT JOIN role_assignments a ON a.user_id = u.id LEFT JOIN roles r ON r.id = a.role_id
       WHERE u.is_superuser = 1 OR r.id IS NOT NULL ORDER BY u.username`,
    )
    const operations = JSON.stringify(ADMINISTRATOR_OPERATIONS)
    const human = { is_superuser: 1, is_service_account: 0, operations }
    expect(rows).toEqual([
      { username: 'admin@demo.example', ...human },
      { username: 'foreign-admin@foreign.example', ...human },
      { username: 'second-admin@demo.example', ...human },
      {
        username: 'service-account@demo.example',
        is_superuser: 0,
        is_service_account: 1,
        operations,
      },
    ])
  })

  it('registers the public half of every key for its actor', () => {
    for (const [name, { userId, credential }] of Object.entries(first.actors)) {
      const [row] = database.select(
        'SELECT * FROM credentials WHERE credential_id = ?',
        credential.credId,
      )
      const publicKey = createPublicKey(createPrivateKey(credential.privateKeyPem))
      expect(row, name).toMatchObject({
        user_id: userId,
        kind: 'Key',
        algorithm: credential.algorithm,
        public_key_pem: publicKey.export({ type: 'spki', format: 'pem' }),
        deactivated_at: null,
      })
    }
  })

  it('issues user tokens for an hour and the others for a year', () => {
    for (const [name, actor] of Object.entries(first.actors)) {
      const { iat = 0, exp = 0, iss, aud, sub, epoch } = decodeJwt(actor.token)
      const expected = actor.tokenKind === 'Token' ? 3_600 : 365 * 86_400
      expect(exp - iat, name).toBe(expected)
      expect(actor.tokenExpiresAt).toBe(new Date(exp * 1000).toISOString())
      expect({ iss, aud, sub, epoch }).toEqual({
        iss: BASE_URL,
        aud: 'activate',
        sub: actor.userId,
        epoch: 0,
      })
      expect(decodeProtectedHeader(actor.token).kid).toMatch(/^dev-/)
    }
  })

  it('ties the personal access token to its own key by the token id', () => {
    const { token, credential } = first.actors['personalAccessToken'] ?? expect.unreachable()
    const rows = database.select(
      'SELECT credential_id FROM credentials WHERE access_token_id = ?',
      decodeJwt(token).jti ?? '',
    )
    expect(rows).toEqual([{ credential_id: credential.credId }])
  })

  it('writes no audit event', () => {
    expect(database.select('SELECT * FROM audit_events')).toEqual([])
  })
})

describe('a second start', () => {
  const withoutTokens = (demo: DemoFile) => ({
    ...demo,
    actors: Object.entries(demo.actors).map(([name, { token, tokenExpiresAt, ...rest }]) => ({
      name,
      ...rest,
      hasToken: [token, tokenExpiresAt].every(Boolean),
    })),
  })
  const countRows = () =>
    database.select(
      `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM credentials) AS keys,
         (SELECT count(*) FROM roles) AS roles, (SELECT sum(version) FROM users) AS versions,
         (SELECT sum(user_count) FROM organizations) AS counted`,
    )

  it('keeps people, keys and rows, and issues fresh tokens', async () => {
    const rows = countRows()
    const second = await start(first)
    expect(withoutTokens(second)).toEqual(withoutTokens(first))
    expect(countRows()).toEqual(rows)
    for (const [name, { token }] of Object.entries(first.actors)) {
      expect(second.actors[name]?.token).not.toBe(token)
    }
  })

  it('keeps the id of the personal access token', async () => {
    const second = await start(first)
    const idOf = (demo: DemoFile) => decodeJwt(demo.actors['personalAccessToken']?.token ?? '').jti
    expect(idOf(second)).toBe(idOf(first))
  })

  it('takes the epoch from the store when an actor was switched off meanwhile', async () => {
    const { userId } = first.actors['employee'] ?? expect.unreachable()
    database.execute(`UPDATE users SET token_epoch = 3, suspended_at = 5 WHERE id = '${userId}'`)
    const second = await start(first)
    expect(second.actors['employee']?.userId).toBe(userId)
    expect(decodeJwt(second.actors['employee']?.token ?? '')['epoch']).toBe(3)
  })

  it('tells the state that a target has now', async () => {
    const { userId } = first.targets['inactive'] ?? expect.unreachable()
    database.execute(`UPDATE users SET suspended_at = NULL WHERE id = '${userId}'`)
    expect((await start(first)).targets['inactive']).toMatchObject({ userId, state: 'active' })
  })

  it('finds users again by id when they were renamed', async () => {
    const { userId } = first.actors['employee'] ?? expect.unreachable()
    database.execute(`
      UPDATE users SET username = 'Renamed' WHERE id = '${userId}';
      UPDATE user_identifiers SET value = 'renamed@demo.example' WHERE user_id = '${userId}'`)
    expect((await start(first)).actors['employee']).toMatchObject({
      userId,
      username: 'Renamed',
      email: 'renamed@demo.example',
    })
  })

  it('replaces users that were archived, and counts them', async () => {
    const { userId } = first.targets['inactive'] ?? expect.unreachable()
    database.execute(`
      UPDATE users SET archived_at = 5 WHERE id = '${userId}';
      UPDATE user_identifiers SET released_at = 5 WHERE user_id = '${userId}';
      UPDATE organizations SET user_count = user_count - 1 WHERE name = 'Demo'`)
    const second = await start(first)
    expect(second.targets['inactive']?.userId).not.toBe(userId)
    expect(second.targets['inactive']?.state).toBe('inactive')
    expect(database.select("SELECT user_count FROM organizations WHERE name = 'Demo'")).toEqual([
      { user_count: 17 },
    ])
  })

  it('registers new keys and ends the old ones when demo.json is lost', async () => {
    const second = await start(null)
    expect(second.organization).toEqual(first.organization)
    for (const [name, { userId, credential }] of Object.entries(second.actors)) {
      expect(userId).toBe(first.actors[name]?.userId)
      expect(credential.credId).not.toBe(first.actors[name]?.credential.credId)
    }
    const active = database.select(
      'SELECT credential_id FROM credentials WHERE deactivated_at IS NULL',
    )
    const expected = Object.values(second.actors).map(({ credential }) => credential.credId)
    expect(active.map((row) => row['credential_id']).sort()).toEqual(expected.sort())
    const { userId } = second.actors['employee'] ?? expect.unreachable()
    expect(database.select('SELECT version FROM users WHERE id = ?', userId)).toEqual([
      { version: 2 },
    ])
  })

  it('leaves keys alone that somebody registered over HTTP', async () => {
    const { userId } = first.actors['employee'] ?? expect.unreachable()
    database.execute(`
      INSERT INTO credentials (id, organization_id, user_id, kind, credential_id, algorithm,
        public_key_pem, public_key_hash, name, created_at)
      SELECT 'cr-own', organization_id, user_id, kind, 'own', algorithm,
        public_key_pem, 'own', 'My laptop', created_at
      FROM credentials WHERE user_id = '${userId}'`)
    await start(null)
    expect(database.select("SELECT deactivated_at FROM credentials WHERE id = 'cr-own'")).toEqual([
      { deactivated_at: null },
    ])
  })

  it.each([
    { name: 'no private key', privateKeyPem: 'nonsense' },
    { name: "another actor's private key", privateKeyPem: null },
  ])('replaces a credential whose file entry holds $name', async ({ privateKeyPem }) => {
    const { admin, secondAdmin } = first.actors
    if (!admin || !secondAdmin) return expect.unreachable()
    const wrong = privateKeyPem ?? secondAdmin.credential.privateKeyPem
    const credential = { ...admin.credential, privateKeyPem: wrong }
    const known = { ...first, actors: { ...first.actors, admin: { ...admin, credential } } }
    const second = await start(known)
    expect(second.actors['admin']?.credential.credId).not.toBe(admin.credential.credId)
    expect(second.actors['secondAdmin']?.credential).toEqual(secondAdmin.credential)
  })
})
