/**
 * Idempotency keys on real D1 and KV: who gets a key, what is known of a commit whose answer was lost, and what a
 * copy is worth.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../src/auth/random.ts'
import type { Commit, UserStore } from '../../src/core/ports.ts'
import { createD1AccountStore } from '../../src/store/d1-account-store.ts'
import { createD1UserStore } from '../../src/store/d1-user-store.ts'
import { DEADLINE_MILLISECONDS, openDatabase } from '../../src/store/database.ts'
import { createKvAnswerCopies } from '../../src/store/kv-answer-copies.ts'
import { prepareDeactivation, principalOf, readRow, users } from '../support/commits.ts'
import { dumpTables } from '../support/dump.ts'
import { faultyDatabase, faultyNamespace, type Fault } from '../support/faults.ts'
import { ALL_DFNS, createWorld, readAuditEvents } from '../support/world.ts'

const NOW = Date.now()
const ANSWER = { status: 201, body: '{"a":"é"}', headers: { etag: '"2"', 'content-type': 'a/b' } }

const claimOf = (members: Partial<NonNullable<Commit['claim']>> = {}) => ({
  scopeHash: newSecret(),
  fingerprint: 'print',
  expiresAt: NOW + 60_000,
  now: NOW,
  ...ANSWER,
  ...members,
})

/** Prepares the deactivation of a user of its own. */
async function prepare(members: Partial<Commit> = {}) {
  const world = await createWorld()
  const actor = await world.addActor({ operations: ALL_DFNS })
  const targetId = await world.addUser()
  const commit = await prepareDeactivation(actor, targetId)
  const query = {
    principal: principalOf(actor),
    proof: commit.consumption && { ...commit.consumption, credentialId: '' },
    targetId,
  }
  return { world, targetId, query, commit: { ...commit, ...members } }
}

const readMark = async (scopeHash: string, now: number) => {
  const { query } = await prepare()
  return (await users.readSnapshot({ ...query, claim: { scopeHash, now } })).claim
}

describe('commit: idempotency keys', () => {
  it('keeps the answer with the change, under its mark alone', async () => {
    const claim = claimOf()
    const { commit } = await prepare({ claim })
    expect(await users.commit(commit)).toBe('committed')
    const mark = { fingerprint: 'print', expiresAt: claim.expiresAt }
    expect(await readMark(claim.scopeHash, NOW)).toEqual(mark)
    expect(await users.readAnswer(claim.scopeHash, mark)).toEqual(ANSWER)
    expect(await users.readAnswer(claim.scopeHash, { ...mark, expiresAt: 1 })).toBeNull()
    expect(await users.readAnswer(claim.scopeHash, { ...mark, fingerprint: '' })).toBeNull()
  })

  it('is stale, and writes nothing, when the key is taken', async () => {
    const claim = claimOf()
    expect(await users.commit((await prepare({ claim })).commit)).toBe('committed')
    const second = await prepare({ claim: { ...claim, fingerprint: 'other', body: '{}' } })
    const before = await dumpTables(second.world.organizationId)
    expect(await users.commit(second.commit)).toBe('stale')
    expect(await dumpTables(second.world.organizationId)).toEqual(before)
    expect(await readMark(claim.scopeHash, NOW)).toMatchObject({ fingerprint: 'print' })
  })

  it('leaves nothing under the key when anything else of the batch fails (I6)', async () => {
    const claim = claimOf()
    const { commit } = await prepare({ claim })
    const moved = { ...commit.guards, credentialId: 'cr-none' }
    expect(await users.commit({ ...commit, guards: moved })).toBe('stale')
    expect(await users.commit({ ...commit, claim: claimOf() })).toBe('committed')
    expect(await users.commit({ ...commit, claim })).toBe('proof_used')
    expect(await readMark(claim.scopeHash, NOW)).toBeNull()
  })

  it('replaces a key in the millisecond that it expires in, and not one earlier (I12)', async () => {
    const claim = claimOf({ expiresAt: NOW + 5 })
    expect(await users.commit((await prepare({ claim })).commit)).toBe('committed')
    const later = { ...claim, expiresAt: NOW + 60_000, status: 200, fingerprint: 'later' }
    const commitAt = async (now: number) =>
      users.commit((await prepare({ claim: { ...later, now } })).commit)
    expect(await readMark(claim.scopeHash, NOW + 4)).not.toBeNull()
    expect(await commitAt(NOW + 4)).toBe('stale')
    expect(await readMark(claim.scopeHash, NOW + 5)).toBeNull()
    expect(await commitAt(NOW + 5)).toBe('committed')
    const sql =
      'SELECT fingerprint, status, expires_at FROM idempotency_records WHERE scope_hash = ?'
    expect(await readRow(sql, claim.scopeHash)).toEqual({
      fingerprint: 'later',
      status: 200,
      expires_at: NOW + 60_000,
    })
  })
})

/** A store whose first writing goes wrong. */
const failingStore = (fault: Fault): UserStore =>
  createD1UserStore(
    openDatabase(
      faultyDatabase(env.DB, ({ target, ...call }) =>
        target === 'database' && 'isWrite' in call && call.isWrite ? fault : null,
      ),
    ),
    { allowsDemoData: true },
  )

describe('commit: lost answers (I7)', () => {
  it.each<{ fault: Fault; isWritten: boolean }>([
    { fault: 'throw_before', isWritten: false },
    { fault: 'commit_then_throw', isWritten: true },
    { fault: 'garbage', isWritten: false },
    { fault: 'garbage_after', isWritten: true },
  ])('is unclear on $fault, and the next reading knows', async ({ fault, isWritten }) => {
    const { commit, query, targetId } = await prepare()
    expect(await failingStore(fault).commit(commit)).toBe('unclear')
    const doubtfulIds = ['uj-other', commit.id]
    const { committedIds } = await users.readSnapshot({ ...query, doubtfulIds })
    // By its event, and by the token that it spent.
    expect(committedIds).toEqual(isWritten ? [commit.id, commit.id] : [])
    expect(await readAuditEvents(targetId)).toHaveLength(isWritten ? 1 : 0)
  })

  it('finds a commit that changed nothing by the token that it spent', async () => {
    const { commit, query } = await prepare({ change: null, event: null, id: newId('auditEvent') })
    expect(await failingStore('commit_then_throw').commit(commit)).toBe('unclear')
    const found = await users.readSnapshot({ ...query, doubtfulIds: [commit.id] })
    expect(found.committedIds).toEqual([commit.id])
  })

  it('finds a commit that changed nothing and spent nothing by the key that it claimed', async () => {
    const claim = claimOf()
    const nothing = { change: null, event: null, consumption: null }
    const { commit, query } = await prepare({ claim, ...nothing, id: newId('auditEvent') })
    expect(await failingStore('commit_then_throw').commit(commit)).toBe('unclear')
    const doubt = { ...query, proof: null, claim, doubtfulIds: [commit.id] }
    expect((await users.readSnapshot(doubt)).committedIds).toEqual([commit.id])
  })

  it('throws when the database is overloaded, for it must not be asked again (I15)', async () => {
    const { commit } = await prepare()
    await expect(failingStore('overloaded').commit(commit)).rejects.toThrow('overloaded')
  })

  it('is unclear when the database does not answer, and throws when it was only read', async () => {
    const { commit, query } = await prepare()
    const silent = new Proxy(env.DB, {
      get: (db, name) =>
        name === 'batch' ? () => new Promise(() => undefined) : db.prepare.bind(db),
    })
    const store = createD1UserStore(openDatabase(silent), { allowsDemoData: true })
    expect(DEADLINE_MILLISECONDS).toBeLessThan(10_000)
    const reading = store.readSnapshot(query)
    await Promise.all([
      expect(store.commit(commit)).resolves.toBe('unclear'),
      expect(reading).rejects.toThrow('D1 takes too long'),
    ])
  })

  it('says that a token was logged out only if it was', async () => {
    const storeWith = (fault: Fault | null) =>
      createD1AccountStore(openDatabase(faultyDatabase(env.DB, () => fault)), {
        allowsDemoData: true,
      })
    const hash = newSecret()
    const revoke = (fault: Fault | null) => storeWith(fault).revokeToken(hash, NOW)
    for (let kind = 0; kind < 5; kind++) await expect(revoke('garbage')).rejects.toThrow('D1')
    await expect(revoke('commit_then_throw')).rejects.toThrow('lost')
    await revoke(null)
    const sql = 'SELECT count(*) AS rows FROM revoked_tokens WHERE hash = ?'
    expect(await readRow(sql, hash)).toEqual({ rows: 1 })
  })
})

describe('createKvAnswerCopies', () => {
  const keep = (namespace: KVNamespace | undefined, members = {}) => {
    const claim = claimOf(members)
    return createKvAnswerCopies(namespace)
      .keep(claim, NOW)
      .then(() => claim)
  }
  const find = (namespace: KVNamespace | undefined, scopeHash: string) =>
    createKvAnswerCopies(namespace).find(scopeHash)

  it('finds what was kept, with its mark', async () => {
    const { scopeHash, expiresAt } = await keep(env.IDEMPOTENCY)
    const mark = { fingerprint: 'print', expiresAt }
    expect(await find(env.IDEMPOTENCY, scopeHash)).toEqual({ ...mark, ...ANSWER })
    expect(await find(env.IDEMPOTENCY, newSecret())).toBeNull()
  })

  it('lets no copy outlive its claim, and keeps none that would live less than KV can (F12)', async () => {
    const seen: unknown[] = []
    const namespace = { put: async (...put: unknown[]) => void seen.push(put[2]) }
    for (const expiresAt of [NOW + 59_999, NOW + 60_000, NOW + 86_400_999]) {
      await keep(namespace as unknown as KVNamespace, { expiresAt })
    }
    expect(seen).toEqual([{ expirationTtl: 60 }, { expirationTtl: 86_400 }])
  })

  it.each<{ name: string; text: string }>([
    { name: 'no JSON', text: '{"status":200,' },
    { name: 'null', text: 'null' },
    { name: 'a list', text: '[1]' },
    { name: 'no mark', text: JSON.stringify({ ...ANSWER }) },
    { name: 'a status that is a text', text: JSON.stringify({ ...claimOf(), status: '200' }) },
    {
      name: 'a header that is a number',
      text: JSON.stringify(claimOf({ headers: { a: 1 as never } })),
    },
  ])('finds nothing when what stands there is $name', async ({ text }) => {
    const key = newSecret()
    await env.IDEMPOTENCY.put(key, text)
    expect(await find(env.IDEMPOTENCY, key)).toBeNull()
  })

  it.each<Fault>(['throw_before', 'garbage', 'hang'])('finds nothing on %s', async (fault) => {
    const { scopeHash } = await keep(env.IDEMPOTENCY)
    const namespace = faultyNamespace(env.IDEMPOTENCY, () => fault, { hangMilliseconds: 500 })
    expect(await find(namespace, scopeHash)).toBeNull()
    await keep(namespace)
  })

  it('finds and keeps nothing without a namespace', async () => {
    const { scopeHash } = await keep(undefined)
    expect(await find(undefined, scopeHash)).toBeNull()
  })
})
