/**
 * HTTP hygiene (RULES section 5) of every path: exact statuses and headers for every method, what a body may be, sizes,
 * and pages of other origins. What workerd cannot send is in test/e2e/hygiene.test.ts.
 */
import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { call, type Call } from '../support/api.ts'
import { readDocument } from '../support/declared.ts'
import * as hygiene from '../support/hygiene.ts'
import { withWorker } from '../support/idempotency.ts'
import { ALL_POWERS, withoutNames } from '../support/policy.ts'
import { forgeRegistration } from '../support/registration.ts'
import { createWorld, type Actor } from '../support/world.ts'

const { ALL_PATHS, headersIn, headersOf, statusOf } = hygiene
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']

let actor: Actor
beforeAll(async () => {
  actor = await (await createWorld({ requireUserAction: true })).addActor(ALL_POWERS)
})

/** A request about the caller itself, and what its answer is, where that is not what `statusOf` says. */
interface Probe extends Omit<Call, 'token'> {
  readonly method: string
  readonly query?: string
  readonly sent?: hygiene.TokenSent
  readonly status?: number
  /** Stands in its body. */
  readonly says?: string
  /** Headers besides those of `headersOf`. */
  readonly cors?: Readonly<Record<string, string>>
}

const withId = (path: string) =>
  path.replace('{id}', path.startsWith('/org') ? actor.organizationId : actor.userId)

/** Issues what opens a path: no access token ends a registration. */
const issueTokenFor = async (path: string): Promise<string> =>
  path === '/auth/registration'
    ? (await forgeRegistration(actor, 'first')).token
    : actor.issueToken()

/** Fails with every probe whose answer has another status, another set of headers, or a body where none belongs. */
async function expectAnswers(probes: readonly Probe[]): Promise<void> {
  const [answers, wanted]: [unknown[], unknown[]] = [[], []]
  for (const { query = '', sent = 'a good', cors, says = '', ...probe } of probes) {
    const { method, path } = probe
    const status = probe.status ?? statusOf(path, method, sent)
    // A token each, for one of them is logged out.
    const token = { no: null, 'a bad': 'bad', 'a good': await issueTokenFor(path) }[sent]
    const reply = await call({ ...probe, token, path: withId(path) + query })
    const text = reply.text.includes(says) ? says : reply.text
    const isEmpty = reply.text === ''
    const hasNone = method === 'HEAD' || [204, 302].includes(status)
    const headers = { ...headersOf(path, status, sent), ...cors }
    answers.push({ probe, status: reply.status, headers: headersIn(reply.headers), text, isEmpty })
    wanted.push({ probe, status, headers, text: says, isEmpty: hasNone })
  }
  expect(answers).toEqual(wanted)
}

describe('every path', () => {
  it('is one of the document', async () => {
    const declared = Object.keys((await readDocument()).paths).map(withoutNames)
    expect(Object.keys(hygiene.PATHS).sort()).toEqual(declared.sort())
  })

  it.each(['no', 'a bad', 'a good'] as const)(
    'answers every method with exactly its status and headers to %s token',
    async (sent) => {
      const probes = ALL_PATHS.flatMap((path) => METHODS.map((method) => ({ method, path, sent })))
      await expectAnswers(probes)
      console.log(`C10: ${ALL_PATHS.length} paths x ${METHODS.length} methods, ${sent} token`)
      expect(probes.length).toBeGreaterThanOrEqual(9 * 40)
    },
  )
})

/** Every request that reads a body. */
const CHANGES = ALL_PATHS.flatMap((path) =>
  (hygiene.allowOf(path) ?? '').split(', ').flatMap((method) => {
    return ['POST', 'PUT', 'DELETE'].includes(method) ? { method, path } : []
  }),
)
const forEach = (...requests: readonly Partial<Probe>[]): Probe[] =>
  requests.flatMap((request) => CHANGES.map((change) => ({ ...change, ...request })))

/** Those that take nothing but `{}`. */
const isBodyless = ({ path, method }: Probe) => statusOf(path, method, 'a good') === 403

const JSON_TYPES = [
  'application/json',
  'Application/JSON',
  'application/json;charset=utf-8',
].concat(['application/json; charset=UTF-8', 'application/json ; charset = "utf-8"'])
const OTHER_TYPES = [
  ...[null, '', 'text/plain', 'text/json', 'application/jsonp', 'application/vnd.api+json'],
  ...['application/json;charset=latin1', 'application/json;charset=utf-8;charset=latin1'],
  ...['application/json, text/plain', 'multipart/form-data; boundary=x'],
]

/** Bodies that are no JSON of ours, by what is said of them. */
const PROBLEMS: Readonly<Record<string, readonly (string | Uint8Array)[]>> = {
  byte_order_mark: ['\uFEFF{}'],
  duplicate_name: ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"a":[{"b":1,"b":2}]}'],
  forbidden_name: ['{"__proto__":{}}', '{"a":{"\\u005f_proto__":1}}'],
  too_deep: ['['.repeat(17) + ']'.repeat(17), '{"a":'.repeat(17) + '1' + '}'.repeat(17)],
  not_utf8: [Uint8Array.of(0x22, 0xff, 0x22), Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)],
  not_json: ['{', '{}{}', "{'a':1}", '{"a":1,}', 'NaN', '\0'],
}

/** `{}` among so many bytes. */
const padded = (bytes: number) => '{}'.padEnd(bytes)

describe('a body', () => {
  it('is JSON in UTF-8 by its type, and else 415', async () => {
    const codings = ['gzip', 'identity, gzip', 'br']
    await expectAnswers([
      // What is taken is answered as if it were not there.
      ...forEach(...JSON_TYPES.map((contentType) => ({ body: '{}', contentType }))),
      ...forEach({ body: '{}', headers: { 'content-encoding': 'identity' } }),
      ...forEach(...OTHER_TYPES.map((contentType) => ({ body: '{}', contentType, status: 415 }))),
      ...forEach(
        ...codings.map((one) => ({
          body: '{}',
          headers: { 'content-encoding': one },
          status: 415,
        })),
      ),
    ])
  })

  it('has 16,384 bytes at most, whatever its announced length', async () => {
    const [most, more] = [padded(16_384), padded(16_385)]
    await expectAnswers(forEach({ body: most }, { body: more, status: 413 }))
    const lie = { 'content-length': '2' }
    for (const path of ['/auth/logout', '/users/x/activate']) {
      for (const [text, announced] of [
        [most, {}] as const,
        [more, {}] as const,
        [more, lie] as const,
      ]) {
        const authorization = `Bearer ${await actor.issueToken()}`
        const headers = { authorization, 'content-type': 'application/json', ...announced }
        const init = { method: 'PUT', headers, body: new Blob([text]).stream(), duplex: 'half' }
        const { status } = await exports.default.fetch(
          new Request(`http://localhost:8787${path}`, init),
        )
        expect(status === 413).toBe(text === more)
      }
    }
  })

  it.each(Object.entries(PROBLEMS))('is refused for %s', async (problem, bodies) => {
    const says = `ot valid JSON (${problem})`
    const probes = forEach(...bodies.map((body) => ({ body, says })))
    await expectAnswers(
      probes.map((one) => ({ ...one, status: hygiene.isTimbu(one.path) ? 422 : 400 })),
    )
  })

  it('is empty or {} where none is read, and 16 deep at most', async () => {
    const bodyless = (...bodies: string[]) =>
      forEach(...bodies.map((body) => ({ body }))).filter(isBodyless)
    expect(bodyless('')).toHaveLength(7)
    await expectAnswers(bodyless('', '{}', ' {\n} '))
    const others = bodyless('{"a":1}', '{"constructor":1}', '[]', 'null', '""', '0', 'false')
    await expectAnswers(others.map((one) => ({ ...one, status: 400 })))
    const deep = bodyless('{"a":'.repeat(16) + '1' + '}'.repeat(16))
    await expectAnswers(deep.map((one) => ({ ...one, status: 400, says: 'not known here' })))
  })
})

describe('the size', () => {
  it('of a URL is 2,048 bytes, and of headers 16,384', async () => {
    const [method, sent] = ['GET', 'no'] as const
    const fill = (bytes: number) => ({ filler: 'a'.repeat(bytes - 'filler'.length) })
    await expectAnswers(
      ALL_PATHS.flatMap((path) => {
        const query = (bytes: number) => '?'.padEnd(bytes - withId(path).length, 'a')
        return [
          { method, sent, path, query: query(2_048) },
          { method, sent, path, query: query(2_049), status: 414 },
          { method, sent, path, headers: fill(16_384) },
          { method, sent, path, headers: fill(16_385), status: 431 },
        ]
      }),
    )
  })
})

const LISTED = 'https://app.example.test'
const EXPOSED =
  'ETag, Idempotent-Replayed, RateLimit-Policy, Retry-After, X-Request-Id, x-api-version'
const ALLOWED =
  'authorization, content-type, x-dfns-useraction, x-dfns-sdk-version, idempotency-key, if-match, if-none-match, activate-reason, x-request-id'

/** Runs a Worker that lists an origin, with a store that fails where it is to. */
const withOrigin = (run: () => Promise<void>, DB?: unknown) =>
  withWorker({ bindings: { CORS_ORIGINS: LISTED, ...(DB ? { DB } : {}) } as Partial<Env> }, run)

describe.each([LISTED, 'https://evil.test', `${LISTED}.evil.test`, 'null'])(
  'a page of %s',
  (origin) => {
    const named = origin === LISTED ? { 'access-control-allow-origin': origin } : {}
    const granted = origin === LISTED ? { 'access-control-expose-headers': EXPOSED } : {}
    const cors = { vary: 'Origin', ...named, ...granted }

    it('gets by preflight what every path allows if it is listed, and nothing otherwise', async () => {
      const method = 'OPTIONS'
      const ask = (names: string) => ({
        ...{ origin, 'access-control-request-method': 'PUT' },
        'access-control-request-headers': names,
      })
      const probes = ALL_PATHS.flatMap((path) => {
        const fixed = {
          'access-control-allow-methods': hygiene.allowOf(path) ?? '',
          'access-control-allow-headers': ALLOWED,
          'access-control-max-age': '600',
        }
        const preflight = { vary: 'Origin', ...named, ...(origin === LISTED ? fixed : {}) }
        const given = hygiene.allowOf(path) === undefined ? cors : preflight
        return [
          ...['authorization', 'x-evil', 'x,'.repeat(7_500)].map((names) => {
            return { method, path, sent: 'no' as const, headers: ask(names), cors: given }
          }),
          { method, path, status: 431, headers: ask('x,'.repeat(8_500)), cors },
        ]
      })
      await withOrigin(() => expectAnswers(probes))
    })

    it('reads answers and refusals if it is listed, and none otherwise', async () => {
      const headers = { origin }
      const long = { origin, filler: 'a'.repeat(16_384) }
      const usual = ALL_PATHS.flatMap((path) =>
        ['GET', 'PUT', 'PATCH'].flatMap((method) =>
          (['no', 'a good'] as const).map((sent) => ({ method, path, sent, headers, cors })),
        ),
      )
      const refused = forEach(
        { headers, cors, body: padded(16_385), status: 413 },
        { headers, cors, body: '{}', contentType: 'text/plain', status: 415 },
        { headers: long, cors, status: 431 },
      )
      await withOrigin(() => expectAnswers([...usual, ...refused]))
      const prepare = () => {
        throw new Error('D1_ERROR: Network connection lost.')
      }
      const reads = ['/auth/users', '/users/me', '/core/v1/users', '/ready']
      await withOrigin(
        () =>
          expectAnswers(reads.map((path) => ({ method: 'GET', path, headers, cors, status: 503 }))),
        { prepare },
      )
    })
  },
)
