/**
 * What a browser says of a passkey's ceremony (rules W2-W6).
 */
import { describe, expect, it } from 'vitest'
import { verifyClientData, type ClientDataProblem } from '../../../src/auth/webauthn-client-data.ts'
import { PARTY } from '../../support/authenticator.ts'
import { readRepository } from '../../support/repository.ts'

const CHALLENGE = 'Y2gtMWFiY2Q.challenge'
const ORIGIN = 'https://example.org'
const SAID = { type: 'webauthn.get', challenge: CHALLENGE, origin: ORIGIN }
const MARK = '\uFEFF'

const encode = (said: unknown): string =>
  Buffer.from(typeof said === 'string' ? said : JSON.stringify(said)).toString('base64url')

const verify = (clientData: string, origins = PARTY.origins) =>
  verifyClientData(clientData, {
    type: 'webauthn.get',
    challenge: CHALLENGE,
    relyingParty: { ...PARTY, origins },
  })

const refused = (failure: ClientDataProblem) => ({ ok: false, failure })

describe('verifyClientData', () => {
  it.each([
    { name: 'the least that there is', said: SAID },
    { name: 'no foreign frame', said: { ...SAID, crossOrigin: false } },
    { name: 'the challenge as browsers write it', said: { ...SAID, challenge: encode(CHALLENGE) } },
    { name: 'members that are unknown', said: { ...SAID, tokenBinding: { status: 'supported' } } },
    { name: 'a byte order mark', said: MARK + JSON.stringify(SAID) },
    { name: '768 bytes', said: JSON.stringify(SAID).padEnd(768) },
  ])('accepts $name and returns its bytes', async ({ said }) => {
    const clientData = encode(said)
    const bytes = Uint8Array.from(Buffer.from(clientData, 'base64url'))
    expect(await verify(clientData)).toEqual({ ok: true, value: { bytes, origin: ORIGIN } })
  })

  it('accepts padding', async () => {
    const clientData = encode(JSON.stringify(SAID).padEnd(100))
    expect((await verify(`${clientData}==`)).ok).toBe(true)
  })

  it('accepts each origin of the list and names the one that it was', async () => {
    const origins = [ORIGIN, 'https://login.example.org', 'http://localhost:8787']
    for (const origin of origins) {
      const verified = await verify(encode({ ...SAID, origin }), origins)
      expect(verified).toMatchObject({ ok: true, value: { origin } })
    }
  })

  it.each([{ name: 'two byte order marks', said: MARK + MARK + JSON.stringify(SAID) }])(
    'refuses $name as client_data_byte_order_mark',
    async ({ said }) => {
      expect(await verify(encode(said))).toEqual(refused('client_data_byte_order_mark'))
    },
  )

  it.each([
    { name: 'a byte order mark at the end', said: JSON.stringify(SAID) + MARK },
    { name: 'no JSON', said: 'webauthn.get' },
  ])('refuses $name as client_data_not_json', async ({ said }) => {
    expect(await verify(encode(said))).toEqual(refused('client_data_not_json'))
  })

  it.each([{ name: 'a list', said: [SAID] }])(
    'refuses $name as client_data_not_object',
    async ({ said }) => {
      expect(await verify(encode(said))).toEqual(refused('client_data_not_object'))
    },
  )

  it.each([
    {
      name: 'a second origin',
      said: `{"origin":"https://evil.example",${JSON.stringify(SAID).slice(1)}`,
    },
  ])('refuses $name as client_data_duplicate_name', async ({ said }) => {
    expect(await verify(encode(said))).toEqual(refused('client_data_duplicate_name'))
  })

  it.each([{ name: '769 bytes', said: JSON.stringify(SAID).padEnd(769) }])(
    'refuses $name as client_data_too_long',
    async ({ said }) => {
      expect(await verify(encode(said))).toEqual(refused('client_data_too_long'))
    },
  )

  it.each([
    { name: 'the type of a registration', said: { ...SAID, type: 'webauthn.create' } },
    { name: 'the type of a key', said: { ...SAID, type: 'key.get' } },
    { name: 'the type of a payment', said: { ...SAID, type: 'payment.get' } },
    { name: 'no type', said: { ...SAID, type: undefined } },
  ])('refuses $name as type_mismatch', async ({ said }) => {
    expect(await verify(encode(said))).toEqual(refused('type_mismatch'))
  })

  it.each([
    { name: 'another challenge', said: { ...SAID, challenge: encode('another') } },
    { name: 'a challenge in another case', said: { ...SAID, challenge: CHALLENGE.toUpperCase() } },
    { name: 'a challenge in a list', said: { ...SAID, challenge: [CHALLENGE] } },
    { name: 'no challenge', said: { ...SAID, challenge: undefined } },
  ])('refuses $name as challenge_mismatch', async ({ said }) => {
    expect(await verify(encode(said))).toEqual(refused('challenge_mismatch'))
  })

  it.each([
    { name: 'no origin', said: { ...SAID, origin: undefined } },
    { name: 'an origin in a list', said: { ...SAID, origin: [ORIGIN] } },
    { name: 'the opaque origin', said: { ...SAID, origin: 'null' } },
    { name: 'a slash after the origin', said: { ...SAID, origin: `${ORIGIN}/` } },
    { name: 'another scheme', said: { ...SAID, origin: 'http://example.org' } },
    { name: 'a port', said: { ...SAID, origin: `${ORIGIN}:443` } },
    { name: 'a host below ours', said: { ...SAID, origin: 'https://www.example.org' } },
    { name: 'a host that begins as ours', said: { ...SAID, origin: `${ORIGIN}.evil.example` } },
    { name: 'a host in capitals', said: { ...SAID, origin: 'https://EXAMPLE.org' } },
  ])('refuses $name as origin_mismatch', async ({ said }) => {
    expect(await verify(encode(said))).toEqual(refused('origin_mismatch'))
  })

  it.each([
    { name: 'a foreign frame', said: { ...SAID, crossOrigin: true } },
    { name: 'a crossOrigin that is a text', said: { ...SAID, crossOrigin: 'false' } },
    { name: 'a crossOrigin that is null', said: { ...SAID, crossOrigin: null } },
  ])('refuses $name as cross_origin', async ({ said }) => {
    expect(await verify(encode(said))).toEqual(refused('cross_origin'))
  })

  it.each([
    { name: 'a page around ours', said: { ...SAID, topOrigin: 'https://example.com' } },
    { name: 'our own page around ours', said: { ...SAID, crossOrigin: false, topOrigin: ORIGIN } },
    { name: 'a topOrigin that is null', said: { ...SAID, topOrigin: null } },
  ])('refuses $name as top_origin', async ({ said }) => {
    expect(await verify(encode(said))).toEqual(refused('top_origin'))
  })

  it.each([
    { name: 'base64', clientData: 'e30+', problem: 'client_data_not_base64url' },
    { name: 'spare bits', clientData: 'e3', problem: 'client_data_not_base64url' },
    { name: 'bytes that are no UTF-8', clientData: '_w', problem: 'client_data_not_utf8' },
    { name: 'nothing', clientData: '', problem: 'client_data_not_json' },
  ])('refuses $name', async ({ clientData, problem }) => {
    expect(await verify(clientData)).toEqual({ ok: false, failure: problem })
  })

  it('refuses every origin where none is configured', async () => {
    expect(await verify(encode(SAID), [])).toEqual({ ok: false, failure: 'origin_mismatch' })
  })
})

describe('userVerification', () => {
  it('is nowhere preferred in the service, which requires it', () => {
    const lenient = readRepository().filter(
      ({ file, text }) => file.startsWith('src/') && /userVerification: '(?!required)/.test(text),
    )
    expect(lenient.map(({ file }) => file)).toEqual([])
  })
})
