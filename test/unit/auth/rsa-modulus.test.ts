/**
 * Which RSA moduli pass (K1): by size, by parity, and none that a flawed generator made.
 */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isStrongRsaModulus } from '../../../src/auth/rsa-modulus.ts'

/** Big-endian bytes without zeros in front. */
const bytesOf = (value: bigint): Uint8Array => {
  const hex = value.toString(16)
  return Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}

/** A power of the generator's base, of more than 2,048 bits: what the flawed chip's moduli are to every small prime. */
const FLAWED = 65_537n ** 128n

describe('isStrongRsaModulus', () => {
  it.each([
    { name: '2,047 bits', modulus: 2n ** 2047n - 1n, isStrong: false },
    { name: '2,048 bits', modulus: 2n ** 2047n + 1n, isStrong: true },
    { name: '4,096 bits', modulus: 2n ** 4096n - 1n, isStrong: true },
    { name: '4,097 bits', modulus: 2n ** 4096n + 1n, isStrong: false },
    { name: 'an even number', modulus: 2n ** 2047n, isStrong: false },
    { name: "the flawed generator's form", modulus: FLAWED, isStrong: false },
    { name: 'its neighbour', modulus: FLAWED + 2n, isStrong: true },
    { name: 'nothing', modulus: 0n, isStrong: false },
  ])('takes $name: $isStrong', ({ modulus, isStrong }) => {
    expect(isStrongRsaModulus(bytesOf(modulus))).toBe(isStrong)
  })

  it('takes what a sound generator makes', () => {
    const { n = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      format: 'jwk',
    })
    expect(isStrongRsaModulus(new Uint8Array(Buffer.from(n, 'base64url')))).toBe(true)
  })

  it('refuses a zero in front', () => {
    expect(isStrongRsaModulus(Uint8Array.of(0, ...bytesOf(2n ** 2047n + 1n)))).toBe(false)
  })
})
