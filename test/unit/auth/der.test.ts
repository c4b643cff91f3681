/**
 * DER signatures, read strictly (rule S1).
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ecdsaDerToP1363 } from '../../../src/auth/der.ts'

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const A = '41'.repeat(32)
const HIGH = `ff${'41'.repeat(31)}`

describe('ecdsaDerToP1363', () => {
  it.each([
    { namedCurve: 'prime256v1', coordinateBytes: 32 },
    { namedCurve: 'secp256k1', coordinateBytes: 32 },
    { namedCurve: 'secp384r1', coordinateBytes: 48 },
  ])('converts what OpenSSL writes on $namedCurve', ({ namedCurve, coordinateBytes }) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
    for (let round = 0; round < 64; round += 1) {
      const data = Buffer.from([round])
      const raw = ecdsaDerToP1363(sign('sha256', data, privateKey), coordinateBytes)
      if (raw === null) throw new Error('refused a signature by OpenSSL')
      expect(raw).toHaveLength(2 * coordinateBytes)
      expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true)
    }
  })

  it('fills short numbers up with zeros and drops the sign byte', () => {
    expect(ecdsaDerToP1363(fromHex('3007 020101 02020080'), 4)).toEqual(
      fromHex('00000001 00000080'),
    )
  })

  it('takes the longest numbers of the curve', () => {
    expect(ecdsaDerToP1363(fromHex(`3045 022100${HIGH} 0220${A}`), 32)).toEqual(fromHex(HIGH + A))
  })

  it('refuses lengths over 127, which no curve of ours needs', () => {
    const number = `0240${A}${A}`
    expect(ecdsaDerToP1363(fromHex(`3084 ${number} ${number}`), 66)).toBeNull()
    expect(ecdsaDerToP1363(fromHex(`308184 ${number} ${number}`), 66)).toBeNull()
  })

  it.each([
    { name: 'no bytes', hex: '' },
    { name: 'a tag alone', hex: '30' },
    { name: 'another outer tag', hex: `3144 0220${A} 0220${A}` },
    { name: 'a byte after the sequence', hex: `3044 0220${A} 0220${A} 00` },
    { name: 'a byte after the numbers, inside of the sequence', hex: `3045 0220${A} 0220${A} 00` },
    { name: 'a third number', hex: '3009 020101 020101 020101' },
    { name: 'one number only', hex: '3003 020101' },
    { name: 'an empty sequence', hex: '3000' },
    { name: 'a sequence that is cut', hex: `3044 0220${A} 0220${A.slice(2)}` },
    { name: 'a sequence length in long form', hex: `308144 0220${A} 0220${A}` },
    { name: 'a sequence of indefinite length', hex: `3080 0220${A} 0220${A} 0000` },
    { name: 'a number length in long form', hex: `3045 028120${A} 0220${A}` },
    { name: 'another tag for r', hex: `3044 0320${A} 0220${A}` },
    { name: 'another tag for s', hex: `3044 0220${A} 0420${A}` },
    { name: 'a negative r', hex: `3044 0220${HIGH} 0220${A}` },
    { name: 'a negative s', hex: `3044 0220${A} 0220${HIGH}` },
    { name: 'a sign byte that is not needed', hex: `3045 022100${A} 0220${A}` },
    { name: 'two sign bytes', hex: `3046 02220000${HIGH} 0220${A}` },
    { name: 'an empty number', hex: '3005 0200 020101' },
    { name: 'r of zero', hex: '3006 020100 020101' },
    { name: 's of zero', hex: '3006 020101 020100' },
    { name: 'a number longer than the curve', hex: `3046 0221 01${A} 0221 01${A}` },
    { name: 'a number that runs over the end', hex: '3006 020101 020501' },
  ])('refuses $name', ({ hex }) => {
    expect(ecdsaDerToP1363(fromHex(hex), 32)).toBeNull()
  })
})
