/**
 * Keys and compact JWS written by hand, so that a test can say what no library would sign. Node's own cryptography,
 * which workerd has too.
 */
import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { createKeyRing } from '../../src/auth/key-ring.ts'
import type { KeyRing } from '../../src/auth/own-key.ts'

/** A key pair under the name by which tokens ask for it. */
export interface TestKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly privateJwk: Record<string, unknown>
  readonly publicJwk: Record<string, unknown>
}

const GENERATORS = {
  Ed25519: () => generateKeyPairSync('ed25519'),
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  RSA: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

/** Makes a key pair. */
export function createTestKey(kid: string, type: keyof typeof GENERATORS = 'Ed25519'): TestKey {
  const { privateKey, publicKey } = GENERATORS[type]()
  return {
    kid,
    privateKey,
    privateJwk: { ...privateKey.export({ format: 'jwk' }), kid },
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid },
  }
}

/** Makes a ring of Ed25519 keys; the first one signs. */
export const createTestRing = (...keys: TestKey[]): Promise<KeyRing> =>
  createKeyRing(JSON.stringify(keys.map((key) => key.privateJwk)))

/** Writes a segment: a text and bytes as they are, everything else as JSON. */
export function writeSegment(part: unknown): string {
  if (part instanceof Uint8Array) return Buffer.from(part).toString('base64url')
  const text = typeof part === 'string' ? part : JSON.stringify(part)
  return Buffer.from(text).toString('base64url')
}

/** Signs header and payload, whatever they say. */
export function writeJws(key: TestKey, header: unknown, payload: unknown): string {
  const input = `${writeSegment(header)}.${writeSegment(payload)}`
  const signature = signatureOf(key.privateKey, header, Buffer.from(input))
  return `${input}.${signature.toString('base64url')}`
}

function signatureOf(key: KeyObject, header: unknown, data: Buffer): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, data, key)
  if (key.asymmetricKeyType === 'ec')
    return sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
  const isPss = (header as { alg?: unknown }).alg === 'PS256'
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return sign('sha256', data, { key, ...(isPss ? pss : {}) })
}

/** Reads a segment of a token: 0 is the header, 1 the payload. */
export const readSegment = (token: string, index: 0 | 1): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
