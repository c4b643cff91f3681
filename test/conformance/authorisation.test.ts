/**
 * The service against the table of who may do what, cell by cell; and that nothing of another organization shows.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../src/auth/random.ts'
import { initiateAction, writeAnnouncement } from '../support/action.ts'
import { call, type Reply } from '../support/api.ts'
import { runSql } from '../support/commits.ts'
import { readDocument } from '../support/declared.ts'
import { dumpTables, type Dump } from '../support/dump.ts'
import { breakSignature, forgeUserAction } from '../support/forged.ts'
import { initiateLogin } from '../support/login.ts'
import * as table from '../support/policy.ts'
import type { AuthenticatedRoute, PreparedRequest } from '../support/refusals.ts'
import { forgeRegistration, giveCode, sendKey } from '../support/registration.ts'
import { createSigner } from '../support/signer.ts'
import * as worlds from '../support/world.ts'
import { DFNS_REFUSALS, expectDfnsError } from './dfns/answers.ts'
import * as dfns from './dfns/routes.ts'
import * as rinne from './rinne/routes.ts'
import { expectDetail } from './timbu/answers.ts'
import * as timbu from './timbu/routes.ts'
import { addIdentifier } from './timbu/rows.ts'

const { ALL_POWERS, CALLERS, POLICY, withoutNames } = table
const { createWorld } = worlds
type Actor = worlds.Actor

/** Where it takes no power: what its answer says, and the table that it adds a row to. */
type Route = AuthenticatedRoute & { operation?: string; says?: string; adds?: string }

const ACTION = { method: 'PUT', path: '/auth/logout' }
const NAME = ({ username, organizationId }: Actor) => ({ username, orgId: organizationId })

/** Answers a challenge. */
const answer = async ({ signer }: Actor, asked: Promise<Reply>) => {
  const { challenge, challengeIdentifier } = (await asked).json
  const credentialAssertion = await signer.assert(String(challenge))
  return { challengeIdentifier, firstFactor: { kind: 'Key', credentialAssertion } }
}

type Open = readonly [string, string, string, ((actor: Actor) => unknown)?]
const OPEN: readonly Open[] = [
  ['PUT /auth/logout', 'success', 'revoked_tokens'],
  ['POST /auth/login/init', 'challengeIdentifier', '', NAME],
  ['POST /auth/login', '{"token":"', 'used_tokens', (who) => answer(who, initiateLogin(who))],
  ['POST /auth/action/init', 'challengeIdentifier', '', () => writeAnnouncement(ACTION)],
  [
    ...(['POST /auth/action', '{"userAction":"', 'used_tokens'] as const),
    (who) => answer(who, initiateAction(who.token, ACTION)),
  ],
  [
    ...(['POST /auth/registration/init', 'temporaryAuthenticationToken', ''] as const),
    async (who) => ({ ...NAME(who), registrationCode: await giveCode(who) }),
  ],
  [
    ...(['POST /auth/registration', '', ''] as const),
    async (who) => {
      const { challenge } = await forgeRegistration(who, 'first')
      return { firstFactorCredential: await sendKey(await createSigner('Ed25519'), challenge) }
    },
  ],
]

const ROUTES: readonly Route[] = [
  ...[...Object.values(dfns), ...rinne.ROUTES],
  ...[timbu.ACTIVATE, timbu.DEACTIVATE, timbu.LIST, timbu.ME],
  ...OPEN.map(([name, says, adds, writeBody]): Route => {
    const [method, path] = name.split(' ')
    const about = { name, says, adds, powers: {}, isChange: false, target: null }
    const prepare: Route['prepare'] = async ({ actor }) => {
      const body = await writeBody?.(actor)
      return { method, path, ...(body ? { body } : {}) } as PreparedRequest
    }
    return { ...about, prepare, expectations: DFNS_REFUSALS }
  }),
]

/** The rows, those of Rinne under the vendor's base path too. */
const ROWS = ['', '/core'].flatMap((base) =>
  POLICY.filter(({ path }) => base === '' || path.startsWith('/v1')).map((row) => {
    const route = ROUTES.find(({ name }) => withoutNames(name) === `${row.method} ${row.path}`)
    if (!route) throw new Error(`no route ${row.method} ${row.path}`)
    return { ...row, path: `${base}${row.path}`, route, base }
  }),
)
type Row = (typeof ROWS)[number]

/** Puts a caller into an organization; a personal access token signs with a key of its own. */
async function addCaller(
  world: worlds.World,
  { given = ALL_POWERS, tokenKind = 'user' }: Partial<table.PolicyCaller> = {},
) {
  const actor = await world.addActor(given)
  const tokenId = newId('credential')
  const token = await actor.issueToken({ tokenKind, tokenId })
  if (tokenKind !== 'personal_access_token') return { ...actor, token }
  const signer = await createSigner('Ed25519')
  await worlds.addCredential(actor.organizationId, actor.userId, signer, tokenId)
  return { ...actor, token, signer }
}

/** Adds what a route asks for. */
const addTarget = ({ route }: Row, world: worlds.World, members: object = {}) => {
  const { operations: _operations, signer: _signer, ...target } = route.target ?? {}
  return world.addUser({ ...target, ...members })
}

/**
 * Writes a request with everything in order: target, body, and a user action where it is a change.
 *
 * @param spelled - stands in the path for the target, or for the organization where no user is the target.
 */
async function writeCall({ route, base }: Row, actor: Actor, targetId: string, spelled: string) {
  const { path, ...request } = await route.prepare({ targetId, actor })
  const replaced = route.target ? targetId : actor.organizationId
  const sent = { ...request, path: base + path.replace(replaced, spelled) }
  const userAction = route.isChange ? await forgeUserAction(actor, sent) : null
  return { ...sent, token: actor.token, userAction }
}

/** Sets up a cell: who asks, of whom, and how. */
async function setCell(row: Row, caller: table.PolicyCaller) {
  const { expectations, name, target } = row.route
  const off = caller.place === 'off' ? expectations.dialect : ''
  const dialects = ['dfns', 'timbu', 'rinne'].filter((one) => one !== off)
  const home = await createWorld({ requireUserAction: true, dialects })
  const place = caller.place === 'foreign' ? await createWorld({ requireUserAction: true }) : home
  const actor = await addCaller(place, caller)
  const targetId = await addTarget(row, home)
  // Nobody has no key that could log in.
  const isNobody = caller.sends === 'nothing' && name === 'POST /auth/login'
  const asking = isNobody ? { ...actor, signer: await createSigner('Ed25519') } : actor
  const sent = await writeCall(row, asking, targetId, target ? targetId : home.organizationId)
  if (caller.fate) await runSql(`UPDATE users SET ${caller.fate} WHERE id = ?`, actor.userId)
  const tokens = { nothing: null, broken: breakSignature(actor.token), own: actor.token }
  const ids = [home.organizationId, place.organizationId]
  return { actor, targetId, ids, sent: { ...sent, token: tokens[caller.sends ?? 'own'] } }
}
type Cell = Awaited<ReturnType<typeof setCell>>

/** Fails unless what was asked for was done, or was read and nothing else. */
async function expectDone({ route }: Row, cell: Cell, reply: Reply, before: Dump): Promise<void> {
  const { actor, targetId, ids } = cell
  const { organizationId: organization_id, userId: actor_id } = actor
  if (route.isChange) {
    // A change of one's own credentials is one of oneself.
    const created = String(reply.json['userId'] ?? reply.json['id'] ?? actor_id)
    const id = route.target ? targetId : created
    const version = route.target || id === actor_id ? 2 : 1
    expect(await worlds.readUserRow(id)).toMatchObject({ organization_id, version })
    expect(await worlds.readAuditEvents(id)).toMatchObject([{ organization_id, actor_id }])
    return
  }
  const names = {
    [rinne.LIST_ROLES.name]: organization_id,
    [dfns.LIST_CREDENTIALS.name]: '"name":"Test key"',
  }
  const read = names[route.name] ?? actor_id
  expect(reply.text).toContain(route.says ?? (route.target ? targetId : read))
  const { adds = '' } = route
  const [{ total = 0 } = {}] = (before[adds] ?? []) as { total: number }[]
  const added = adds ? { [adds]: [{ total: total + 1 }] } : {}
  expect(await dumpTables(...ids)).toEqual({ ...before, ...added })
}

/** Fails unless a refusal is, to the letter, that of a cell. */
function expectRefused(
  { route }: Row,
  caller: table.PolicyCaller,
  cell: Cell,
  reply: Reply,
  why: string,
) {
  const { expectations, operation = '' } = route
  const { userId, organizationId } = cell.actor
  const { kind = 'CustomerEmployee' } = caller.given ?? {}
  if (why === 't') expectations.unauthenticated(reply, { hasToken: caller.sends !== 'nothing' })
  else if (why === 'p') expectations.notAllowed(reply, { userId, kind, operation })
  else if (why === 'o') expectations.dialectOff(reply)
  else if (why === 'l') expectDfnsError(reply, 401, 'Not Authorized.')
  else if (why === 'd') expectDfnsError(reply, 400, 'User account has been deactivated.')
  else if (route.target) expectations.notFound(reply, cell.targetId, organizationId)
  else expectDetail(reply, 404, 'organization not found')
}

describe('the table', () => {
  it('has a row for every operation of the document and a cell for every caller', async () => {
    const declared = Object.entries((await readDocument()).paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${withoutNames(path)}`),
    )
    expect(POLICY.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(declared.sort())
    for (const { cells } of POLICY) {
      expect(Object.keys(cells)).toEqual(Object.keys(CALLERS))
      for (const cell of Object.values(cells)) expect(cell).toMatch(/^(20[01]|40[0134][tponld])$/)
    }
    const count = ROWS.length * Object.keys(CALLERS).length
    console.log(`C7: ${ROWS.length} routes x ${Object.keys(CALLERS).length} callers = ${count}`)
    expect(count).toBeGreaterThanOrEqual(150)
  })
})

describe.each(ROWS)('$method $path', (row) => {
  const { route } = row
  const cells = Object.entries(CALLERS).map(([head, caller]) => {
    return { cell: row.cells[head] ?? '', caller, name: caller.name }
  })

  it.each(cells)('answers $cell to $name', async ({ cell, caller }) => {
    const scene = await setCell(row, caller)
    const before = await dumpTables(...scene.ids)
    const reply = await call(scene.sent)
    expect(`${reply.status} ${reply.text}`).toMatch(cell.slice(0, 3))
    if (reply.status < 300) return expectDone(row, scene, reply, before)
    expectRefused(row, caller, scene, reply, cell.slice(3))
    expect(await dumpTables(...scene.ids)).toEqual(before)
  })

  if (!row.path.includes('{id}')) return
  const allowed = cells.filter(({ cell }) => cell.startsWith('2'))

  it.each(allowed)('tells $name nothing of who is not there', async ({ caller }) => {
    const [home, foreign] = [await createWorld(), await createWorld()]
    const actor = await addCaller(home, caller)
    const gone = { suspendedAt: 1, archivedAt: 1 }
    const users = [
      await addTarget(row, home, gone),
      await addTarget(row, foreign),
      await addTarget(row, foreign, gone),
    ]
    const ids = [home.organizationId, foreign.organizationId]
    const before = await dumpTables(...ids)
    /** Asks for a user; the id in the path may be another text. */
    const ask = async (userId: string, spelled = userId) => {
      const reply = await call(await writeCall(row, actor, userId, spelled))
      const headers = { ...Object.fromEntries(reply.headers), 'x-request-id': '' }
      const text = route.expectations.mask(reply).replaceAll(spelled, '<id>')
      return { status: reply.status, headers, text }
    }
    const unknown = await ask(newId(route.target ? 'user' : 'organization'))
    expect(unknown.status).toBe(404)
    for (const id of route.target ? users : [foreign.organizationId]) {
      expect(await ask(id)).toEqual(unknown)
    }
    for (const id of table.MALFORMED_IDS) expect(await ask(newId('user'), id)).toEqual(unknown)
    // The contract of Dfns has 1 to 64 characters in a path; elsewhere a longer id is one more that is nobody's.
    const { status } = await ask(newId('user'), 'a'.repeat(65))
    expect(status).toBe(route.expectations.dialect === 'dfns' ? 400 : 404)
    expect(await dumpTables(...ids)).toEqual(before)
  })
})

const ID = /\b(?:us|or|acct|pm|as|cr|id|uj)-\w{5}-\w{5}-\w{14,16}\b/g

describe('what is planted in another organization', () => {
  const mark = `canary${newSecret(9).toLowerCase().replace(/\W/g, 'x')}`
  const [email, externalId, role] = [`${mark}@b.example.test`, `${mark}-external`, `${mark} role`]
  const [phone, secret, kind] = ['+5511912345678', `${mark}-secret`, 'CustomerEmployee']
  let foreign: worlds.World
  let owner: Actor
  let publicKey: string
  let cursor: string
  let planted: Dump
  const readPlanted = async () => {
    const own = await dumpTables(foreign.organizationId)
    return { ...own, used_tokens: [], revoked_tokens: [] }
  }
  const create = async (actor: Actor, path: string, body: object) => {
    const request = { method: 'POST', path, body: body as never }
    const userAction = await forgeUserAction(actor, request)
    return call({ ...request, token: actor.token, userAction })
  }
  beforeAll(async () => {
    foreign = await createWorld()
    const names = { firstName: secret, lastName: secret, metadata: { secret } }
    owner = await foreign.addActor({ ...ALL_POWERS, ...names, username: email, externalId })
    await addIdentifier(owner.userId, 'email', email)
    await addIdentifier(owner.userId, 'phone', phone)
    const { roleId } = await worlds.addRole(foreign.organizationId, owner.userId, [secret], role)
    await runSql('UPDATE roles SET description = ? WHERE id = ?', secret, roleId)
    await runSql('UPDATE organizations SET name = ? WHERE id = ?', secret, foreign.organizationId)
    await runSql('UPDATE credentials SET name = ? WHERE user_id = ?', secret, owner.userId)
    publicKey = (await createSigner('P-256')).publicKeyPem
    const colleague = { email: `colleague-${email}`, kind, publicKey }
    expect((await create(owner, '/auth/users', colleague)).status).toBe(200)
    // Its own people see it, so that it could show.
    for (const path of ['/auth/users?limit=1', '/v1/users', '/v1/roles', '/users/me']) {
      const { json, text } = await call({ path, token: owner.token })
      expect(text).toContain(mark)
      cursor = String(json['nextPageToken'] ?? cursor)
    }
    planted = await readPlanted()
  })

  /** Fails where an answer shows a text, or an id of there, but for one that was in the path. */
  function expectNothingOf(canary: string, reply: Reply, path: string) {
    const text = JSON.stringify([...reply.headers, reply.text])
    const ids = new Set(JSON.stringify(planted).match(ID))
    const shown = [canary, ...ids].filter((one) => text.toLowerCase().includes(one))
    expect(ids.size).toBeGreaterThan(10)
    expect(shown.filter((one) => one === canary || !path.includes(one))).toEqual([])
  }

  const here = Object.values(CALLERS).filter(({ place, fate }) => !place && !fate)
  it.each(here)('shows in no answer to $name', async (caller) => {
    const actor = await addCaller(await createWorld(), caller)
    const token = caller.sends === 'nothing' ? null : actor.token
    const lists = {
      '/auth/users': ['limit=200', 'kind=EndUser', `paginationToken=${cursor}`],
      '/v1/users': ['limit=100', 'sort=-created_at'],
      '/v1/roles': [`name=${mark}`, `company_id=${foreign.organizationId}`],
      [`/organizations/${actor.organizationId}/users`]: ['size=100'],
    }
    const asked = Object.entries(lists).flatMap(([path, queries]) =>
      queries.map((query) => ({ path: `${path}?${query}` })),
    )
    const rows = ROWS.filter(({ path }) => path !== '/auth/logout').map((row) => {
      const spelled = row.route.target ? owner.userId : foreign.organizationId
      return writeCall(row, actor, owner.userId, spelled)
    })
    for (const sent of [...(await Promise.all(rows)), ...asked]) {
      expectNothingOf(mark, await call({ ...sent, token }), sent.path)
    }
    expect(await readPlanted()).toEqual(planted)
  })

  it('takes no name from anybody here', async () => {
    const actor = await addCaller(await createWorld())
    const send = async (path: string, body: object) => {
      const reply = await create(actor, path, body)
      expectNothingOf(secret, reply, path)
      return {
        status: reply.status,
        text: DFNS_REFUSALS.mask(reply),
        mask: rinne.ME.expectations.mask(reply),
      }
    }
    const employ = (name: string, more: object) =>
      send('/auth/users', { email: name + email, kind, ...more })
    expect(await employ('', { externalId })).toMatchObject({ status: 200 })
    const user = { first_name: 'Ada', last_name: 'King' }
    const invite = (type: string, value: string, ...roles: string[]) =>
      send('/v1/users', { ...user, identifiers: [{ type, value }], roles })
    expect(await invite('phone', phone)).toMatchObject({ status: 201 })
    // What is not found there is not found here, to the letter.
    const { mask } = await invite('email', `y${email}`, role)
    expect(await invite('email', `y${email}`, 'Nothing')).toMatchObject({ status: 400, mask })
    // Its own name it may not take twice, and is told whose it is: nobody's of there.
    expect(await employ('x', { externalId })).toMatchObject({ status: 409 })
    // The exception, by rule K4: a key is one person's in the whole service. Who has it is not told.
    const own = (await createSigner('P-256')).publicKeyPem
    expect(await employ('a', { publicKey: own })).toMatchObject({ status: 200 })
    const { status, text } = await employ('b', { publicKey: own })
    expect(await employ('c', { publicKey })).toMatchObject({ status, text })
    expect(await readPlanted()).toEqual(planted)
  })
})
