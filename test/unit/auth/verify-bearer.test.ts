/**
 * Bearer tokens by the T-rules, those that hold for our own issuer and for outside ones alike: a test a rule, which
 * fails when the rule's code is taken away.
 */
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  createVerifier,
  ISSUERS,
  KEYS,
  NOW_SECONDS,
  OUTSIDE,
  outcomeOf,
  OWN,
  SKEW_SECONDS,
  type BearerSource,
} from '../../support/bearers.ts'
import { writeSegment } from '../../support/jws.ts'
import { NOW } from '../../support/sample.ts'

const verify = createVerifier()
const ask = async (authorization: string | null, now = NOW) =>
  outcomeOf(await verify(authorization, now))
const askToken = (token: string, now = NOW) => ask(`Bearer ${token}`, now)

/** A token of one source, wrong in one thing, and what the log says of it. */
interface Row {
  readonly name: string
  readonly token: (source: BearerSource) => string
  readonly cause: string
}

const withClaims = (claims: Parameters<BearerSource['write']>[0]) => (source: BearerSource) =>
  source.write(claims)
const withHeader = (header: Parameters<BearerSource['write']>[1]) => (source: BearerSource) =>
  source.write({}, header)

describe('createBearerVerifier: the header (T1)', () => {
  it.each([null, ''])('names a missing token when the header is %j', async (header) => {
    expect(await ask(header)).toBe('token_missing')
  })

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('takes the scheme %s', async (scheme) => {
    expect(await ask(`${scheme} ${OWN.write()}`)).toBe('accepted')
  })

  it.each<{ name: string; header: (token: string) => string }>([
    { name: 'another scheme', header: (token) => `Basic ${token}` },
    { name: 'a longer scheme', header: (token) => `XBearer ${token}` },
    { name: 'no scheme', header: (token) => token },
    { name: 'the scheme alone', header: () => 'Bearer' },
    { name: 'an empty credential', header: () => 'Bearer ' },
    { name: 'two blanks', header: (token) => `Bearer  ${token}` },
    { name: 'a tab', header: (token) => `Bearer\t${token}` },
    { name: 'a blank at its end', header: (token) => `Bearer ${token} ` },
    { name: 'a blank in front', header: (token) => ` Bearer ${token}` },
    { name: 'two credentials', header: (token) => `Bearer ${token}, Bearer ${token}` },
    { name: 'two tokens', header: (token) => `Bearer ${token},${token}` },
  ])('refuses $name', async ({ header }) => {
    expect(await ask(header(OWN.write()))).toBe('token_invalid: not_one_bearer')
  })

  it('takes a header of up to 8,192 bytes and refuses a longer one', async () => {
    const headers = Array.from(
      { length: 16 },
      (_, more) => `Bearer ${OWN.write({ pad: 'x'.repeat(5_676 + more) })}`,
    )
    const [longest] = headers.filter(({ length }) => length <= 8_192).slice(-1)
    const [shortest] = headers.filter(({ length }) => length > 8_192)
    // Base64 leaves gaps of one between the lengths that a token can have.
    expect(longest?.length).toBeGreaterThan(8_190)
    expect(shortest?.length).toBeLessThan(8_195)
    expect(await ask(longest ?? null)).toBe('accepted')
    expect(await ask(shortest ?? null)).toBe('token_invalid: header_too_long')
  })

  it.each(['a', 'a.b', 'a.b.c.d', '..', 'a..c', 'a.b.', '.b.c', 'a=.b.c', 'ä.b.c'])(
    'refuses the text %s',
    async (text) => {
      expect(await askToken(text)).toBe('token_invalid: not_three_segments')
    },
  )
})

describe.each([OWN, OUTSIDE])('createBearerVerifier: a token of $name', (source) => {
  it('is accepted as it is', async () => {
    expect(await askToken(source.write())).toBe('accepted')
  })

  it.each<Row>([
    {
      name: 'T2: a spare bit in the signature',
      token: ({ write }) => {
        const token = write()
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
        return token.slice(0, -1) + (alphabet[alphabet.indexOf(token.slice(-1)) + 1] ?? '')
      },
      cause: 'not_canonical_base64url',
    },
    {
      name: 'T3: a name twice in the payload',
      token: ({ write, claims }) =>
        write(JSON.stringify(claims).replace('{', '{"sub":"us-other",')),
      cause: 'payload_duplicate_name',
    },
    {
      name: 'T3: a name twice in the header',
      token: ({ write, header }) =>
        write({}, JSON.stringify(header).replace('{', '{"alg":"none",')),
      cause: 'header_duplicate_name',
    },
    {
      name: 'T3: a byte order mark',
      token: ({ write, claims }) => write(`\uFEFF${JSON.stringify(claims)}`),
      cause: 'payload_byte_order_mark',
    },
    {
      name: 'T3: bytes that are no UTF-8',
      token: ({ write }) => write(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
      cause: 'payload_not_utf8',
    },
    { name: 'T3: a list as payload', token: withClaims('[]'), cause: 'payload_not_object' },
    {
      name: 'T3: a payload nine deep',
      token: withClaims({ deep: JSON.parse('['.repeat(8) + ']'.repeat(8)) as unknown }),
      cause: 'payload_too_deep',
    },
    {
      name: 'T4: alg none',
      token: withHeader({ alg: 'none' }),
      cause: 'ERR_JOSE_ALG_NOT_ALLOWED',
    },
    {
      name: 'T4: alg in another case',
      token: withHeader({ alg: 'eddsa' }),
      cause: 'ERR_JOSE_ALG_NOT_ALLOWED',
    },
    {
      name: 'T4: HS256 under our public key',
      token: ({ key, header, claims }) => {
        const input = `${writeSegment({ ...header, alg: 'HS256' })}.${writeSegment(claims)}`
        const secret = Buffer.from(String(key.publicJwk['x']), 'base64url')
        return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
      },
      cause: 'ERR_JOSE_ALG_NOT_ALLOWED',
    },
    {
      name: 'T5: the type JWT',
      token: withHeader({ typ: 'JWT' }),
      cause: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'T5: no type',
      token: withHeader({ typ: undefined }),
      cause: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    ...['jwk', 'jku', 'x5u', 'x5c', 'b64', 'zip', 'enc'].map((member) => ({
      name: `T6: ${member} in the header`,
      token: withHeader({ [member]: member === 'b64' ? true : 'x' }),
      cause: 'header_member_forbidden',
    })),
    {
      name: 'T6: a critical extension',
      token: withHeader({ crit: ['exp'] }),
      cause: 'crit_unsupported',
    },
    { name: 'T7: no kid', token: withHeader({ kid: undefined }), cause: 'kid_invalid' },
    { name: 'T7: a path as kid', token: withHeader({ kid: '../shared' }), cause: 'kid_invalid' },
    { name: 'T7: an unknown kid', token: withHeader({ kid: 'unknown' }), cause: 'kid_unknown' },
    {
      name: 'T8: an unknown issuer',
      token: withClaims({ iss: 'https://stranger.example' }),
      cause: 'issuer_unknown',
    },
    {
      name: 'T8: the issuer with a slash at its end',
      token: ({ write, claims }) => write({ iss: `${String(claims['iss'])}/` }),
      cause: 'issuer_unknown',
    },
    { name: 'T8: no issuer', token: withClaims({ iss: undefined }), cause: 'issuer_unknown' },
    {
      name: "T8: a neighbour's key under the same kid",
      token: ({ write }) => write({}, {}, KEYS.neighbour),
      cause: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    },
    {
      name: "T8: the neighbour's name over its own key",
      token: ({ write }) => write({ iss: ISSUERS.neighbour }),
      cause: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    },
  ])('is refused with $name', async ({ token, cause }) => {
    expect(await askToken(token(source))).toBe(`token_invalid: ${cause}`)
  })

  it('is refused as a list of one issuer (T8)', async () => {
    const outcome = await askToken(source.write({ iss: [source.claims['iss']] }))
    expect(outcome).toMatch(/^token_invalid: /)
  })

  it.each<Row>([
    {
      name: 'T9: no exp',
      token: withClaims({ exp: undefined }),
      cause: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'T9: no iat',
      token: withClaims({ iat: undefined }),
      cause: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'T9: half a second',
      token: withClaims({ exp: NOW_SECONDS + 0.5 }),
      cause: 'time_invalid',
    },
    { name: 'T9: an iat below zero', token: withClaims({ iat: -1 }), cause: 'time_invalid' },
    { name: 'T9: half an nbf', token: withClaims({ nbf: 1.5 }), cause: 'time_invalid' },
    {
      name: 'T9: a time that no number can hold',
      token: ({ write, claims }) =>
        write(JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', '"exp":1e400')),
      cause: 'payload_number_out_of_range',
    },
    {
      name: 'T9: an end that is the beginning',
      token: withClaims({ iat: NOW_SECONDS, exp: NOW_SECONDS }),
      cause: 'lifetime_invalid',
    },
    {
      name: 'T9: a life that is a second too long',
      token: ({ write, mostSeconds }) =>
        write({ iat: NOW_SECONDS, exp: NOW_SECONDS + mostSeconds + 1 }),
      cause: 'lifetime_invalid',
    },
    {
      name: 'T9: an iat beyond the skew',
      token: withClaims({ iat: NOW_SECONDS + SKEW_SECONDS + 1 }),
      cause: 'issued_in_the_future',
    },
    {
      name: 'T9: an nbf beyond the skew',
      token: withClaims({ nbf: NOW_SECONDS + SKEW_SECONDS + 1 }),
      cause: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'T10: another audience',
      token: withClaims({ aud: 'elsewhere' }),
      cause: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'T10: no audience',
      token: withClaims({ aud: undefined }),
      cause: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'T10: two audiences',
      token: ({ write, claims }) => write({ aud: [claims['aud'], 'elsewhere'] }),
      cause: 'several_audiences',
    },
    {
      name: 'T11: no sub',
      token: withClaims({ sub: undefined }),
      cause: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    { name: 'T11: a number as sub', token: withClaims({ sub: 7 }), cause: 'sub_invalid' },
    { name: 'T11: an empty sub', token: withClaims({ sub: '' }), cause: 'sub_invalid' },
    { name: 'T11: a line feed in sub', token: withClaims({ sub: 'a\nb' }), cause: 'sub_invalid' },
    {
      name: 'T11: a sub of 257 characters',
      token: withClaims({ sub: 'a'.repeat(257) }),
      cause: 'sub_invalid',
    },
    { name: 'T11: a number as jti', token: withClaims({ jti: 7 }), cause: 'jti_invalid' },
    { name: 'T11: an empty jti', token: withClaims({ jti: '' }), cause: 'jti_invalid' },
    {
      name: 'T11: a jti of 129 characters',
      token: withClaims({ jti: 'j'.repeat(129) }),
      cause: 'jti_invalid',
    },
  ])('is refused with $name', async ({ token, cause }) => {
    expect(await askToken(token(source))).toBe(`token_invalid: ${cause}`)
  })

  it('is accepted for its longest life, and with a list of one audience (T9, T10)', async () => {
    const exp = NOW_SECONDS + source.mostSeconds
    const token = source.write({ iat: NOW_SECONDS, exp, aud: [source.claims['aud']] })
    expect(await askToken(token)).toBe('accepted')
  })

  it('is accepted within the skew before and after its life, and not a second further (T12)', async () => {
    const { iat, exp } = source.claims as { iat: number; exp: number }
    const token = source.write()
    const at = (seconds: number) => askToken(token, seconds * 1000)
    expect(await at(iat - SKEW_SECONDS)).toBe('accepted')
    expect(await at(iat - SKEW_SECONDS - 1)).toBe('token_invalid: issued_in_the_future')
    expect(await at(exp + SKEW_SECONDS - 1)).toBe('accepted')
    expect(await at(exp + SKEW_SECONDS)).toBe('token_invalid: ERR_JWT_EXPIRED')
  })

  it('is refused, and nothing is thrown, with any one character changed (T15)', async () => {
    const token = source.write()
    const outcomes = await Promise.all(
      [...token].map((character, at) =>
        askToken(token.slice(0, at) + (character === 'A' ? 'B' : 'A') + token.slice(at + 1)),
      ),
    )
    expect(outcomes.filter((outcome) => !outcome.startsWith('token_invalid: '))).toEqual([])
  })
})
