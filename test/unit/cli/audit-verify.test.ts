/**
 * `npm run audit -- verify`: records with real signatures, good ones and ones with a single fault. The SQL runs in a
 * database with the real migrations.
 */
import { webcrypto } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { challengeOf, hashPayload } from '../../../src/auth/action-binding.ts'
import { encodeBase64Url } from '../../../src/auth/base64url.ts'
import { parsePublicKey } from '../../../src/auth/public-key.ts'
import { newSecret } from '../../../src/auth/random.ts'
import { answerVerdict, parseAuditArguments } from '../../../src/cli/audit.ts'
import { BEFORE_ALL, parsePage, writePageQuery } from '../../../src/cli/audit-page.ts'
import { REQUESTS } from '../../../src/cli/audit-requests.ts'
import type { Verdict } from '../../../src/cli/audit-verdict.ts'
import { verifyRecord } from '../../../src/cli/audit-verify.ts'
import { quoteSql } from '../../../src/cli/rows.ts'
import { createId } from '../../../src/core/id.ts'
import type { JsonValue } from '../../../src/core/strict-json.ts'
import type { ChallengeEvidence, ProofEvidence } from '../../../src/core/user-action.ts'
import { KEY_ALGORITHMS } from '../../../src/core/user.ts'
import { dfns } from '../../../src/dialects/dfns/index.ts'
import { USER_ACTION_SCHEME, type Services } from '../../../src/dialects/dialect.ts'
import { rinne } from '../../../src/dialects/rinne/index.ts'
import { timbu } from '../../../src/dialects/timbu/index.ts'
import {
  createAuthenticator,
  PARTY,
  PASSKEY_ALGORITHMS,
  type Authenticator,
  type CeremonyOptions,
} from '../../support/authenticator.ts'
import { createProofSigner, writeProof, type ProofSigner } from '../../support/proofs.ts'
import { NOW, ORGANIZATION_ID, userId } from '../../support/sample.ts'
import { createSigner, writePem, type Signer } from '../../support/signer.ts'
import { createMemoryDatabase } from './memory-database.ts'

const ADMIN = userId('admin')
const OTHER = userId('other')
const TARGET = userId('target')
const OTHER_ORGANIZATION = 'or-00000-00000-0000000000000001'
const ORIGIN = 'https://api.example.test'

/** A row of `audit_events`. */
type Row = Record<string, string | number | null>

/** Writes an event: the administrator activates the target through Rinne, which may go without user action. */
const eventOf = (members: Row = {}, userAction?: object): Row & { readonly id: string } => ({
  id: createId('auditEvent', crypto.getRandomValues(new Uint8Array(26))),
  at: NOW,
  organization_id: ORGANIZATION_ID,
  actor_id: ADMIN,
  target_id: TARGET,
  action: 'activate',
  from_state: 'inactive',
  to_state: 'active',
  dialect: 'rinne',
  request_id: 'req_1',
  evidence: JSON.stringify(userAction ? { reason: 'Ticket 4711', userAction } : {}),
  ...members,
})

const OFF = { action: 'deactivate', from_state: 'active', to_state: 'inactive' }
const STILL = { from_state: null, to_state: null }

/** A key, or a passkey: it adds the data of its authenticator. */
interface ChallengeSigner {
  readonly credentialId: string
  readonly assert: (
    challenge: string,
  ) => Promise<{ clientData: string; signature: string; authenticatorData?: string }>
}

/** Signs a request as the challenge flow has it. */
async function signChallenge(
  signer: ChallengeSigner,
  request: string,
  options: {
    readonly organizationId?: string
    readonly isBrowser?: boolean
    readonly payload?: JsonValue
  } = {},
): Promise<ChallengeEvidence> {
  const [method = '', path = ''] = request.split(' ')
  const binding = {
    organizationId: options.organizationId ?? ORGANIZATION_ID,
    identity: 'identity-hash',
    method,
    path,
    payloadHash: await hashPayload(options.payload),
    nonce: newSecret(),
  }
  const challenge = await challengeOf(binding.nonce, binding)
  const spelled = options.isBrowser
    ? encodeBase64Url(new TextEncoder().encode(challenge))
    : challenge
  const { clientData, signature, authenticatorData } = await signer.assert(spelled)
  const { credentialId } = signer
  const signed = { credentialId, clientData, signature, binding }
  return authenticatorData === undefined
    ? { ...signed, credentialKind: 'Key' }
    : { ...signed, credentialKind: 'Fido2', authenticatorData }
}

/** Signs a request as a client does that holds its key. */
async function signProof(
  signer: ProofSigner,
  request: string,
  forgery: Parameters<typeof writeProof>[2] = {},
): Promise<ProofEvidence> {
  const [method = '', path = ''] = request.split(' ')
  const proven = { bearer: 'bearer', subject: ADMIN, method, url: `${ORIGIN}${path}` }
  const proof = await writeProof(
    signer,
    { ...proven, audience: 'activate', now: NOW + 1_000 },
    forgery,
  )
  return { credentialId: signer.credentialId, credentialKind: 'Key', proof }
}

/** A credential of the administrator, registered at this very time. */
const credentialOf = (
  signer: Pick<Signer, 'credentialId' | 'publicKeyPem'> & { readonly algorithm: string },
  members: Row = {},
): Row => ({
  id: `cr-of-${signer.credentialId}`,
  organization_id: ORGANIZATION_ID,
  user_id: ADMIN,
  kind: 'Key',
  credential_id: signer.credentialId,
  algorithm: signer.algorithm,
  public_key_pem: signer.publicKeyPem,
  public_key_hash: signer.credentialId,
  name: 'Sample key',
  created_at: NOW,
  ...members,
})

const insert = (table: string, row: Row) => {
  const values = Object.values(row).map((one) => (typeof one === 'string' ? quoteSql(one) : one))
  const columns = Object.keys(row).join(', ')
  return `INSERT INTO ${table} (${columns}) VALUES (${values.map((one) => one ?? 'NULL').join(', ')})`
}

/** Opens a store with a record, and reads it by the statements of the command. */
function openStore(events: readonly Row[], credentials: readonly Row[], after = '') {
  const database = createMemoryDatabase()
  for (const id of [ORGANIZATION_ID, OTHER_ORGANIZATION]) {
    const times = { created_at: 0, updated_at: 0 }
    const name = { id, tenant_id: 'acct-1', name: id, dialects: '[]', ...times }
    database.execute(insert('organizations', name))
  }
  for (const id of [ADMIN, OTHER]) {
    const user = { id, organization_id: ORGANIZATION_ID, kind: 'CustomerEmployee', username: id }
    database.execute(insert('users', { ...user, created_at: 0, updated_at: 0 }))
  }
  for (const row of credentials) database.execute(insert('credentials', row))
  for (const row of events) database.execute(insert('audit_events', row))
  database.execute(after)
  return (sequence: number, size?: number) => {
    const statements = writePageQuery(sequence, size).split('; ')
    const answer = statements.map((statement) => ({ results: database.select(statement) }))
    return Promise.resolve(parsePage(JSON.stringify(answer)))
  }
}

/**
 * Verifies a record of its own.
 *
 * @param after - SQL that is run when all is in.
 */
const verify = (
  events: readonly Row[],
  credentials: readonly Row[] = [],
  after?: string,
): Promise<Verdict> => {
  const readPage = openStore(events, credentials, after)
  return verifyRecord((sequence) => readPage(sequence))
}

/** Says that so many events are good, and which keys signed that were registered before the record. */
const verdictOf = (events: number, ...unregistered: readonly string[]): Verdict => ({
  events,
  uncheckedEvents: [],
  unregisteredKeys: unregistered.map((credentialId) => ({
    organizationId: ORGANIZATION_ID,
    credentialId,
  })),
  failure: null,
})

/** Says that this event, the last of so many, is the first that fails. */
const failureOf = (
  event: { readonly id: unknown } | undefined,
  place: number,
  problem: RegExp,
) => ({
  events: place - 1,
  uncheckedEvents: [],
  unregisteredKeys: expect.any(Array),
  failure: { sequence: place, id: event?.id, problem: expect.stringMatching(problem) },
})

const ACTIVATION = `PUT /auth/users/${TARGET}/activate`

describe('the arguments of npm run audit -- verify', () => {
  it('ask for the record of everybody, from any place and in either form', () => {
    const value = { userId: null, isJson: false, isRemote: false, environment: null }
    expect(parseAuditArguments(['verify'])).toEqual({ ok: true, value })
    expect(parseAuditArguments(['verify', '--json', '--remote', '--env', 'eu'])).toEqual({
      ok: true,
      value: { userId: null, isJson: true, isRemote: true, environment: 'eu' },
    })
  })

  it('name no user', () => {
    expect(parseAuditArguments(['verify', ADMIN])).toEqual({
      ok: false,
      failure: 'verify takes no user.',
    })
  })
})

describe('answerVerdict', () => {
  const failure = { sequence: 3, id: 'uj-\u001b[2J', problem: 'has no user action' }

  const failed = { ...verdictOf(2), failure }
  const unchecked = { uncheckedEvents: [2, 7] }

  it.each([
    { name: 'all good', verdict: verdictOf(12), says: '12 events, all good', exitCode: 0 },
    {
      name: 'a key to be trusted',
      verdict: verdictOf(12, 'a'),
      says: '12 events, all good; 1 signing key has no registration on record',
      exitCode: 0,
    },
    {
      name: 'keys to be trusted',
      verdict: verdictOf(12, 'a', 'b'),
      says: '12 events, all good; 2 signing keys have no registration on record',
      exitCode: 0,
    },
    {
      name: 'keys that are gone',
      verdict: { ...verdictOf(12), ...unchecked },
      says: '12 events, 2 of which cannot be checked, for their key is gone',
      exitCode: 1,
    },
    {
      name: 'the first event that fails, in printable ASCII',
      verdict: failed,
      says:
        'Event 3, uj-\\u001b[2J, has no user action.\n' +
        'It is the first that fails; 2 events before it are good.',
      exitCode: 1,
    },
    {
      name: 'keys that are gone before it',
      verdict: { ...failed, ...unchecked, events: 9 },
      says:
        'Event 3, uj-\\u001b[2J, has no user action.\n' +
        'It is the first that fails; of 9 events before it, 2 cannot be checked, for their key is gone.',
      exitCode: 1,
    },
    {
      name: 'an event that is gone',
      verdict: { ...failed, failure: { ...failure, id: null, problem: 'is gone' } },
      says: 'Event 3 is gone.\nIt is the first that fails; 2 events before it are good.',
      exitCode: 1,
    },
  ])('says $name, with its exit code', ({ verdict, says: stdout, exitCode }) => {
    expect(answerVerdict(verdict, { isJson: false })).toEqual({ stdout, stderr: null, exitCode })
    const { stdout: json, ...rest } = answerVerdict(verdict, { isJson: true })
    expect(JSON.parse(json ?? '')).toEqual(verdict)
    expect(rest).toEqual({ stderr: null, exitCode })
  })
})

describe('the requests of the actions', () => {
  const templates = [dfns, timbu, rinne].flatMap((dialect) =>
    dialect
      // No operation runs here: only what it declares is read.
      .createOperations({} as Services)
      .flatMap(({ method, path, security }) =>
        (dialect.basePaths ?? ['']).map((basePath) => ({
          request: `${method.toUpperCase()} ${basePath}${path.replace(/\{\w+\}/, '{id}')}`,
          isMeant: JSON.stringify(security).includes('userActionSignature'),
        })),
      ),
  )
  const known = Object.values(REQUESTS)
    .flatMap((actions) => Object.values(actions))
    .flat()

  it('are operations of the dialects', () => {
    const operations = templates.map(({ request }) => request)
    expect(known.filter((request) => !operations.includes(request))).toEqual([])
  })

  it('are all that take a user action', () => {
    const meant = templates.filter(({ isMeant }) => isMeant).map(({ request }) => request)
    expect(meant.length).toBeGreaterThanOrEqual(10)
    expect(meant.filter((request) => !known.includes(request))).toEqual([])
    expect(USER_ACTION_SCHEME.in).toBe('header')
  })
})

describe('verifyRecord', () => {
  let key: ProofSigner
  let another: Signer

  beforeAll(async () => {
    key = await createProofSigner()
    another = await createSigner('P-256')
  })

  it('finds nothing in an empty record', async () => {
    expect(await verify([])).toEqual(verdictOf(0))
  })

  it('finds nothing wrong with what the service writes, whatever the size of its pages', async () => {
    const signers = await Promise.all([
      ...KEY_ALGORITHMS.map((algorithm) => createSigner(algorithm)),
      createSigner('P-256', { encoding: 'der' }),
    ])
    const provers = await Promise.all(
      (['Ed25519', 'P-256', 'P-384', 'RSA'] as const).map(createProofSigner),
    )
    const created = userId('created')
    const ofCreated = { target_id: created, dialect: 'dfns' }
    const events = [
      // A user that was seeded inactive, and one whose first event changes no state.
      eventOf({ dialect: 'timbu' }),
      eventOf({ dialect: 'timbu', ...OFF }),
      ...(await Promise.all(
        signers.map(async (signer, at) => {
          const request = `PUT /auth/users/${userId(`t${at}`)}/activate`
          const isBrowser = at % 2 === 1
          const userAction = await signChallenge(signer, request, { isBrowser })
          return eventOf({ dialect: 'dfns', target_id: userId(`t${at}`) }, userAction)
        }),
      )),
      ...(await Promise.all(
        provers.map(async (signer, at) => {
          const path = `/core/v1/users/${userId(`t${at}`)}/suspend`
          const userAction = await signProof(signer, `POST ${path}`)
          return eventOf({ ...OFF, target_id: userId(`t${at}`) }, userAction)
        }),
      )),
      eventOf(
        { ...ofCreated, action: 'create', from_state: null },
        await signChallenge(key, 'POST /auth/users'),
      ),
      eventOf(
        { ...ofCreated, ...STILL, action: 'update' },
        await signChallenge(key, `PUT /auth/users/${created}`),
      ),
      ...(await Promise.all(
        [
          ['activate_credential', 'PUT /auth/credentials/activate'],
          ['deactivate_credential', 'PUT /auth/credentials/deactivate'],
        ].flatMap(([action = '', request = '']) => {
          const credential = { id: `cr-of-${key.credentialId}` }
          const payload = { credentialUuid: credential.id }
          const members = { dialect: 'dfns', ...STILL, action, target_id: ADMIN }
          return [signChallenge(key, request, { payload }), signProof(key, request)].map(
            async (signed) => {
              const evidence = JSON.stringify({ credential, userAction: await signed })
              return eventOf({ ...members, evidence })
            },
          )
        }),
      )),
      eventOf(
        { ...ofCreated, action: 'archive', from_state: 'active', to_state: 'archived' },
        await signProof(key, `DELETE /auth/users/${created}`),
      ),
    ]
    const credentials = [...signers, ...provers, key].map((signer) => credentialOf(signer))
    const readPage = openStore(events, credentials)
    for (const size of [1, 2, 7, 1_000, undefined]) {
      const verdict = await verifyRecord((after) => readPage(after, size))
      const signing = [...signers, ...provers, key].map(({ credentialId }) => credentialId)
      expect(verdict).toEqual(verdictOf(events.length, ...signing))
    }
    console.log(`audit -- verify: ${events.length} good events, 5 sizes of page`)
  })

  it('takes a signature over another digest, whose name nobody keeps', async () => {
    const pair = (await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])) as webcrypto.CryptoKeyPair
    const spki = await webcrypto.subtle.exportKey('spki', pair.publicKey)
    const signWith = (hash: string) => ({
      algorithm: 'P-256',
      credentialId: 'signed-by-hand',
      publicKeyPem: writePem(spki),
      assert: async (challenge: string) => {
        const data = new TextEncoder().encode(JSON.stringify({ type: 'key.get', challenge }))
        const by = { name: 'ECDSA', hash }
        const signature = new Uint8Array(await webcrypto.subtle.sign(by, pair.privateKey, data))
        return {
          credId: 'signed-by-hand',
          clientData: encodeBase64Url(data),
          signature: encodeBase64Url(signature),
        }
      },
    })
    const failures = await Promise.all(
      ['SHA-256', 'SHA-512', 'SHA-384'].map(async (hash) => {
        const signer = signWith(hash)
        const event = eventOf({ dialect: 'dfns' }, await signChallenge(signer, ACTIVATION))
        return (await verify([event], [credentialOf(signer)])).failure?.problem ?? null
      }),
    )
    expect(failures).toEqual([null, null, expect.stringContaining('signature_invalid')])
  })

  describe('follows the states of a user and', () => {
    const to = (action: string, from: string | null, state: string | null, members: Row = {}) =>
      eventOf({ action, from_state: from, to_state: state, ...members })
    const update = { dialect: 'rinne', action: 'create', from_state: null }

    it.each([
      { name: 'a gap', events: [eventOf(), eventOf()], says: /left the user active/ },
      { name: 'a state that stays', events: [to('activate', 'active', 'active')], says: /leads/ },
      { name: 'another end', events: [to('activate', 'inactive', 'archived')], says: /leads/ },
      { name: 'another start', events: [to('deactivate', null, 'inactive')], says: /leads/ },
      { name: 'no state', events: [to('activate', null, null)], says: /from null to null/ },
      { name: 'a state of a credential', events: [to('refuse_counter', 'active', 'inactive')] },
      { name: 'a late creation', events: [eventOf(), eventOf(update)], says: /creates a user/ },
    ])('refuses $name', async ({ events, says = /./ }) => {
      const last = events.at(-1)
      expect(await verify(events)).toEqual(failureOf(last, events.length, says))
    })

    it('remembers it over a change of no state', async () => {
      const still = async () =>
        eventOf(
          { dialect: 'dfns', ...STILL, action: 'update' },
          await signChallenge(key, `PUT /auth/users/${TARGET}`),
        )
      const created = [await still(), eventOf(update)]
      const credentials = [credentialOf(key)]
      expect(await verify(created, credentials)).toEqual(failureOf(created[1], 2, /creates a user/))
      const gap = [eventOf(), await still(), eventOf()]
      expect(await verify(gap, credentials)).toEqual(
        failureOf(gap[2], 3, /leads from inactive, but the event before left the user active/),
      )
    })
  })

  it.each([
    { name: 'an unknown action', members: { action: 'promote' }, says: /"promote"/ },
    { name: 'an action of every object', members: { action: 'toString' }, says: /"toString"/ },
    { name: 'an unknown dialect', members: { dialect: 'toy' }, says: /"toy", which cannot/ },
    { name: 'a dialect of every object', members: { dialect: 'valueOf' }, says: /"valueOf"/ },
    {
      name: 'what its dialect cannot do',
      members: { dialect: 'timbu', action: 'archive', to_state: 'archived' },
      says: /says archive through "timbu"/,
    },
    { name: 'an id of a user', members: { id: TARGET }, says: /id that no event has/ },
    { name: 'a time in text', members: { at: 'today' }, says: /column of a type/ },
    { name: 'a time between two', members: { at: 1.5 }, says: /column of a type/ },
    { name: 'a number for a target', members: { target_id: null }, says: /column of a type/ },
    { name: 'evidence that is no JSON', members: { evidence: '{' }, says: /no JSON object/ },
    { name: 'a list of evidence', members: { evidence: '[]' }, says: /no JSON object/ },
    {
      name: 'evidence of two readings',
      members: { evidence: '{"userAction":1,"userAction":2}' },
      says: /no JSON object/,
    },
  ])('refuses $name', async ({ members, says }) => {
    // No constraint of the table is in the way here, for whoever tampers with a store drops them first.
    const good = { ...eventOf(), sequence: 1 }
    const bad = { ...eventOf({ target_id: OTHER }), ...members, sequence: 2 }
    const rows = [good, bad]
    const readPage = (after: number) =>
      Promise.resolve({ counted: 2, rows: after === BEFORE_ALL ? rows : [], credentials: [] })
    expect(await verifyRecord(readPage)).toEqual(failureOf(bad, 2, says))
  })

  it('names an event whose evidence is no JSON, where the store has to look into it', async () => {
    const event = eventOf({ evidence: '{' })
    expect(await verify([event])).toEqual(failureOf(event, 1, /no JSON object/))
  })

  it.each([
    { name: 'falls', first: 1, second: 0 },
    { name: 'stays', first: 1, second: 1 },
    { name: 'leaves one out', first: 1, second: 3 },
    { name: 'is too large to be told from its neighbours', first: 1, second: 2 ** 53 },
    { name: 'begins later', first: 2, second: 3 },
    { name: 'begins earlier', first: 0, second: 1 },
    { name: 'begins far earlier', first: -1, second: 1 },
  ])('refuses a sequence that $name', async ({ first, second }) => {
    const rows = [
      { ...eventOf(), sequence: first },
      { ...eventOf(OFF), sequence: second },
    ]
    const readPage = (after: number) =>
      Promise.resolve({
        counted: 2,
        rows: rows.filter(({ sequence }) => sequence > after || after === first),
        credentials: [],
      })
    const failing = rows[first === 1 ? 1 : 0]
    expect(await verifyRecord(readPage)).toMatchObject({
      events: first === 1 ? 1 : 0,
      failure: { sequence: failing?.sequence, id: failing?.id },
    })
  })

  it.each([
    {
      name: 'the newest events are gone',
      sql: `DELETE FROM audit_events WHERE sequence > 1`,
      says: 'is gone: the store has counted to 3',
    },
    {
      name: 'all events are gone',
      sql: `DELETE FROM audit_events`,
      says: 'is gone: the store has counted to 3',
    },
    {
      name: 'the store has counted less',
      sql: `UPDATE sqlite_sequence SET seq = 1 WHERE name = 'audit_events'`,
      says: 'is next, but the store has counted to 1',
    },
    {
      name: 'the store has counted nothing',
      sql: `DELETE FROM sqlite_sequence WHERE name = 'audit_events'`,
      says: 'is next, but the store has counted to 0',
    },
  ])('refuses a record of which $name', async ({ sql, says: problem }) => {
    const events = [eventOf(), eventOf(OFF), eventOf()]
    const after = `DROP TRIGGER audit_events_refuse_delete; ${sql}`
    const left = sql.includes('> 1') ? 1 : sql.endsWith('events') ? 0 : 3
    const failure = { sequence: left + 1, id: null, problem }
    expect(await verify(events, [], after)).toEqual({ ...verdictOf(left), failure })
  })

  it('asks for the count before the events, and takes no other answer than a number', () => {
    expect(writePageQuery(0)).toMatch(/^SELECT seq FROM sqlite_sequence .+; SELECT \* FROM audit_/)
    for (const seq of ['3', null]) {
      const answer = JSON.stringify([[{ seq }], [], []].map((results) => ({ results })))
      if (seq === null) expect(parsePage(answer).counted).toBe(0)
      else expect(() => parsePage(answer)).toThrow('unknown shape')
    }
  })

  it('refuses an event of more than two minutes before another', async () => {
    const late = (ms: number) => [
      eventOf(),
      eventOf({ ...OFF, at: NOW - 1 }),
      eventOf({ at: NOW - ms }),
    ]
    expect(await verify(late(120_000))).toEqual(verdictOf(3))
    const events = late(120_001)
    expect(await verify(events)).toEqual(failureOf(events[2], 3, /more than 120 s older/))
  })

  it.each([
    { name: 'a target', members: { actor_id: OTHER, target_id: TARGET }, user: TARGET },
    { name: 'an actor', members: { actor_id: ADMIN, target_id: OTHER }, user: ADMIN },
    {
      name: 'a target that was an actor',
      members: { actor_id: OTHER, target_id: ADMIN },
      user: ADMIN,
    },
  ])('refuses $name of two organizations', async ({ members, user }) => {
    const states = user === TARGET ? OFF : {}
    const second = eventOf({ ...states, ...members, organization_id: OTHER_ORGANIZATION })
    const says = new RegExp(`^is of another organization than user ${user} is$`)
    expect(await verify([eventOf(), second])).toEqual(failureOf(second, 2, says))
    const { organization_id: _, ...same } = second
    expect(await verify([eventOf(), { ...same, organization_id: ORGANIZATION_ID }])).toEqual(
      verdictOf(2),
    )
  })

  it('refuses an id that comes twice', async () => {
    const first = { ...eventOf(), sequence: 1 }
    const rows = [first, { ...eventOf(OFF), id: first.id ?? null, sequence: 2 }]
    const page = { counted: 2, rows, credentials: [] }
    const verdict = await verifyRecord(() => Promise.resolve(page))
    expect(verdict).toEqual(failureOf(first, 2, /id of an event before/))
  })

  it.each(['activate', 'deactivate', 'archive', 'create', 'update'] as const)(
    'refuses a Dfns %s without user action',
    async (action) => {
      const states = {
        activate: { from_state: 'inactive', to_state: 'active' },
        deactivate: { from_state: 'active', to_state: 'inactive' },
        archive: { from_state: 'active', to_state: 'archived' },
        create: { from_state: null, to_state: 'active' },
        update: STILL,
      }[action]
      const event = eventOf({ action, ...states, dialect: 'dfns' })
      expect(await verify([event])).toEqual(failureOf(event, 1, /no user action/))
    },
  )

  describe('checks what was signed and', () => {
    /** Verifies one activation with this user action, and says what is wrong. */
    const problemOf = async (
      userAction: object,
      options: { readonly event?: Row; readonly credentials?: readonly Row[] } = {},
    ) => {
      const event = eventOf({ dialect: 'dfns', ...options.event }, userAction)
      const { failure } = await verify([event], options.credentials ?? [credentialOf(key)])
      return failure?.problem ?? null
    }

    it.each([
      { name: 'no credential', members: { credentialId: undefined }, says: /unknown form/ },
      { name: 'an unknown kind', members: { credentialKind: 'Password' }, says: /unknown form/ },
      { name: 'no client data', members: { clientData: undefined }, says: /unknown form/ },
      { name: 'no signature', members: { signature: 7 }, says: /unknown form/ },
      { name: 'no binding', members: { binding: 'PUT' }, says: /unknown form/ },
      { name: 'no data of a passkey', members: { credentialKind: 'Fido2' }, says: /unknown form/ },
      { name: 'an empty proof', members: { proof: '' }, says: /proof that is none/ },
      {
        name: 'a passkey for a key',
        members: { credentialKind: 'Fido2', authenticatorData: 'AA' },
        says: /by another kind/,
      },
      { name: 'client data of nothing', members: { clientData: 'e30' }, says: /type_mismatch/ },
      { name: 'another signature', members: { signature: 'AA' }, says: /signature_invalid/ },
    ])('refuses $name', async ({ members, says }) => {
      const evidence = await signChallenge(key, ACTIVATION)
      expect(await problemOf({ ...evidence, ...members })).toMatch(says)
    })

    it.each([
      { name: 'null', value: null },
      { name: 'a list', value: [] },
      { name: 'a text', value: 'yes' },
    ])('refuses $name for a user action', async ({ value }) => {
      const evidence = JSON.stringify({ userAction: value })
      const event = eventOf({ dialect: 'dfns', evidence })
      expect(await verify([event])).toEqual(failureOf(event, 1, /unknown form/))
    })

    it.each([
      { name: 'identity', member: 'identity', says: /another challenge/ },
      { name: 'body', member: 'payloadHash', says: /another challenge/ },
      { name: 'nonce', member: 'nonce', says: /another challenge/ },
      { name: 'organization', member: 'organizationId', says: /of another organization/ },
      { name: 'method', member: 'method', says: /which is no dfns request to activate/ },
      { name: 'path', member: 'path', says: /which is no dfns request to activate/ },
    ] as const)('refuses another $name than was signed', async ({ member, says }) => {
      const { binding, ...rest } = await signChallenge(key, ACTIVATION)
      const changed = { ...binding, [member]: newSecret() }
      expect(await problemOf({ ...rest, binding: changed })).toMatch(says)
    })

    it.each([
      { name: 'another user', request: `PUT /auth/users/${OTHER}/activate` },
      { name: 'the opposite', request: `PUT /auth/users/${TARGET}/deactivate` },
      { name: 'another method', request: `POST /auth/users/${TARGET}/activate` },
      { name: 'another dialect', request: `POST /v1/users/${TARGET}/activate` },
      { name: 'something behind the path', request: `PUT /auth/users/${TARGET}/activate/` },
      { name: 'a credential', request: 'PUT /auth/credentials/activate' },
    ])('refuses what was signed for $name', async ({ request }) => {
      const says = /has a user action for .+, which is no dfns request to activate its target/
      expect(await problemOf(await signChallenge(key, request))).toMatch(says)
      expect(await problemOf(await signProof(key, request))).toMatch(says)
    })

    it('refuses what was signed in another organization', async () => {
      const organizationId = OTHER_ORGANIZATION
      const evidence = await signChallenge(key, ACTIVATION, { organizationId })
      expect(await problemOf(evidence)).toMatch(/of another organization/)
    })

    it.each([
      { name: 'of another user', members: { user_id: OTHER }, says: /of another user/ },
      { name: 'that came later', members: { created_at: NOW + 120_001 }, says: /came after it/ },
      { name: 'without a time', members: { created_at: 'soon' }, says: /came after it/ },
    ])('refuses a credential $name, by either form', async ({ members, says }) => {
      const options = { credentials: [credentialOf(key, members)] }
      expect(await problemOf(await signChallenge(key, ACTIVATION), options)).toMatch(says)
      expect(await problemOf(await signProof(key, ACTIVATION), options)).toMatch(says)
    })

    it('takes a credential by a clock that is two minutes ahead', async () => {
      const options = { credentials: [credentialOf(key, { created_at: NOW + 120_000 })] }
      expect(await problemOf(await signChallenge(key, ACTIVATION), options)).toBeNull()
    })

    it('tells credentials of two organizations apart that have one id', async () => {
      const { credentialId } = key
      const organization_id = OTHER_ORGANIZATION
      const elsewhere = { organization_id, actor_id: OTHER, target_id: OTHER }
      const owner = { organization_id, user_id: OTHER }
      const unique = { id: 'cr-elsewhere', public_key_hash: 'elsewhere', ...owner }
      const namesake = { ...another, credentialId }
      const evidence = await signChallenge(namesake, `POST /v1/users/${OTHER}/activate`, {
        organizationId: OTHER_ORGANIZATION,
      })
      const events = [
        eventOf({ dialect: 'dfns' }, await signChallenge(key, ACTIVATION)),
        eventOf(elsewhere, evidence),
      ]
      const credentials = [credentialOf(key), credentialOf(namesake, unique)]
      const both = [ORGANIZATION_ID, OTHER_ORGANIZATION].map((organizationId) => ({
        organizationId,
        credentialId,
      }))
      expect(await verify(events, credentials)).toEqual({
        ...verdictOf(2),
        unregisteredKeys: both,
      })
      expect(await verify(events.reverse(), credentials)).toEqual({
        ...verdictOf(2),
        unregisteredKeys: both.reverse(),
      })
    })

    it('refuses a signature by another key, by either form', async () => {
      const { publicKeyPem } = await createSigner('Ed25519')
      const options = { credentials: [credentialOf({ ...key, publicKeyPem })] }
      const says = /does not verify \(signature_invalid\)/
      expect(await problemOf(await signChallenge(key, ACTIVATION), options)).toMatch(says)
      expect(await problemOf(await signProof(key, ACTIVATION), options)).toMatch(says)
    })

    it('refuses a key that is none, by either form', async () => {
      const options = { credentials: [credentialOf(key, { public_key_pem: 'PEM' })] }
      const says = /does not verify \(key_unusable\)/
      expect(await problemOf(await signChallenge(key, ACTIVATION), options)).toMatch(says)
      expect(await problemOf(await signProof(key, ACTIVATION), options)).toMatch(says)
    })

    it.each([
      { name: 'of another type', forgery: { header: { typ: 'dpop+jwt' } }, says: /ua-proof/ },
      { name: 'of another credential', forgery: { header: { kid: 'x' } }, says: /another cred/ },
      { name: 'by another algorithm', forgery: { header: { alg: 'ES256' } }, says: /unfit/ },
      { name: 'of another user', forgery: { claims: { sub: OTHER } }, says: /another user/ },
      { name: 'of nobody', forgery: { claims: { sub: undefined } }, says: /another user/ },
      { name: 'for no body', forgery: { claims: { bh: undefined } }, says: /hash of a body/ },
      { name: 'for no bearer', forgery: { claims: { ath: undefined } }, says: /of a bearer/ },
      { name: 'for half a bearer', forgery: { claims: { ath: 'AA' } }, says: /of a bearer/ },
      { name: 'without id', forgery: { claims: { jti: undefined } }, says: /id of its own/ },
      { name: 'with an empty id', forgery: { claims: { jti: '' } }, says: /id of its own/ },
      { name: 'without time', forgery: { claims: { iat: undefined } }, says: /another time/ },
      { name: 'without method', forgery: { claims: { htm: undefined } }, says: /no dfns request/ },
      { name: 'without URL', forgery: { claims: { htu: undefined } }, says: /no dfns request/ },
      {
        name: 'for a path without origin',
        forgery: { claims: { htu: ACTIVATION.slice(4) } },
        says: /no dfns request/,
      },
      {
        name: 'for a query',
        forgery: { claims: { htu: `${ORIGIN}${ACTIVATION.slice(4)}?a` } },
        says: /no dfns request/,
      },
      {
        name: 'two minutes before',
        forgery: { claims: { iat: NOW / 1000 - 121 } },
        says: /another time/,
      },
      {
        name: 'two minutes after',
        forgery: { claims: { iat: NOW / 1000 + 121 } },
        says: /another time/,
      },
    ])('refuses a proof $name', async ({ forgery, says }) => {
      expect(await problemOf(await signProof(key, ACTIVATION, forgery))).toMatch(says)
    })

    it('takes a proof of two minutes before or after', async () => {
      for (const iat of [NOW / 1000 - 120, NOW / 1000 + 120]) {
        expect(await problemOf(await signProof(key, ACTIVATION, { claims: { iat } }))).toBeNull()
      }
    })

    describe('of a passkey', () => {
      const relyingParty = { relying_party_id: PARTY.id, origin: 'https://example.org' }
      let passkey: Authenticator
      let evidence: ChallengeEvidence

      /** Answers the challenge of the activation, as an authenticator that is told something. */
      const signAs = (authenticator: Authenticator, options: CeremonyOptions = {}) => {
        const assert = (challenge: string) => authenticator.assert({ challenge, ...options })
        return signChallenge({ ...authenticator, assert }, ACTIVATION)
      }
      const credentialsOf = (authenticator: Authenticator, members: Row = {}) => ({
        credentials: [credentialOf(authenticator, { kind: 'Fido2', ...relyingParty, ...members })],
      })

      beforeAll(async () => {
        passkey = await createAuthenticator('ES256')
        evidence = await signAs(passkey, { signCount: 7 })
      })

      it.each(PASSKEY_ALGORITHMS)('takes an answer by %s, counting or not', async (algorithm) => {
        const authenticator = await createAuthenticator(algorithm)
        for (const signCount of [0, 7]) {
          const signed = await signAs(authenticator, { signCount })
          // The count has gone on since.
          const options = credentialsOf(authenticator, { sign_count: 12 })
          expect(await problemOf(signed, options)).toBeNull()
        }
      })

      it.each([
        { name: 'where it was registered', origin: 'https://example.org', says: /^fine$/ },
        { name: 'below its domain', origin: 'https://login.example.org:8443', says: /^fine$/ },
        { name: 'in a domain that ends alike', origin: 'https://an-example.org', says: /origin/ },
        { name: 'in another domain', origin: 'https://example.com', says: /origin/ },
        { name: 'nowhere', origin: 'example.org', says: /origin/ },
        { name: 'at a page', origin: 'https://example.org/login', says: /origin/ },
        { name: 'at no text', origin: 7, says: /origin/ },
      ])('judges an answer $name', async ({ origin, says }) => {
        const signed = await signAs(passkey, { members: { origin } })
        expect((await problemOf(signed, credentialsOf(passkey))) ?? 'fine').toMatch(says)
      })

      it.each([
        { name: 'of another relying party', members: { relying_party_id: 'example.com' } },
        { name: 'without relying party', members: { relying_party_id: null } },
        { name: 'without origin', members: { origin: null } },
        { name: 'that may be copied', members: { is_backup_eligible: 1 } },
        { name: 'that is a key', members: { kind: 'Key' } },
        { name: 'of another user', members: { user_id: OTHER } },
      ])('refuses the answer of one $name', async ({ members }) => {
        expect(await problemOf(evidence, credentialsOf(passkey))).toBeNull()
        expect(await problemOf(evidence, credentialsOf(passkey, members))).toMatch(/./)
      })

      it.each([
        { member: 'clientData', says: /another challenge|not_base64url|client_data/ },
        { member: 'authenticatorData', says: /does not verify/ },
        { member: 'signature', says: /signature_invalid/ },
      ] as const)('refuses another $member', async ({ member, says }) => {
        const other = await signAs(await createAuthenticator('ES256'))
        const changed = { ...evidence, [member]: other[member] }
        expect(await problemOf(changed, credentialsOf(passkey))).toMatch(says)
      })

      it("refuses a passkey's answer that calls itself a key's", async () => {
        const asKey = { ...evidence, credentialKind: 'Key' }
        const options = credentialsOf(passkey, { kind: 'Key' })
        expect(await problemOf(asKey, options)).toMatch(/type_mismatch/)
      })
    })

    it('refuses a copied user action, of either form, on another page too', async () => {
      const evidences = [await signChallenge(key, ACTIVATION), await signProof(key, ACTIVATION)]
      for (const evidence of evidences) {
        const copy = eventOf({ dialect: 'dfns' }, evidence)
        const events = [eventOf({ dialect: 'dfns' }, evidence), eventOf(OFF), copy]
        const readPage = openStore(events, [credentialOf(key)])
        const verdict = await verifyRecord((after) => readPage(after, 1))
        expect(verdict).toEqual(failureOf(copy, 3, /user action of an event before it/))
      }
    })

    it('checks a user action where none is needed', async () => {
      const evidence = await signChallenge(another, `POST /v1/users/${TARGET}/activate`)
      const event = { dialect: 'rinne' }
      const credentials = [credentialOf(another)]
      expect(await problemOf(evidence, { event, credentials })).toBeNull()
      const forged = { ...evidence, signature: evidence.signature.replace(/^../, 'AA') }
      expect(await problemOf(forged, { event, credentials })).toMatch(/does not verify/)
    })
  })

  describe('checks the credential that an event is about and', () => {
    const ABOUT = { dialect: 'dfns', ...STILL, target_id: ADMIN }
    let passkey: Authenticator
    let stored: readonly Row[]
    let named: { readonly credentialId: string; readonly publicKeyHash: string }
    let assertion: Readonly<Record<string, string>>

    /** Verifies one event of the administrator's own. */
    const verdictOn = (action: string, evidence: object, rows = stored, members: Row = {}) =>
      verify([aboutOf(action, evidence, members)], rows)
    const problemOf = async (...args: Parameters<typeof verdictOn>) =>
      (await verdictOn(...args)).failure?.problem ?? null
    const aboutOf = (action: string, evidence: object, members: Row = {}) =>
      eventOf({ ...ABOUT, action, evidence: JSON.stringify(evidence), ...members })
    const storedAs = (members: Row): readonly Row[] => [{ ...stored[0], ...members }]
    /** Signs the switch of a credential. */
    const signSwitch = (id: string, action = 'activate') => {
      const payload = { credentialUuid: id }
      return signChallenge(key, `PUT /auth/credentials/${action}`, { payload })
    }

    beforeAll(async () => {
      passkey = await createAuthenticator('ES384')
      const parsed = await parsePublicKey(passkey.publicKeyPem)
      if (!parsed.ok) throw new Error(parsed.failure)
      named = { credentialId: passkey.credentialId, publicKeyHash: parsed.value.fingerprint }
      const relyingParty = { relying_party_id: PARTY.id, origin: 'https://example.org' }
      stored = [credentialOf(passkey, { kind: 'Fido2', sign_count: 7, ...relyingParty })]
      assertion = await passkey.assert({ challenge: newSecret(), signCount: 7 })
    })

    it('takes what the service writes of registrations, switches and refused counters', async () => {
      const credential = named
      const switched = { id: `cr-of-${passkey.credentialId}` }
      const signed = await signChallenge(key, 'POST /auth/credentials')
      const rows = [...stored, credentialOf(key)]
      const verdicts = await Promise.all([
        verdictOn('register', { credential }),
        verdictOn('register_credential', { credential, userAction: signed }, rows),
        verdictOn('refuse_counter', { credential, assertion }),
        ...['activate', 'deactivate'].map(async (action) => {
          const userAction = await signSwitch(switched.id, action)
          return verdictOn(`${action}_credential`, { credential: switched, userAction }, rows)
        }),
      ])
      expect(verdicts).toEqual([
        verdictOf(1),
        verdictOf(1, key.credentialId),
        verdictOf(1, passkey.credentialId),
        verdictOf(1, key.credentialId),
        verdictOf(1, key.credentialId),
      ])
    })

    it.each(['register_credential', 'activate_credential', 'deactivate_credential'])(
      'refuses a Dfns %s without user action',
      async (action) => {
        const credential = { ...named, id: `cr-of-${passkey.credentialId}` }
        expect(await problemOf(action, { credential })).toMatch(/^has no user action/)
      },
    )

    it.each([
      'register',
      'register_credential',
      'activate_credential',
      'deactivate_credential',
      'refuse_counter',
    ])('refuses %s by another user', async (action) => {
      const by = { actor_id: OTHER }
      const says = `says ${action} of another user than the one who did it`
      expect(await problemOf(action, { credential: named }, stored, by)).toBe(says)
    })

    it.each(['activate_credential', 'deactivate_credential'])(
      'refuses %s of another credential than was signed',
      async (action) => {
        const rows = [...stored, credentialOf(key)]
        const id = `cr-of-${passkey.credentialId}`
        const verb = action.split('_')[0]
        const meant = { credential: { id }, userAction: await signSwitch(id, verb) }
        expect(await problemOf(action, meant, rows)).toBeNull()
        const other = { ...meant, credential: { id: `cr-of-${key.credentialId}` } }
        expect(await problemOf(action, other, rows)).toMatch(/^has a user action for another body/)
        const none = await signChallenge(key, `PUT /auth/credentials/${verb}`)
        expect(await problemOf(action, { ...meant, userAction: none }, rows)).toMatch(
          /another body/,
        )
        for (const members of [{ user_id: OTHER }, { organization_id: OTHER_ORGANIZATION }]) {
          const says = `switches credential "${id}" of another user`
          const theirs = [...storedAs(members), credentialOf(key)]
          expect(await problemOf(action, meant, theirs)).toBe(says)
        }
      },
    )

    it.each([
      { action: 'create', members: { dialect: 'rinne', to_state: 'active' } },
      { action: 'register', members: {} },
      { action: 'register_credential', members: {} },
    ])('knows a key that a $action registered before it signed', async ({ action, members }) => {
      const rows = [...stored, credentialOf(another)]
      const meant =
        action === 'register_credential'
          ? { userAction: await signChallenge(another, 'POST /auth/credentials') }
          : {}
      const registration = () => aboutOf(action, { credential: named, ...meant }, members)
      const refused = () => aboutOf('refuse_counter', { credential: named, assertion })
      const signers = action === 'register_credential' ? [another.credentialId] : []
      expect(await verify([registration(), refused()], rows)).toEqual(verdictOf(2, ...signers))
      const late = action === 'create' ? 'register' : action
      const events = [refused(), aboutOf(late, { credential: named, ...meant })]
      expect(await verify(events, rows)).toEqual(
        failureOf(events[1], 2, /^registers credential ".+", which has signed already$/),
      )
    })

    it('refuses a second registration of a key', async () => {
      const events = [1, 2].map(() => aboutOf('register', { credential: named }))
      expect(await verify(events, stored)).toEqual(
        failureOf(events[1], 2, /^registers credential ".+", which an event before it registers$/),
      )
    })

    it('refuses a key that signs for its own registration', async () => {
      const parsed = await parsePublicKey(key.publicKeyPem)
      const publicKeyHash = parsed.ok ? parsed.value.fingerprint : ''
      const credential = { credentialId: key.credentialId, publicKeyHash }
      const userAction = await signChallenge(key, 'POST /auth/credentials')
      const problem = await problemOf('register_credential', { credential, userAction }, [
        credentialOf(key),
      ])
      expect(problem).toMatch(/has signed already/)
    })

    it('goes on where a credential is gone, and says which events it cannot check', async () => {
      const [gone, switched] = [{ ...named, credentialId: 'gone' }, { id: 'cr-gone' }]
      const unsigned = { ...(await signChallenge(key, ACTIVATION)), credentialId: 'gone' }
      const deactivation = `POST /v1/users/${TARGET}/suspend`
      const { proof } = await signProof({ ...key, credentialId: 'gone' }, deactivation)
      const events = [
        aboutOf('register', { credential: gone }),
        eventOf({ dialect: 'dfns' }, unsigned),
        eventOf(OFF, { credentialId: 'gone', credentialKind: 'Key', proof }),
        eventOf(),
        aboutOf('activate_credential', {
          credential: switched,
          userAction: await signSwitch(switched.id),
        }),
        aboutOf('refuse_counter', { credential: gone, assertion }),
      ]
      const uncheckedEvents = [1, 2, 3, 5, 6]
      const rows = [credentialOf(key)]
      expect(await verify(events, rows)).toEqual({
        ...verdictOf(6, key.credentialId),
        uncheckedEvents,
      })
      // What fails for another reason is found all the same, before it and behind.
      const bad = eventOf()
      expect(await verify([...events, bad], rows)).toEqual({
        ...failureOf(bad, 7, /left the user active/),
        uncheckedEvents,
      })
    })

    it.each([
      { name: 'another request', request: 'PUT /auth/users', says: /which is no dfns request/ },
      {
        name: 'another organization',
        organizationId: OTHER_ORGANIZATION,
        says: /of another organization/,
      },
      { name: 'a copied nonce', isCopied: true, says: /of an event before it/ },
    ])('finds $name where the credential is gone', async (fault) => {
      const { request = ACTIVATION, organizationId, isCopied = false, says } = fault
      const options = organizationId === undefined ? {} : { organizationId }
      const signed = { ...(await signChallenge(key, request, options)), credentialId: 'gone' }
      const event = eventOf({ dialect: 'dfns' }, signed)
      const copy = [eventOf(OFF), eventOf({ dialect: 'dfns' }, signed)]
      const { failure } = await verify(isCopied ? [event, ...copy] : [event])
      expect(failure?.problem).toMatch(says)
    })

    it('tells an erased credential from that of another organization', async () => {
      const event = eventOf({ dialect: 'dfns' }, await signChallenge(key, ACTIVATION))
      const rows = [credentialOf(key, { organization_id: OTHER_ORGANIZATION })]
      expect(await verify([event], rows)).toEqual({ ...verdictOf(1), uncheckedEvents: [1] })
    })

    it('checks the key that a user was created with', async () => {
      const creation = { dialect: 'rinne', action: 'create', from_state: null, target_id: ADMIN }
      for (const publicKeyHash of [named.publicKeyHash, 'another']) {
        const evidence = JSON.stringify({ credential: { ...named, publicKeyHash } })
        const { failure } = await verify([eventOf({ ...creation, evidence })], stored)
        expect(failure === null).toBe(publicKeyHash !== 'another')
      }
    })

    it.each([
      { action: 'register', other: { id: 'cr-1' } },
      { action: 'register_credential', other: { id: 'cr-1' } },
      { action: 'refuse_counter', other: { id: 'cr-1' } },
      { action: 'activate_credential', other: { credentialId: 'x' } },
      { action: 'deactivate_credential', other: { credentialId: 'x' } },
    ])('refuses $action that names none', async ({ action, other }) => {
      for (const credential of [undefined, null, named.credentialId, [], other]) {
        const problem = await problemOf(action, { credential, assertion })
        expect(problem).toBe('does not name the credential it is about')
      }
    })

    it.each([
      { name: 'of another user', members: { user_id: OTHER }, says: /of another user/ },
      { name: 'whose key is none', members: { public_key_pem: 'PEM' }, says: /./ },
    ])('refuses one $name', async ({ members, says }) => {
      const evidence = { credential: named, assertion }
      for (const action of ['register', 'refuse_counter']) {
        expect(await problemOf(action, evidence, storedAs(members))).toMatch(says)
      }
    })

    it('refuses one whose key was exchanged since', async () => {
      const exchanged = storedAs({ public_key_pem: another.publicKeyPem })
      const problem = await problemOf('register', { credential: named }, exchanged)
      expect(problem).toMatch(/^registers credential ".+" with another key than it has$/)
    })

    it.each([
      { name: 'no assertion', change: () => undefined, says: /unknown form/ },
      { name: 'half an assertion', change: () => ({ signature: 'AA' }), says: /unknown form/ },
      { name: 'no signature', change: (one: object) => ({ ...one, signature: 'AA' }), says: /sig/ },
      { name: 'client data of nothing', change: (one: object) => ({ ...one, clientData: 'e30' }) },
    ])('refuses a refused counter with $name', async ({ change, says = /does not verify/ }) => {
      const evidence = { credential: named, assertion: change(assertion) }
      expect(await problemOf('refuse_counter', evidence)).toMatch(says)
    })

    it('refuses a refused counter of a key', async () => {
      const evidence = { credential: named, assertion }
      const problem = await problemOf('refuse_counter', evidence, storedAs({ kind: 'Key' }))
      expect(problem).toMatch(/no passkey/)
    })
  })
})
