/**
 * What an authenticator says: the reading, and the checks of both ceremonies (rules W7, W8, W11).
 */
import { encode } from 'cborg'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  checkCeremony,
  parseAuthenticatorData,
  type AuthenticatorData,
  type AuthenticatorDataProblem,
} from '../../../src/auth/authenticator-data.ts'
import type { RelyingParty } from '../../../src/auth/webauthn-client-data.ts'
import { createAuthenticator, FLAG, hashOf, joinBytes, PARTY } from '../../support/authenticator.ts'

const { UP, UV, BE, BS, AT, ED } = FLAG
const COUNT = [0x80, 0, 0, 7]
const ID = new Uint8Array(32).fill(0x1d)
let rpIdHash: Uint8Array
let key: Uint8Array

beforeAll(async () => {
  rpIdHash = await hashOf(new TextEncoder().encode(PARTY.id))
  key = encode((await createAuthenticator('ES256')).coseKey)
})

interface Row {
  readonly name: string
  readonly make: () => Uint8Array
}

const refused = (failure: AuthenticatorDataProblem) => ({ ok: false, failure })

type Part = Uint8Array | readonly number[]
const data = (flags: number, ...parts: readonly Part[]) =>
  joinBytes(rpIdHash, [flags], COUNT, ...parts)
const attested = (id: Part = ID, length = id.length) =>
  joinBytes(new Uint8Array(16), [length >> 8, length & 0xff], id)
const cbor = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const EXTENSIONS = encode({ credProtect: 2, later: { than: [1, 'this'] } })

describe('parseAuthenticatorData', () => {
  it('reads hash, flags and counter', () => {
    expect(parseAuthenticatorData(data(UP | BE | BS))).toEqual({
      ok: true,
      value: {
        rpIdHash,
        isUserPresent: true,
        isUserVerified: false,
        isBackupEligible: true,
        isBackedUp: true,
        signCount: 0x8000_0007,
        attested: null,
      },
    })
  })

  it.each([
    { name: 'of 16 bytes', bytes: 16 },
    { name: 'of 1,023 bytes', bytes: 1023 },
  ])('reads a credential with an id $name', ({ bytes }) => {
    const id = new Uint8Array(bytes).fill(7)
    const parsed = parseAuthenticatorData(data(AT, attested(id), key))
    expect(parsed).toMatchObject({ ok: true, value: { attested: { credentialId: id } } })
  })

  it('reads bytes that lie in the middle of others', () => {
    const inside = joinBytes([1, 2, 3], data(UV), [4]).subarray(3, -1)
    expect(parseAuthenticatorData(inside)).toMatchObject({
      ok: true,
      value: { isUserVerified: true, signCount: 0x8000_0007 },
    })
  })

  it.each([
    { name: 'after the fixed parts', make: () => data(ED, EXTENSIONS) },
    { name: 'after a credential', make: () => data(AT | ED, attested(), key, EXTENSIONS) },
    { name: 'that say nothing', make: () => data(ED, encode({})) },
  ])('ignores extensions $name', ({ make }) => {
    expect(parseAuthenticatorData(make()).ok).toBe(true)
  })

  it('ignores the reserved flags', () => {
    expect(parseAuthenticatorData(data(0x22)).ok).toBe(true)
  })

  it.each<Row>([
    { name: 'nothing', make: () => new Uint8Array() },
    { name: '36 bytes', make: () => data(UP).subarray(0, 36) },
  ])('refuses $name as authenticator_data_too_short', ({ make }) => {
    expect(parseAuthenticatorData(make())).toEqual(refused('authenticator_data_too_short'))
  })

  it.each<Row>([
    { name: 'a byte after the counter', make: () => data(UP, [0]) },
    { name: 'a credential without its flag', make: () => data(UP, attested(), key) },
    { name: 'extensions without their flag', make: () => data(UP, EXTENSIONS) },
    { name: 'a byte after the key', make: () => data(AT, attested(), key, [0]) },
    { name: 'a byte after the extensions', make: () => data(ED, EXTENSIONS, [0]) },
    { name: 'two maps of extensions', make: () => data(ED, EXTENSIONS, EXTENSIONS) },
  ])('refuses $name as authenticator_data_trailing', ({ make }) => {
    expect(parseAuthenticatorData(make())).toEqual(refused('authenticator_data_trailing'))
  })

  it.each<Row>([
    { name: 'the flag of a credential alone', make: () => data(AT) },
    { name: 'a credential that ends in its model', make: () => data(AT, new Uint8Array(15)) },
    { name: 'a credential without a key', make: () => data(AT, attested()) },
    { name: 'an id of 15 bytes', make: () => data(AT, attested(ID.subarray(0, 15)), key) },
    { name: 'an id of 1,024 bytes', make: () => data(AT, attested(new Uint8Array(1024)), key) },
    { name: 'an id that is longer than the rest', make: () => data(AT, attested(ID, 1000)) },
    { name: 'a key that is cut', make: () => data(AT, attested(), key.subarray(0, -1)) },
    { name: 'a key that is an array', make: () => data(AT, attested(), encode([1])) },
  ])('refuses $name as attested_data_malformed', ({ make }) => {
    expect(parseAuthenticatorData(make())).toEqual(refused('attested_data_malformed'))
  })

  it.each<Row>([
    { name: 'the flag of extensions alone', make: () => data(ED) },
    {
      name: 'extensions without a key before them, which a flag announces',
      make: () => data(AT | ED, attested(), key),
    },
    { name: 'extensions that are a text', make: () => data(ED, encode('x')) },
    { name: 'extensions that are cut', make: () => data(ED, EXTENSIONS.subarray(0, -1)) },
    { name: 'one name twice', make: () => data(ED, cbor('a2616101616102')) },
    { name: 'a map of indefinite length', make: () => data(ED, cbor('bf616101ff')) },
    { name: 'a text of indefinite length', make: () => data(ED, cbor('a161617f6161ff')) },
    { name: 'a number in more bytes than it needs', make: () => data(ED, cbor('a161611801')) },
    { name: 'a length in more bytes than it needs', make: () => data(ED, cbor('b801616101')) },
    { name: 'a tag', make: () => data(ED, cbor('a16161c001')) },
    { name: 'undefined', make: () => data(ED, cbor('a16161f7')) },
    { name: 'an integer of 64 bits', make: () => data(ED, cbor('a161611bffffffffffffffff')) },
    { name: 'Infinity', make: () => data(ED, cbor('a16161f97c00')) },
    { name: 'NaN', make: () => data(ED, cbor('a16161f97e00')) },
    { name: 'a map of four billion members', make: () => data(ED, cbor('baffffffff')) },
    {
      name: 'arrays that are 100,000 deep',
      make: () => data(ED, cbor('a16161'), new Uint8Array(100_000).fill(0x81)),
    },
  ])('refuses $name as extensions_malformed', ({ make }) => {
    expect(parseAuthenticatorData(make())).toEqual(refused('extensions_malformed'))
  })
})

describe('checkCeremony', () => {
  const check = (flags: number, party: RelyingParty = PARTY) => {
    const parsed = parseAuthenticatorData(data(flags))
    return checkCeremony((parsed.ok ? parsed.value : {}) as AuthenticatorData, party)
  }

  it.each([
    { name: 'a verified user', flags: UP | UV, problem: null },
    { name: 'a passkey that may be copied', flags: UP | UV | BE, problem: null },
    { name: 'a passkey that was copied', flags: UP | UV | BE | BS, problem: null },
    { name: 'nobody there', flags: UV, problem: 'user_not_present' },
    { name: 'somebody unknown', flags: UP, problem: 'user_not_verified' },
    {
      name: 'a copy of what cannot be copied',
      flags: UP | UV | BS,
      problem: 'backup_state_invalid',
    },
  ])('says of $name: $problem', async ({ flags, problem }) => {
    expect(await check(flags)).toBe(problem)
  })

  it('refuses what was made for another relying party', async () => {
    expect(await check(UP | UV, { ...PARTY, id: 'www.example.org' })).toBe('relying_party_mismatch')
  })

  it('lets a user be unverified where the relying party only prefers it', async () => {
    const party: RelyingParty = { ...PARTY, userVerification: 'preferred' }
    expect([await check(UP, party), await check(UV, party)]).toEqual([null, 'user_not_present'])
  })
})
