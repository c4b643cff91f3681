/**
 * Everything that is done to a passkey's registration and assertion, each with the problem that it has to be refused
 * for (catalogue C4). The samples are W3C's or made here; nothing signs again, so that no mutation is signed.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384 } from '@noble/curves/nist.js'
import { decode, decodeFirst, encode } from 'cborg'
import { encodeBase64Url } from '../../src/auth/base64url.ts'
import type { PasskeyAttestationProblem } from '../../src/auth/verify-attestation.ts'
import type {
  PasskeyAssertionInput,
  PasskeyProblem,
} from '../../src/auth/verify-passkey-assertion.ts'
import type { ClientDataProblem, RelyingParty } from '../../src/auth/webauthn-client-data.ts'
import { FLAG, joinBytes } from '../support/authenticator.ts'

/** An assertion in bytes, with what is stored of its credential. */
export interface AssertionCase {
  readonly clientData: Uint8Array
  readonly authenticatorData: Uint8Array
  readonly signature: Uint8Array
  readonly userHandle?: string
  readonly credential: PasskeyAssertionInput['credential']
  readonly challenge: string
  readonly relyingParty: RelyingParty
}

/** A registration in bytes. */
export interface RegistrationCase {
  readonly credentialId: Uint8Array
  readonly clientData: Uint8Array
  readonly object: Uint8Array
  readonly challenge: string
  readonly relyingParty: RelyingParty
}

/** One change, and what is wrong then: null for nothing. */
export interface Mutation<Case, Problem> {
  readonly name: string
  readonly changes: Partial<Case>
  readonly problem: Problem | null
  /** A problem of the sample that the change takes away. */
  readonly lifts?: Problem
}

const utf8 = (text: string) => new TextEncoder().encode(text)
const MARK = [0xef, 0xbb, 0xbf]
const { UP, UV, BE, BS, AT, ED } = FLAG

type ClientDataRow = readonly [
  name: string,
  clientData: Uint8Array,
  problem: ClientDataProblem | 'unsigned',
  lifts?: 'cross_origin',
]

/** What is done to client data; `unsigned`: they still say what they have to, but in other bytes. */
function changeClientData(bytes: Uint8Array, relyingParty: RelyingParty): ClientDataRow[] {
  const text = new TextDecoder().decode(bytes)
  const said = JSON.parse(text) as Record<string, unknown>
  const { type, challenge, origin, topOrigin, ...others } = said
  const say = (changes: object) => utf8(JSON.stringify({ ...said, ...changes }))
  const home = relyingParty.origins[0] ?? ''
  const otherType = type === 'webauthn.get' ? 'webauthn.create' : 'webauthn.get'
  const turned = Object.fromEntries(Object.entries(said).reverse())
  const foreign: ClientDataRow[] = said['crossOrigin']
    ? [
        [
          'no foreign frame',
          say({ crossOrigin: false }),
          topOrigin ? 'top_origin' : 'unsigned',
          'cross_origin',
        ],
      ]
    : [['a foreign frame', say({ crossOrigin: true }), 'cross_origin']]
  return [
    ...foreign,
    ['the type of the other ceremony', say({ type: otherType }), 'type_mismatch'],
    ['the type of a key', say({ type: 'key.get' }), 'type_mismatch'],
    ['no type', say({ type: undefined }), 'type_mismatch'],
    ['a type in capitals', say({ type: String(type).toUpperCase() }), 'type_mismatch'],
    [
      'another challenge',
      say({ challenge: encodeBase64Url(utf8('another')) }),
      'challenge_mismatch',
    ],
    ['a longer challenge', say({ challenge: `${String(challenge)}A` }), 'challenge_mismatch'],
    ['a padded challenge', say({ challenge: `${String(challenge)}=` }), 'challenge_mismatch'],
    ['an empty challenge', say({ challenge: '' }), 'challenge_mismatch'],
    ['no challenge', say({ challenge: undefined }), 'challenge_mismatch'],
    ['plain http', say({ origin: home.replace('https', 'http') }), 'origin_mismatch'],
    ['a host that begins as ours', say({ origin: `${home}.evil.example` }), 'origin_mismatch'],
    ['a host that ends as ours', say({ origin: home.replace('//', '//evil') }), 'origin_mismatch'],
    ['a port', say({ origin: `${home}:8443` }), 'origin_mismatch'],
    ['a path', say({ origin: `${home}/` }), 'origin_mismatch'],
    ['an opaque origin', say({ origin: 'null' }), 'origin_mismatch'],
    ['no origin', say({ origin: undefined }), 'origin_mismatch'],
    ['a list of origins', say({ origin: [origin] }), 'origin_mismatch'],
    ['a crossOrigin that is a text', say({ crossOrigin: 'true' }), 'cross_origin'],
    ['a crossOrigin that is null', say({ crossOrigin: null }), 'cross_origin'],
    [
      'a page around ours',
      say({ crossOrigin: false, topOrigin: 'https://a.example' }),
      'top_origin',
      'cross_origin',
    ],
    [
      'a topOrigin that is null',
      say({ crossOrigin: false, topOrigin: null }),
      'top_origin',
      'cross_origin',
    ],
    ['a byte order mark', joinBytes(MARK, bytes), 'unsigned'],
    ['two byte order marks', joinBytes(MARK, MARK, bytes), 'client_data_byte_order_mark'],
    ['a second type', utf8(`{"type":"a",${text.slice(1)}`), 'client_data_duplicate_name'],
    ['a cut', bytes.subarray(0, -1), 'client_data_not_json'],
    ['nothing', new Uint8Array(), 'client_data_not_json'],
    ['a list', utf8(`[${text}]`), 'client_data_not_object'],
    [
      'a byte that is no UTF-8',
      joinBytes(utf8('{"a":"'), [0xff], utf8(`",${text.slice(1)}`)),
      'client_data_not_utf8',
    ],
    ['too many bytes', utf8(text.padEnd(769)), 'client_data_too_long'],
    ['a blank', utf8(`${text} `), 'unsigned'],
    ['another order', utf8(JSON.stringify(turned)), 'unsigned'],
    ['another member', say({ ...others, more: 1 }), 'unsigned'],
    ['an escape', utf8(text.replace('"type"', '"\\u0074ype"')), 'unsigned'],
  ]
}

/** Makes every mutation of an assertion. */
export function mutateAssertion(base: AssertionCase): Mutation<AssertionCase, PasskeyProblem>[] {
  const { authenticatorData: data, signature, credential, relyingParty } = base
  const flags = data[32] ?? 0
  const withFlags = (given: number, ...more: Uint8Array[]) => {
    const changed = joinBytes(data, ...more)
    changed[32] = given
    return changed
  }
  const flip = (at: number, mask = 1) =>
    data.map((byte, place) => (place === at ? byte ^ mask : byte))
  const eligible = flags & BE
  const toggled = eligible && flags & BS ? 'backup_state_invalid' : 'backup_eligibility_changed'
  const dataRows: [string, Uint8Array, PasskeyProblem, PasskeyProblem?][] = [
    ['another relying party', flip(0), 'relying_party_mismatch'],
    ['another end of the relying party', flip(31, 0x80), 'relying_party_mismatch'],
    ['nobody there', withFlags(flags & ~UP), 'user_not_present'],
    flags & UV
      ? [
          'nobody known',
          withFlags(flags & ~UV),
          relyingParty.userVerification ? 'signature_invalid' : 'user_not_verified',
        ]
      : ['somebody known', withFlags(flags | UV), 'signature_invalid', 'user_not_verified'],
    ['another eligibility', withFlags(flags ^ BE), toggled],
    [
      'another backup',
      withFlags(flags ^ BS),
      eligible ? 'signature_invalid' : 'backup_state_invalid',
    ],
    ['the flag of a credential', withFlags((flags | AT) & ~ED), 'attested_data_malformed'],
    ['a reserved flag', withFlags(flags | 0x02), 'signature_invalid'],
    ['a higher counter', flip(36, 0x40), 'signature_invalid'],
    ['a byte after it', joinBytes(data, [0]), 'authenticator_data_trailing'],
    ['36 bytes', data.subarray(0, 36), 'authenticator_data_too_short'],
    ['no authenticator data', new Uint8Array(), 'authenticator_data_too_short'],
    [
      '129 bytes',
      joinBytes(data, new Uint8Array(129 - data.length)),
      'authenticator_data_too_long',
    ],
  ]
  if (!(flags & ED)) {
    dataRows.push(
      ['the flag of extensions', withFlags(flags | ED), 'extensions_malformed'],
      ['extensions', withFlags(flags | ED, encode({ a: 1 })), 'signature_invalid'],
    )
  }
  const rows: Mutation<AssertionCase, PasskeyProblem>[] = [
    ...changeClientData(base.clientData, relyingParty).map(
      ([name, clientData, problem, lifts]) => ({
        name,
        changes: { clientData },
        problem: problem === 'unsigned' ? ('signature_invalid' as const) : problem,
        ...(lifts && { lifts }),
      }),
    ),
    ...dataRows.map(([name, authenticatorData, problem, lifts]) => ({
      name,
      changes: { authenticatorData },
      problem,
      ...(lifts && { lifts }),
    })),
    ...changeSignature(signature).map(([name, changed, isValid = false]) => ({
      name,
      changes: { signature: changed },
      problem: isValid ? null : ('signature_invalid' as const),
    })),
    {
      name: '513 bytes of signature',
      changes: { signature: new Uint8Array(513) },
      problem: 'signature_too_long',
    },
    {
      name: 'the handle of its user',
      changes: { userHandle: encodeBase64Url(utf8(credential.userId)) },
      problem: null,
    },
    {
      name: 'the handle of another',
      changes: { userHandle: 'YQ' },
      problem: 'user_handle_mismatch',
    },
    {
      name: 'another challenge that was issued',
      changes: { challenge: 'another' },
      problem: 'challenge_mismatch',
    },
    {
      name: 'no origin that is ours',
      changes: { relyingParty: { ...relyingParty, origins: [] } },
      problem: 'origin_mismatch',
    },
    {
      name: 'another id that is ours',
      changes: { relyingParty: { ...relyingParty, id: 'org' } },
      problem: 'relying_party_mismatch',
    },
    {
      name: 'another eligibility that is stored',
      changes: { credential: { ...credential, isBackupEligible: !credential.isBackupEligible } },
      problem: 'backup_eligibility_changed',
    },
    {
      name: 'a higher counter that is stored',
      changes: { credential: { ...credential, signCount: 0xffff_ffff } },
      problem: 'counter_not_risen',
    },
    {
      name: 'no key that is stored',
      changes: { credential: { ...credential, publicKeyPem: '' } },
      problem: 'key_unusable',
    },
  ]
  return rows
}

type SignatureRow = readonly [name: string, signature: Uint8Array, isValid?: boolean]

/** What is done to a signature of any algorithm, and to one of its own. */
function changeSignature(signature: Uint8Array): SignatureRow[] {
  const last = signature.length - 1
  const flip = (at: number, mask: number) =>
    signature.map((byte, place) => (place === at ? byte ^ mask : byte))
  const own =
    signature[0] === 0x30 && signature[1] === signature.length - 2
      ? changeDer(signature)
      : signature.length === 64
        ? changeEdwards(signature)
        : [['ones', signature.map(() => 0xff)] as const]
  return [
    ['no signature', new Uint8Array()],
    ['one zero', Uint8Array.of(0)],
    ['zeros', signature.map(() => 0)],
    ['a byte less', signature.subarray(0, -1)],
    ['a byte less in front', signature.subarray(1)],
    ['a zero after it', joinBytes(signature, [0])],
    ['a zero before it', joinBytes([0], signature)],
    ['itself after it', joinBytes(signature, signature).subarray(0, 512)],
    ['another last bit', flip(last, 1)],
    ['another bit in the middle', flip(last >> 1, 0x10)],
    ...own,
  ]
}

/** Finding F8: spellings that lenient readers of DER take. The twin of a signature is as good as itself (rule S2). */
function changeDer(signature: Uint8Array): SignatureRow[] {
  const body = signature.subarray(2)
  const r = body.subarray(2, 2 + (body[1] ?? 0))
  const s = body.subarray(4 + r.length)
  const size = signature.length > 80 ? 48 : 32
  const integer = (bytes: Uint8Array | number[]) => [0x02, bytes.length, ...bytes]
  const sequence = (...parts: (Uint8Array | number[])[]) => {
    const content = joinBytes(...parts)
    return joinBytes([0x30, content.length], content)
  }
  const order = (size === 48 ? p384 : p256).Point.Fn.ORDER
  const numberOf = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  const write = (value: bigint) => {
    const hex = value.toString(16)
    const bytes =
      (hex.length % 2 ? `0${hex}` : hex).match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ??
      []
    return integer((bytes[0] ?? 0) >= 0x80 ? [0, ...bytes] : bytes)
  }
  const raw = (bytes: Uint8Array) => joinBytes(new Uint8Array(size), bytes).subarray(-size)
  const unsigned = (bytes: Uint8Array) => (bytes[0] === 0 ? bytes.subarray(1) : bytes)
  const high = r[0] === 0 || s[0] === 0
  return [
    ['its twin', sequence(integer(r), write(order - numberOf(s))), true],
    high
      ? ['no sign byte', sequence(integer(unsigned(r)), integer(unsigned(s)))]
      : ['a negative s', sequence(integer(r), integer([0x80 | (s[0] ?? 0), ...s.subarray(1)]))],
    ['a long length', joinBytes([0x30, 0x81, body.length], body)],
    ['a longer length', joinBytes([0x30, 0x82, 0, body.length], body)],
    ['an indefinite length', joinBytes([0x30, 0x80], body, [0, 0])],
    ['a length that is too small', joinBytes([0x30, body.length - 1], body)],
    ['a length that is too large', joinBytes([0x30, body.length + 1], body)],
    ['NULL after it', joinBytes(signature, [5, 0])],
    ['NULL inside it', sequence(body, [5, 0])],
    ['a third number', sequence(body, integer([1]))],
    ['one number', sequence(integer(r))],
    ['no numbers', sequence()],
    ['a long length of r', sequence([0x02, 0x81, r.length], r, integer(s))],
    ['a long length of s', sequence(integer(r), [0x02, 0x81, s.length], s)],
    ['a needless zero before r', sequence(integer([0, ...r]), integer(s))],
    ['a needless zero before s', sequence(integer(r), integer([0, ...s]))],
    ['a set', joinBytes([0x31], signature.subarray(1))],
    ['a tag of two bytes', joinBytes([0x3f, 0x10], signature.subarray(1))],
    ['a bit string for r', sequence([0x03, r.length], r, integer(s))],
    ['r and s side by side', joinBytes(raw(r), raw(s))],
    ['s before r', sequence(integer(s), integer(r))],
    ['r = 0 and s = 0', sequence(integer([0]), integer([0]))],
    ['r = 0', sequence(integer([0]), integer(s))],
    ['s = 0', sequence(integer(r), integer([0]))],
    ['r = n and s = n', sequence(write(order), write(order))],
    ['s + n', sequence(integer(r), write(numberOf(s) + order))],
  ]
}

/** Ed25519: S and S + L are the same number to whoever does not look (rule S3). */
function changeEdwards(signature: Uint8Array): SignatureRow[] {
  const s = [...signature.subarray(32)]
    .reverse()
    .reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  const higher = s + ed25519.Point.Fn.ORDER
  const bytes = Array.from({ length: 32 }, (_, at) => Number((higher >> BigInt(8 * at)) & 255n))
  return [
    ['S + L', joinBytes(signature.subarray(0, 32), bytes)],
    ['S before R', joinBytes(signature.subarray(32), signature.subarray(0, 32))],
    [
      'DER around it',
      joinBytes([0x30, 68, 2, 32], signature.subarray(0, 32), [2, 32], signature.subarray(32)),
    ],
    ['the neutral point and zero', joinBytes([1], new Uint8Array(63))],
  ]
}

/** Makes every mutation of a registration. */
export function mutateRegistration(
  base: RegistrationCase,
): Mutation<RegistrationCase, PasskeyAttestationProblem>[] {
  const { object, relyingParty } = base
  const map = decode(object, { useMaps: true }) as Map<string, unknown>
  const [format, statement] = [map.get('fmt'), map.get('attStmt') as Map<string, unknown>]
  const isSelf = format === 'packed' && !statement.has('x5c')
  const data = map.get('authData') as Uint8Array
  const flags = data[32] ?? 0
  const idEnd = 55 + 256 * (data[53] ?? 0) + (data[54] ?? 0)
  const [cose, rest] = decodeFirst(data.subarray(idEnd), { useMaps: true }) as [
    Map<number, unknown>,
    Uint8Array,
  ]
  const y = cose.get(-3)
  const write = (changes: Record<string, unknown>) => ({
    object: encode({ ...Object.fromEntries(map), ...changes }, { ignoreUndefinedProperties: true }),
  })
  const withFlags = (given: number) =>
    write({ authData: data.map((byte, at) => (at === 32 ? given : byte)) })
  const withKey = (changes: [number, unknown][]) =>
    write({
      authData: joinBytes(data.subarray(0, idEnd), encode(new Map([...cose, ...changes])), rest),
    })
  const unsigned = isSelf ? ('attestation_invalid' as const) : null
  const rows: [
    string,
    Partial<RegistrationCase>,
    PasskeyAttestationProblem | null,
    PasskeyAttestationProblem?,
  ][] = [
    ['a byte after the object', { object: joinBytes(object, [0]) }, 'attestation_malformed'],
    ['a cut object', { object: object.subarray(0, -1) }, 'attestation_malformed'],
    ['no object', { object: new Uint8Array() }, 'attestation_malformed'],
    [
      'a length that needs no second byte',
      { object: joinBytes([0xb8, 3], object.subarray(1)) },
      'attestation_malformed',
    ],
    [
      'an object of indefinite length',
      { object: joinBytes([0xbf], object.subarray(1), [0xff]) },
      'attestation_malformed',
    ],
    ['a tag', { object: joinBytes([0xc1], object) }, 'attestation_malformed'],
    ['another member', write({ more: 1 }), 'attestation_malformed'],
    ['no format', write({ fmt: undefined }), 'attestation_malformed'],
    ['too many bytes', write({ more: new Uint8Array(4096) }), 'attestation_too_long'],
    ['an unknown format', write({ fmt: 'unknown' }), 'attestation_unsupported'],
    [
      'another relying party',
      write({ authData: joinBytes([(data[0] ?? 0) ^ 1], data.subarray(1)) }),
      'relying_party_mismatch',
    ],
    ['nobody there', withFlags(flags & ~UP), 'user_not_present'],
    flags & UV
      ? [
          'nobody known',
          withFlags(flags & ~UV),
          relyingParty.userVerification ? unsigned : 'user_not_verified',
        ]
      : ['somebody known', withFlags(flags | UV), unsigned, 'user_not_verified'],
    ['a backup of what has none', withFlags((flags | BS) & ~BE), 'backup_state_invalid'],
    ['no flag of a credential', withFlags(flags & ~AT & ~ED), 'authenticator_data_trailing'],
    [
      'a byte after the key',
      write({ authData: joinBytes(data, [0]) }),
      'authenticator_data_trailing',
    ],
    ['36 bytes', write({ authData: data.subarray(0, 36) }), 'authenticator_data_too_short'],
    [
      'a cut key',
      write({ authData: data.subarray(0, -1 - rest.length) }),
      'attested_data_malformed',
    ],
    [
      'a longer id',
      write({ authData: data.map((byte, at) => (at === 53 ? 0xff : byte)) }),
      'attested_data_malformed',
    ],
    ['no algorithm that is known', withKey([[3, -999]]), 'algorithm_unsupported'],
    [
      'the algorithm of another type',
      withKey([[3, cose.get(3) === -257 ? -7 : -257]]),
      'cose_key_malformed',
      'algorithm_unsupported',
    ],
    ['another type of key', withKey([[1, 4]]), 'cose_key_malformed'],
    ['a private member', withKey([[-4, new Uint8Array(32)]]), 'cose_key_malformed'],
    ['a member that is optional', withKey([[4, [2]]]), 'cose_key_malformed'],
    ['a first number that is none', withKey([[-1, 99]]), 'cose_key_malformed'],
    ['a second number that is none', withKey([[-2, 'text']]), 'cose_key_malformed'],
    ['another id that is sent', { credentialId: new Uint8Array(32) }, 'credential_id_mismatch'],
    ['no id that is sent', { credentialId: new Uint8Array() }, 'credential_id_mismatch'],
    ['another challenge that was issued', { challenge: 'another' }, 'challenge_mismatch'],
    [
      'another id that is ours',
      { relyingParty: { ...relyingParty, id: 'org' } },
      'relying_party_mismatch',
    ],
  ]
  if (!(flags & ED))
    rows.push(['the flag of extensions', withFlags(flags | ED), 'extensions_malformed'])
  if (y instanceof Uint8Array) {
    rows.push(
      [
        'a point off its curve',
        withKey([[-3, y.map((byte, at) => (at === 9 ? byte ^ 1 : byte))]]),
        'point_invalid',
      ],
      ['a sign bit for y', withKey([[-3, true]]), 'cose_key_malformed'],
    )
  }
  if (format === 'none')
    rows.push(['a statement', write({ attStmt: { a: 1 } }), 'attestation_invalid'])
  if (isSelf) {
    const sig = statement.get('sig') as Uint8Array
    rows.push(
      [
        'another algorithm of the statement',
        write({ attStmt: { alg: -999, sig } }),
        'attestation_invalid',
      ],
      ['no algorithm of the statement', write({ attStmt: { sig } }), 'attestation_invalid'],
      ['certificates', write({ attStmt: { alg: -7, sig, x5c: [] } }), 'attestation_unsupported'],
      ...changeSignature(sig).map(
        ([name, changed, isValid]) =>
          [
            name,
            write({ attStmt: { alg: statement.get('alg'), sig: changed } }),
            isValid ? null : 'attestation_invalid',
          ] as [string, Partial<RegistrationCase>, PasskeyAttestationProblem | null],
      ),
    )
  }
  return [
    ...changeClientData(base.clientData, relyingParty).map(
      ([name, clientData, problem, lifts]) => ({
        name,
        changes: { clientData },
        problem: problem === 'unsigned' ? unsigned : problem,
        ...(lifts && { lifts }),
      }),
    ),
    ...rows.map(([name, changes, problem, lifts]) => ({
      name,
      changes,
      problem,
      ...(lifts && { lifts }),
    })),
  ]
}
