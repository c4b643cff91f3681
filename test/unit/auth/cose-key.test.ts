/**
 * Which keys an authenticator may bring (rules K1-K3, W10).
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { parseCoseKey, type CoseKeyProblem } from '../../../src/auth/cose-key.ts'
import {
  createAuthenticator,
  PASSKEY_ALGORITHMS,
  type Authenticator,
  type PasskeyAlgorithm,
} from '../../support/authenticator.ts'

const made = {} as Record<PasskeyAlgorithm, Authenticator>
beforeAll(async () => {
  for (const name of PASSKEY_ALGORITHMS) made[name] = await createAuthenticator(name)
})

/** A COSE_Key with members replaced, or taken away where they are undefined. */
function keyWith(name: PasskeyAlgorithm, changes: readonly [unknown, unknown][]) {
  const map = new Map<unknown, unknown>(made[name].coseKey)
  for (const [label, value] of changes) {
    if (value === undefined) map.delete(label)
    else map.set(label, value)
  }
  return map
}

interface Row {
  readonly name: string
  readonly of: PasskeyAlgorithm
  readonly changes: readonly [label: number, value: unknown][]
}

const refused = (failure: CoseKeyProblem) => ({ ok: false, failure })
const bytes = (length: number, first = 1) => new Uint8Array(length).fill(first, 0, 1).fill(0xa5, 1)

describe('parseCoseKey', () => {
  it.each([
    { name: 'ES256', algorithm: 'P-256' },
    { name: 'ES384', algorithm: 'P-384' },
    { name: 'EdDSA', algorithm: 'Ed25519' },
    { name: 'RS256', algorithm: 'RSA' },
  ] as const)('reads a key of $name as the key that the runtime exports', async (row) => {
    expect(await parseCoseKey(made[row.name].coseKey)).toMatchObject({
      ok: true,
      value: { algorithm: row.algorithm, pem: made[row.name].publicKeyPem },
    })
  })

  it.each<Row>([
    { name: 'no algorithm', of: 'ES256', changes: [[3, undefined]] },
    { name: 'the name of an algorithm', of: 'ES256', changes: [[3, 'ES256']] },
    {
      name: 'ES512',
      of: 'ES256',
      changes: [
        [3, -36],
        [-1, 3],
      ],
    },
    {
      name: 'ES256K',
      of: 'ES256',
      changes: [
        [3, -47],
        [-1, 8],
      ],
    },
    {
      name: 'Ed448 by its own number',
      of: 'EdDSA',
      changes: [
        [3, -53],
        [-1, 7],
      ],
    },
    { name: 'RS1', of: 'RS256', changes: [[3, -65535]] },
    { name: 'PS256', of: 'RS256', changes: [[3, -37]] },
  ])('refuses $name as algorithm_unsupported', async ({ of, changes }) => {
    expect(await parseCoseKey(keyWith(of, changes))).toEqual(refused('algorithm_unsupported'))
  })

  it.each<Row>([
    {
      name: 'Ed448 as EdDSA',
      of: 'EdDSA',
      changes: [
        [-1, 7],
        [-2, bytes(57)],
      ],
    },
    { name: 'ES256 on P-384', of: 'ES384', changes: [[3, -7]] },
    { name: 'ES384 on P-256', of: 'ES256', changes: [[3, -35]] },
    { name: 'P-384 that says P-256', of: 'ES384', changes: [[-1, 1]] },
    { name: 'no type', of: 'ES256', changes: [[1, undefined]] },
    { name: 'another type of a curve', of: 'ES256', changes: [[1, 1]] },
    { name: 'another type of Ed25519', of: 'EdDSA', changes: [[1, 2]] },
    { name: 'another type of RSA', of: 'RS256', changes: [[1, 2]] },
    { name: 'the algorithm of RSA for a curve', of: 'ES256', changes: [[3, -257]] },
    { name: 'a sign bit for y', of: 'ES256', changes: [[-3, true]] },
    { name: 'no y', of: 'ES256', changes: [[-3, undefined]] },
    { name: 'a y of Ed25519', of: 'EdDSA', changes: [[-3, bytes(32)]] },
    { name: 'an x of 31 bytes', of: 'ES256', changes: [[-2, bytes(31)]] },
    { name: 'an x of 33 bytes', of: 'ES256', changes: [[-2, bytes(33, 0)]] },
    { name: 'an x that is a text', of: 'ES256', changes: [[-2, 'a'.repeat(32)]] },
    { name: 'a y of 47 bytes on P-384', of: 'ES384', changes: [[-3, bytes(47)]] },
    { name: 'a private part', of: 'ES256', changes: [[-4, bytes(32)]] },
    { name: 'a private part of Ed25519', of: 'EdDSA', changes: [[-4, bytes(32)]] },
    { name: 'a private exponent', of: 'RS256', changes: [[-3, bytes(256)]] },
    { name: 'a key id', of: 'ES256', changes: [[2, bytes(16)]] },
    { name: 'e = 3', of: 'RS256', changes: [[-2, Uint8Array.of(3)]] },
    { name: 'e with a zero in front', of: 'RS256', changes: [[-2, Uint8Array.of(0, 1, 0, 1)]] },
    { name: 'e that is a number', of: 'RS256', changes: [[-2, 65537]] },
    { name: 'n that is a number', of: 'RS256', changes: [[-1, 7]] },
    { name: 'n with a zero in front', of: 'RS256', changes: [[-1, bytes(257, 0)]] },
  ])('refuses $name as cose_key_malformed', async ({ of, changes }) => {
    expect(await parseCoseKey(keyWith(of, changes))).toEqual(refused('cose_key_malformed'))
  })

  it.each<Row>([
    { name: 'a point off its curve', of: 'ES256', changes: [[-3, bytes(32)]] },
    { name: 'a point off P-384', of: 'ES384', changes: [[-3, bytes(48)]] },
    { name: 'a point of small order', of: 'EdDSA', changes: [[-2, bytes(32).fill(0, 1)]] },
  ])('refuses $name as point_invalid', async ({ of, changes }) => {
    expect(await parseCoseKey(keyWith(of, changes))).toEqual(refused('point_invalid'))
  })

  it.each<Row>([
    { name: 'RSA of 1,024 bits', of: 'RS256', changes: [[-1, bytes(128, 0x80)]] },
    { name: 'RSA of 4,104 bits', of: 'RS256', changes: [[-1, bytes(513, 0x80)]] },
    { name: 'RSA without a modulus', of: 'RS256', changes: [[-1, new Uint8Array()]] },
  ])('refuses $name as rsa_key_unsupported', async ({ of, changes }) => {
    expect(await parseCoseKey(keyWith(of, changes))).toEqual(refused('rsa_key_unsupported'))
  })

  it('accepts RSA whose modulus has no high bit in front', async () => {
    const parsed = await parseCoseKey(keyWith('RS256', [[-1, bytes(257, 1)]]))
    expect(parsed).toMatchObject({ ok: true, value: { algorithm: 'RSA' } })
  })
})
