/**
 * The named classes of forged bearers (catalogue C2). Most are signed by the true key and wrong in one thing, so that it
 * is this thing that they are refused for, and nothing that comes before or behind it.
 */
import { env } from 'cloudflare:workers'
import { APP_METADATA_CLAIM } from '../../../src/auth/access-token.ts'
import { newId } from '../../../src/auth/random.ts'
import { writeEcdsaDer } from '../../support/der-writer.ts'
import { writeSegment } from '../../support/jws.ts'
import type { Actor } from '../../support/world.ts'
import { writeHmac, type Algorithm, type Mint, type Part, type readPublicKey } from './mint.ts'

/** What there is to forge with. */
export interface Forge {
  /** The service's signing key. */
  readonly own: Mint
  /** Somebody else's key under its name. */
  readonly stranger: Mint
  readonly outside: Readonly<Record<Algorithm, Mint>>
  readonly publicKeys: Readonly<
    Record<'own' | 'stranger' | 'rsa', Awaited<ReturnType<typeof readPublicKey>>>
  >
  /** Good tokens for something else. */
  readonly otherTokens: Readonly<Record<'login' | 'challenge' | 'action', string>>
  /** A user of another organization. */
  readonly foreign: Actor
}

/** What is sent, where it is not a token in its place. */
export interface Attempt {
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly search?: string
  readonly body?: Readonly<Record<string, unknown>>
}

type Make<T> = (forge: Forge) => T
type Values = Readonly<Record<string, unknown>>

/** One class; a text is the token. */
export interface BearerClass {
  readonly name: string
  readonly make: Make<Promise<Attempt | string>>
}

const one = (name: string, make: Make<Promise<Attempt | string> | Attempt | string>) => [
  { name, make: async (forge: Forge) => make(forge) },
]
/** One class a value; a function makes it of what there is. */
const each = <T>(
  title: string,
  values: Readonly<Record<string, T>>,
  write: (forge: Forge, value: T) => ReturnType<BearerClass['make']> | string,
): BearerClass[] =>
  Object.entries(values).flatMap(([name, value]) =>
    one(`${title}: ${name}`, (forge) => write(forge, value)),
  )
const resolve = (forge: Forge, value: unknown): unknown =>
  typeof value === 'function' ? (value as Make<unknown>)(forge) : value
const claim = (name: string, values: Values) =>
  each(name, values, (forge, value) => forge.own.write({ [name]: resolve(forge, value) }))
const member = (name: string, values: Values) =>
  each(name, values, ({ own }, value) => own.write({}, { [name]: value }))
const metadata = (name: string, values: Values) =>
  each(name, values, (forge, value) => {
    const usual = forge.own.claims[APP_METADATA_CLAIM] as object
    return forge.own.write({ [APP_METADATA_CLAIM]: { ...usual, [name]: resolve(forge, value) } })
  })
/** The same fault in the text of the header and in that of the payload. */
const texts = (edits: Readonly<Record<string, (text: string) => Part>>) => [
  ...each('header', edits, ({ own }, edit) => own.write({}, edit(JSON.stringify(own.header)))),
  ...each('payload', edits, ({ own }, edit) => own.write(edit(JSON.stringify(own.claims)))),
]
/** A segment spelled otherwise, and signed as it is spelled: all have spare bits, and letters of base64url alone. */
const spellings = (respell: Readonly<Record<string, (segment: string) => string>>) =>
  ['header', 'payload', 'signature'].flatMap((title, place) =>
    each(title, respell, async ({ own }, change) => {
      const input = [own.header, own.claims].map((part, at) => {
        let text = JSON.stringify({ ...part, pad: '~~~???>>>' })
        while (writeSegment(text).length % 4 !== 2) text += ' '
        return at === place ? change(writeSegment(text)) : writeSegment(text)
      })
      const signature = await own.sign(input.join('.'))
      return [...input, place === 2 ? change(signature) : signature].join('.')
    }),
  )
const resign = async (mint: Mint, change: (signature: Buffer) => string | Uint8Array) => {
  const [header, payload, signature = ''] = (await mint.write()).split('.')
  return `${header}.${payload}.${writeSegment(change(Buffer.from(signature, 'base64url')))}`
}
const form = (name: string, make: (header: string, payload: string, signature: string) => string) =>
  one(name, async ({ own }) => {
    const [header = '', payload = '', signature = ''] = (await own.write()).split('.')
    return make(header, payload, signature)
  })
const elsewhere = (name: string, make: (token: string) => Partial<Attempt>) =>
  one(`no Authorization: the token ${name}`, async ({ own }) => ({
    headers: [],
    ...make(await own.write()),
  }))

const inSeconds = (seconds: number) => () => Math.floor(Date.now() / 1000) + seconds
const badTimes = (time: () => number) => ({
  'a text': () => String(time()),
  null: null,
  'below zero': -1,
  true: true,
  'a list': () => [time()],
  'half a second': () => time() + 0.5,
  'past whole numbers': 2 ** 53,
})
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const into = (text: string, more: string) => text.replace(/\}$/, `,${more}}`)
const FORMS = ['PEM', 'DER', 'bytes', 'JWK']

/** Classes of our own issuer. */
// prettier-ignore
export const OWN_CLASSES: readonly BearerClass[] = [
  ...['none', 'None', 'nOnE', 'NONE'].flatMap((alg) => [
    ...one(`alg ${alg} without a signature`, async ({ own }) => (await own.write({}, { alg })).replace(/[^.]+$/, '')),
    ...one(`alg ${alg} with the signature`, ({ own }) => own.write({}, { alg })),
  ]),
  ...each('signature', {
    blank: () => '', 'the word null': () => 'null', 'one byte': () => Buffer.of(0), zeros: () => Buffer.alloc(64),
    'a byte less': (bytes: Buffer) => bytes.subarray(0, 63), 'its first half': (bytes: Buffer) => bytes.subarray(0, 32),
    'a byte more': (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]),
    'R alone': (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(32)]),
    'S before R': (bytes: Buffer) => Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]),
  }, ({ own }, change) => resign(own, change)),
  ...one("another token's signature", async ({ own }) =>
    (await own.write({ jti: 'another' })).replace(/[^.]+$/, (await own.write()).split('.')[2] ?? '')),
  ...[256, 384, 512].flatMap((digits) => FORMS.flatMap((name) =>
    one(`HS${digits} by the public key as ${name}`, ({ own, publicKeys }) => writeHmac(own, digits, publicKeys.own.forms[name])))),
  ...one("a stranger's key under our name", ({ stranger }) => stranger.write()),
  ...one('a stranger, by its own key and name', ({ stranger }) => stranger.write({ iss: 'https://stranger.example' }, { kid: 'stranger' })),
  ...(['stranger', 'own'] as const).flatMap((signer) => each<Values | Make<Values>>(`signed by ${signer}`, {
    jwk: ({ publicKeys }) => ({ jwk: publicKeys[signer].jwk }),
    'jwk of the kid': ({ publicKeys }) => ({ kid: 'test-9', jwk: { ...publicKeys[signer].jwk, kid: 'test-9' } }),
    jku: { jku: 'https://stranger.example/jwks.json' }, 'jku of our own': { jku: `${env.ISSUER}/.well-known/jwks.json` },
    x5u: { x5u: 'https://stranger.example/chain' }, x5c: { x5c: ['MIIB'] }, 'x5t for a kid': { kid: undefined, x5t: 'AAAA' },
  }, (forge, header) => forge[signer].write({}, resolve(forge, header) as Values))),
  ...member('crit', { b64: ['b64'], exp: ['exp'], empty: [], 'a text': 'exp', null: null }),
  ...member('b64', { true: true, false: false }), ...member('zip', { DEF: 'DEF' }), ...member('enc', { A256GCM: 'A256GCM' }),
  ...one('crit and b64 false, with the payload as it is', async ({ own }) => {
    const input = `${writeSegment({ ...own.header, b64: false, crit: ['b64'] })}.${JSON.stringify(own.claims)}`
    return `${input}.${await own.sign(input)}`
  }),
  ...member('kid', {
    'a path up': '../test-1', 'a device': '/dev/null', SQL: "test-1' OR '1'='1", NUL: 'test-1\0', empty: '', absent: undefined,
    null: null, 'a number': 1, 'a list': ['test-1'], 'an object': { kid: 'test-1' }, '4 KB': 'k'.repeat(4_096),
    'upper case': 'TEST-1', 'a blank in front': ' test-1', 'a blank behind': 'test-1 ', 'the other key': 'test-2',
    unknown: 'test-3', 'a URL': 'https://stranger.example/key', inherited: 'constructor',
  }),
  ...member('alg', {
    HS256: 'HS256', ES256: 'ES256', Ed448: 'Ed448', 'lower case': 'eddsa', 'the other name': 'Ed25519', absent: undefined, 'a list': ['EdDSA'],
  }),
  ...member('typ', {
    JWT: 'JWT', absent: undefined, 'a user action': 'user-action+jwt', 'a login challenge': 'login-challenge+jwt',
    'a challenge': 'action-challenge+jwt', 'a registration': 'registration+jwt', 'a proof': 'ua-proof+jwt', DPoP: 'dpop+jwt',
    'a parameter': 'at+jwt;v=1', 'a blank behind': 'at+jwt ', 'another tree': 'text/at+jwt', 'a list': ['at+jwt'], 'a look-alike': '\u0430t+jwt',
  }),
  ...claim('aud', {
    absent: undefined, another: 'another', two: [env.AUDIENCE, 'another'], 'ours twice': [env.AUDIENCE, env.AUDIENCE], 'an empty list': [],
    'a list of another': ['another'], 'our beginning': env.AUDIENCE.slice(0, -1), 'user actions': `${env.AUDIENCE}/user-action`,
    'upper case': env.AUDIENCE.toUpperCase(), 'a number': 7, null: null, 'an object': { [env.AUDIENCE]: true },
  }),
  ...claim('iss', {
    absent: undefined, 'a slash behind': `${env.ISSUER}/`, 'upper case': env.ISSUER.toUpperCase(), 'a list': [env.ISSUER], empty: '',
    'a look-alike': env.ISSUER.replace('o', '\u043e'), 'a blank behind': `${env.ISSUER} `, null: null, another: 'https://stranger.example',
  }),
  ...claim('sub', {
    absent: undefined, empty: '', null: null, 'a number': 7, 'a list': ({ own }: Forge) => [own.claims['sub']],
    "another organization's": ({ foreign }: Forge) => foreign.userId, unknown: () => newId('user'),
    'a line feed behind': ({ own }: Forge) => `${String(own.claims['sub'])}\n`, 'a user name': ({ own }: Forge) => `${String(own.claims['sub'])}@example.test`,
    'upper case': ({ own }: Forge) => String(own.claims['sub']).toUpperCase(), 'an organization': ({ foreign }: Forge) => foreign.organizationId,
  }),
  ...claim('exp', {
    ...badTimes(inSeconds(600)), absent: undefined, 'in ages': 9e15, iat: ({ own }: Forge) => own.claims['iat'],
    'a minute ago': inSeconds(-60), 'a second over the hour': ({ own }: Forge) => Number(own.claims['iat']) + 3_601,
  }),
  ...claim('iat', { ...badTimes(inSeconds(-9)), absent: undefined, 'in a minute': inSeconds(60) }),
  ...claim('nbf', { ...badTimes(inSeconds(-9)), 'in a minute': inSeconds(60) }),
  ...claim('epoch', { absent: undefined, 'a text': '0', another: 1, null: null, 'half a one': 0.5, 'below zero': -1 }),
  ...claim('jti', { 'a number': 7, empty: '', '129 characters': 'j'.repeat(129), 'a line feed': 'a\nb' }),
  ...claim(APP_METADATA_CLAIM, { absent: undefined, 'a text': 'x', 'a list': [], null: null }),
  ...metadata('orgId', {
    another: ({ foreign }: Forge) => foreign.organizationId, unknown: () => newId('organization'), absent: undefined,
    'a list': ({ foreign }: Forge) => [foreign.organizationId], 'no id': 'or-1',
  }),
  ...metadata('tokenKind', { absent: undefined, unknown: 'Root', inherited: 'constructor' }),
  ...one('payload: exp is 1e400', ({ own }) => own.write(JSON.stringify(own.claims).replace(/"exp":\d+/, '"exp":1e400'))),
  ...texts({
    'a member twice': (text) => text.replace(/^\{("\w+":[^,]+),/, '{$1,$1,'),
    'a member twice, once escaped': (text) => text.replace(/^\{"(.)(\w+":[^,]+),/, (all, first: string, rest: string) =>
      `${all}"\\u00${first.charCodeAt(0).toString(16)}${rest},`),
    'a byte order mark': (text) => `\uFEFF${text}`,
    'bytes that are no UTF-8': (text) => Buffer.concat([Buffer.from(into(text, '"x":"').slice(0, -1)), Buffer.of(0xff), Buffer.from('"}')]),
    'half a pair': (text) => into(text, '"x":"\\ud800"'), 'a number past all bounds': (text) => into(text, '"x":1e400'),
    'nine deep': (text) => into(text, `"x":${'['.repeat(8)}${']'.repeat(8)}`), 'a prototype': (text) => into(text, '"__proto__":{}'),
    'a list': (text) => `[${text}]`, 'a text': (text) => JSON.stringify(text), null: () => 'null', 'no member': () => '{}',
    'a comma too many': (text) => into(text, ''), 'a comment': (text) => `${text}/**/`, NUL: (text) => `${text}\0`, twice: (text) => text + text,
  }),
  ...spellings({
    padding: (segment) => `${segment}==`, 'a spare bit': (segment) => segment.slice(0, -1) + ALPHABET.charAt(ALPHABET.indexOf(segment.slice(-1)) + 1),
    'a blank': (segment) => `${segment.slice(0, 8)} ${segment.slice(8)}`, 'a tab': (segment) => `${segment.slice(0, 8)}\t${segment.slice(8)}`,
    'the other alphabet': (segment) => segment.replaceAll('-', '+').replaceAll('_', '/').replace(/^[^+/]+$/, '$&+/'),
    'a percent sign': (segment) => segment.replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`), 'a point': (segment) => `${segment}.`,
  }),
  ...form('two segments', (header, payload) => `${header}.${payload}`),
  ...form('four segments', (...segments) => `${segments.join('.')}.AAAA`),
  ...form('a detached payload', (header, _, signature) => `${header}..${signature}`),
  ...form('a compact JWE', (header) => `${header}.AAAA.AAAA.AAAA.AAAA`),
  ...form('flattened JSON', (header, payload, signature) => JSON.stringify({ protected: header, payload, signature })),
  ...form('general JSON', (header, payload, signature) => JSON.stringify({ payload, signatures: [{ protected: header, signature }] })),
  ...form('base64url once more', (...segments) => writeSegment(segments.join('.'))),
  ...one('a token in a token', async ({ own }) => own.write(await own.write(), { cty: 'JWT' })),
  ...one('more than 8,192 bytes', ({ own }) => own.write({ pad: 'x'.repeat(6_000) })),
  ...each<(token: string) => string[]>('Authorization', {
    'a second one': (token) => [`Bearer ${token}`, `Bearer ${token}`], 'a good one behind a bad one': (token) => ['Bearer x', `Bearer ${token}`],
    'Basic behind': (token) => [`Bearer ${token}`, 'Basic dTpw'], 'two with a comma': (token) => [`Bearer ${token},Bearer ${token}`],
    'a comma behind': (token) => [`Bearer ${token},`], Basic: (token) => [`Basic ${token}`], Token: (token) => [`Token ${token}`],
    DPoP: (token) => [`DPoP ${token}`], JWT: (token) => [`JWT ${token}`], 'no blank': (token) => [`Bearer${token}`],
    'two blanks': (token) => [`Bearer  ${token}`], 'a tab': (token) => [`Bearer\t${token}`], 'a colon': (token) => [`Bearer: ${token}`],
    'no scheme': (token) => [token], 'the scheme twice': (token) => [`Bearer Bearer ${token}`], quotes: (token) => [`Bearer "${token}"`],
    'a parameter': (token) => [`Bearer token=${token}`], 'the scheme alone': () => ['Bearer'],
  }, async ({ own }, write) => ({ headers: write(await own.write()).map((value) => ['authorization', value] as const) })),
  ...elsewhere('in the query', (token) => ({ search: `?access_token=${token}` })),
  ...elsewhere('in a cookie', (token) => ({ headers: [['cookie', `access_token=${token}; authorization=Bearer ${token}`]] })),
  ...elsewhere('in the body', (token) => ({ body: { access_token: token } })),
  ...elsewhere('in other headers', (token) => ({
    headers: ['proxy-authorization', 'x-authorization', 'x-access-token', 'x-api-key'].map((name) => [name, `Bearer ${token}`] as const) })),
  ...(['login', 'challenge', 'action'] as const).flatMap((name) => [
    ...one(`a token for the purpose ${name}`, ({ otherTokens }) => otherTokens[name]),
    ...one(`a token for the purpose ${name}, of the type of a bearer`, ({ own, otherTokens }) =>
      own.write(Buffer.from(otherTokens[name].split('.')[1] ?? '', 'base64url'))),
  ]),
]

const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
const halves = (...texts: string[]) =>
  Buffer.from(texts.map((text) => text.padStart(64, '0')).join(''), 'hex')

/** Classes of outside issuers, each of which signs by one algorithm. */
// prettier-ignore
export const OUTSIDE_CLASSES: readonly BearerClass[] = [
  ...each('ES256', {
    'r = s = 0': () => halves('0', '0'), 'r = s = n': () => halves(ORDER, ORDER), 'r = n, s = 1': () => halves(ORDER, '1'),
    'r = s = 1': () => halves('1', '1'), DER: (raw: Buffer) => writeEcdsaDer(raw),
  }, ({ outside }, change) => resign(outside.ES256, change)),
  ...FORMS.flatMap((name) =>
    one(`HS256 by the public RSA key as ${name}`, ({ outside, publicKeys }) => writeHmac(outside.RS256, 256, publicKeys.rsa.forms[name]))),
  ...['none', 'HS256', 'RS256', 'PS256', 'ES384', 'ES256K', 'EdDSA'].flatMap((alg) =>
    one(`ES256 under the name ${alg}`, ({ outside }) => outside.ES256.write({}, { alg }))),
  ...one('RS256 under the name PS256', ({ outside }) => outside.RS256.write({}, { alg: 'PS256' })),
  ...one('PS256 under the name RS256', ({ outside }) => outside.PS256.write({}, { alg: 'RS256' })),
  ...one("an issuer's claims over another's key", ({ outside }) => outside.EdDSA.write(outside.ES256.claims)),
  ...one("an issuer's claims and kid over another's key", ({ outside }) => outside.EdDSA.write(outside.Ed25519.claims, outside.Ed25519.header)),
  ...one("our claims over an issuer's key", ({ outside, own }) => outside.EdDSA.write(own.claims)),
  ...one("our claims and kid over an issuer's key", ({ outside, own }) => outside.EdDSA.write(own.claims, own.header)),
  ...one("an issuer's claims over our key", ({ outside, own }) => own.write(outside.EdDSA.claims)),
  ...one("an issuer's claims and kid over our key", ({ outside, own }) => own.write(outside.EdDSA.claims, outside.EdDSA.header)),
  ...one('a published key of small order', ({ outside: { EdDSA } }) => {
    // RFC 8032 section 5.1.7: with the neutral element as A and R, and S = 0, every message verifies.
    const input = [{ ...EdDSA.header, kid: 'weak' }, EdDSA.claims].map(writeSegment).join('.')
    return `${input}.${writeSegment(Buffer.concat([Buffer.of(1), Buffer.alloc(63)]))}`
  }),
  ...each<Part>('an outside token', {
    'our audience': { aud: env.AUDIENCE }, 'two audiences': { aud: ['outside', 'another'] }, 'no sub': { sub: undefined },
    'a number as sub': { sub: 7 }, 'no exp': { exp: undefined }, 'no iat': { iat: undefined }, 'exp in ages': { exp: 9e15 },
    'a user that there is not': { sub: newId('user') },
  }, ({ outside }, claims) => outside.ES256.write(claims)),
  ...one("an outside token: another organization's user", ({ outside, foreign }) => outside.ES256.write({ sub: foreign.userId })),
  ...one('an outside token: a life over the hour', ({ outside }) => outside.ES256.write({ exp: Number(outside.ES256.claims['iat']) + 3_601 })),
  ...each<Part>('an outside token', {
    'the type JWT': { typ: 'JWT' }, 'no type': { typ: undefined }, 'no kid': { kid: undefined }, 'an unknown kid': { kid: 'unknown' },
    'our kid': { kid: 'test-1' }, crit: { crit: ['exp'] }, jwk: { jwk: { kty: 'EC' } }, jku: { jku: 'https://stranger.example/jwks.json' },
  }, ({ outside }, header) => outside.ES256.write({}, header)),
]
