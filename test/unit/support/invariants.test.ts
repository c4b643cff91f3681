/**
 * Each of V1 to V10 sees what breaks it: an honest journal of a database with all migrations, and one lie at a time.
 */
import { describe, expect, it } from 'vitest'
import type { Document } from '../../support/declared-answer.ts'
import {
  claimOf,
  expectInvariants,
  type InvariantOptions,
  type Store,
} from '../../support/invariants.ts'
import { createJournal, requestOf, type Entry } from '../../support/journal.ts'
import { createMemoryDatabase } from '../cli/memory-database.ts'

const ISSUER = 'https://api.example.test'
const ACTIVATION = requestOf('timbu', 'activate', { id: 'us-1', email: 'a@example.test' })
const WHO = { userId: 'us-admin', organizationId: 'or-1', token: 'token' }
const SENDER = { who: WHO, key: 'key-1', userAction: 'action-1' }
const DONE = '{"message":"success"}'
const HEADERS = { 'content-type': 'application/json; charset=utf-8', etag: '"2"' }

const REFUSAL = { content: { 'application/json': { schema: { required: ['detail'] } } } }
const SUCCESS = { content: { 'application/json': { schema: {} } } }
const RESPONSES = { 200: SUCCESS, 400: REFUSAL, 503: {} }
const DOCUMENT: Document = {
  paths: { '/users/{user_id}/activate': { put: { responses: RESPONSES } } },
  components: { schemas: {} },
}

/** An activation, its repetition, and one more with its user action: an honest journal and what is in the store. */
async function setScene() {
  const answers = [
    new Response(DONE, { headers: HEADERS }),
    new Response(DONE, { headers: { ...HEADERS, 'idempotent-replayed': 'true' } }),
    Response.json({ detail: 'user action has already been used' }, { status: 400 }),
  ]
  const journal = createJournal(async () => answers.shift() ?? Response.error())
  const first = await journal.call(ACTIVATION, SENDER)
  await journal.call(ACTIVATION, SENDER)
  await journal.call(ACTIVATION, { ...SENDER, key: null })
  const { scopeHash, fingerprint } = await claimOf(first, ISSUER)
  const evidence = JSON.stringify({
    clientRequestId: first.requestId,
    userAction: { signature: 'signature-1', binding: { nonce: 'nonce-1' } },
  })
  const { select, execute } = createMemoryDatabase()
  execute(`
    INSERT INTO organizations (id, tenant_id, name, dialects, created_at, updated_at)
      VALUES ('or-1', 'ac-1', 'One', '["timbu"]', 1, 1);
    INSERT INTO users (id, organization_id, kind, username, version, created_at, updated_at)
      VALUES ('us-1', 'or-1', 'CustomerEmployee', 'a@example.test', 2, 1, 1);
    INSERT INTO audit_events (id, at, organization_id, actor_id, target_id, action, from_state, to_state, dialect,
      request_id, evidence) VALUES ('uj-1', 1, 'or-1', 'us-admin', 'us-1', 'activate', 'inactive', 'active', 'timbu',
      'req-1', '${evidence}');
    INSERT INTO used_tokens VALUES ('hash-1', 'user-action', 2, 'uj-1');
    INSERT INTO idempotency_records (scope_hash, fingerprint, status, body, headers, expires_at)
      VALUES ('${scopeHash}', '${fingerprint}', 200, '${DONE}', '${JSON.stringify(HEADERS)}', 2)`)
  const store: Store = async (sql, ...params) => select(sql, ...params)
  const same = { before: 1, read: async () => 1 }
  const options: InvariantOptions = {
    issuer: ISSUER,
    targets: { 'us-1': { state: 'inactive', version: 1 } },
    hasFaults: false,
    foreign: { ...same, canaries: ['canary'] },
    own: same,
    document: DOCUMENT,
    logLines: ['{"level":"info"}'],
  }
  return { entries: journal.entries, options, store, execute }
}

/** One lie: in the store, in what one of the three calls saw, or in what else is known. */
interface Lie {
  readonly name: string
  readonly says: RegExp
  readonly sql?: string
  readonly call?: readonly [index: number, Partial<Entry>]
  readonly options?: Partial<InvariantOptions>
}

const OTHERWISE = { before: 1, read: async () => 2 }
const COLUMNS = 'organization_id, actor_id, target_id, action, dialect, request_id'
const again = (from: string, evidence = 'evidence') => `UPDATE users SET version = 3;
  INSERT INTO audit_events (id, at, from_state, to_state, ${COLUMNS}, evidence)
  SELECT 'uj-2', 2, '${from}', 'active', ${COLUMNS}, ${evidence} FROM audit_events`
const REPLAYED = { ...HEADERS, 'idempotent-replayed': 'true' }
const JWT = 'eyJhbGciOiJFZERTQSJ9.e30.AA'

const LIES: readonly Lie[] = [
  { name: 'a version without a row', says: /V1.*2$/, sql: 'UPDATE users SET version = 3' },
  { name: 'a state without a row', says: /V1.*2$/, sql: 'UPDATE users SET suspended_at = 1' },
  { name: 'a row from a state that was not', says: /V1.*goes/, sql: again('inactive') },
  { name: 'a row that leads nowhere', says: /V1.*goes/, sql: again('active') },
  { name: 'a tag to come', says: /V1/, call: [1, { headers: { ...REPLAYED, etag: '"3"' } }] },
  { name: 'a tag from before', says: /V2/, call: [1, { headers: { ...REPLAYED, etag: '"1"' } }] },
  { name: 'another state', says: /V2/, call: [1, { dialect: 'dfns', text: '{"isActive":false}' }] },
  { name: 'a change without a row', says: /V2.*record/, call: [1, { headers: HEADERS }] },
  {
    name: "a change under another version than its row's",
    says: /V2.*record/,
    sql: again('active', `'{}'`),
    call: [0, { dialect: 'dfns', headers: { ...HEADERS, etag: '"3"' }, text: '{"isActive":true}' }],
  },
  { name: 'a row of no call', says: /V2.*its call/, call: [0, { requestId: 'call-0' }] },
  {
    name: 'a row of another operation',
    says: /V2.*its call/,
    call: [0, { operation: 'deactivate' }],
  },
  { name: 'a row of a call that failed', says: /V2.*its call/, call: [0, { status: 503 }] },
  { name: 'two rows of one call', says: /V2.*twice/, sql: again('inactive') },
  { name: 'a record to rewrite', says: /V3/, sql: 'DROP TRIGGER audit_events_refuse_update' },
  { name: 'a record to shorten', says: /V3/, sql: 'DROP TRIGGER audit_events_refuse_delete' },
  { name: 'a record to replace', says: /V3/, sql: 'DROP TRIGGER audit_events_refuse_replace' },
  { name: 'a proof on record twice', says: /V4.*nonce-1/, sql: again('inactive') },
  { name: 'a user action taken twice', says: /V4.*action-1/, call: [1, { headers: HEADERS }] },
  { name: 'a token not used up', says: /V4.*uj-1/, sql: 'DELETE FROM used_tokens' },
  {
    name: 'a token used up twice',
    says: /V4.*hash-1/,
    sql: `CREATE TABLE t AS SELECT * FROM used_tokens; INSERT INTO t SELECT * FROM t;
      DROP TABLE used_tokens; ALTER TABLE t RENAME TO used_tokens`,
  },
  { name: 'a canary in an answer', says: /V5.*canary/, call: [2, { headers: { a: 'canary' } }] },
  {
    name: 'a change in the foreign organization',
    says: /V5/,
    options: { foreign: { ...OTHERWISE, canaries: [] } },
  },
  { name: 'a lost answer without a fault', says: /V6/, call: [2, { status: null }] },
  {
    name: 'a 503 that does not say when',
    says: /V6/,
    call: [2, { status: 503 }],
    options: { hasFaults: true },
  },
  { name: 'an error in the log', says: /V7/, options: { logLines: ['Error: D1_ERROR: lost'] } },
  { name: 'an error in an answer', says: /V7/, call: [2, { text: '{"detail":"SQLITE_BUSY"}' }] },
  { name: 'a token in an answer', says: /V7/, call: [2, { text: `{"detail":"${JWT}"}` }] },
  ...["body = '{}'", 'status = 201', "fingerprint = '0'", `headers = '{"etag":"1"}'`].map(
    (kept) => ({
      name: `a kept ${kept}`,
      says: /V8/,
      sql: `UPDATE idempotency_records SET ${kept}`,
    }),
  ),
  { name: 'no answer that is kept', says: /V8/, sql: 'DELETE FROM idempotency_records' },
  { name: 'two answers as if new', says: /V8.*2 times/, call: [1, { headers: HEADERS }] },
  { name: 'no answer as if new', says: /V8.*0 times/, call: [0, { headers: REPLAYED }] },
  { name: 'a status that is not declared', says: /V9/, call: [2, { status: 418 }] },
  { name: 'a body that is not declared', says: /V9/, call: [2, { text: '{}' }] },
]

describe('expectInvariants', () => {
  it('counts what it looked at when nothing is broken', async () => {
    const { entries, store, options } = await setScene()
    const more = { ...options, own: OTHERWISE }
    expect(await expectInvariants({ entries }, store, more)).toEqual({
      ...{ requests: 3, transitions: 1, auditRows: 1, refusals: 1, replays: 1 },
      ...{ unavailable: 0, violations: 0 },
    })
  })

  it.each(LIES)('says $says when there is $name', async ({ says, sql = '', call, options }) => {
    const scene = await setScene()
    const entries = scene.entries.map((entry, index) =>
      call?.[0] === index ? { ...entry, ...call[1] } : entry,
    )
    scene.execute(sql)
    const asserted = expectInvariants({ entries }, scene.store, { ...scene.options, ...options })
    const lines = await asserted.then(String, (error: Error) => error.message.split('\n'))
    expect(lines).toContainEqual(expect.stringMatching(says))
  })

  it('names V10 when nothing but refusals left a trace', async () => {
    const { entries, store, options, execute } = await setScene()
    execute(`DROP TRIGGER audit_events_refuse_delete; DELETE FROM audit_events;
      UPDATE users SET version = 1, suspended_at = 1`)
    const refused = { entries: entries.filter(({ status }) => status === 400) }
    expect(await expectInvariants(refused, store, options)).toMatchObject({ refusals: 1 })
    const marked = expectInvariants(refused, store, { ...options, own: OTHERWISE })
    await expect(marked).rejects.toThrow(/^Violations:\nV10: [^\n]*$/)
  })
})
