/**
 * The published keys of an outside issuer (rules J1-J5, T7).
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createRemoteKeySet } from '../../../src/auth/remote-key-set.ts'

const URL = 'https://issuer.example/jwks.json'
const START = 1_800_000_000_000
const SECOND = 1_000
const MINUTE = 60 * SECOND

const ed25519 = generateKeyPairSync('ed25519')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwkOf = ({ publicKey }: { publicKey: KeyObject }) => publicKey.export({ format: 'jwk' })
const ecJwk = (namedCurve: string) => jwkOf(generateKeyPairSync('ec', { namedCurve }))

const ED25519 = { ...jwkOf(ed25519), kid: 'ed', use: 'sig', alg: 'EdDSA' }
const P256 = { ...ecJwk('prime256v1'), kid: 'p256' }
const RSA = { ...jwkOf(rsa), kid: 'rsa' }

type Answer = (init: RequestInit) => Promise<Response>

const answerText = (body: BodyInit, init: ResponseInit & { type?: string } = {}): Answer => {
  const headers = { 'content-type': init.type ?? 'application/json' }
  return async () => new Response(body, { status: init.status ?? 200, headers })
}
const publish = (...keys: unknown[]): Answer => answerText(JSON.stringify({ keys }))
const goDown: Answer = () => Promise.reject(new TypeError('fetch failed'))
const keepSilent: Answer = ({ signal }) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
const bytesOf = (byte: number, length: number) => Buffer.alloc(length, byte).toString('base64url')
const numberOf = (value: bigint) =>
  Buffer.from(value.toString(16).padStart(514, '0'), 'hex').toString('base64url')

/** A host whose answer the test may change, and whose visits it counts. */
function setUp(first: Answer, deniedKids: string[] = []) {
  const host = { answer: first }
  const fetch = vi.fn((_url: string, init: RequestInit) => host.answer(init))
  return { host, fetch, set: createRemoteKeySet({ url: URL, fetch, deniedKids }) }
}

/** Asks once and tells what became of it in one word. */
async function ask({ set }: ReturnType<typeof setUp>, kid: string, now = START): Promise<string> {
  const found = await set.findKey(kid, now)
  return found.ok ? 'found' : found.failure
}

describe('findKey: what is accepted of a host', () => {
  it('asks without following redirects, with a time limit, for JSON', async () => {
    const setup = setUp(publish(ED25519))
    await ask(setup, 'ed')
    const headers = { accept: 'application/json, application/jwk-set+json' }
    const signal = expect.any(AbortSignal) as AbortSignal
    expect(setup.fetch.mock.calls).toEqual([[URL, { redirect: 'manual', headers, signal }]])
  })

  it('calls fetch without an owner, as Workers demand', async () => {
    const setup = setUp(publish(ED25519))
    await ask(setup, 'ed')
    expect(setup.fetch.mock.contexts).toEqual([undefined])
  })

  it('gives up after two seconds', { timeout: 4_000 }, async () => {
    const startedAt = performance.now()
    expect(await ask(setUp(keepSilent), 'ed')).toBe('unavailable')
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  const set = JSON.stringify({ keys: [ED25519] })
  const fifty = Array.from({ length: 50 }, () => ({ kty: 'x' }))
  it.each<{ name: string; answer: Answer }>([
    {
      name: 'the type for key sets',
      answer: answerText(set, { type: 'application/jwk-set+json' }),
    },
    { name: 'a charset', answer: answerText(set, { type: 'Application/JSON; charset=utf-8' }) },
    { name: 'a body of 64 KiB', answer: answerText(set.padEnd(65_536)) },
  ])('accepts $name', async ({ answer }) => {
    expect(await ask(setUp(answer), 'ed')).toBe('found')
  })

  it.each<{ name: string; answer: Answer }>([
    { name: 'a redirect', answer: answerText(set, { status: 302 }) },
    { name: 'status 203', answer: answerText(set, { status: 203 }) },
    { name: 'another JSON', answer: answerText(set, { type: 'application/vnd.api+json' }) },
    { name: 'no type', answer: async () => new Response(new TextEncoder().encode(set)) },
    { name: 'no body', answer: answerText('') },
    { name: 'a byte over 64 KiB', answer: answerText(set.padEnd(65_537)) },
    { name: 'a repeated member', answer: answerText(`{"keys":[],${set.slice(1)}`) },
    { name: 'no list of keys', answer: answerText('{"keys":{}}') },
    { name: 'a key that is no object', answer: publish(ED25519, 'key') },
    { name: '51 keys', answer: publish(ED25519, ...fifty) },
    { name: 'one kid twice', answer: publish(ED25519, { ...P256, kid: 'ed' }) },
    { name: 'one kid twice, once unusable', answer: publish(ED25519, { kty: 'x', kid: 'ed' }) },
    { name: 'a private key', answer: publish(ED25519, { ...ED25519, kid: 'other', d: 'AA' }) },
    { name: 'a private RSA factor', answer: publish(ED25519, { ...RSA, p: 'AA' }) },
    { name: 'a shared key', answer: publish(ED25519, { kty: 'oct', kid: 'hmac', k: 'AA' }) },
    { name: 'a failure to connect', answer: goDown },
  ])('refuses $name and answers unavailable', async ({ answer }) => {
    expect(await ask(setUp(answer), 'ed')).toBe('unavailable')
  })

  it('stops reading an endless body', async () => {
    const blanks = ' '.repeat(8_192)
    const pull = vi.fn((stream: ReadableStreamDefaultController<Uint8Array>) => {
      stream.enqueue(new TextEncoder().encode(pull.mock.calls.length === 1 ? set : blanks))
    })
    expect(await ask(setUp(answerText(new ReadableStream({ pull }))), 'ed')).toBe('unavailable')
    expect(pull.mock.calls.length).toBeLessThan(12)
  })
})

describe('findKey: which keys serve', () => {
  const edwards = ['EdDSA', 'Ed25519']
  it.each([
    { name: 'Ed25519', jwk: ED25519, algorithms: edwards },
    { name: 'Ed25519 by its name', jwk: { ...ED25519, alg: 'Ed25519' }, algorithms: edwards },
    { name: 'P-256', jwk: P256, algorithms: ['ES256'] },
    { name: 'P-384', jwk: ecJwk('secp384r1'), algorithms: ['ES384'] },
    { name: 'P-521', jwk: ecJwk('secp521r1'), algorithms: ['ES512'] },
    { name: 'RSA without alg', jwk: RSA, algorithms: ['RS256'] },
    { name: 'RSA for PS256', jwk: { ...RSA, alg: 'PS256' }, algorithms: ['PS256'] },
    { name: 'RSA of 4,096 bits', jwk: { ...RSA, n: bytesOf(0xa5, 512) }, algorithms: ['RS256'] },
    {
      name: 'RSA beside what a flawed generator makes',
      jwk: { ...RSA, n: numberOf(65_537n ** 128n + 2n) },
      algorithms: ['RS256'],
    },
    { name: 'a key with operations', jwk: { ...P256, key_ops: ['verify'] }, algorithms: ['ES256'] },
  ])('serves $name', async ({ jwk, algorithms }) => {
    const { set } = setUp(publish({ ...jwk, kid: 'a' }))
    const value = { algorithms, key: { type: 'public', usages: ['verify'] } }
    expect(await set.findKey('a', START)).toMatchObject({ ok: true, value })
  })

  it('returns a key that verifies what its owner signed', async () => {
    const jws = await new CompactSign(Buffer.from('payload'))
      .setProtectedHeader({ alg: 'EdDSA' })
      .sign(ed25519.privateKey)
    const found = await setUp(publish(ED25519)).set.findKey('ed', START)
    if (!found.ok) throw new Error(found.failure)
    await expect(compactVerify(jws, found.value.key)).resolves.toBeDefined()
  })

  it.each<{ name: string; jwk: object }>([
    { name: 'for encryption', jwk: { ...P256, use: 'enc' } },
    { name: 'for another operation', jwk: { ...P256, key_ops: ['encrypt'] } },
    { name: 'for two operations', jwk: { ...P256, key_ops: ['verify', 'encrypt'] } },
    { name: 'with operations that are no list', jwk: { ...P256, key_ops: 'verify' } },
    { name: 'whose alg is of another curve', jwk: { ...P256, alg: 'ES384' } },
    { name: 'whose alg is symmetric', jwk: { ...RSA, alg: 'HS256' } },
    { name: 'whose alg encrypts', jwk: { ...RSA, alg: 'RSA-OAEP-256' } },
    { name: 'whose alg is none', jwk: { ...ED25519, alg: 'none' } },
    { name: 'whose crv is another one', jwk: { ...P256, crv: 'P-384' } },
    { name: 'of RSA with a crv', jwk: { ...RSA, crv: 'P-256' } },
    { name: 'of secp256k1', jwk: ecJwk('secp256k1') },
    { name: 'of X25519', jwk: jwkOf(generateKeyPairSync('x25519')) },
    { name: 'off its curve', jwk: { ...P256, y: P256.x } },
    { name: 'with a padded coordinate', jwk: { ...P256, x: `${P256.x}=` } },
    { name: 'of small order', jwk: { ...ED25519, x: `AQ${'A'.repeat(41)}` } },
    { name: 'without a point', jwk: { kty: 'OKP', crv: 'Ed25519' } },
    { name: 'of RSA with 1,024 bits', jwk: { ...RSA, n: bytesOf(0xa5, 128) } },
    { name: 'of RSA with 2,047 bits', jwk: { ...RSA, n: bytesOf(0x7f, 256) } },
    { name: 'of RSA with zeros in front', jwk: { ...RSA, n: `AAAA${bytesOf(0xa5, 255)}` } },
    { name: 'of RSA with 4,097 bits', jwk: { ...RSA, n: `AQ${bytesOf(0xa5, 513).slice(2)}` } },
    { name: 'of RSA with an even modulus', jwk: { ...RSA, n: bytesOf(0xa4, 256) } },
    { name: 'of RSA with e = 1', jwk: { ...RSA, e: 'AQ' } },
    { name: 'of RSA with e = 3', jwk: { ...RSA, e: 'Aw' } },
    { name: 'of RSA with zeros in front of e', jwk: { ...RSA, e: 'AAEAAQ' } },
    { name: 'of a flawed generator', jwk: { ...RSA, n: numberOf(65_537n ** 128n) } },
    { name: 'of an unknown type', jwk: { kty: 'AKP', alg: 'ML-DSA-44' } },
  ])('skips a key $name and serves its neighbour', async ({ jwk }) => {
    const setup = setUp(publish({ ...jwk, kid: 'odd' }, ED25519))
    expect(await ask(setup, 'odd')).toBe('unknown_kid')
    expect(await ask(setup, 'ed')).toBe('found')
  })

  it.each([undefined, 7, '', '../ed', 'a b'])('skips a key of the kid %j', async (kid) => {
    const setup = setUp(publish({ ...P256, kid }, ED25519))
    expect(await ask(setup, String(kid))).toBe('unknown_kid')
    expect(await ask(setup, 'ed')).toBe('found')
  })
})

describe('findKey: when the host is asked', () => {
  it('asks once in ten minutes and returns the same imported key', async () => {
    const { set, fetch } = setUp(publish(ED25519))
    const first = await set.findKey('ed', START)
    const second = await set.findKey('ed', START + 10 * MINUTE - 1)
    expect(second).toEqual(first)
    expect(first.ok && second.ok && first.value.key === second.value.key).toBe(true)
    expect(fetch).toHaveBeenCalledTimes(1)
    await set.findKey('ed', START + 10 * MINUTE)
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('asks again for an unknown kid, but once in 30 seconds', async () => {
    const setup = setUp(publish(ED25519))
    expect(await ask(setup, 'ed')).toBe('found')
    setup.host.answer = publish(ED25519, P256)
    expect(await ask(setup, 'p256', START + 30 * SECOND - 1)).toBe('unknown_kid')
    expect(setup.fetch).toHaveBeenCalledTimes(1)
    expect(await ask(setup, 'p256', START + 30 * SECOND)).toBe('found')
    expect(await ask(setup, 'other', START + 31 * SECOND)).toBe('unknown_kid')
    expect(setup.fetch).toHaveBeenCalledTimes(2)
  })

  it('asks once for a flood of unknown kids at one time', async () => {
    const setup = setUp(publish(ED25519))
    await ask(setup, 'ed')
    const flood = Array.from({ length: 50 }, (_, index) => ask(setup, `k${index}`, START + MINUTE))
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['unknown_kid']))
    expect(setup.fetch).toHaveBeenCalledTimes(2)
  })

  it('lets one of the first requests ask and the others wait, so that none is turned away', async () => {
    const setup = setUp(publish(ED25519))
    const first = ['ed', 'other', 'ed'].map((kid) => ask(setup, kid))
    expect(await Promise.all(first)).toEqual(['found', 'unknown_kid', 'found'])
    expect(setup.fetch).toHaveBeenCalledTimes(1)
  })

  it('lets one of the requests ask that come when the copy has died', async () => {
    const setup = setUp(publish(ED25519))
    await ask(setup, 'ed')
    const later = START + 60 * MINUTE + 1
    const both = [ask(setup, 'ed', later), ask(setup, 'ed', later)]
    expect(await Promise.all(both)).toEqual(['found', 'found'])
    expect(setup.fetch).toHaveBeenCalledTimes(2)
  })

  it(
    'asks again after a request that was cancelled while it asked',
    { timeout: 15_000 },
    async () => {
      const setup = setUp(() => new Promise(() => undefined))
      void ask(setup, 'ed')
      expect(await ask(setup, 'ed')).toBe('unavailable')
      setup.host.answer = publish(ED25519)
      expect(await ask(setup, 'ed')).toBe('found')
      expect(setup.fetch).toHaveBeenCalledTimes(2)
    },
  )

  it('asks a failing host once in 30 seconds', async () => {
    const setup = setUp(goDown)
    expect(await ask(setup, 'ed')).toBe('unavailable')
    setup.host.answer = publish(ED25519)
    expect(await ask(setup, 'ed', START + 30 * SECOND - 1)).toBe('unavailable')
    expect(setup.fetch).toHaveBeenCalledTimes(1)
    expect(await ask(setup, 'ed', START + 30 * SECOND)).toBe('found')
  })

  it('serves a stale key for an hour while the host is down, then answers unavailable', async () => {
    const setup = setUp(publish(ED25519))
    await ask(setup, 'ed')
    setup.host.answer = goDown
    expect(await ask(setup, 'ed', START + 10 * MINUTE)).toBe('found')
    expect(await ask(setup, 'ed', START + 60 * MINUTE)).toBe('found')
    expect(await ask(setup, 'ed', START + 60 * MINUTE + 1)).toBe('unavailable')
  })

  it('does not call a kid unknown on the word of a stale copy', async () => {
    const setup = setUp(publish(ED25519))
    await ask(setup, 'ed')
    setup.host.answer = goDown
    expect(await ask(setup, 'new', START + 5 * MINUTE)).toBe('unknown_kid')
    expect(await ask(setup, 'new', START + 10 * MINUTE)).toBe('unavailable')
  })

  it('forgets a key that the issuer no longer publishes', async () => {
    const setup = setUp(publish(ED25519, P256))
    expect(await ask(setup, 'p256')).toBe('found')
    setup.host.answer = publish(ED25519)
    expect(await ask(setup, 'p256', START + 10 * MINUTE)).toBe('unknown_kid')
  })

  it('never serves a denied kid, fresh or stale, and does not ask for it', async () => {
    const setup = setUp(publish(ED25519, P256), ['ed'])
    expect(await ask(setup, 'ed')).toBe('unknown_kid')
    expect(setup.fetch).not.toHaveBeenCalled()
    expect(await ask(setup, 'p256')).toBe('found')
    setup.host.answer = goDown
    expect(await ask(setup, 'ed', START + 20 * MINUTE)).toBe('unknown_kid')
    expect(await ask(setup, 'p256', START + 20 * MINUTE)).toBe('found')
  })
})
