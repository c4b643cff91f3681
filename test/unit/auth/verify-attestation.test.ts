/**
 * The registration of a passkey (W3C section 7.1), by an authenticator in software that signs every fault.
 */
import { decode, encode } from 'cborg'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  verifyPasskeyAttestation,
  type PasskeyAttestationInput,
  type PasskeyAttestationProblem,
} from '../../../src/auth/verify-attestation.ts'
import {
  createAuthenticator,
  FLAG,
  PARTY,
  PASSKEY_ALGORITHMS,
  type Authenticator,
  type RegistrationOptions,
} from '../../support/authenticator.ts'

const { UP, UV, BE, BS, AT, ED } = FLAG
const WHOLE = UP | UV | AT

let passkey: Authenticator
beforeAll(async () => {
  passkey = await createAuthenticator('ES256')
})

type Sent = PasskeyAttestationInput['attestation']

/** Registers as it is told, then changes what is sent, and judges. */
async function verify(said: RegistrationOptions = {}, sent: Partial<Sent> = {}, by = passkey) {
  return verifyPasskeyAttestation({
    attestation: { ...(await by.register(said)), ...sent },
    challenge: 'challenge',
    relyingParty: PARTY,
  })
}

interface Row {
  readonly name: string
  readonly said: RegistrationOptions
}

const refused = (failure: PasskeyAttestationProblem) => ({ ok: false, failure })
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

describe('verifyPasskeyAttestation', () => {
  it.each(
    PASSKEY_ALGORITHMS.flatMap((algorithm) =>
      ['none', 'packed'].map((format) => ({ algorithm, format })),
    ),
  )('returns a passkey of $algorithm with attestation $format', async ({ algorithm, format }) => {
    const by = await createAuthenticator(algorithm)
    const said = { format, signCount: 3, flags: WHOLE | BE | BS }
    expect(await verify(said, {}, by)).toMatchObject({
      ok: true,
      value: {
        credentialId: by.credentialId,
        key: { pem: by.publicKeyPem },
        signCount: 3,
        isBackupEligible: true,
        origin: PARTY.origins[0],
      },
    })
  })

  it('strips padding from all texts', async () => {
    const plain = await passkey.register({ members: { pad: 'a' } })
    const pad = (text: string) => text.padEnd(Math.ceil(text.length / 4) * 4, '=')
    const sent = {
      credentialId: pad(plain.credentialId),
      clientData: pad(plain.clientData),
      attestationData: pad(plain.attestationData),
    }
    const { credentialId } = plain
    expect(await verify({}, sent)).toMatchObject({ ok: true, value: { credentialId } })
  })

  it('ignores extensions that nobody knows', async () => {
    expect((await verify({ extensions: encode({ credProps: { rk: true } }) })).ok).toBe(true)
  })

  it('accepts an id of 1,023 bytes', async () => {
    expect((await verify({ credentialId: new Uint8Array(1023).fill(5) })).ok).toBe(true)
  })

  it.each<{ problem: PasskeyAttestationProblem; said: RegistrationOptions }>([
    { problem: 'top_origin', said: { members: { topOrigin: 'https://a.example' } } },
    { problem: 'attestation_invalid', said: { statement: new Map([['alg', -7]]) } },
    { problem: 'attestation_too_long', said: { object: { authData: new Uint8Array(4097 - 31) } } },
    { problem: 'type_mismatch', said: { members: { type: 'webauthn.get' } } },
    { problem: 'challenge_mismatch', said: { challenge: 'another' } },
    { problem: 'origin_mismatch', said: { members: { origin: 'https://example.com' } } },
    { problem: 'cross_origin', said: { members: { crossOrigin: true } } },
    { problem: 'relying_party_mismatch', said: { rpId: 'example.com' } },
    { problem: 'user_not_present', said: { flags: UV | AT } },
    { problem: 'user_not_verified', said: { flags: UP | AT } },
    { problem: 'backup_state_invalid', said: { flags: WHOLE | BS } },
    { problem: 'extensions_malformed', said: { flags: WHOLE | ED } },
    { problem: 'authenticator_data_too_short', said: { authenticatorData: new Uint8Array(36) } },
    { problem: 'attested_data_malformed', said: { credentialId: new Uint8Array(15) } },
    { problem: 'algorithm_unsupported', said: { coseKey: new Map([[1, 2]]) } },
    { problem: 'cose_key_malformed', said: { coseKey: new Map([[3, -7]]) } },
  ])('refuses a single fault as $problem', async ({ problem, said }) => {
    expect(await verify(said)).toEqual(refused(problem))
  })

  it.each<Row>([
    { name: 'a credential without its flag', said: { flags: UP | UV } },
    { name: 'a byte too many', said: { trailing: Uint8Array.of(0) } },
  ])('refuses $name as authenticator_data_trailing', async ({ said }) => {
    expect(await verify(said)).toEqual(refused('authenticator_data_trailing'))
  })

  it.each<Row>([
    { name: 'a format of a maker', said: { format: 'fido-u2f' } },
    { name: 'a format that is no text', said: { format: 1 } },
  ])('refuses $name as attestation_unsupported', async ({ said }) => {
    expect(await verify(said)).toEqual(refused('attestation_unsupported'))
  })

  it.each<Row>([
    { name: 'another member', said: { object: { epAtt: false } } },
    { name: 'no statement', said: { object: { attStmt: undefined } } },
    { name: 'a statement that is a list', said: { object: { attStmt: [] } } },
    { name: 'authenticator data in a text', said: { object: { authData: 'a' } } },
  ])('refuses $name as attestation_malformed', async ({ said }) => {
    expect(await verify(said)).toEqual(refused('attestation_malformed'))
  })

  it('refuses authenticator data without a credential', async () => {
    const { authenticatorData } = await passkey.assert()
    const said = { authenticatorData: new Uint8Array(Buffer.from(authenticatorData, 'base64url')) }
    expect(await verify(said)).toEqual(refused('attested_data_missing'))
  })

  it.each<{ name: string; change: (object: Uint8Array) => Uint8Array }>([
    {
      name: 'a byte after the object',
      change: (object) => Buffer.concat([object, Buffer.alloc(1)]),
    },
    { name: 'an object that is cut', change: (object) => object.subarray(0, -1) },
    { name: 'an object in a list', change: (object) => Buffer.concat([Buffer.of(0x81), object]) },
    { name: 'nothing', change: () => new Uint8Array() },
  ])('refuses $name', async ({ change }) => {
    const { attestationData } = await passkey.register()
    const changed = change(new Uint8Array(Buffer.from(attestationData, 'base64url')))
    const sent = { attestationData: base64url(changed) }
    expect(await verify({}, sent)).toEqual(refused('attestation_malformed'))
  })

  it.each<{ name: string; sent: Partial<Sent>; problem: PasskeyAttestationProblem }>([
    {
      name: 'an object that is no base64url',
      sent: { attestationData: 'a b' },
      problem: 'attestation_not_base64url',
    },
    {
      name: 'client data that are no base64url',
      sent: { clientData: 'a b' },
      problem: 'client_data_not_base64url',
    },
    {
      name: 'another id',
      sent: { credentialId: base64url(new Uint8Array(32)) },
      problem: 'credential_id_mismatch',
    },
    { name: 'no id', sent: { credentialId: '' }, problem: 'credential_id_mismatch' },
    {
      name: 'an id that is no base64url',
      sent: { credentialId: 'a+b' },
      problem: 'credential_id_mismatch',
    },
  ])('refuses $name', async ({ sent, problem }) => {
    expect(await verify({}, sent)).toEqual(refused(problem))
  })

  it.each<{
    name: string
    change: readonly [string, unknown][]
    problem: PasskeyAttestationProblem
  }>([
    { name: 'a certificate', change: [['x5c', []]], problem: 'attestation_unsupported' },
    {
      name: 'an anonymous attestation',
      change: [['ecdaaKeyId', new Uint8Array(1)]],
      problem: 'attestation_invalid',
    },
    { name: 'another algorithm', change: [['alg', -35]], problem: 'attestation_invalid' },
    { name: 'a signature that is a text', change: [['sig', 'a']], problem: 'attestation_invalid' },
    { name: 'no signature', change: [['sig', new Uint8Array()]], problem: 'attestation_invalid' },
  ])('refuses a self attestation with $name', async ({ change, problem }) => {
    const { attestationData } = await passkey.register({ format: 'packed' })
    const object = decode(new Uint8Array(Buffer.from(attestationData, 'base64url')), {
      useMaps: true,
    }) as Map<string, Map<string, unknown>>
    const statement = new Map([...(object.get('attStmt') ?? []), ...change])
    expect(await verify({ format: 'packed', statement })).toEqual(refused(problem))
  })

  it('refuses a self attestation that another key signed', async () => {
    const sig = await (await createAuthenticator('ES256')).sign(new Uint8Array(1))
    const statement = new Map<string, unknown>([
      ['alg', -7],
      ['sig', sig],
    ])
    expect(await verify({ format: 'packed', statement })).toEqual(refused('attestation_invalid'))
  })
})
