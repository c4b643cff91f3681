/**
 * The registration of a `Key` credential in the vendor's form (rules K1-K3, U5).
 */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  verifyKeyAttestation,
  type KeyAttestationProblem,
} from '../../../src/auth/verify-key-attestation.ts'

const CHALLENGE = 'Y2gtMWFiY2Q.challenge'
const SAID = { type: 'key.create', challenge: CHALLENGE }
const ID = Buffer.alloc(32, 0xfb).toString('base64url')

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}
const ed25519: Pair = generateKeyPairSync('ed25519')
const p256: Pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const rsa: Pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pemOf = (pair: Pair) => pair.publicKey.export({ type: 'spki', format: 'pem' }) as string
const encode = (said: unknown) =>
  Buffer.from(typeof said === 'string' ? said : JSON.stringify(said)).toString('base64url')

interface Given {
  readonly pair?: Pair
  readonly pem?: string
  readonly said?: unknown
  readonly digest?: string
  readonly raw?: boolean
  /** Members of the attestation, replaced or added; a text stands for all of it. */
  readonly attested?: object | string
  /** The signed text, made of the hash and the key. */
  readonly sign?: (clientDataHash: string, publicKey: string) => string
  readonly sent?: {
    readonly credentialId?: string
    readonly clientData?: string
    readonly attestationData?: string
  }
}

/** Registers a key as the official signers do, but for what it is told. */
function verify({
  pair = ed25519,
  pem = pemOf(pair),
  said = SAID,
  attested = {},
  ...given
}: Given) {
  const clientData = encode(said)
  const hash = createHash('sha256').update(Buffer.from(clientData, 'base64url')).digest('hex')
  const spell =
    given.sign ?? ((clientDataHash, publicKey) => JSON.stringify({ clientDataHash, publicKey }))
  const form = given.raw ? ({ dsaEncoding: 'ieee-p1363' } as const) : {}
  const signature = sign(given.digest, Buffer.from(spell(hash, pem)), {
    key: pair.privateKey,
    ...form,
  }).toString('hex')
  const attestation =
    typeof attested === 'string' ? attested : { publicKey: pem, signature, ...attested }
  return verifyKeyAttestation({
    attestation: {
      ...{ credentialId: ID, clientData, attestationData: encode(attestation) },
      ...given.sent,
    },
    challenge: CHALLENGE,
  })
}

interface Row {
  readonly name: string
  readonly given: Given
}

const refused = (failure: KeyAttestationProblem) => ({ ok: false, failure })

describe('verifyKeyAttestation', () => {
  it.each([
    { name: 'Ed25519', pair: ed25519, algorithm: 'Ed25519' },
    { name: 'P-256', pair: p256, algorithm: 'P-256' },
    {
      name: 'P-384',
      pair: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
      algorithm: 'P-384',
    },
    {
      name: 'secp256k1',
      pair: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      algorithm: 'secp256k1',
    },
    { name: 'RSA', pair: rsa, algorithm: 'RSA' },
  ])('returns id and key when a $name key signed', async ({ pair, algorithm }) => {
    expect(await verify({ pair })).toMatchObject({
      ok: true,
      value: { credentialId: ID, key: { algorithm, pem: pemOf(pair) } },
    })
  })

  it.each<Row>([
    { name: 'r and s side by side', given: { pair: p256, raw: true } },
    {
      name: 'SHA-512 where it is named',
      given: { pair: p256, digest: 'sha512', attested: { algorithm: 'SHA512' } },
    },
    { name: 'the name of its only algorithm', given: { attested: { algorithm: 'EdDSA' } } },
    {
      name: 'a PEM of another spelling, as it was signed',
      given: { pem: pemOf(ed25519).replaceAll('\n', '\r\n') },
    },
    {
      name: 'an origin and no frame',
      given: { said: { ...SAID, origin: 'https://any.example', crossOrigin: false } },
    },
    {
      name: 'the challenge as browsers write it',
      given: { said: { ...SAID, challenge: encode(CHALLENGE) } },
    },
    { name: 'members that are unknown', given: { attested: { version: 2 } } },
    { name: 'an id of 16 bytes', given: { sent: { credentialId: encode('a'.repeat(16)) } } },
    { name: 'an id of 96 bytes', given: { sent: { credentialId: encode('a'.repeat(96)) } } },
  ])('accepts $name', async ({ given }) => {
    expect(await verify(given)).toMatchObject({ ok: true })
  })

  it('accepts a signature in capitals', async () => {
    const hash = createHash('sha256').update(JSON.stringify(SAID)).digest('hex')
    const text = JSON.stringify({ clientDataHash: hash, publicKey: pemOf(ed25519) })
    const signature = sign(null, Buffer.from(text), ed25519.privateKey)
      .toString('hex')
      .toUpperCase()
    expect((await verify({ attested: { signature } })).ok).toBe(true)
  })

  it('strips padding from the id', async () => {
    const verified = await verify({ sent: { credentialId: `${ID}=` } })
    expect(verified).toMatchObject({ ok: true, value: { credentialId: ID } })
  })

  it.each<Row>([
    { name: 'the type of an assertion', given: { said: { ...SAID, type: 'key.get' } } },
    { name: 'the type of a passkey', given: { said: { ...SAID, type: 'webauthn.create' } } },
  ])('refuses $name as type_mismatch', async ({ given }) => {
    expect(await verify(given)).toEqual(refused('type_mismatch'))
  })

  it.each<Row>([
    { name: 'another challenge', given: { said: { ...SAID, challenge: 'another' } } },
    { name: 'no challenge', given: { said: { type: 'key.create' } } },
  ])('refuses $name as challenge_mismatch', async ({ given }) => {
    expect(await verify(given)).toEqual(refused('challenge_mismatch'))
  })

  it.each<Row>([
    { name: 'a foreign frame', given: { said: { ...SAID, crossOrigin: true } } },
    { name: 'a crossOrigin that is a text', given: { said: { ...SAID, crossOrigin: 'false' } } },
  ])('refuses $name as cross_origin', async ({ given }) => {
    expect(await verify(given)).toEqual(refused('cross_origin'))
  })

  it.each<{ problem: KeyAttestationProblem; given: Given }>([
    { problem: 'origin_invalid', given: { said: { ...SAID, origin: ['a'] } } },
    { problem: 'client_data_too_long', given: { said: JSON.stringify(SAID).padEnd(769) } },
    { problem: 'client_data_not_base64url', given: { sent: { clientData: 'a b' } } },
    { problem: 'attestation_not_base64url', given: { sent: { attestationData: 'a b' } } },
    { problem: 'client_data_not_object', given: { said: [SAID] } },
    { problem: 'attestation_too_long', given: { attested: '{}'.padEnd(4097) } },
    { problem: 'attestation_not_json', given: { attested: 'a' } },
    {
      problem: 'attestation_duplicate_name',
      given: { attested: '{"publicKey":"a","publicKey":"b"}' },
    },
    { problem: 'algorithm_unsupported', given: { attested: { algorithm: 'SHA1' } } },
    { problem: 'pem_malformed', given: { attested: { publicKey: 'a' } } },
  ])('refuses a single fault as $problem', async ({ problem, given }) => {
    expect(await verify(given)).toEqual(refused(problem))
  })

  it.each<Row>([
    { name: 'an attestation without members', given: { attested: '{}' } },
    { name: 'a key that is no text', given: { attested: { publicKey: 1 } } },
    { name: 'a signature that is no text', given: { attested: { signature: 1 } } },
    { name: 'a signature in base64url', given: { attested: { signature: 'zz_-' } } },
    { name: 'half a byte', given: { attested: { signature: 'abc' } } },
    { name: 'no signature', given: { attested: { signature: '' } } },
    { name: 'a signature of 513 bytes', given: { attested: { signature: 'ab'.repeat(513) } } },
    { name: 'an algorithm that is no text', given: { attested: { algorithm: 1 } } },
  ])('refuses $name as attestation_malformed', async ({ given }) => {
    expect(await verify(given)).toEqual(refused('attestation_malformed'))
  })

  it.each<Row>([
    { name: 'the key of another', given: { attested: { publicKey: pemOf(p256) } } },
    {
      name: 'another digest than the named one',
      given: { pair: p256, attested: { algorithm: 'SHA512' } },
    },
    { name: 'the key signed alone', given: { sign: (_, publicKey) => publicKey } },
    {
      name: 'the hash signed alone',
      given: { sign: (clientDataHash) => JSON.stringify({ clientDataHash }) },
    },
    {
      name: 'the members in another order',
      given: { sign: (clientDataHash, publicKey) => JSON.stringify({ publicKey, clientDataHash }) },
    },
  ])('refuses $name as signature_invalid', async ({ given }) => {
    expect(await verify(given)).toEqual(refused('signature_invalid'))
  })

  it.each<Row>([
    { name: 'an id of 15 bytes', given: { sent: { credentialId: encode('a'.repeat(15)) } } },
    { name: 'an id of 97 bytes', given: { sent: { credentialId: encode('a'.repeat(97)) } } },
    { name: 'an id that is no base64url', given: { sent: { credentialId: `${ID}+` } } },
  ])('refuses $name as credential_id_invalid', async ({ given }) => {
    expect(await verify(given)).toEqual(refused('credential_id_invalid'))
  })

  it.each([
    {
      name: 'a point of small order',
      spki: `302a300506032b657003210001${'00'.repeat(31)}`,
      problem: 'point_invalid',
    },
    { name: 'RSA of 1,024 bits', spki: '', problem: 'rsa_key_unsupported' },
  ] as const)('refuses $name, for which anybody could sign', async ({ spki, problem }) => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const der = spki
      ? Buffer.from(spki, 'hex')
      : small.publicKey.export({ type: 'spki', format: 'der' })
    const pem = `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`
    expect(await verify({ pem })).toEqual(refused(problem))
  })
})
