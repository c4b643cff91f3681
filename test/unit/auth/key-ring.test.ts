/**
 * `SIGNING_KEYS`: what is taken of it, which key signs, and what is published.
 */
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../../src/auth/key-ring.ts'
import { createTestKey } from '../../support/jws.ts'

const FIRST = createTestKey('first').privateJwk
const SECOND = createTestKey('second').privateJwk
const { x, ...WITHOUT_X } = FIRST
const { d, ...PUBLIC_ONLY } = FIRST
const { kid: _kid, ...WITHOUT_KID } = FIRST

const ringOf = (keys: unknown, denied: string[] = []) =>
  createKeyRing(typeof keys === 'string' ? keys : JSON.stringify(keys), new Set(denied))

describe('createKeyRing', () => {
  it('signs with the first key and verifies with all', async () => {
    const ring = await ringOf([FIRST, SECOND])
    expect(ring.signer.kid).toBe('first')
    expect(ring.find('first')?.kid).toBe('first')
    expect(ring.find('second')?.kid).toBe('second')
  })

  it('signs with another key when the order changes, and still verifies with the old one', async () => {
    const ring = await ringOf([SECOND, FIRST])
    expect(ring.signer.kid).toBe('second')
    expect(ring.find('first')?.publicJwk).toMatchObject({ x })
  })

  it.each(['third', 'FIRST', 'first ', '', '__proto__', 'constructor'])(
    'finds no key for the kid "%s"',
    async (kid) => {
      expect((await ringOf([FIRST])).find(kid)).toBeNull()
    },
  )

  it('publishes all public halves in order, and no private member', async () => {
    const { publicKeySet } = await ringOf([FIRST, { ...SECOND, key_ops: ['sign'], custom: 'x' }])
    const row = (jwk: Record<string, unknown>) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      x: jwk['x'],
      kid: jwk['kid'],
      alg: 'EdDSA',
      use: 'sig',
    })
    expect(publicKeySet).toEqual({ keys: [row(FIRST), row(SECOND)] })
    expect(JSON.stringify(publicKeySet)).not.toContain(d)
  })

  it('neither verifies with a denied key nor publishes it', async () => {
    const ring = await ringOf([FIRST, SECOND], ['second'])
    expect(ring.find('second')).toBeNull()
    expect(ring.publicKeySet.keys.map((key) => key.kid)).toEqual(['first'])
  })

  it('refuses to start when the signer is denied', async () => {
    await expect(ringOf([FIRST, SECOND], ['first'])).rejects.toThrow(
      'The first key of SIGNING_KEYS is listed in DENIED_KIDS.',
    )
  })

  it('refuses one kid twice, even where it is denied', async () => {
    const twice = [FIRST, SECOND, { ...SECOND, kid: 'first' }]
    await expect(ringOf(twice)).rejects.toThrow('SIGNING_KEYS holds the same kid twice.')
  })

  it.each<{ name: string; keys: unknown; message: string }>([
    { name: 'a text that is no JSON', keys: '[{', message: 'SIGNING_KEYS is not JSON.' },
    { name: 'an empty text', keys: '', message: 'SIGNING_KEYS is not JSON.' },
    { name: 'an empty list', keys: [], message: 'not a JSON array of at least one private JWK' },
    { name: 'a key without a list', keys: FIRST, message: 'not a JSON array' },
    { name: 'null in the list', keys: [FIRST, null], message: 'not a JSON array' },
    { name: 'a list in the list', keys: [[FIRST]], message: 'not a JSON array' },
    {
      name: 'an RSA key',
      keys: [createTestKey('rsa', 'RSA').privateJwk],
      message: 'is a private Ed25519 JWK',
    },
    {
      name: 'a P-256 key',
      keys: [createTestKey('ec', 'P-256').privateJwk],
      message: 'is a private Ed25519 JWK',
    },
    { name: 'a public key', keys: [PUBLIC_ONLY], message: 'is a private Ed25519 JWK' },
    { name: 'a key without x', keys: [WITHOUT_X], message: 'is a private Ed25519 JWK' },
    {
      name: 'a key of X25519',
      keys: [{ ...FIRST, crv: 'X25519' }],
      message: 'is a private Ed25519 JWK',
    },
    { name: 'a weak second key', keys: [FIRST, { ...SECOND, kty: 'oct' }], message: 'Ed25519' },
    { name: 'a key without kid', keys: [WITHOUT_KID], message: 'needs a kid' },
    { name: 'a numeric kid', keys: [{ ...FIRST, kid: 7 }], message: 'needs a kid' },
    { name: 'an empty kid', keys: [{ ...FIRST, kid: '' }], message: 'needs a kid' },
    { name: 'a kid with a slash', keys: [{ ...FIRST, kid: '../a' }], message: 'needs a kid' },
    {
      name: 'a kid of 129 characters',
      keys: [{ ...FIRST, kid: 'k'.repeat(129) }],
      message: 'needs a kid',
    },
  ])('refuses $name with a sentence that holds no key', async ({ keys, message }) => {
    const error: unknown = await ringOf(keys).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).not.toContain(d)
  })

  it.each([
    { kid: 'dev-1', hasDemoKey: true },
    { kid: 'development', hasDemoKey: false },
    { kid: 'prod-dev-1', hasDemoKey: false },
  ])('tells that a ring with $kid has a demo key: $hasDemoKey', async ({ kid, hasDemoKey }) => {
    expect((await ringOf([FIRST, { ...SECOND, kid }])).hasDemoKey).toBe(hasDemoKey)
  })
})
