/**
 * Raw signatures in the forms that clients send them (rules S1-S5).
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { parsePublicKey, type PublicKey } from '../../../src/auth/public-key.ts'
import { verifySignature } from '../../../src/auth/verify-signature.ts'

const DATA = new TextEncoder().encode('{"type":"key.get"}')

const PAIRS = {
  Ed25519: generateKeyPairSync('ed25519'),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
  secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
type Name = keyof typeof PAIRS

const keys = {} as Record<Name, PublicKey>

async function parse(key: KeyObject): Promise<PublicKey> {
  const parsed = await parsePublicKey(key.export({ type: 'spki', format: 'pem' }) as string)
  if (!parsed.ok) throw new Error(parsed.failure)
  return parsed.value
}

beforeAll(async () => {
  for (const name of Object.keys(PAIRS) as Name[]) keys[name] = await parse(PAIRS[name].publicKey)
})

afterEach(() => {
  vi.restoreAllMocks()
})

const signBy = (name: Name, digest: string | null = 'sha256') =>
  new Uint8Array(sign(name === 'Ed25519' ? null : digest, DATA, PAIRS[name].privateKey))
const signRawBy = (name: Name, digest = 'sha256') =>
  new Uint8Array(sign(digest, DATA, { key: PAIRS[name].privateKey, dsaEncoding: 'ieee-p1363' }))

const ALL: Name[] = ['Ed25519', 'P-256', 'P-384', 'secp256k1', 'RSA']
const ECDSA: Name[] = ['P-256', 'P-384', 'secp256k1']
const WITH_DIGEST: Name[] = [...ECDSA, 'RSA']

describe('verifySignature', () => {
  it.each(ALL)('accepts what Node signs with %s by default', async (name) => {
    expect(await verifySignature(keys[name], DATA, signBy(name), 'SHA-256')).toBe(true)
  })

  it.each(WITH_DIGEST)('accepts SHA-512 by %s, and only when it is asked for', async (name) => {
    const signature = signBy(name, 'sha512')
    expect(await verifySignature(keys[name], DATA, signature, 'SHA-512')).toBe(true)
    expect(await verifySignature(keys[name], DATA, signature, 'SHA-256')).toBe(false)
  })

  it.each(ECDSA)('accepts r and s side by side from %s', async (name) => {
    expect(await verifySignature(keys[name], DATA, signRawBy(name), 'SHA-256')).toBe(true)
    const signature = signRawBy(name, 'sha512')
    expect(await verifySignature(keys[name], DATA, signature, 'SHA-512')).toBe(true)
  })

  it('accepts both twins of a secp256k1 signature, since OpenSSL writes either', async () => {
    const signature = signRawBy('secp256k1')
    const order = secp256k1.Point.Fn.ORDER
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
    const twin = Uint8Array.from(signature)
    twin.set(Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex'), 32)
    expect(await verifySignature(keys.secp256k1, DATA, signature, 'SHA-256')).toBe(true)
    expect(await verifySignature(keys.secp256k1, DATA, twin, 'SHA-256')).toBe(true)
  })

  it('refuses the twin of an Ed25519 signature, whose S is larger by the order (S3)', async () => {
    const signature = signBy('Ed25519')
    const S = BigInt(`0x${Buffer.from(signature.slice(32).reverse()).toString('hex')}`)
    const larger = (S + ed25519.Point.Fn.ORDER).toString(16).padStart(64, '0')
    const twin = Uint8Array.from(signature)
    twin.set(Buffer.from(larger, 'hex').reverse(), 32)
    expect(await verifySignature(keys.Ed25519, DATA, signature, 'SHA-256')).toBe(true)
    expect(await verifySignature(keys.Ed25519, DATA, twin, 'SHA-256')).toBe(false)
  })

  it.each(ALL)('refuses other data under %s', async (name) => {
    const other = new TextEncoder().encode('{"type":"key.gat"}')
    expect(await verifySignature(keys[name], other, signBy(name), 'SHA-256')).toBe(false)
  })

  it.each(ALL)('refuses a changed signature by %s', async (name) => {
    const signature = signBy(name)
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
    expect(await verifySignature(keys[name], DATA, signature, 'SHA-256')).toBe(false)
  })

  it.each(ALL)('refuses the signature of another key of type %s', async (name) => {
    const stranger = {
      Ed25519: () => generateKeyPairSync('ed25519'),
      'P-256': () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
      'P-384': () => generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
      secp256k1: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      RSA: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    }[name]()
    const key = await parse(stranger.publicKey)
    expect(await verifySignature(key, DATA, signBy(name), 'SHA-256')).toBe(false)
  })

  it.each(ALL)('refuses a signature by %s of a wrong size before any arithmetic', async (name) => {
    const signature = signBy(name)
    const arithmetic = [vi.spyOn(crypto.subtle, 'verify'), vi.spyOn(crypto.subtle, 'digest')]
    const sizes = [Uint8Array.of(...signature, 0), signature.slice(0, -1), new Uint8Array(0)]
    for (const wrong of sizes) {
      expect(await verifySignature(keys[name], DATA, wrong, 'SHA-256')).toBe(false)
    }
    for (const spy of arithmetic) expect(spy).not.toHaveBeenCalled()
  })

  it.each(ECDSA)('refuses r and s side by side with a byte too much from %s', async (name) => {
    const wrong = Uint8Array.of(0, ...signRawBy(name))
    expect(await verifySignature(keys[name], DATA, wrong, 'SHA-256')).toBe(false)
  })

  it.each(ECDSA)('refuses zeros as r and s under %s', async (name) => {
    const zeros = new Uint8Array(signRawBy(name).length)
    expect(await verifySignature(keys[name], DATA, zeros, 'SHA-256')).toBe(false)
  })

  it('refuses the probabilistic padding of RSA', async () => {
    const key = { key: PAIRS.RSA.privateKey, padding: 6, saltLength: 32 }
    const signature = new Uint8Array(sign('sha256', DATA, key))
    expect(await verifySignature(keys.RSA, DATA, signature, 'SHA-256')).toBe(false)
  })

  it.each(ALL)(
    'answers false instead of throwing when the bytes of the %s key are broken',
    async (name) => {
      const broken = { ...keys[name], spki: new Uint8Array(3) }
      expect(await verifySignature(broken, DATA, signBy(name), 'SHA-256')).toBe(false)
    },
  )
})
