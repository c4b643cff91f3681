/**
 * The answer to a challenge, by either kind of credential: one verdict, and what goes on record (rules W9, W12, U6).
 */
import { describe, expect, it } from 'vitest'
import { verifyAssertion, type AnsweringCredential } from '../../../src/auth/verify-assertion.ts'
import type { Assertion } from '../../../src/auth/challenge.ts'
import { createAuthenticator, FLAG, type CeremonyOptions } from '../../support/authenticator.ts'
import { RELYING_PARTY, sampleCredential, samplePasskey } from '../../support/sample.ts'
import { createSigner } from '../../support/signer.ts'

const signer = await createSigner('P-256', { encoding: 'der' })
const authenticator = await createAuthenticator('ES256')
const { publicKeyPem, credentialId } = signer
const KEY = sampleCredential({ credentialId, publicKeyPem })
const PASSKEY = samplePasskey(authenticator)

const keyAnswer = async (members = {}): Promise<Assertion & { kind: 'Key' }> => {
  const { credId, ...signed } = await signer.assert('challenge', members)
  return { kind: 'Key', credentialId: credId, ...signed }
}
const passkeyAnswer = async (
  said: CeremonyOptions = {},
): Promise<Assertion & { kind: 'Fido2' }> => ({
  kind: 'Fido2',
  credentialId: authenticator.credentialId,
  ...(await authenticator.assert({ signCount: 4, ...said })),
})
const verify = (assertion: Assertion, credential: AnsweringCredential) =>
  verifyAssertion(assertion, credential, 'challenge', RELYING_PARTY)
const refused = (failure: string) => ({ ok: false, failure })

/** Pads as some clients do. */
const padded = (text: string) => text.padEnd(Math.ceil(text.length / 4) * 4, '=')

describe('verifyAssertion', () => {
  it("gives a key's evidence, without count and authenticator data", async () => {
    const answer = await keyAnswer()
    const { clientData, signature } = answer
    const expected = { clientData, signature, signCount: null, isCountRefused: false }
    expect(await verify(answer, KEY)).toEqual({ ok: true, value: expected })
  })

  it("gives a passkey's evidence with its count", async () => {
    const { clientData, signature, authenticatorData, ...rest } = await passkeyAnswer()
    const value = { clientData, signature, authenticatorData, signCount: 4, isCountRefused: false }
    expect(
      await verify({ ...rest, clientData, signature, authenticatorData }, PASSKEY),
    ).toStrictEqual({ ok: true, value })
  })

  it('gives evidence of one spelling for padded texts', async () => {
    const answer = await passkeyAnswer()
    const sent = {
      ...answer,
      clientData: padded(answer.clientData),
      signature: padded(answer.signature),
      authenticatorData: padded(answer.authenticatorData),
    }
    for (const signCount of [3, 4]) {
      const { clientData, signature, authenticatorData } = answer
      expect(await verify(sent, { ...PASSKEY, signCount })).toMatchObject({
        ok: true,
        value: { clientData, signature, authenticatorData },
      })
    }
  })

  it.each([
    { name: 'stands still', signCount: 3 },
    { name: 'falls', signCount: 2 },
    { name: 'falls back to zero', signCount: 0 },
  ])('verifies an answer whose count $name, and marks it (W9)', async ({ signCount }) => {
    const { clientData, signature, authenticatorData, ...rest } = await passkeyAnswer({ signCount })
    const value = {
      ...{ clientData, signature, authenticatorData },
      ...{ signCount: null, isCountRefused: true },
    }
    const assertion = { ...rest, clientData, signature, authenticatorData }
    expect(await verify(assertion, PASSKEY)).toStrictEqual({ ok: true, value })
  })

  it.each<{ name: string; said?: CeremonyOptions; sent?: object; failure: string }>([
    {
      name: 'another challenge',
      said: { challenge: 'another' },
      failure: 'challenge_mismatch',
    },
    {
      name: 'another origin',
      said: { members: { origin: 'https://example.com' } },
      failure: 'origin_mismatch',
    },
    { name: 'nobody verified', said: { flags: FLAG.UP }, failure: 'user_not_verified' },
    { name: 'another signature', sent: { signature: 'AAAA' }, failure: 'signature_invalid' },
    {
      name: 'the handle of another user',
      sent: { userHandle: 'AAAA' },
      failure: 'user_handle_mismatch',
    },
  ])('accuses no passkey by an answer with $name and a low count (W12)', async (row) => {
    const answer = { ...(await passkeyAnswer({ signCount: 1, ...row.said })), ...row.sent }
    expect(await verify(answer, PASSKEY)).toEqual(refused(row.failure))
  })

  it('refuses the answer of one kind for a credential of the other', async () => {
    const key = await keyAnswer()
    const passkey = await passkeyAnswer()
    const { authenticatorData } = passkey
    expect(await verify(key, PASSKEY)).toEqual(refused('kind_mismatch'))
    expect(await verify(passkey, KEY)).toEqual(refused('kind_mismatch'))
    // Whatever else fits: the very key of a credential under the other kind.
    expect(await verify(key, { ...KEY, kind: 'Fido2' })).toEqual(refused('kind_mismatch'))
    const dressed = { ...key, kind: 'Fido2' as const, authenticatorData }
    expect(await verify(dressed, KEY)).toEqual(refused('kind_mismatch'))
  })

  it('refuses an answer that would not fit the header as evidence (U6)', async () => {
    const key = await keyAnswer()
    const passkey = await passkeyAnswer()
    const lengthOf = (one: Assertion) =>
      Object.entries(one).reduce(
        (sum, [name, text]) => (name === 'kind' ? sum : sum + (text ?? '').length),
        0,
      )
    const stretched = <A extends Assertion>(one: A, by: number): A => ({
      ...one,
      credentialId: one.credentialId + 'A'.repeat(2_047 - lengthOf(one) + by),
    })
    for (const { answer, credential } of [
      { answer: key, credential: KEY },
      { answer: passkey, credential: PASSKEY },
    ]) {
      expect((await verify(stretched(answer, 0), credential)).ok).toBe(true)
      expect(await verify(stretched(answer, 1), credential)).toEqual(refused('answer_too_long'))
    }
  })
})
