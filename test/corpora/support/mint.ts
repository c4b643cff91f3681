/**
 * Tokens by hand, whatever header, payload and spelling a test says, by any key: WebCrypto alone, which workerd has for
 * every algorithm. Outside issuers that publish such keys, and the sending of many forgeries.
 */
import { env, exports } from 'cloudflare:workers'
import { vi } from 'vitest'
import { call, type Call, type Reply } from '../../support/api.ts'
import { withWorker } from '../../support/idempotency.ts'
import { writeSegment } from '../../support/jws.ts'
import { inTurns } from '../../support/proof.ts'
import type { AuthenticatedRoute } from '../../support/refusals.ts'

/** What a segment says: members to change, undefined taking one out; a text or bytes are the whole of it. */
export type Part = Readonly<Record<string, unknown>> | string | Uint8Array

/** A key that signs anything, and the header and claims of a good token by it. */
export interface Mint {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  /** Signs a text: the third segment of a token. */
  readonly sign: (text: string) => Promise<string>
  readonly write: (claims?: Part, header?: Part) => Promise<string>
}

const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }

/** How each algorithm that an operator can list makes its keys, and signs. */
export const SCHEMES = {
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', ...RSA },
  PS256: { name: 'RSA-PSS', saltLength: 32, ...RSA },
} as const

/** Name of an algorithm. */
export type Algorithm = keyof typeof SCHEMES

/** Makes a mint of a key, and of what its tokens say where a test says nothing. */
export function createMint(
  key: CryptoKey,
  algorithm: Algorithm,
  { header, claims }: Pick<Mint, 'header' | 'claims'>,
): Mint {
  const sign = async (text: string) => {
    const data = new TextEncoder().encode(text)
    return writeSegment(new Uint8Array(await crypto.subtle.sign(SCHEMES[algorithm], key, data)))
  }
  const write: Mint['write'] = async (changed = {}, changedHeader = {}) => {
    const input = [whole(header, changedHeader), whole(claims, changed)].map(writeSegment).join('.')
    return `${input}.${await sign(input)}`
  }
  return { header, claims, sign, write }
}

const whole = (usual: object, part: Part) =>
  typeof part === 'string' || part instanceof Uint8Array ? part : { ...usual, ...part }

/** Makes a key pair, and its public key in every form that somebody could take for a secret. */
export async function createPair(algorithm: Algorithm) {
  const scheme: SubtleCryptoGenerateKeyAlgorithm = SCHEMES[algorithm]
  const pair = (await crypto.subtle.generateKey(scheme, true, ['sign', 'verify'])) as CryptoKeyPair
  return { privateKey: pair.privateKey, ...(await readPublicKey(pair.publicKey)) }
}

/** The neutral element of Ed25519, a key by which everybody can sign everything (finding F9). */
const WEAK = { kty: 'OKP', crv: 'Ed25519', kid: 'weak', x: `AQ${'A'.repeat(41)}` }

/** Makes issuers for an organization, each of one algorithm, with tokens for a user. */
export async function createOutsideIssuers(
  algorithms: readonly Algorithm[],
  { organizationId, userId }: { readonly organizationId: string; readonly userId: string },
) {
  const iat = Math.floor(Date.now() / 1000) - 1
  const issuers = algorithms.map(async (alg) => {
    const pair = await createPair(alg)
    const [issuer, kid, audience] = [`https://${alg.toLowerCase()}.example`, `${alg}-1`, 'outside']
    const jwksUrl = `${issuer}/jwks.json`
    const claims = { iss: issuer, aud: audience, sub: userId, iat, exp: iat + 3_600 }
    const mint = createMint(pair.privateKey, alg, { header: { alg, typ: 'at+jwt', kid }, claims })
    const keySet = { keys: [{ ...pair.jwk, alg, kid }, WEAK] }
    const config = { issuer, jwksUrl, audience, algorithms: [alg], organizationId }
    return { ...pair, alg, mint, keySet, config }
  })
  const all = await Promise.all(issuers)
  const TRUSTED_ISSUERS = JSON.stringify(all.map(({ config }) => config)) as '[]'
  return {
    all,
    mints: Object.fromEntries(all.map(({ alg, mint }) => [alg, mint])) as Record<Algorithm, Mint>,
    /** Runs on a Worker that trusts them, by a clock of the test's where one is given. */
    trusting: async (run: () => Promise<void>, clock?: () => number) => {
      const network = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
        return Response.json(all.find(({ config }) => config.jwksUrl === url)?.keySet ?? {})
      })
      const given = { bindings: { TRUSTED_ISSUERS }, ...(clock && { clock }) }
      await withWorker(given, run).finally(() => network.mockRestore())
    },
  }
}

/** Reads a public key: as JWK without what WebCrypto adds, and in every form. */
export async function readPublicKey(key: CryptoKey) {
  const spki = Buffer.from((await crypto.subtle.exportKey('spki', key)) as ArrayBuffer)
  const exported = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
  const { key_ops: _operations, ext: _extractable, ...jwk } = exported
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`
  const bytes = Buffer.from(String(jwk.x ?? jwk.n), 'base64url')
  const forms = { PEM: pem, DER: spki, bytes, JWK: JSON.stringify(jwk) }
  return { jwk, forms: forms as Readonly<Record<string, string | Buffer>> }
}

/** Writes a mint's token by HMAC, with something public for a secret. */
export async function writeHmac(
  { header, claims }: Mint,
  digits: number,
  secret: string | Buffer = '',
): Promise<string> {
  const input = [{ ...header, alg: `HS${digits}` }, claims].map(writeSegment).join('.')
  const scheme = { name: 'HMAC', hash: `SHA-${digits}` }
  const key = await crypto.subtle.importKey('raw', Buffer.from(secret), scheme, false, ['sign'])
  const mac = await crypto.subtle.sign(scheme, key, Buffer.from(input))
  return `${input}.${writeSegment(new Uint8Array(mac))}`
}

/**
 * Makes every text that differs from one in a single bit, but for those that no header can hold: the platform throws at
 * NUL, CR and LF (RFC 9110 section 5.5), and writes two other bytes for one beyond ASCII, the eighth bit.
 */
export const flipBits = (text: string): string[] =>
  Array.from(text).flatMap((character, at) =>
    [0, 1, 2, 3, 4, 5, 6].flatMap((bit) => {
      const flipped = String.fromCharCode(character.charCodeAt(0) ^ (1 << bit))
      return /[\0\r\n]/.test(flipped) ? [] : [text.slice(0, at) + flipped + text.slice(at + 1)]
    }),
  )

/** What a refusal of a route looks like, ids and times masked. */
export const looksOf = (
  { expectations }: AuthenticatedRoute,
  { status, headers, text }: Pick<Reply, 'status' | 'headers' | 'text'>,
) => `${status} ${headers.get('www-authenticate')} ${expectations.mask({ text } as Reply)}`

/**
 * Sends forgeries of one request and lists those that are not answered as a forgery usually is. One in a hundred is held
 * against the document too, which takes as long as the rest.
 */
export async function findUnusual(
  route: AuthenticatedRoute,
  usual: Reply,
  forgeries: readonly Call[],
): Promise<string[]> {
  const answers = await inTurns([...forgeries.entries()], AT_ONCE, async ([at, forgery]) => {
    const reply = await (at % 100 === 0 ? call(forgery) : sendPlainly(forgery))
    const { token, userAction = '' } = forgery
    return looksOf(route, reply) === looksOf(route, usual)
      ? []
      : [`${token} ${userAction} ${reply.status}`]
  })
  return answers.flat()
}

const AT_ONCE = 4

async function sendPlainly({ method = 'GET', path, token, userAction, body }: Call) {
  const headers = new Headers({
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  })
  if (userAction) headers.set('x-dfns-useraction', userAction)
  const sent = { method, headers, body: body === undefined ? null : JSON.stringify(body) }
  const response = await exports.default.fetch(`${env.PUBLIC_ORIGIN}${path}`, sent)
  return { status: response.status, headers: response.headers, text: await response.text() }
}
