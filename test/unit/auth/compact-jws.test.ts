/**
 * The form of a compact JWS, before any signature is looked at (rules T1-T3, T6, T7).
 */
import { describe, expect, it } from 'vitest'
import { isKid, parseCompactJws, type JwsProblem } from '../../../src/auth/compact-jws.ts'

const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')

const HEADER = { alg: 'EdDSA', typ: 'at+jwt', kid: 'key-1' }
const PAYLOAD = { sub: 'us-1', nested: { list: [1] } }
const SIGNATURE = Buffer.alloc(64, 7).toString('base64url')

const token = (header: unknown = HEADER, payload: unknown = PAYLOAD, signature = SIGNATURE) =>
  `${encode(header)}.${encode(payload)}.${signature}`

const parse = (text: string) => parseCompactJws(text, { maxBytes: 8192 })
const problemOf = (text: string) => {
  const parsed = parse(text)
  return parsed.ok ? null : parsed.failure
}
const deep = (levels: number) => '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1)

describe('parseCompactJws', () => {
  it('reads header and payload of a well-formed token', () => {
    expect(parse(token())).toEqual({ ok: true, value: { header: HEADER, payload: PAYLOAD } })
  })

  it('accepts a token of exactly the limit and refuses one byte more', () => {
    const text = token()
    expect(parseCompactJws(text, { maxBytes: text.length }).ok).toBe(true)
    expect(parseCompactJws(text, { maxBytes: text.length - 1 })).toEqual({
      ok: false,
      failure: 'too_long',
    })
  })

  it.each<{ name: string; text: string }>([
    { name: 'two segments', text: 'YQ.YQ' },
    { name: 'four segments', text: `${token()}.YQ` },
    { name: 'an empty signature', text: token(HEADER, PAYLOAD, '') },
    { name: 'padding', text: `${token()}=` },
    { name: 'a blank inside', text: token().replace('.', ' .') },
    { name: 'a line feed at the end', text: `${token()}\n` },
    { name: 'a second credential', text: `${token()},${token()}` },
    { name: 'no text', text: '' },
  ])('refuses $name before decoding', ({ text }) => {
    expect(problemOf(text)).toBe<JwsProblem>('not_three_segments')
  })

  it.each([0, 1, 2])('refuses spare bits in segment %i', (index) => {
    const segments = token({ ...HEADER, pad: '1' }, { sub: 'us-12' }).split('.')
    segments[index] = 'YR'
    expect(problemOf(segments.join('.'))).toBe<JwsProblem>('not_canonical_base64url')
  })

  it('refuses all but one of the last characters that decode to the same signature', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const accepted = [...alphabet].filter((last) => parse(token().slice(0, -1) + last).ok)
    expect(accepted).toEqual(['A', 'Q', 'g', 'w'])
  })

  it.each<{ name: string; json: string; problem: string }>([
    { name: 'no JSON', json: '{', problem: 'not_json' },
    { name: 'an array', json: '[]', problem: 'not_object' },
    {
      name: 'a byte order mark',
      json: `\uFEFF${JSON.stringify(HEADER)}`,
      problem: 'byte_order_mark',
    },
    { name: 'a repeated name', json: '{"kid":"a","kid":"b"}', problem: 'duplicate_name' },
    { name: 'nine levels', json: deep(9), problem: 'too_deep' },
    { name: 'a number over the range', json: '{"exp":1e400}', problem: 'number_out_of_range' },
    { name: 'a prototype', json: '{"__proto__":{"kid":"a"}}', problem: 'forbidden_name' },
  ])('refuses $name in header and payload', ({ json, problem }) => {
    expect(problemOf(token(json))).toBe(`header_${problem}`)
    expect(problemOf(token(HEADER, json))).toBe(`payload_${problem}`)
  })

  it('refuses segments that are no UTF-8', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')
    expect(problemOf(`${bytes}.${encode({})}.YQ`)).toBe<JwsProblem>('header_not_utf8')
    expect(problemOf(`${encode(HEADER)}.${bytes}.YQ`)).toBe<JwsProblem>('payload_not_utf8')
  })

  it('accepts eight levels', () => {
    expect(problemOf(token(HEADER, deep(8)))).toBeNull()
  })

  it.each(['jwk', 'jku', 'x5u', 'x5c', 'b64', 'zip', 'enc'])('refuses the header %s', (name) => {
    expect(problemOf(token({ ...HEADER, [name]: null }))).toBe<JwsProblem>(
      'header_member_forbidden',
    )
  })

  it.each([[['exp']], [[]], [null]])('refuses crit %j', (crit) => {
    expect(problemOf(token({ ...HEADER, crit }))).toBe<JwsProblem>('crit_unsupported')
  })

  it('names b64 first when crit lists it', () => {
    expect(problemOf(token({ ...HEADER, b64: true, crit: ['b64'] }))).toBe<JwsProblem>(
      'header_member_forbidden',
    )
  })

  it.each([undefined, '', 7, null, ['a'], '../a', 'https://a/b', "a'--", 'a b', 'a'.repeat(129)])(
    'refuses the kid %j',
    (kid) => {
      expect(problemOf(token({ ...HEADER, kid }))).toBe<JwsProblem>('kid_invalid')
    },
  )
})

describe('isKid', () => {
  it('accepts 128 characters of every kind', () => {
    expect(isKid('Az09._~:-'.padEnd(128, 'a'))).toBe(true)
  })
})
