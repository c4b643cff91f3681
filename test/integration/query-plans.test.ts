/**
 * Every statement of the API finds its rows by an index, and every step of a request is one round trip.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../src/auth/random.ts'
import type { Change } from '../../src/core/change.ts'
import { decideArchiveUser } from '../../src/core/archive-user.ts'
import { decideCreateUser } from '../../src/core/create-user.ts'
import type { Refusal } from '../../src/core/refusal.ts'
import { decideRegisterCredential } from '../../src/core/register-credential.ts'
import type { Result } from '../../src/core/result.ts'
import { decideSwitchCredential } from '../../src/core/switch-credential.ts'
import type { Credential, User } from '../../src/core/user.ts'
import { createD1AccountStore } from '../../src/store/d1-account-store.ts'
import { createD1StoreHealth } from '../../src/store/d1-store-health.ts'
import { createD1UserStore } from '../../src/store/d1-user-store.ts'
import { openDatabase } from '../../src/store/database.ts'
import { purgeExpired } from '../../src/store/purge.ts'
import { prepareDeactivation, principalOf } from '../support/commits.ts'
import { recordDatabase, type RecordedStatement } from '../support/recording-database.ts'
import {
  NO_PASSKEY,
  sampleCredential,
  sampleGuards,
  sampleNewCredential,
  sampleRole,
} from '../support/sample.ts'
import { addRole, ALL_DFNS, createWorld } from '../support/world.ts'

const OPTIONS = { allowsDemoData: true }
const POWERS = ['dfns_operation', 'rinne_permission', 'superuser'] as const

const world = await createWorld()
const actor = await world.addActor({ operations: ALL_DFNS })
const principal = principalOf(actor)
const { roleId: ROLE_ID } = await addRole(world.organizationId, actor.userId, ['user.read'])
const outside = principalOf(actor, { reference: { by: 'external_id', externalId: 'hr-17' } })
const token = principalOf(actor, { tokenKind: 'personal_access_token', tokenId: 'pat-1' })

const IDENTIFIERS = (['email', 'phone'] as const).map((type) => ({ type, value: 'a' }))
const QUERY = {
  principal,
  proof: { usedHash: 'hash', credentialId: actor.signer.credentialId },
  targetId: actor.userId,
  names: { username: 'a', identifiers: IDENTIFIERS, externalId: 'c' },
  key: { publicKeyHash: 'i', credentialId: 'j' },
  challengeHash: 'k',
  wantsCredentials: true,
  roleNames: ['e', 'f'],
  claim: { scopeHash: 'g', now: 1 },
  doubtfulIds: ['h'],
}
const PAGE = { principal, kind: null, limit: 50, after: null }
const PLACE = { principal, offset: 40, limit: 20 }
const AFTER = { createdAt: 1, id: newId('user') }

/** Runs a function of the store on a database that records. */
async function record(run: (database: ReturnType<typeof openDatabase>) => Promise<unknown>) {
  const recording = recordDatabase(env.DB)
  await run(openDatabase(recording.binding))
  return { statements: recording.statements, roundTrips: recording.roundTrips() }
}

/** A commit that writes everything that one can. */
async function prepareCommit(change: 'deactivate' | 'archive' | 'create') {
  const commit = await prepareDeactivation(actor, await world.addUser(), {
    sharedPowers: [...POWERS],
  })
  const { target, caller } = commit.guards
  const role = sampleRole([], { id: ROLE_ID, version: 1 })
  if (change === 'deactivate' || !commit.change?.before) return commit
  const { before } = commit.change
  const decision =
    change === 'archive'
      ? decideArchiveUser({ ...before, id: caller.id }, before, Date.now())
      : decideCreateUser(
          {
            id: world.organizationId,
            tenantId: 'acct',
            name: '',
            dialects: [],
            requireUserAction: false,
            isDemo: false,
          },
          {
            id: newId('user'),
            kind: 'CustomerEmployee',
            username: newSecret(),
            firstName: null,
            lastName: null,
            assignments: [{ id: newId('assignment'), role }],
            externalId: newSecret(),
            isSsoRequired: false,
            identifiers: [{ id: newId('identifier'), type: 'email', value: newSecret() }],
            credential: {
              id: newId('credential'),
              kind: 'Key',
              credentialId: newSecret(),
              algorithm: 'Ed25519',
              publicKeyPem: '',
              publicKeyHash: newSecret(),
              accessTokenId: null,
              isActive: true,
              ...NO_PASSKEY,
              name: '',
              createdAt: 1,
            },
            registrationCode: null,
          },
          { conflicts: { isUsernameTaken: false, externalIdHolder: null }, isKeyTaken: false },
          Date.now(),
        )
  const value: Change | null = decision.ok ? decision.value : null
  return { ...commit, change: value, guards: { ...commit.guards, target, roles: [role] } }
}

/** A commit of a user on its own credentials, which spends a challenge and notes a count besides. */
async function prepareOwn(use: (user: User, credential: Credential) => Result<Change, Refusal>) {
  const owner = await world.addActor()
  const own = { principal: principalOf(owner), wantsCredentials: true }
  const store = createD1UserStore(openDatabase(env.DB), OPTIONS)
  const { caller, credentials } = await store.readSnapshot(own)
  const [credential] = credentials
  if (!caller || !credential) throw new Error('the world is not what the test thinks')
  const change = use(caller.user, credential)
  const expiresAt = Date.now() + 60_000
  const spend = (purpose: string) => ({ usedHash: newSecret(), purpose, expiresAt })
  const { id: credentialId, signCount } = credential
  return {
    ...{ id: newId('auditEvent'), claim: null, event: null },
    guards: sampleGuards({ caller: caller.user, credentialId, signCount }),
    consumption: spend('user-action'),
    challenge: spend('registration'),
    change: change.ok ? change.value : null,
    passkey: { credentialId, signCount: 1 },
  }
}

const another = () => ({
  ...sampleNewCredential({ credentialId: newSecret(), publicKeyHash: newSecret() }),
  id: newId('credential'),
})

type Run = Parameters<typeof record>[0]

const readUsers =
  (use: (store: ReturnType<typeof createD1UserStore>) => Promise<unknown>): Run =>
  (database) =>
    use(createD1UserStore(database, OPTIONS))
const readAccounts =
  (use: (store: ReturnType<typeof createD1AccountStore>) => Promise<unknown>): Run =>
  (database) =>
    use(createD1AccountStore(database, OPTIONS))

const STEPS: readonly { name: string; run: Run }[] = [
  { name: 'a snapshot with everything', run: readUsers((store) => store.readSnapshot(QUERY)) },
  {
    name: 'a snapshot for an outside issuer',
    run: readUsers((store) => store.readSnapshot({ ...QUERY, principal: outside })),
  },
  {
    name: 'a snapshot of the caller alone',
    run: readUsers((store) => store.readSnapshot({ principal })),
  },
  { name: 'the first page', run: readUsers((store) => store.readPage(PAGE)) },
  { name: 'a later page', run: readUsers((store) => store.readPage({ ...PAGE, after: AFTER })) },
  {
    name: 'the first page of a kind',
    run: readUsers((store) => store.readPage({ ...PAGE, kind: 'EndUser' })),
  },
  {
    name: 'a later page of a kind',
    run: readUsers((store) => store.readPage({ ...PAGE, kind: 'EndUser', after: AFTER })),
  },
  ...[true, false].map((isNewestFirst) => ({
    name: `a page by its number, the ${isNewestFirst ? 'newest' : 'oldest'} first`,
    run: readUsers((store) => store.readNumberedPage({ ...PLACE, isNewestFirst })),
  })),
  {
    name: 'a page of all roles',
    run: readUsers((store) => store.readRolePage({ ...PLACE, namePart: null })),
  },
  {
    name: 'a page of roles by a part of their names',
    run: readUsers((store) => store.readRolePage({ ...PLACE, namePart: 'a' })),
  },
  {
    name: 'the commit of a deactivation',
    run: readUsers(async (store) => store.commit(await prepareCommit('deactivate'))),
  },
  {
    name: 'the commit of an archiving',
    run: readUsers(async (store) => store.commit(await prepareCommit('archive'))),
  },
  {
    name: 'the commit of a creation',
    run: readUsers(async (store) => store.commit(await prepareCommit('create'))),
  },
  {
    name: 'the commit of one more credential',
    run: readUsers(async (store) => {
      const known = { isKeyTaken: false, credentials: [] }
      const commit = await prepareOwn((user) => decideRegisterCredential(user, known, another(), 1))
      expect(await store.commit(commit)).toBe('committed')
    }),
  },
  {
    name: 'the commit of a switch',
    run: readUsers(async (store) => {
      const commit = await prepareOwn((user, { id }) => {
        const others = [sampleCredential({ id }), sampleCredential({ id: 'cr-other' })]
        const wanted = { credentialId: id, isActive: false }
        return decideSwitchCredential(user, others, wanted, 1)
      })
      expect(await store.commit(commit)).toBe('committed')
    }),
  },
  {
    name: 'the credentials of a caller',
    run: readAccounts((store) => store.readCredentials(principal)),
  },
  {
    name: 'the credentials of a caller of an outside issuer',
    run: readAccounts((store) => store.readCredentials(outside)),
  },
  {
    name: 'an account by its name',
    run: readAccounts((store) => store.readAccount(world.organizationId, actor.username)),
  },
  { name: 'a signer', run: readAccounts((store) => store.readSigner(principal)) },
  {
    name: 'a signer of an outside issuer',
    run: readAccounts((store) => store.readSigner(outside)),
  },
  { name: 'a signer by token', run: readAccounts((store) => store.readSigner(token)) },
  {
    name: 'a revocation',
    run: readAccounts((store) => store.revokeToken(newSecret(), Date.now() + 60_000)),
  },
  { name: 'the health', run: (database) => createD1StoreHealth(database).findFault(true) },
]

/** Tables that grow with what the service is used for. */
const GROWING =
  /\b(users|user_identifiers|credentials|role_assignments|audit_events|used_tokens|revoked_tokens|roles)\b/

/** Names the steps of a plan that look at every row of a table that grows. */
async function scansOf({ sql, params }: RecordedStatement): Promise<string[]> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...params)
    .all<{ detail: string }>()
  const details = results.map(({ detail }) => detail)
  const aliases = new Map(
    [...sql.matchAll(/\b(?:from|join)\s+"?(\w+)"?\s+(?:as\s+)?"?([a-z]\w*)"?/gi)].map(
      ([, table = '', alias = '']) => [alias, table],
    ),
  )
  // A scan of what a part of the statement selected by an index is no scan of a table.
  const isPart = (name: string) =>
    details.some((detail) => new RegExp(`^(CO-ROUTINE|MATERIALIZE) ${name}$`).test(detail))
  return details.filter((detail) => {
    const [, name = ''] = /^SCAN (\w+)/.exec(detail) ?? []
    return GROWING.test(aliases.get(name) ?? name) && !isPart(name)
  })
}

describe.each(STEPS)('$name', ({ run }) => {
  it('takes one round trip', async () => {
    expect((await record(run)).roundTrips).toBe(1)
  })

  it('scans no table that grows', async () => {
    const { statements } = await record(run)
    const scans = await Promise.all(statements.map(scansOf))
    expect(scans.flat()).toEqual([])
  })
})

describe('readNumberedPage', () => {
  /** The part of a statement that finds the page. */
  const PLACE_PART = /SELECT p\.id FROM users p[^)]+OFFSET \?/

  it.each([true, false])('skips within its index when the newest are first: %s', async (flag) => {
    const { statements } = await record(
      readUsers((store) => store.readNumberedPage({ ...PLACE, isNewestFirst: flag })),
    )
    const page = statements.find(({ sql }) => PLACE_PART.test(sql))
    const [part = ''] = PLACE_PART.exec(page?.sql ?? '') ?? []
    const explain = async (sql: string) => {
      const prepared = env.DB.prepare(sql).bind(...(page?.params ?? []))
      return (await prepared.all<Record<string, unknown>>()).results
    }
    const plan = await explain(`EXPLAIN QUERY PLAN ${part}`)
    expect(plan.map(({ detail }) => detail)).toEqual([
      'SEARCH p USING INDEX users_page (organization_id=?)',
    ])
    // The plan does not call the index covering, for it has no column `archived_at`; but its condition says as much,
    // so that the table is opened, and no column is ever read from it.
    const code = await explain(`EXPLAIN ${part}`)
    const cursorsOf = (opcode: string) =>
      code.filter((one) => one['opcode'] === opcode).map(({ p1, p4 }) => ({ p1, p4 }))
    const indexes = cursorsOf('OpenRead').filter(({ p4 }) => String(p4).startsWith('k('))
    expect(indexes).toHaveLength(1)
    expect(cursorsOf('Column').map(({ p1 }) => p1)).toEqual(indexes.map(({ p1 }) => p1))
  })
})

describe('purgeExpired', () => {
  it('finds what has expired by an index', async () => {
    const { statements } = await record((database) => purgeExpired(database, 1))
    const plans = await Promise.all(
      statements.map(({ sql, params }) =>
        env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .bind(...params)
          .all<{ detail: string }>(),
      ),
    )
    const details = plans.flatMap(({ results }) => results.map(({ detail }) => detail))
    expect(details.filter((detail) => detail.startsWith('SCAN '))).toEqual([])
    expect(details.filter((detail) => detail.includes('_expiry'))).toHaveLength(3)
  })
})

describe('scansOf', () => {
  it('sees a scan, by name and by alias', async () => {
    const names = [
      "SELECT * FROM users WHERE first_name = 'a'",
      "SELECT * FROM users u WHERE u.first_name = 'a'",
      'SELECT count(*) FROM audit_events WHERE actor_id IS NOT NULL',
    ]
    const scans = await Promise.all(names.map((sql) => scansOf({ sql, params: [] })))
    expect(scans.map(({ length }) => length)).toEqual([1, 1, 1])
  })
})
