/**
 * A passkey's answer to a challenge (rules W1, W3-W10, W12), by an authenticator in software that signs every fault.
 */
import { encode } from 'cborg'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  verifyPasskeyAssertion,
  type PasskeyAssertionInput,
  type PasskeyProblem,
} from '../../../src/auth/verify-passkey-assertion.ts'
import {
  createAuthenticator,
  FLAG,
  joinBytes,
  PARTY,
  PASSKEY_ALGORITHMS,
  type Authenticator,
  type CeremonyOptions,
} from '../../support/authenticator.ts'

const USER_ID = 'us-1abcd-2efgh-3ijklmnopqrstuvw'
const { UP, UV, BE, BS, AT, ED } = FLAG
const HANDLE = Buffer.from(USER_ID).toString('base64url')

let passkey: Authenticator
beforeAll(async () => {
  passkey = await createAuthenticator('ES256')
})

type Changes = {
  readonly [Member in 'assertion' | 'credential']?: Partial<PasskeyAssertionInput[Member]>
}

/** Signs as it is told, then changes what is sent or stored, and judges. */
async function verify(said: CeremonyOptions = {}, changes: Changes = {}, by = passkey) {
  const { publicKeyPem } = by
  return verifyPasskeyAssertion({
    assertion: { ...(await by.assert(said)), ...changes.assertion },
    credential: {
      ...{ publicKeyPem, signCount: 0, isBackupEligible: false, userId: USER_ID },
      ...changes.credential,
    },
    challenge: 'challenge',
    relyingParty: PARTY,
  })
}

const refused = (failure: PasskeyProblem) => ({ ok: false, failure })

describe('verifyPasskeyAssertion', () => {
  it.each(PASSKEY_ALGORITHMS)('returns evidence and counter when %s signed', async (algorithm) => {
    const by = await createAuthenticator(algorithm)
    const assertion = await by.assert({ signCount: 8, flags: UP | UV | BE | BS })
    const credential = { signCount: 7, isBackupEligible: true }
    expect(await verify({}, { assertion, credential }, by)).toEqual({
      ok: true,
      value: { ...assertion, signCount: 8, isBackedUp: true },
    })
  })

  it('strips padding and returns the texts without it', async () => {
    const extensions = encode({ a: 1 })
    const members = { crossOrigin: undefined, pad: 'aa' }
    const plain = await passkey.assert({ extensions, members })
    const pad = (text: string) => text.padEnd(Math.ceil(text.length / 4) * 4, '=')
    const { clientData, authenticatorData, signature } = plain
    const assertion = {
      clientData: pad(clientData),
      authenticatorData: pad(authenticatorData),
      signature: pad(signature),
      userHandle: pad(HANDLE),
    }
    expect(await verify({}, { assertion })).toMatchObject({ ok: true, value: plain })
  })

  it.each([
    { name: 'the handle of its user', userHandle: HANDLE },
    { name: 'an empty handle, as the official client does for none', userHandle: '' },
    { name: 'no handle', userHandle: undefined },
  ])('accepts $name', async ({ userHandle }) => {
    expect((await verify({}, { assertion: { userHandle } })).ok).toBe(true)
  })

  it.each([
    { name: 'of another user', userHandle: Buffer.from('us-another').toString('base64url') },
    { name: 'that is the id itself', userHandle: USER_ID },
    { name: 'that is no base64url', userHandle: `${HANDLE}+` },
    { name: 'in another case', userHandle: Buffer.from('US-1').toString('base64url') },
  ])('refuses a handle $name', async ({ userHandle }) => {
    expect(await verify({}, { assertion: { userHandle } })).toEqual(refused('user_handle_mismatch'))
  })

  it.each<{ problem: PasskeyProblem; said: CeremonyOptions }>([
    { problem: 'top_origin', said: { members: { topOrigin: 'https://a.example' } } },
    { problem: 'type_mismatch', said: { members: { type: 'webauthn.create' } } },
    { problem: 'challenge_mismatch', said: { challenge: 'another' } },
    { problem: 'origin_mismatch', said: { members: { origin: 'https://example.com' } } },
    { problem: 'cross_origin', said: { members: { crossOrigin: true } } },
    { problem: 'client_data_not_json', said: { clientData: '' } },
    { problem: 'relying_party_mismatch', said: { rpId: 'example.com' } },
    { problem: 'user_not_present', said: { flags: UV } },
    { problem: 'user_not_verified', said: { flags: UP } },
    { problem: 'backup_state_invalid', said: { flags: UP | UV | BS } },
    { problem: 'backup_eligibility_changed', said: { flags: UP | UV | BE } },
    { problem: 'attested_data_malformed', said: { flags: UP | UV | AT } },
    { problem: 'extensions_malformed', said: { flags: UP | UV | ED } },
    { problem: 'authenticator_data_trailing', said: { trailing: Uint8Array.of(0) } },
    { problem: 'authenticator_data_too_short', said: { authenticatorData: new Uint8Array(36) } },
  ])('refuses a single fault as $problem', async ({ problem, said }) => {
    expect(await verify(said)).toEqual(refused(problem))
  })

  it('refuses a whole credential in an assertion', async () => {
    const id = Uint8Array.of(0, 16, ...new Uint8Array(16))
    const trailing = joinBytes(new Uint8Array(16), id, encode({ a: 1 }))
    const said = { flags: UP | UV | AT, trailing }
    expect(await verify(said)).toEqual(refused('attested_data_unexpected'))
  })

  it('accepts authenticator data of 128 bytes and refuses those of 129', async () => {
    const extensionsOf = (bytes: number) => encode({ a: 'x'.repeat(bytes - 37 - 5) })
    expect((await verify({ extensions: extensionsOf(128) })).ok).toBe(true)
    const verified = await verify({ extensions: extensionsOf(129) })
    expect(verified).toEqual(refused('authenticator_data_too_long'))
  })

  it('ignores extensions that nobody knows', async () => {
    expect((await verify({ extensions: encode({ later: true }) })).ok).toBe(true)
  })

  it('refuses a passkey that had copies and has none', async () => {
    const credential = { isBackupEligible: true }
    expect(await verify({}, { credential })).toEqual(refused('backup_eligibility_changed'))
  })

  it.each<{ name: string; assertion: Changes['assertion']; problem: PasskeyProblem }>([
    {
      name: 'client data that are no base64url',
      assertion: { clientData: 'e30+' },
      problem: 'client_data_not_base64url',
    },
    {
      name: 'authenticator data that are no base64url',
      assertion: { authenticatorData: 'a b' },
      problem: 'authenticator_data_not_base64url',
    },
    {
      name: 'a signature that is no base64url',
      assertion: { signature: 'a=b' },
      problem: 'signature_not_base64url',
    },
    {
      name: 'a signature of 513 bytes',
      assertion: { signature: 'A'.repeat(684) },
      problem: 'signature_too_long',
    },
    { name: 'no signature', assertion: { signature: '' }, problem: 'signature_invalid' },
  ])('refuses $name', async ({ assertion, problem }) => {
    expect(await verify({}, { assertion: assertion ?? {} })).toEqual(refused(problem))
  })

  it('refuses the signature of another assertion', async () => {
    const { signature } = await passkey.assert({ signCount: 1 })
    expect(await verify({}, { assertion: { signature } })).toEqual(refused('signature_invalid'))
  })

  it('refuses the assertion of another passkey', async () => {
    const { publicKeyPem } = await createAuthenticator('ES256')
    const credential = { publicKeyPem }
    expect(await verify({}, { credential })).toEqual(refused('signature_invalid'))
  })

  it.each(['ES384', 'EdDSA', 'RS256'] as const)(
    'refuses what ES256 signed where %s is stored, whatever the client says',
    async (algorithm) => {
      const { publicKeyPem } = await createAuthenticator(algorithm)
      const assertion = { algorithm: 'ES256' } as Changes['assertion']
      const changes = { ...(assertion && { assertion }), credential: { publicKeyPem } }
      expect(await verify({}, changes)).toEqual(refused('signature_invalid'))
    },
  )

  it('refuses a stored key that breaks the rules for keys', async () => {
    const point = `302a300506032b657003210001${'00'.repeat(31)}`
    const base64 = Buffer.from(point, 'hex').toString('base64')
    const publicKeyPem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`
    expect(await verify({}, { credential: { publicKeyPem } })).toEqual(refused('key_unusable'))
  })

  it.each([
    {
      name: 'from 0 to 0, for some authenticators do not count',
      stored: 0,
      given: 0,
      isRisen: true,
    },
    { name: 'from 0 to 1', stored: 0, given: 1, isRisen: true },
    { name: 'by 1', stored: 6, given: 7, isRisen: true },
    { name: 'to the last', stored: 0xffff_fffe, given: 0xffff_ffff, isRisen: true },
    { name: 'by nothing', stored: 7, given: 7, isRisen: false },
    { name: 'by less than nothing', stored: 7, given: 6, isRisen: false },
    { name: 'back to 0', stored: 1, given: 0, isRisen: false },
    { name: 'from the last to the first', stored: 0xffff_ffff, given: 1, isRisen: false },
  ])('accepts a counter that rises $name: $isRisen', async ({ stored, given, isRisen }) => {
    const verified = await verify({ signCount: given }, { credential: { signCount: stored } })
    if (isRisen) expect(verified).toMatchObject({ ok: true, value: { signCount: given } })
    else expect(verified).toEqual(refused('counter_not_risen'))
  })

  it('accuses no credential of a copy before its key has signed', async () => {
    const { publicKeyPem } = await createAuthenticator('ES256')
    const credential = { publicKeyPem, signCount: 9 }
    expect(await verify({ signCount: 1 }, { credential })).toEqual(refused('signature_invalid'))
  })
})
