/**
 * The token of a registration: good for one use of two, and no other token in its place (rules T5, U1).
 */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { issueAccessToken } from '../../../src/auth/access-token.ts'
import { issuePurposeToken, type Purpose } from '../../../src/auth/purpose-token.ts'
import {
  createRegistrantVerifier,
  issueRegistrationToken,
  verifyRegistrationToken,
  type RegistrationUse,
} from '../../../src/auth/registration-token.ts'
import { createTestKey, createTestRing, readSegment } from '../../support/jws.ts'
import { NOW, ORGANIZATION_ID, sampleUser } from '../../support/sample.ts'

const settings = {
  keyRing: await createTestRing(createTestKey('signer')),
  issuer: 'https://api.example.test',
  audience: 'activate',
}
const LIFE = { now: NOW, lifetimeSeconds: 300 }
const USER = sampleUser({ registrationCodeHash: 'code-hash' })
const CLAIMS = {
  ...{ sub: USER.id, org: ORGANIZATION_ID, epoch: 3, use: 'first', nonce: 'n', code: 'code-hash' },
}

const issue = (use: RegistrationUse) => issueRegistrationToken(settings, use, USER, LIFE)
const sign = (claims: object, purpose: Purpose = 'registration') =>
  issuePurposeToken(settings, purpose, { ...CLAIMS, ...claims }, LIFE)
const refused = (failure: unknown) => ({ ok: false, failure })

describe('verifyRegistrationToken', () => {
  it.each([
    { use: 'first', codeHash: 'code-hash' },
    { use: 'another', codeHash: null },
  ] as const)('tells what the token of $use credential was issued with', async (row) => {
    const { challenge, token } = await issue(row.use)
    expect(challenge).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const usedHash = createHash('sha256')
      .update(`registration\n${String(readSegment(token, 1)['jti'])}`)
      .digest('hex')
    expect(await verifyRegistrationToken(settings, row.use, token, NOW)).toEqual({
      ok: true,
      value: {
        userId: USER.id,
        organizationId: ORGANIZATION_ID,
        epoch: 3,
        challenge,
        codeHash: row.codeHash,
        usedHash,
        expiresAt: NOW + 300_000,
      },
    })
  })

  it('issues a fresh challenge and a fresh use every time (U1)', async () => {
    const [one, two] = [await issue('first'), await issue('first')]
    expect(one.challenge).not.toBe(two.challenge)
    expect(readSegment(one.token, 1)['jti']).not.toBe(readSegment(two.token, 1)['jti'])
  })

  it.each([
    { made: 'first', asked: 'another' },
    { made: 'another', asked: 'first' },
  ] as const)('refuses the token of $made credential for $asked', async ({ made, asked }) => {
    const { token } = await issue(made)
    expect(await verifyRegistrationToken(settings, asked, token, NOW)).toEqual(
      refused('another_use'),
    )
  })

  it('takes what the next rows forge, where nothing is forged', async () => {
    const token = await sign({})
    expect((await verifyRegistrationToken(settings, 'first', token, NOW)).ok).toBe(true)
  })

  it.each([
    { name: 'no use', claims: { use: undefined }, failure: 'another_use' },
    { name: 'a use in a list', claims: { use: ['first'] }, failure: 'another_use' },
    { name: 'no organization', claims: { org: undefined }, failure: 'claims_invalid' },
    { name: 'an organization that is no text', claims: { org: 1 }, failure: 'claims_invalid' },
    { name: 'an epoch that is no number', claims: { epoch: '3' }, failure: 'claims_invalid' },
    { name: 'no challenge', claims: { nonce: undefined }, failure: 'claims_invalid' },
    { name: 'a challenge that is no text', claims: { nonce: {} }, failure: 'claims_invalid' },
    { name: 'a code that is no text', claims: { code: 1 }, failure: 'claims_invalid' },
    { name: 'a code that is false', claims: { code: false }, failure: 'claims_invalid' },
  ])('refuses a token with $name', async ({ claims, failure }) => {
    const token = await sign(claims)
    expect(await verifyRegistrationToken(settings, 'first', token, NOW)).toEqual(refused(failure))
  })

  it.each(['login-challenge', 'action-challenge', 'user-action'] as const)(
    'refuses a %s with the very same claims (T5)',
    async (purpose) => {
      const token = await sign({}, purpose)
      expect(await verifyRegistrationToken(settings, 'first', token, NOW)).toEqual(
        refused('ERR_JWT_CLAIM_VALIDATION_FAILED'),
      )
    },
  )

  it('refuses an expired token', async () => {
    const { token } = await issue('another')
    expect(await verifyRegistrationToken(settings, 'another', token, NOW + 300_000)).toEqual(
      refused('ERR_JWT_EXPIRED'),
    )
  })
})

describe('createRegistrantVerifier', () => {
  const verify = createRegistrantVerifier(settings)

  it('takes the token for a bearer that speaks for its user, and cannot be logged out', async () => {
    const { token } = await issue('first')
    const registration = await verifyRegistrationToken(settings, 'first', token, NOW)
    expect(await verify(`bearer ${token}`, NOW)).toEqual({
      ok: true,
      value: {
        issuer: settings.issuer,
        subject: USER.id,
        organizationId: ORGANIZATION_ID,
        reference: { by: 'id', userId: USER.id },
        tokenKind: 'user',
        freshness: { by: 'epoch', epoch: 3 },
        tokenId: null,
        revocationKey: null,
        expSeconds: NOW / 1000 + 300,
        isOwn: true,
        registration: registration.ok && registration.value,
      },
    })
  })

  it.each([
    { name: 'no header', header: null },
    { name: 'an empty header', header: '' },
  ])('asks for a token where there is $name', async ({ header }) => {
    expect(await verify(header, NOW)).toEqual(refused({ reason: 'token_missing' }))
  })

  it('refuses an access token, and the token of one more credential', async () => {
    const { keyRing } = settings
    const access = await issueAccessToken(
      keyRing,
      { ...USER, userId: USER.id, tokenKind: 'user' },
      { ...settings, ...LIFE, tokenId: 'token-1' },
    )
    expect(await verify(`Bearer ${access}`, NOW)).toMatchObject(
      refused({ reason: 'token_invalid' }),
    )
    const { token } = await issue('another')
    expect(await verify(`Bearer ${token}`, NOW)).toEqual(
      refused({ reason: 'token_invalid', cause: 'another_use' }),
    )
    expect(await verify(token, NOW)).toEqual(
      refused({ reason: 'token_invalid', cause: 'not_one_bearer' }),
    )
  })
})
