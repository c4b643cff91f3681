/**
 * What `npm run audit` takes, asks, reads and prints. The SQL runs in a database with the real migrations.
 */
import { describe, expect, it } from 'vitest'
import { answerRecord, parseAuditArguments } from '../../../src/cli/audit.ts'
import { parseRecord, writeRecordQuery } from '../../../src/cli/audit-record.ts'
import { queryD1 } from '../../../src/cli/d1-execute.ts'
import { quoteSql } from '../../../src/cli/rows.ts'
import { sampleEvidence } from '../../support/sample.ts'
import { createMemoryDatabase } from './memory-database.ts'

const USER_ID = 'us-aaaaa-bbbbb-cccccccccccccccc'
const NOW = 1_795_323_600_123

const EVENT = {
  ...{ sequence: 1, id: 'uj-1', at: NOW, organization_id: 'or-1', actor_id: 'us-admin' },
  ...{ target_id: USER_ID, action: 'activate', from_state: 'inactive', to_state: 'active' },
  ...{ dialect: 'dfns', request_id: 'req_1', evidence: {} },
}

/** Writes what wrangler prints about a user and its events. */
const writeAnswer = (users: unknown, events: readonly object[]) =>
  JSON.stringify([
    { results: [{ users }], success: true, meta: {} },
    { results: events, success: true, meta: {} },
  ])

/** Spells an event as its row, in which evidence is text. */
const rowOf = (members: object, evidence: object = {}) => ({
  ...EVENT,
  ...members,
  evidence: JSON.stringify(evidence),
})

/** Says what the command prints about a user with these rows. */
const show = (events: readonly object[], isJson = false, users = 1) =>
  answerRecord(parseRecord(writeAnswer(users, events)), { userId: USER_ID, isJson })

describe('the arguments of npm run audit', () => {
  const local = { userId: USER_ID, isJson: false, isRemote: false, environment: null }

  it.each([
    { name: 'a user, and stay local', argv: [], value: local },
    { name: 'the form of JSON', argv: ['--json'], value: { ...local, isJson: true } },
    { name: '--remote', argv: ['--remote'], value: { ...local, isRemote: true } },
    { name: '--env', argv: ['--env', 'eu'], value: { ...local, environment: 'eu' } },
  ])('take $name', ({ argv, value }) => {
    expect(parseAuditArguments(['show', USER_ID, ...argv])).toEqual({ ok: true, value })
  })

  it.each([
    { name: 'nothing', argv: [], failure: /What/ },
    { name: 'another verb', argv: ['list', USER_ID], failure: /What/ },
    { name: 'no user', argv: ['show'], failure: /id of one user/ },
    { name: 'two users', argv: ['show', USER_ID, USER_ID], failure: /id of one user/ },
    { name: 'another id', argv: ['show', USER_ID.replace('us', 'or')], failure: /id of one user/ },
    { name: 'SQL behind an id', argv: ['show', `${USER_ID}' OR '1`], failure: /id of one user/ },
    { name: 'a line feed behind an id', argv: ['show', `${USER_ID}\n`], failure: /id of one user/ },
    { name: 'an option as environment', argv: ['show', USER_ID, '--env=--x'], failure: /--env/ },
    { name: 'an unknown option', argv: ['show', USER_ID, '--all'], failure: /--all/ },
  ])('refuse $name', ({ argv, failure }) => {
    expect(parseAuditArguments(argv)).toEqual({
      ok: false,
      failure: expect.stringMatching(failure),
    })
  })
})

describe('queryD1', () => {
  it.each([true, false])(
    'asks no database of an environment that is not there (remote: %s)',
    async (isRemote) => {
      const asked = queryD1({ isRemote, environment: 'nowhere' }, 'SELECT 1')
      await expect(asked).rejects.toThrow('wrangler.toml has no environment "nowhere".')
    },
  )
})

describe('writeRecordQuery', () => {
  it("finds the user and its own events, oldest first, whatever the others' are", () => {
    const database = createMemoryDatabase()
    database.execute(
      `INSERT INTO organizations (id, tenant_id, name, dialects, created_at, updated_at)
         VALUES ('or-1', 'acct-1', 'A', '[]', 0, 0);
       INSERT INTO users (id, organization_id, kind, username, created_at, updated_at)
         VALUES (${quoteSql(USER_ID)}, 'or-1', 'EndUser', 'a', 0, 0), ('us-2', 'or-1', 'EndUser', 'b', 0, 0)`,
    )
    const rows = [
      rowOf({ sequence: 7, id: 'uj-7', at: NOW - 1, action: 'deactivate' }, { reason: 'Left' }),
      rowOf({ sequence: 3, id: 'uj-3' }),
      rowOf({ sequence: 5, id: 'uj-5', target_id: 'us-2', actor_id: USER_ID }),
    ]
    for (const row of rows) {
      const values = Object.values(row).map((value) => quoteSql(String(value)))
      const columns = Object.keys(row).join(', ')
      database.execute(`INSERT INTO audit_events (${columns}) VALUES (${values.join(', ')})`)
    }
    const statements = writeRecordQuery(USER_ID).split('; ')
    const answer = statements.map((statement) => ({ results: database.select(statement) }))
    expect(parseRecord(JSON.stringify(answer))).toEqual({
      isKnown: true,
      events: [
        { ...rows[1], evidence: {} },
        { ...rows[0], evidence: { reason: 'Left' } },
      ],
    })
  })
})

describe('parseRecord', () => {
  it.each([
    { name: 'no JSON', answer: 'Executing' },
    { name: 'no list', answer: '{"error":"x"}' },
    { name: 'an empty list', answer: '[]' },
    { name: 'one result', answer: '[{"results":[{"users":1}]}]' },
    { name: 'no results', answer: '[{"results":[{"users":1}]},{"success":true}]' },
    { name: 'a row that is none', answer: '[{"results":[{"users":1}]},{"results":[null]}]' },
    { name: 'no number of users', answer: writeAnswer(null, []) },
    { name: 'a time in text', answer: writeAnswer(1, [rowOf({ at: String(NOW) })]) },
    { name: 'a missing column', answer: writeAnswer(1, [rowOf({ action: undefined })]) },
    { name: 'evidence that is no JSON', answer: writeAnswer(1, [{ ...EVENT, evidence: '{' }]) },
    { name: 'a list of evidence', answer: writeAnswer(1, [{ ...EVENT, evidence: '[]' }]) },
  ])('refuses $name', ({ answer }) => {
    expect(() => parseRecord(answer)).toThrow('an answer of an unknown shape')
  })
})

describe('answerRecord', () => {
  const userAction = sampleEvidence()

  it('tells a paragraph an event, without client data and signature', () => {
    const evidence = { clientRequestId: '1234abcd', reason: 'Ticket 4711', userAction }
    const creation = { action: 'create', from_state: null, actor_id: 'us-boss', dialect: 'rinne' }
    const update = { action: 'update', from_state: null, to_state: null }
    const events = [
      rowOf({ request_id: 'req_2', ...creation }, { roleIds: ['pm-1', 'pm-2'] }),
      rowOf({}, evidence),
      rowOf({ request_id: 'req_3', ...update }),
    ]
    expect(show(events)).toEqual({
      stdout: `2026-11-22T05:00:00.123Z  create  -> active
  by us-boss   through rinne   request req_2
  roles: pm-1, pm-2

2026-11-22T05:00:00.123Z  activate  inactive -> active
  by us-admin   through dfns   request req_1   client request 1234abcd
  reason: Ticket 4711
  proof: user action of credential credential-of-admin (Key)

2026-11-22T05:00:00.123Z  update
  by us-admin   through dfns   request req_3`,
      stderr: null,
      exitCode: 0,
    })
  })

  it('gives every column and the whole evidence as JSON', () => {
    const { stdout, ...rest } = show([rowOf({}, { userAction })], true)
    expect(stdout).toBe(JSON.stringify([{ ...EVENT, evidence: { userAction } }], null, 2))
    expect(rest).toEqual({ stderr: null, exitCode: 0 })
  })

  it('escapes what could drive a terminal or pass for another line', () => {
    const reason = 'a\u001b[2J\u009b1m\n  proof: é\u202e\u{1f600}\u007f'
    expect(
      show([rowOf({}, { reason })])
        .stdout?.split('\n')
        .slice(2),
    ).toEqual(['  reason: a\\u001b[2J\\u009b1m\\u000a  proof: \\u00e9\\u202e\\ud83d\\ude00\\u007f'])
    const json = show([rowOf({}, { reason })], true).stdout ?? ''
    expect(json).toMatch(/^[\n -~]+$/)
    expect(JSON.parse(json)).toMatchObject([{ evidence: { reason } }])
  })

  it('shows evidence of an unexpected type too', () => {
    const { stdout } = show([rowOf({}, { reason: { code: 1 }, userAction: {} })])
    expect(stdout?.split('\n').slice(2)).toEqual([
      '  reason: {"code":1}',
      '  proof: user action of credential unknown (unknown)',
    ])
  })

  it.each([
    { name: 'a known user', users: 1, isJson: false, stdout: null, says: /^Nothing/, exitCode: 0 },
    { name: 'one, as JSON', users: 1, isJson: true, stdout: '[]', says: /^Nothing/, exitCode: 0 },
    { name: 'nobody', users: 0, isJson: true, stdout: null, says: /^No user has/, exitCode: 1 },
  ])('says that nothing is there about $name', ({ users, isJson, stdout, says, exitCode }) => {
    const stderr = expect.stringMatching(says)
    expect(show([], isJson, users)).toEqual({ stdout, stderr, exitCode })
  })

  it('shows the record of a user who was erased', () => {
    expect(show([rowOf({})], false, 0)).toMatchObject({ stderr: null, exitCode: 0 })
  })
})
