/**
 * What belongs to no dialect and asks for no token; and that the served document says what the contract says.
 */
import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { SECURITY_HEADERS } from '../support/api-headers.ts'
import { call, type Reply } from '../support/api.ts'
import { CONTRACTS, readDocument } from '../support/declared.ts'

type Json = { readonly [name: string]: unknown }

const at = (value: unknown, ...path: string[]): Json =>
  path.reduce((inner, name) => (inner as Json)[name] as Json, value as Json)

const PAGES = [
  { path: '/health', cache: 'no-store', body: { status: 'ok' } },
  { path: '/ready', cache: 'no-store', body: { status: 'ready' } },
  ...['', '/dfns', '/timbu', '/rinne'].map((name) => ({
    path: `/openapi${name}.json`,
    cache: 'public, max-age=300',
    body: { openapi: '3.1.0' },
  })),
  {
    path: '/.well-known/jwks.json',
    cache: 'public, max-age=300',
    body: { keys: [{ kid: 'test-1' }, { kid: 'test-2' }] },
  },
]

function expectProblem(reply: Reply, status: number, title: string): void {
  expect({ status: reply.status, body: reply.json }).toEqual({
    status,
    body: { type: 'about:blank', title, status, instance: expect.stringMatching(/^req_\w{32}$/) },
  })
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    ...SECURITY_HEADERS,
    'x-api-version': packageJson.version,
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': reply.json['instance'],
  })
}

describe.each(PAGES)('$path', ({ path, cache, body }) => {
  it('answers without a token, with its own cache rule', async () => {
    const reply = await call({ path })
    expect({ status: reply.status, body: reply.json }).toMatchObject({ status: 200, body })
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      ...SECURITY_HEADERS,
      'x-api-version': packageJson.version,
      'content-type': 'application/json; charset=utf-8',
      'cache-control': cache,
    })
    expect(reply.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/)
  })

  it('answers HEAD without a body, and OPTIONS with what is allowed', async () => {
    const head = await call({ method: 'HEAD', path })
    expect({ status: head.status, text: head.text }).toEqual({ status: 200, text: '' })
    const options = await call({ method: 'OPTIONS', path })
    expect({ status: options.status, text: options.text }).toEqual({ status: 204, text: '' })
    expect(options.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('refuses another method and names those that are allowed', async () => {
    const reply = await call({ method: 'POST', path })
    expectProblem(reply, 405, 'Method Not Allowed')
    expect(reply.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })
})

describe('/.well-known/jwks.json', () => {
  it('publishes the public halves of all keys and nothing else', async () => {
    const { json } = await call({ path: '/.well-known/jwks.json' })
    const keys = json['keys'] as unknown as Json[]
    expect(keys).toHaveLength(2)
    for (const key of keys) {
      expect(key).toEqual({
        kty: 'OKP',
        crv: 'Ed25519',
        x: expect.stringMatching(/^[\w-]{43}$/),
        kid: expect.any(String),
        alg: 'EdDSA',
        use: 'sig',
      })
    }
  })
})

describe('/', () => {
  it('leads to the explorer', async () => {
    const reply = await call({ path: '/' })
    expect(reply.status).toBe(302)
    expect(reply.headers.get('location')).toBe('/docs/')
  })
})

describe('a path that belongs to no dialect', () => {
  it.each(
    ['/nothing', '/AUTH/users', '//auth/users', '/authority', '/health/', '/%68ealth', '/.env'].map(
      (path) => ({ name: path, path }),
    ),
  )('answers $name with a problem', async ({ path }) => {
    expectProblem(await call({ path }), 404, 'Not Found')
  })

  it('answers a problem for a URL or headers that are too long', async () => {
    const long = 'a'.repeat(17_000)
    expectProblem(await call({ path: `/${long}` }), 414, 'URI Too Long')
    const headers = { 'x-filler': long }
    const reply = await call({ path: '/health', headers })
    expectProblem(reply, 431, 'Request Header Fields Too Large')
  })
})

describe('x-request-id', () => {
  it.each([
    { name: 'repeats one of 8 characters', sent: 'a-b_C-09', isRepeated: true },
    { name: 'repeats one of 64 characters', sent: 'a'.repeat(64), isRepeated: true },
    { name: 'replaces one of 7 characters', sent: 'a-b_C-0', isRepeated: false },
    { name: 'replaces one of 65 characters', sent: 'a'.repeat(65), isRepeated: false },
    { name: 'replaces one with other characters', sent: 'a"b<c>d=e', isRepeated: false },
  ])('$name', async ({ sent, isRepeated }) => {
    const reply = await call({ path: '/health', headers: { 'x-request-id': sent } })
    const id = reply.headers.get('x-request-id')
    if (isRepeated) expect(id).toBe(sent)
    else expect(id).toMatch(/^req_[0-9a-f]{32}$/)
  })
})

/** Lists where a served schema says less or otherwise than the contract's; what the contract leaves open is ours. */
function findDifferences(served: unknown, wanted: unknown, place = ''): string[] {
  if (Array.isArray(wanted) && place.endsWith('.required')) {
    const [ours, theirs] = [[...(served as string[])].sort(), [...(wanted as string[])].sort()]
    return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [place]
  }
  if (typeof wanted !== 'object' || wanted === null) return served === wanted ? [] : [place]
  return Object.entries(wanted).flatMap(([name, member]) => {
    const ours = (served as Json | undefined)?.[name]
    // Prose and samples are our own; `nullable` is of OpenAPI 3.0 and says what the list of types says.
    if (['description', 'example', 'nullable'].includes(name)) return []
    return findDifferences(ours, member, `${place}.${name}`)
  })
}

/** The one operation of each contract, the schemas that its answers have, and the schemes that it names. */
const WANTED = [
  {
    name: 'dfns' as const,
    place: ['/auth/users/{userId}/activate', 'put'],
    schemas: ['User'],
    // The vendor's document has no request body here.
    hasBody: false,
  },
  {
    name: 'timbu' as const,
    place: ['/users/{user_id}/activate', 'put'],
    schemas: [],
    hasBody: true,
  },
  {
    name: 'rinne' as const,
    place: ['/v1/users/{userId}/activate', 'post'],
    schemas: ['UserResponse', 'UserIdentifierResponse', 'RoleResponse'].concat(
      ['Authentication', 'Authorization', 'NotFound', 'InternalServer'].map(
        (kind) => `${kind}ErrorResponse`,
      ),
    ),
    hasBody: false,
  },
]

const readPage = async (path: string): Promise<Json> => (await call({ path })).json

describe.each(WANTED)('the document of $name', ({ name, place, schemas, hasBody }) => {
  const contract = CONTRACTS[name]

  it("has the contract's operation: parameters, body, security and answers", async () => {
    const page = await readPage(`/openapi/${name}.json`)
    const served = at(page, 'paths', ...place)
    const { parameters, tags = served['tags'] } = at(contract, 'paths', ...place)
    expect(findDifferences(served, { parameters, tags })).toEqual([])
    // Headers are ours: a client of the vendor's sends none of them.
    const others = (served['parameters'] as Json[]).filter((one) => one['in'] !== 'header')
    expect(others).toHaveLength(1)
    expect('requestBody' in served).toBe(hasBody)
    if (hasBody) {
      const schema = ['requestBody', 'content', 'application/json', 'schema']
      const { $ref } = at(served, ...schema)
      const body = at(page, 'components', 'schemas', String($ref).split('/').at(-1) ?? '')
      expect(findDifferences(body, at(contract, 'paths', ...place, ...schema))).toEqual([])
    }
    const statuses = Object.keys(at(contract, 'paths', ...place, 'responses'))
    expect(Object.keys(at(served, 'responses'))).toEqual(expect.arrayContaining(statuses))
  })

  it.each(schemas.map((schema) => ({ schema })))(
    "has the contract's $schema, member by member",
    async ({ schema }) => {
      const page = await readPage(`/openapi/${name}.json`)
      const served = at(page, 'components', 'schemas', schema)
      const wanted = at(contract, 'components', 'schemas', schema)
      expect(findDifferences(served, wanted)).toEqual([])
      const names = Object.keys(at(served, 'properties')).sort()
      expect(names).toEqual(Object.keys(at(wanted, 'properties')).sort())
    },
  )

  it("has the contract's security schemes under their names, and no others but ours", async () => {
    const page = await readPage(`/openapi/${name}.json`)
    const served = at(page, 'components', 'securitySchemes')
    if (name !== 'timbu') {
      expect(findDifferences(served, at(contract, 'components', 'securitySchemes'))).toEqual([])
      const [first] = at(page, 'paths', ...place)['security'] as Json[]
      const [wanted] = at(contract, 'paths', ...place)['security'] as Json[]
      expect(first).toEqual(wanted)
    }
    for (const operation of operationsIn(page)) {
      for (const requirement of operation['security'] as Json[]) {
        expect(Object.keys(served)).toEqual(expect.arrayContaining(Object.keys(requirement)))
      }
    }
  })

  it('says the same of its operations as the document of all', async () => {
    const own = at(await readPage(`/openapi/${name}.json`), 'paths')
    expect(await readDocument()).toMatchObject({ paths: own })
  })
})

describe('/openapi.json', () => {
  it('holds the operations of the three dialects, and no others', async () => {
    const pages = await Promise.all(WANTED.map(({ name }) => readPage(`/openapi/${name}.json`)))
    const own = pages.flatMap((page) => Object.keys(at(page, 'paths'))).sort()
    expect(Object.keys((await readDocument()).paths).sort()).toEqual(own)
  })

  it('gives every operation an id of its own, words, and no open status', async () => {
    const operations = operationsIn(await readDocument())
    const ids = operations.map((operation) => operation['operationId'])
    expect(ids.every((id) => typeof id === 'string' && /^[a-z][A-Za-z]+$/.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
    for (const operation of operations) {
      expect(operation).toMatchObject({
        summary: expect.stringMatching(/\w/),
        description: expect.stringMatching(/\w/),
        tags: [expect.any(String)],
      })
      const statuses = Object.keys(at(operation, 'responses'))
      expect(statuses).toEqual(expect.arrayContaining(['413', '414', '415', '431', '500', '503']))
      expect(statuses.filter((status) => ['200', '201'].includes(status))).toHaveLength(1)
      expect(statuses.some((status) => ['400', '422'].includes(status))).toBe(true)
    }
  })

  it('says which release it is of, who answers for it, and what no operation can declare', async () => {
    const { info } = (await readPage('/openapi.json')) as { info: Json }
    expect(info).toMatchObject({
      version: packageJson.version,
      contact: { name: expect.any(String), url: 'http://localhost:8787/docs/' },
      description: expect.stringMatching(
        /- `route_not_found` \(404\): [^]*- `method_not_allowed` \(405\): /,
      ),
    })
  })

  it('declares every header of an answer once, and only such as there are', async () => {
    const document = await readPage('/openapi.json')
    const { headers } = document['components'] as { headers: Json }
    const named = JSON.stringify(document).match(/(?<=#\/components\/headers\/)[\w-]+/g) ?? []
    expect([...new Set(named)].sort()).toEqual(Object.keys(headers).sort())
    expect(JSON.stringify(at(document, 'paths'))).not.toMatch(/"headers":\{"[\w-]+":\{"(?!\$ref)/)
  })

  it('has no text that a page would take for markup', async () => {
    expect(JSON.stringify(await readDocument())).not.toMatch(/[<>]/)
  })

  it('marks what no contract has, and nothing else', async () => {
    const marked = operationsIn(await readDocument()).filter((one) => 'x-extension' in one)
    expect(marked.map((one) => one['operationId'])).toEqual(['timbuDeactivateUser'])
  })

  it('says of every tag whose it is, and what it stands for', async () => {
    const { tags } = (await readPage('/openapi.json')) as { tags: Json[] }
    for (const { description } of tags) {
      expect(description).toMatch(/^(Dfns|Timbu|Rinne): [a-z].*\.$/)
    }
    const used = operationsIn(await readDocument()).map((one) => (one['tags'] as string[])[0])
    expect(tags.map(({ name }) => name).sort()).toEqual([...new Set(used)].sort())
  })

  it.each([
    { path: '/openapi.json', url: 'http://localhost:8787' },
    { path: '/openapi/dfns.json', url: 'http://localhost:8787' },
    { path: '/openapi/timbu.json', url: 'http://localhost:8787' },
    { path: '/openapi/rinne.json', url: 'http://localhost:8787/core' },
  ])('names where its paths begin, and is the same to everybody: $path', async ({ path, url }) => {
    const text = async () => (await exports.default.fetch(`http://localhost:8787${path}`)).text()
    const document = JSON.parse(await text()) as Json
    const [description, access] = ['Local development.', { 'x-internal': false }]
    expect(document['servers']).toEqual([{ url, description, ...access }])
    expect(await text()).toBe(await text())
  })
})

/** All operations of a document. */
const operationsIn = (document: object): Json[] =>
  Object.values(at(document, 'paths')).flatMap((path) => Object.values(path as Json) as Json[])
