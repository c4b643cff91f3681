/**
 * Which public keys are taken at all (rules K1-K3).
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  importPublicKey,
  isStrongEd25519Point,
  modulusOf,
  parsePublicKey,
  pointOf,
  readRsaModulus,
  type KeyProblem,
} from '../../../src/auth/public-key.ts'

const spkiOf = (key: KeyObject) => key.export({ type: 'spki', format: 'der' })
const pemOf = (spki: Uint8Array) =>
  `-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64')}\n-----END PUBLIC KEY-----\n`
const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey
const ed25519 = generateKeyPairSync('ed25519').publicKey
const p256 = ec('prime256v1')
const rsa2048 = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey

/** An RSA key of any size without the wait: nobody has its private half. */
function rsaOf(bits: number, exponent = 'AQAB'): KeyObject {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xa5)
  bytes[0] = 1 << (bits - 1) % 8
  const n = bytes.toString('base64url')
  return createPublicKey({ key: { kty: 'RSA', n, e: exponent }, format: 'jwk' })
}

async function problemOf(spki: Uint8Array): Promise<KeyProblem | null> {
  const parsed = await parsePublicKey(pemOf(spki))
  return parsed.ok ? null : parsed.failure
}

describe('parsePublicKey', () => {
  it.each([
    { algorithm: 'Ed25519', key: ed25519 },
    { algorithm: 'P-256', key: p256 },
    { algorithm: 'P-384', key: ec('secp384r1') },
    { algorithm: 'secp256k1', key: ec('secp256k1') },
    { algorithm: 'RSA', key: rsa2048 },
    { algorithm: 'RSA', key: rsaOf(2049) },
    { algorithm: 'RSA', key: rsaOf(4096) },
  ])('accepts $algorithm as Node writes it', async ({ algorithm, key }) => {
    const pem = key.export({ type: 'spki', format: 'pem' }) as string
    const spki = spkiOf(key)
    expect(await parsePublicKey(pem)).toEqual({
      ok: true,
      value: {
        algorithm,
        spki: new Uint8Array(spki),
        fingerprint: createHash('sha256').update(spki).digest('hex'),
        pem,
      },
    })
  })

  it.each([
    { name: 'one long line', change: (pem: string) => pemOf(spkiOf(createPublicKey(pem))) },
    { name: 'CRLF', change: (pem: string) => pem.replaceAll('\n', '\r\n') },
    { name: 'blanks around it', change: (pem: string) => `\n  ${pem}\n\n` },
    { name: 'no line feed at the end', change: (pem: string) => pem.trimEnd() },
  ])('normalises a PEM with $name', async ({ change }) => {
    const pem = rsa2048.export({ type: 'spki', format: 'pem' }) as string
    expect(await parsePublicKey(change(pem))).toMatchObject({ ok: true, value: { pem } })
  })

  it.each([
    { name: 'no PEM', pem: 'key' },
    { name: 'an empty body', pem: '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n' },
    { name: 'another label', pem: rsa2048.export({ type: 'pkcs1', format: 'pem' }) as string },
    { name: 'a text before it', pem: `Key: 1\n${pemOf(spkiOf(p256))}` },
    { name: 'a second key', pem: pemOf(spkiOf(p256)).repeat(2) },
    { name: 'a foreign character', pem: pemOf(spkiOf(p256)).replace('MFkw', 'MF*w') },
    { name: 'a blank inside', pem: pemOf(spkiOf(p256)).replace('MFkw', 'MF kw') },
    { name: 'missing padding', pem: pemOf(spkiOf(p256)).replace('==', '') },
    {
      name: 'more than 2,048 characters',
      pem: `${pemOf(spkiOf(p256)).trimEnd()}${'\n'.repeat(2048)}`,
    },
  ])('refuses $name as pem_malformed', async ({ pem }) => {
    expect(await parsePublicKey(pem)).toEqual({ ok: false, failure: 'pem_malformed' })
  })

  it('refuses spare bits in the base64, which would be a second text for one key', async () => {
    const pem = pemOf(spkiOf(p256)).replace(
      /(.)==/,
      (_, last: string) => `${String.fromCharCode(last.charCodeAt(0) + 1)}==`,
    )
    expect(await parsePublicKey(pem)).toEqual({ ok: false, failure: 'pem_malformed' })
  })

  it.each([
    { name: 'P-521', spki: spkiOf(ec('secp521r1')) },
    { name: 'P-224', spki: spkiOf(ec('secp224r1')) },
    { name: 'Ed448', spki: spkiOf(generateKeyPairSync('ed448').publicKey) },
    { name: 'X25519', spki: spkiOf(generateKeyPairSync('x25519').publicKey) },
    {
      name: 'RSA-PSS',
      spki: spkiOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey),
    },
    { name: 'a byte after the key', spki: Buffer.concat([spkiOf(ed25519), Buffer.of(0)]) },
    { name: 'a cut key', spki: spkiOf(p256).subarray(0, -1) },
    {
      name: 'a private key',
      spki: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }),
    },
    {
      name: 'a compressed point',
      spki: Buffer.concat([
        fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200'),
        Buffer.of(2 + ((spkiOf(p256).at(-1) ?? 0) & 1)),
        spkiOf(p256).subarray(27, 59),
      ]),
    },
    {
      name: 'a length in long form',
      spki: Buffer.concat([
        fromHex('302b30050603 2b6570 03812100'.replaceAll(' ', '')),
        spkiOf(ed25519).subarray(12),
      ]),
    },
  ])('refuses $name as key_type_unsupported', async ({ spki }) => {
    expect(await problemOf(spki)).toBe('key_type_unsupported')
  })

  it.each([
    { name: '512 bits', spki: spkiOf(rsaOf(512)) },
    { name: '1,024 bits', spki: spkiOf(rsaOf(1024)) },
    { name: '2,047 bits', spki: spkiOf(rsaOf(2047)) },
    { name: '4,097 bits', spki: spkiOf(rsaOf(4097)) },
    { name: 'an even modulus', spki: new Uint8Array(spkiOf(rsa2048)).fill(0xa4, -6, -5) },
    { name: 'exponent 3', spki: spkiOf(rsaOf(2048, 'Aw')) },
    { name: 'exponent 65,539', spki: spkiOf(rsaOf(2048, 'AQAD')) },
    { name: 'a byte after the key', spki: Buffer.concat([spkiOf(rsa2048), Buffer.of(0)]) },
    { name: 'a cut key', spki: spkiOf(rsa2048).subarray(0, -1) },
    {
      name: 'a second sign byte',
      spki: Buffer.concat([
        fromHex(
          '30820123300d06092a864886f70d01010105000382011000 3082010b 02820102 0000'.replaceAll(
            ' ',
            '',
          ),
        ),
        spkiOf(rsa2048).subarray(33),
      ]),
    },
    {
      name: 'a negative modulus',
      spki: Buffer.concat([
        fromHex(
          '30820121300d06092a864886f70d01010105000382010e00 30820109 02820100'.replaceAll(' ', ''),
        ),
        spkiOf(rsa2048).subarray(33),
      ]),
    },
  ])('refuses RSA with $name as rsa_key_unsupported', async ({ spki }) => {
    expect(await problemOf(spki)).toBe('rsa_key_unsupported')
  })

  it.each(['prime256v1', 'secp384r1', 'secp256k1'])('refuses points off %s', async (curve) => {
    const spki = spkiOf(ec(curve))
    const moved = Buffer.from(spki)
    moved[moved.length - 1] = (moved.at(-1) ?? 0) ^ 1
    expect(await problemOf(moved)).toBe('point_invalid')
    const pointBytes = curve === 'secp384r1' ? 96 : 64
    expect(await problemOf(new Uint8Array(spki).fill(0, -pointBytes))).toBe('point_invalid')
    expect(await problemOf(new Uint8Array(spki).fill(0xff, -pointBytes))).toBe('point_invalid')
  })

  it.each([
    { name: 'the identity', point: `01${'00'.repeat(31)}` },
    { name: 'the point of order 2', point: `ec${'ff'.repeat(30)}7f` },
    { name: 'a point of order 4', point: '00'.repeat(32) },
    { name: 'the other point of order 4', point: `${'00'.repeat(31)}80` },
    {
      name: 'a point of order 8',
      point: '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    },
    {
      name: 'another point of order 8',
      point: 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    },
    { name: 'x = 0 with a sign bit', point: `01${'00'.repeat(30)}80` },
    { name: 'a y of p', point: `ed${'ff'.repeat(30)}7f` },
    { name: 'a y of p + 3, which is on the curve', point: `f0${'ff'.repeat(30)}7f` },
    { name: 'a y that has no x', point: `02${'00'.repeat(31)}` },
  ])('refuses Ed25519 with $name', async ({ point }) => {
    expect(await problemOf(fromHex(`302a300506032b6570032100${point}`))).toBe('point_invalid')
  })
})

describe('isStrongEd25519Point', () => {
  it('answers false for a wrong number of bytes', () => {
    expect(isStrongEd25519Point(new Uint8Array(31))).toBe(false)
  })
})

describe('pointOf', () => {
  it('cuts out the raw Ed25519 key and the uncompressed ECDSA point', () => {
    const raw = Buffer.from(ed25519.export({ format: 'jwk' }).x ?? '', 'base64url')
    expect(pointOf({ algorithm: 'Ed25519', spki: spkiOf(ed25519) })).toEqual(raw)
    const point = pointOf({ algorithm: 'P-256', spki: spkiOf(p256) })
    expect([point.length, point[0]]).toEqual([65, 4])
  })
})

describe('modulusOf', () => {
  it('cuts the modulus without its sign byte', () => {
    const modulus = Buffer.from(rsa2048.export({ format: 'jwk' }).n ?? '', 'base64url')
    expect(modulusOf({ spki: spkiOf(rsa2048) })).toEqual(modulus)
  })
})

describe('readRsaModulus', () => {
  it('reads the modulus without its sign byte', () => {
    const modulus = Buffer.from(rsa2048.export({ format: 'jwk' }).n ?? '', 'base64url')
    expect(readRsaModulus(spkiOf(rsa2048))).toEqual(modulus)
  })

  it('answers null for a key of another type', () => {
    expect(readRsaModulus(spkiOf(p256))).toBeNull()
  })
})

describe('importPublicKey', () => {
  it('imports for verification only', async () => {
    const key = await importPublicKey({ algorithm: 'RSA', spki: spkiOf(rsa2048) }, 'SHA-512')
    expect(key.usages).toEqual(['verify'])
    expect(key.algorithm).toMatchObject({ name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-512' } })
  })
})
