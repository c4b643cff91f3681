/**
 * Signatures that authenticators make: what is signed, by which algorithm, in which form (rules W10, S1, K1).
 */
import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyPasskeySignature } from '../../../src/auth/passkey-signature.ts'
import { parsePublicKey } from '../../../src/auth/public-key.ts'

const CLIENT_DATA = new TextEncoder().encode('{"type":"webauthn.get"}')
const AUTHENTICATOR_DATA = new Uint8Array(37).fill(9)
const SIGNED = Buffer.concat([
  AUTHENTICATOR_DATA,
  createHash('sha256').update(CLIENT_DATA).digest(),
])

const KEYS = {
  'P-256': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
  'P-384': generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey,
  secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
  Ed25519: generateKeyPairSync('ed25519').privateKey,
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
}

async function verify(privateKey: KeyObject, signature: Uint8Array, changes = {}) {
  const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string
  const parsed = await parsePublicKey(pem)
  if (!parsed.ok) throw new Error(parsed.failure)
  const bytes = { authenticatorData: AUTHENTICATOR_DATA, clientData: CLIENT_DATA }
  return verifyPasskeySignature(parsed.value, { ...bytes, signature, ...changes })
}

describe('verifyPasskeySignature', () => {
  it.each([
    { name: 'P-256', digest: 'sha256', other: 'sha512' },
    { name: 'P-384', digest: 'sha384', other: 'sha256' },
    { name: 'RSA', digest: 'sha256', other: 'sha512' },
  ] as const)('takes $digest of $name, and no other digest', async ({ name, digest, other }) => {
    expect(await verify(KEYS[name], sign(digest, SIGNED, KEYS[name]))).toBe(true)
    expect(await verify(KEYS[name], sign(other, SIGNED, KEYS[name]))).toBe(false)
  })

  it('takes Ed25519', async () => {
    expect(await verify(KEYS.Ed25519, sign(null, SIGNED, KEYS.Ed25519))).toBe(true)
  })

  it('refuses secp256k1, of which no passkey is', async () => {
    expect(await verify(KEYS.secp256k1, sign('sha256', SIGNED, KEYS.secp256k1))).toBe(false)
  })

  it.each(['P-256', 'P-384'] as const)('refuses r and s side by side from %s', async (name) => {
    const key = KEYS[name]
    const digest = name === 'P-256' ? 'sha256' : 'sha384'
    expect(await verify(key, sign(digest, SIGNED, { key, dsaEncoding: 'ieee-p1363' }))).toBe(false)
  })

  it.each([
    { name: 'other authenticator data', changes: { authenticatorData: new Uint8Array(37) } },
    { name: 'other client data', changes: { clientData: CLIENT_DATA.subarray(1) } },
    { name: 'nothing', changes: { authenticatorData: new Uint8Array() } },
  ])('refuses a signature over $name', async ({ changes }) => {
    expect(await verify(KEYS.Ed25519, sign(null, SIGNED, KEYS.Ed25519), changes)).toBe(false)
  })

  it('refuses a signature over the client data instead of their hash', async () => {
    const whole = Buffer.concat([AUTHENTICATOR_DATA, CLIENT_DATA])
    expect(await verify(KEYS.Ed25519, sign(null, whole, KEYS.Ed25519))).toBe(false)
  })
})
