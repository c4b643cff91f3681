/**
 * The `Key` credential's answer to a challenge (rule U5).
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  verifyKeyAssertion,
  type AssertionProblem,
} from '../../../src/auth/verify-key-assertion.ts'

const CHALLENGE = 'Y2gtMWFiY2Q.challenge'
const SIGNED = { type: 'key.get', challenge: CHALLENGE }
const AS_BROWSER = Buffer.from(CHALLENGE).toString('base64url')

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}
const ed25519: Pair = generateKeyPairSync('ed25519')
const p256: Pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const rsa: Pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pemOf = (pair: Pair) => pair.publicKey.export({ type: 'spki', format: 'pem' }) as string

/** Signs as the official key signer does, whatever it is told to sign. */
function assert(pair: Pair, clientData: unknown, algorithm?: string, digest?: string) {
  const json = typeof clientData === 'string' ? clientData : JSON.stringify(clientData)
  const bytes = Buffer.from(json)
  return {
    clientData: bytes.toString('base64url'),
    signature: sign(digest, bytes, pair.privateKey).toString('base64url'),
    algorithm,
  }
}

const verify = (assertion: ReturnType<typeof assert>, pair = ed25519, challenge = CHALLENGE) =>
  verifyKeyAssertion({ assertion, publicKeyPem: pemOf(pair), challenge })

async function problemOf(...input: Parameters<typeof verify>): Promise<AssertionProblem | null> {
  const verified = await verify(...input)
  return verified.ok ? null : verified.failure
}

describe('verifyKeyAssertion', () => {
  it.each([
    { name: 'Ed25519', pair: ed25519 },
    { name: 'P-256', pair: p256 },
    { name: 'P-384', pair: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }) },
    { name: 'secp256k1', pair: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }) },
    { name: 'RSA', pair: rsa },
  ])('returns both texts when a $name key signed', async ({ pair }) => {
    const assertion = assert(pair, SIGNED)
    expect(await verify(assertion, pair)).toEqual({
      ok: true,
      value: { clientData: assertion.clientData, signature: assertion.signature },
    })
  })

  it.each([
    { name: 'TypeScript', json: JSON.stringify(SIGNED) },
    { name: 'Go', json: `{"challenge":"${CHALLENGE}","crossOrigin":false,"type":"key.get"}` },
    { name: 'Java', json: `{"type":"key.get","challenge":"${CHALLENGE}","crossOrigin":false}` },
    {
      name: 'Python',
      json: `{"type": "key.get", "challenge": "${CHALLENGE}", "origin": "https://app.dfns.io", "crossOrigin": false}`,
    },
    { name: 'a browser', json: JSON.stringify({ ...SIGNED, challenge: AS_BROWSER }) },
  ])('accepts client data as $name writes it', async ({ json }) => {
    expect(await problemOf(assert(ed25519, json))).toBeNull()
  })

  it('strips padding and returns the texts without it', async () => {
    const json = JSON.stringify(SIGNED).padEnd(64, ' ')
    const plain = assert(ed25519, json)
    const padded = {
      ...plain,
      clientData: `${plain.clientData}==`,
      signature: `${plain.signature}==`,
    }
    expect(await verify(padded)).toEqual({
      ok: true,
      value: { clientData: plain.clientData, signature: plain.signature },
    })
  })

  it.each([
    { algorithm: 'SHA256', digest: 'sha256' },
    { algorithm: 'rsa-sha256', digest: 'sha256' },
    { algorithm: 'Sha512', digest: 'sha512' },
    { algorithm: 'RSA-SHA512', digest: 'sha512' },
  ])('takes the digest $algorithm for ECDSA and RSA', async ({ algorithm, digest }) => {
    expect(await problemOf(assert(p256, SIGNED, algorithm, digest), p256)).toBeNull()
    expect(await problemOf(assert(rsa, SIGNED, algorithm, digest), rsa)).toBeNull()
  })

  it('refuses a signature over another digest than the named one', async () => {
    expect(await problemOf(assert(p256, SIGNED, 'SHA512', 'sha256'), p256)).toBe(
      'signature_invalid',
    )
  })

  it.each(['EdDSA', 'ed25519'])('ignores %s for an Ed25519 key', async (algorithm) => {
    expect(await problemOf(assert(ed25519, SIGNED, algorithm))).toBeNull()
  })

  it.each([
    { name: 'SHA1 for ECDSA', pair: p256, algorithm: 'SHA1' },
    { name: 'EdDSA for ECDSA', pair: p256, algorithm: 'EdDSA' },
    { name: 'the empty name for RSA', pair: rsa, algorithm: '' },
    { name: 'an inherited name for RSA', pair: rsa, algorithm: 'constructor' },
    { name: 'SHA256 for Ed25519', pair: ed25519, algorithm: 'SHA256' },
  ])('refuses $name', async ({ pair, algorithm }) => {
    expect(await problemOf(assert(pair, SIGNED, algorithm), pair)).toBe('algorithm_unsupported')
  })

  it.each<{ name: string; clientData: unknown; problem: AssertionProblem }>([
    {
      name: 'another type',
      clientData: { ...SIGNED, type: 'webauthn.get' },
      problem: 'type_mismatch',
    },
    { name: 'no type', clientData: { challenge: CHALLENGE }, problem: 'type_mismatch' },
    {
      name: 'another challenge',
      clientData: { ...SIGNED, challenge: 'other' },
      problem: 'challenge_mismatch',
    },
    { name: 'no challenge', clientData: { type: 'key.get' }, problem: 'challenge_mismatch' },
    {
      name: 'a challenge in a list',
      clientData: { ...SIGNED, challenge: [CHALLENGE] },
      problem: 'challenge_mismatch',
    },
    {
      name: 'a padded challenge',
      clientData: { ...SIGNED, challenge: `${AS_BROWSER}=` },
      problem: 'challenge_mismatch',
    },
    {
      name: 'another origin as frame',
      clientData: { ...SIGNED, crossOrigin: true },
      problem: 'cross_origin',
    },
    {
      name: 'a crossOrigin that is a text',
      clientData: { ...SIGNED, crossOrigin: 'true' },
      problem: 'cross_origin',
    },
    {
      name: 'an origin that is no text',
      clientData: { ...SIGNED, origin: ['a'] },
      problem: 'origin_invalid',
    },
    { name: 'a list', clientData: [SIGNED], problem: 'client_data_not_object' },
    { name: 'no JSON', clientData: 'key.get', problem: 'client_data_not_json' },
    {
      name: 'a byte order mark',
      clientData: `\uFEFF${JSON.stringify(SIGNED)}`,
      problem: 'client_data_byte_order_mark',
    },
    {
      name: 'a second challenge',
      clientData: `{"type":"key.get","challenge":"other","challenge":"${CHALLENGE}"}`,
      problem: 'client_data_duplicate_name',
    },
    {
      name: 'more than 768 bytes',
      clientData: JSON.stringify(SIGNED).padEnd(769),
      problem: 'client_data_too_long',
    },
  ])('refuses $name, although it is signed', async ({ clientData, problem }) => {
    expect(await problemOf(assert(ed25519, clientData))).toBe(problem)
  })

  it('accepts client data of 768 bytes', async () => {
    expect(await problemOf(assert(ed25519, JSON.stringify(SIGNED).padEnd(768)))).toBeNull()
  })

  it('refuses the empty challenge when none was written', async () => {
    expect(await problemOf(assert(ed25519, { type: 'key.get' }), ed25519, '')).toBe(
      'challenge_mismatch',
    )
  })

  it.each<{ name: string; change: object; problem: AssertionProblem }>([
    {
      name: 'client data that are no base64url',
      change: { clientData: 'e30+' },
      problem: 'client_data_not_base64url',
    },
    {
      name: 'client data with spare bits',
      change: { clientData: 'e3' },
      problem: 'client_data_not_base64url',
    },
    {
      name: 'client data that are no UTF-8',
      change: { clientData: '_w' },
      problem: 'client_data_not_utf8',
    },
    {
      name: 'a signature that is no base64url',
      change: { signature: 'a b' },
      problem: 'signature_not_base64url',
    },
    {
      name: 'a signature of 513 bytes',
      change: { signature: 'A'.repeat(684) },
      problem: 'signature_too_long',
    },
    { name: 'no signature', change: { signature: '' }, problem: 'signature_invalid' },
  ])('refuses $name', async ({ change, problem }) => {
    expect(await problemOf({ ...assert(ed25519, SIGNED), ...change })).toBe(problem)
  })

  it('refuses the same members in other bytes than the signed ones', async () => {
    const { signature, algorithm } = assert(ed25519, SIGNED)
    const { clientData } = assert(ed25519, JSON.stringify(SIGNED, null, 1))
    expect(await problemOf({ clientData, signature, algorithm })).toBe('signature_invalid')
  })

  it('refuses an assertion by another key', async () => {
    const other: Pair = generateKeyPairSync('ed25519')
    expect(await problemOf(assert(other, SIGNED))).toBe('signature_invalid')
  })

  it('refuses a stored key that breaks the rules for keys', async () => {
    const spki = Buffer.from(`302a300506032b657003210001${'00'.repeat(31)}`, 'hex').toString(
      'base64',
    )
    const publicKeyPem = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`
    const assertion = assert(ed25519, SIGNED)
    expect(await verifyKeyAssertion({ assertion, publicKeyPem, challenge: CHALLENGE })).toEqual({
      ok: false,
      failure: 'key_unusable',
    })
  })
})
