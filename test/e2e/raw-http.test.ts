/**
 * C5, third part: HTTP that no client library would send, over raw sockets. Whatever it is, nothing changes, nobody becomes
 * anybody else, and the next honest request is served.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { faultsOfAnswer, FORBIDDEN, type Document } from '../support/declared-answer.ts'
import { callAs } from './support/call-as.ts'
import { FIN, say, type RawAnswer, type Said } from './support/raw-http.ts'
import { readAuditActions } from './support/read-audit-actions.ts'

const demo = inject('demo')
const { host, port } = new URL(demo.baseUrl)
/** Milliseconds; an answer ends a conversation much sooner. */
const PATIENCE = { answer: 8_000, silence: 700 }

const [admin, second] = ['admin', 'secondAdmin'].map((name) => demo.actors[name]?.token ?? '')
const targetOf = (name: string) => demo.targets[name] ?? expect.unreachable()
const [inactive, active] = [targetOf('inactive8'), targetOf('active')]

/** What the server in front of the Worker answers by itself, and why it cannot ask the Worker. */
const FRONT: readonly (readonly [name: string, status: number, text: RegExp])[] = [
  ['no HTTP/1', 400, /^((invalid|unexpected) .* parsed|Bad Request|invalid URI)$/],
  ['line too long', 414, /^URI too long$/],
  ['no method', 501, /^ERROR: Unrecognized request method\.$/],
  // No URL can be made of two hosts, of an asterisk, or of what CONNECT names.
  ['no URL', 500, /^Internal Server Error$/],
  // The body broke off on its way to the Worker.
  ['no body', 500, /^Error: Network connection lost\.$/],
]

type Dialect = 'dfns' | 'timbu' | 'rinne'

/** How each dialect is asked who one is, and for a change that changes nothing, for it is done already. */
const ROUTES = {
  dfns: {
    read: '/auth/users?limit=1',
    change: `/auth/users/${inactive.userId}/deactivate`,
    tempt: `PUT /auth/users/${active.userId}/deactivate`,
    method: 'PUT',
    body: '{}',
  },
  timbu: {
    read: '/users/me',
    change: `/users/${inactive.userId}/deactivate`,
    tempt: `PUT /users/${active.userId}/deactivate`,
    method: 'PUT',
    body: `{"email":"${inactive.email}","is_active":false}`,
  },
  rinne: {
    read: '/core/v1/auth/me',
    change: `/v1/users/${inactive.userId}/suspend`,
    tempt: `POST /v1/users/${active.userId}/suspend`,
    method: 'POST',
    body: '{}',
  },
} as const

/** Says in a word what came of a request. */
function outcomeOf({ status, headers, text }: RawAnswer): string {
  if (!headers['x-request-id']) {
    const [name] = FRONT.find((one) => one[1] === status && one[2].test(text)) ?? []
    return `front: ${name ?? `${status} ${text}`}`
  }
  if (/Not Authorized\.|Could not validate|Authentication required/.test(text)) return 'nobody'
  if (/user action signature is missing/.test(text)) return 'unsigned'
  if (/this user is already inactive/.test(text) || status === 200) return 'heard'
  const [, problem] = /\((not_\w+|byte_\w+|duplicate_\w+|too_deep|forbidden_\w+)\)/.exec(text) ?? []
  return problem ?? (status === 422 ? '400' : String(status))
}

/** One thing that is said, and what may come of it; an empty text is no answer at all. */
type Case = readonly [name: string, said: Said, ...outcomes: (readonly string[])[]]

const LF = '\r\n'
const CLOSE = 'Connection: close'
const JSON_TYPE = 'Content-Type: application/json'
const CHUNKED = 'Transfer-Encoding: chunked'
const chunk = (text: string) => `${text.length.toString(16)}${LF}${text}${LF}`
const lengthOf = (text: string) => `Content-Length: ${text.length}`

/** Everything that is said in a dialect, in groups. */
function groupsOf(dialect: Dialect): Readonly<Record<string, readonly Case[]>> {
  const { read, change, tempt, method, body } = ROUTES[dialect]
  const [bare = ''] = read.split('?')
  const set = dialect === 'dfns' ? 'unsigned' : 'heard'
  const own = `Authorization: Bearer ${admin}`
  const other = `Authorization: Bearer ${second}`
  const frame = (first: string, lines: readonly string[], content = '') =>
    `${[first, `Host: ${host}`, ...lines].join(LF)}${LF}${LF}${content}`
  const line = (first: string, ...lines: string[]) => [frame(first, [own, CLOSE, ...lines])]
  const get = (...lines: string[]) => line(`GET ${read} HTTP/1.1`, ...lines)
  const from = (value: string) => [
    frame(`GET ${read} HTTP/1.1`, [`Authorization: ${value}`, CLOSE]),
  ]
  const put = (content: string, ...lines: string[]) => [
    frame(`${method} ${change} HTTP/1.1`, [own, CLOSE, JSON_TYPE, ...lines], content),
  ]
  const send = (content: string, ...lines: string[]) => put(content, ...lines, lengthOf(content))
  const length = (value: string) => put(body, `Content-Length:${value}`)
  const keptOpen = (said: string[]) => said.map((one) => one.replace(`${CLOSE}${LF}`, ''))
  const hex = body.length.toString(16)
  const end = `0${LF}${LF}`
  const whole = `${chunk(body)}${end}`
  const chunks = (content: string) => put(content, CHUNKED)
  const coded = (spelling: string) => put(whole, `Transfer-Encoding: ${spelling}`)
  /** Somebody else's request, hidden behind a body: nobody has said who sends it. */
  const hidden = frame(`${tempt} HTTP/1.1`, [CLOSE, JSON_TYPE, lengthOf(body)], body)
  const pad = (size: number) => body.padEnd(size)
  const [yes, bad, front, nobody] = [['heard'], ['400'], ['front: no HTTP/1'], ['nobody']]
  // Of two framings all on the way believe the same one, or none.
  const framed = [set, ...front]
  const lost = ['', 'front: no body', ...front]
  const leftOver = ['nobody', '']
  return {
    'headers that come twice': [
      ['the same host', get(`Host: ${host}`), ['front: no URL']],
      ['another host', get('Host: other.test'), ['front: no URL']],
      ['no host', [`GET ${read} HTTP/1.1${LF}${own}${LF}${CLOSE}${LF}${LF}`], front],
      ['the same token', get(own), nobody],
      ['another token', get(other), nobody],
      ['an empty token', get('Authorization:'), nobody],
      ['a token of another scheme', get('Authorization: Basic YTpi'), nobody],
      ['user actions', send(body, ...Array(2).fill('X-DFNS-USERACTION: a.b.c')), ['unsigned']],
      ['keys', send(body, 'Idempotency-Key: a', 'Idempotency-Key: b'), bad],
      ['types', send(body, JSON_TYPE), ['415']],
      ['lengths alike', send(body, lengthOf(body)), framed],
      ['lengths', send(body, 'Content-Length: 1'), front],
      ['lengths in one', length(` ${body.length}, ${body.length}`), framed],
    ],
    'two framings': [
      ['a length, then chunks', put(whole, lengthOf(whole), CHUNKED), framed],
      ['chunks, then a length', put(whole, CHUNKED, lengthOf(whole)), framed],
      ['a length of nothing and chunks', put(whole, 'Content-Length: 0', CHUNKED), framed],
      [
        'a request behind chunks, within a length',
        keptOpen(send(`${whole}${hidden}`, CHUNKED)),
        ...[framed, leftOver],
      ],
      [
        'a request behind a length',
        keptOpen(put(`${body}${hidden}`, lengthOf(body))),
        ...[[set], leftOver],
      ],
      ['a request behind no body', keptOpen(get().map((one) => one + hidden)), yes, leftOver],
      ...['xchunked', 'chunked, identity', 'identity', '"chunked"', '\x0bchunked', 'chunked\0'].map(
        (one): Case => [`Transfer-Encoding: ${JSON.stringify(one)}`, coded(one), front],
      ),
      ...['CHUNKED', ',chunked', 'gzip, chunked', '\tchunked', 'chunked\t'].map(
        (one): Case => [`Transfer-Encoding: ${JSON.stringify(one)}`, coded(one), framed],
      ),
      ['a blank before the colon', put(whole, 'Transfer-Encoding : chunked'), front],
      ['two codings', put(whole, CHUNKED, 'Transfer-Encoding: x'), front],
    ],
    'chunks that lie': [
      ...['ff', '1', '-2', 'ffffffffffffffffff', '10000000000000002', '0x2', '', 'g'].map(
        (size): Case => [`size ${size}`, chunks(`${size}${LF}${body}${LF}${end}`), lost],
      ),
      ['no line end', chunks(`${hex}${LF}${body}${end}`), lost],
      ['bare line feeds', chunks(`${hex}\n${body}\n0\n\n`), [set, ...lost]],
      ['an extension', chunks(`${hex};a="b"${LF}${body}${LF}${end}`), [set]],
      [
        'a long one',
        chunks(`${hex};a=${'b'.repeat(20_000)}${LF}${body}${LF}${end}`),
        [set, ...lost],
      ],
      ['a trailer', chunks(`${chunk(body)}0${LF}${other}${LF}${LF}`), [set]],
      ['a trailer that frames', chunks(`${chunk(body)}0${LF}Content-Length: 9${LF}${LF}`), [set]],
      ['no end', [...chunks(chunk(body)), FIN], lost],
      ['one byte each', chunks(`${[...body].map(chunk).join('')}${end}`), [set]],
    ],
    'lengths that lie': [
      ['larger, then the end', [...length(' 999'), FIN], lost],
      ['larger, then nothing', length(' 999'), lost],
      ['smaller', length(' 1'), ['not_json']],
      ['negative', length(' -1'), front],
      ['a plus sign', length(` +${body.length}`), framed],
      ['hexadecimal', length(' 0x2'), front],
      ['beyond numbers', length(' 18446744073709551618'), lost],
      ['empty', length(''), framed],
      ['none', put(body), dialect === 'timbu' ? bad : [set]],
      [
        'ten bytes each 50 ms',
        [
          ...put('', lengthOf(pad(200))),
          ...(pad(200).match(/.{10}/g) ?? []).flatMap((s) => [s, 50]),
        ],
        [set],
      ],
      ['right, then the end', [...send(body), FIN], [set, '']],
    ],
    spellings: [
      ['bare line feeds', get().map((one) => one.replaceAll(LF, '\n')), [...yes, ...front]],
      ['bare carriage returns', [...get().map((one) => one.replaceAll(LF, '\r')), LF, LF], lost],
      ...[
        ...[`X-Folded: a${LF} ${other}`, 'X Y: 1', ' X: 1', ': 1', 'X', 'X\0Y: 1', 'X: a\0b'],
        `X: a\r${other}`,
      ].map((one): Case => [`the header ${JSON.stringify(one.slice(0, 12))}`, get(one), front]),
      ['a folded token', from(`Bearer${LF} ${admin}`), front],
      ['bad UTF-8 in a value', get('X: \xff\xfe\xc3'), yes],
      ['bad UTF-8 in a token', from('Bearer \xff.a.b'), nobody],
      ['Latin-1 in a reason', send(body, 'Activate-Reason: caf\xe9'), bad],
      ['bad UTF-8 in a path', line(`GET ${bare}/\xff HTTP/1.1`), ['404', ...front]],
      ['an absolute target', line(`GET http://other.test${read} HTTP/1.1`), yes],
      ['another scheme', line(`GET ftp://other.test${read} HTTP/1.1`), [...yes, 'front: no URL']],
      ['an authority for a target', line('GET other.test:80 HTTP/1.1'), ['302', ...front]],
      ['an asterisk for a target', line('OPTIONS * HTTP/1.1'), ['front: no URL']],
      ['HTTP/0.9', [`GET ${read}${LF}`], front],
      ['HTTP/1.0', line(`GET ${read} HTTP/1.0`), yes],
      ['HTTP/1.0 with chunks', chunks(whole).map((one) => one.replace('/1.1', '/1.0')), framed],
      ['HTTP/2', [`PRI * HTTP/2.0${LF}${LF}SM${LF}${LF}`], ['', ...front]],
      ['HTTP/9.9', line(`GET ${read} HTTP/9.9`), front],
      ['three blanks', line(`GET   ${read} HTTP/1.1`), front],
      ['a line before all', [LF, ...get()], [...yes, ...front]],
      ['a WebSocket', get('Upgrade: websocket', 'Sec-WebSocket-Version: 13'), yes],
      ['another Expect', send(body, 'Expect: 999-nothing'), [set, '417']],
      ['100-continue', [...put('', 'Expect: 100-continue', lengthOf(body)), 50, body], [set]],
    ],
    methods: [
      ...['TRACE', 'PATCH'].map((one): Case => [one, line(`${one} ${read} HTTP/1.1`), ['405']]),
      ...['BREW', 'get', 'GET\x01'].map(
        (one): Case => [one, line(`${one} ${read} HTTP/1.1`), ['front: no method', ...front]],
      ),
      ['CONNECT', line('CONNECT other.test:443 HTTP/1.1'), ['front: no URL']],
      ['another in a header', get(`X-HTTP-Method-Override: ${method}`), yes],
      [
        'a host in a header',
        get('X-Forwarded-Host: other.test', 'Forwarded: host=other.test'),
        yes,
      ],
    ],
    bodies: [
      ['bad UTF-8', send('{"a":"\xff"}'), ['not_utf8']],
      ['Latin-1', send('{"caf\xe9":1}'), ['not_utf8']],
      ['a mark at the beginning', send(`\xef\xbb\xbf${body}`), ['byte_order_mark']],
      ['too deep', send(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`), ['too_deep']],
      ['as deep as may be', send(`${'{"a":'.repeat(16)}1${'}'.repeat(16)}`), bad],
      ['far too deep', send(`${'['.repeat(8_000)}${']'.repeat(8_000)}`), ['too_deep']],
      ['without an end', send('['.repeat(16_000)), ['not_json']],
      ['a name twice', send('{"a":1,"a":1}'), ['duplicate_name']],
      ['a name twice, escaped', send('{"a":1,"\\u0061":1}'), ['duplicate_name']],
      ['a name of every object', send('{"__proto__":1}'), ['forbidden_name']],
      ['gzip', send(body, 'Content-Encoding: gzip'), ['415']],
      ['deflate, gzip', send(body, 'Content-Encoding: deflate, gzip'), ['415']],
    ],
    limits: [
      ...[16_383, 16_384, 16_385].flatMap((size): Case[] => [
        [`a body of ${size} bytes`, send(pad(size)), [size > 16_384 ? '413' : set]],
        [
          `a body of ${size} bytes in chunks`,
          chunks(`${chunk(pad(size - 1))}${chunk(' ')}${end}`),
          [size > 16_384 ? '413' : set],
        ],
      ]),
      ['a body of a megabyte', send(pad(1_048_576)), ['413']],
      ...[2_047, 2_048, 2_049].map((size): Case => {
        // Timbu ignores what it does not know.
        const taken = dialect === 'timbu' ? yes : bad
        const target = `${bare}?x=`.padEnd(size, 'a')
        return [`a URL of ${size}`, line(`GET ${target} HTTP/1.1`), size > 2_048 ? ['414'] : taken]
      }),
      ...[8_191, 8_192, 8_193].map(
        (size): Case => [`a token of ${size}`, from(`Bearer ${admin}.`.padEnd(size, 'a')), nobody],
      ),
      ...[4_095, 4_096, 4_097].map((size): Case => {
        const action = `X-DFNS-USERACTION: ${'a.b.'.padEnd(size, 'c')}`
        return [`a user action of ${size}`, send(body, action), ['unsigned']]
      }),
      [
        'many headers',
        get(...Array.from({ length: 400 }, (_, at) => `X-${at}: ${'a'.repeat(40)}`)),
        ['431'],
      ],
      ['a header of 16 KiB', get(`X: ${'a'.repeat(16_384)}`), ['431']],
      ['a header of 200 KiB', get(`X: ${'a'.repeat(200_000)}`), ['431', '', ...front]],
      [
        'a line of 70 KiB',
        line(`GET ${bare}?${'a'.repeat(70_000)} HTTP/1.1`),
        ['front: line too long'],
      ],
    ],
  }
}

let document: Document
let cases = 0

const readState = async () => [
  await callAs(demo, 'admin', 'GET', `/auth/users/${inactive.userId}`),
  await callAs(demo, 'admin', 'GET', `/auth/users/${active.userId}`),
  ...[inactive, active].map(({ userId }) => readAuditActions(inject('folder'), userId)),
]

beforeAll(async () => {
  document = (await (await fetch(`${demo.baseUrl}/openapi.json`)).json()) as Document
  // Other files may have done something to it.
  await callAs(demo, 'admin', 'POST', `/v1/users/${inactive.userId}/suspend`)
  await callAs(demo, 'admin', 'POST', `/v1/users/${active.userId}/activate`)
})

afterAll(() => {
  console.log(`C5 raw HTTP: ${cases} cases`)
  expect(cases).toBeGreaterThanOrEqual(200)
})

/** Lists what is wrong with an answer of ours, whatever was said. */
function faultsOf(line: string, { status, headers, text }: RawAnswer): string[] {
  if (!headers['x-request-id']) return []
  const [, method = '', path = ''] = /(\S+) (\S+)/.exec(line) ?? []
  const json = text === '' ? undefined : (JSON.parse(text) as unknown)
  return [
    ...(status >= 500 ? [`${status}`] : []),
    ...(FORBIDDEN.test(text) ? ['tells of its inside'] : []),
    ...(headers['x-content-type-options'] === 'nosniff' ? [] : ['no nosniff']),
    ...(status === 302 || headers['cache-control'] === 'no-store' ? [] : ['may be kept']),
    ...faultsOfAnswer(document, method, path, { status, json, text }),
  ]
}

describe.each(['dfns', 'timbu', 'rinne'] as const)('%s, over a raw socket,', (dialect) => {
  it.each(Object.entries(groupsOf(dialect)).map(([name, group]) => ({ name, group })))(
    'changes nothing when it is told $name',
    async ({ group }) => {
      const before = await readState()
      const wrong: unknown[] = []
      for (const [name, said, ...outcomes] of group) {
        const mayBeSilent = outcomes[0]?.includes('')
        const answers = await say(
          Number(port),
          said,
          mayBeSilent ? PATIENCE.silence : PATIENCE.answer,
        )
        cases += 1
        const heard = answers.map(outcomeOf)
        const isExpected =
          heard.length <= outcomes.length &&
          outcomes.every((some, at) => some.includes(heard[at] ?? ''))
        const faults = answers.flatMap((answer) => faultsOf(String(said[0]), answer))
        if (!isExpected || faults.length > 0) wrong.push([name, heard, outcomes, faults])
      }
      expect(wrong).toEqual([])
      // An honest request is served, and sees what was there before.
      expect(await readState()).toEqual(before)
    },
  )

  it('takes headers to a byte, and not one more', async () => {
    const told = async (size: number) => {
      const lines = [
        `Host: ${host}`,
        `Authorization: Bearer ${admin}`,
        CLOSE,
        `X: ${'a'.repeat(size)}`,
      ]
      const head = [`GET ${ROUTES[dialect].read} HTTP/1.1`, ...lines, LF].join(LF)
      cases += 1
      return (await say(Number(port), [head], PATIENCE.answer)).map(outcomeOf).join()
    }
    // What the platform adds is not ours to know, but it is always the same.
    let [good, bad] = [12_000, 16_384]
    while (bad - good > 1) {
      const middle = (good + bad) >> 1
      if ((await told(middle)) === 'heard') good = middle
      else bad = middle
    }
    expect([await told(good), await told(bad)]).toEqual(['heard', '431'])
    expect(good + (admin?.length ?? 0)).toBeGreaterThan(16_384 - 500)
  })
})
