/**
 * Who a good bearer speaks for: our own issuer's tokens name an organization and a kind, an outside issuer's never do.
 */
import { describe, expect, it } from 'vitest'
import { issuePurposeToken, type Purpose } from '../../../src/auth/purpose-token.ts'
import { revocationKeyOf } from '../../../src/auth/revocation.ts'
import { verifyPurposeToken } from '../../../src/auth/purpose-token.ts'
import type { OutsideIssuer } from '../../../src/auth/verify-bearer.ts'
import {
  appMetadata,
  createVerifier,
  ISSUERS,
  KEYS,
  NOW_SECONDS,
  OUTSIDE,
  outcomeOf,
  OWN,
  SKEW_SECONDS,
} from '../../support/bearers.ts'
import { createTestRing } from '../../support/jws.ts'
import { NOW, ORGANIZATION_ID, userId } from '../../support/sample.ts'

const DAY_SECONDS = 86_400
const PURPOSES: readonly Purpose[] = ['login-challenge', 'action-challenge', 'user-action']

const verify = (token: string, members: Partial<OutsideIssuer> = {}) =>
  createVerifier(members)(`Bearer ${token}`, NOW)
const ask = async (...input: Parameters<typeof verify>) => outcomeOf(await verify(...input))

/** The principal of a token that is good. */
async function principalOf(...input: Parameters<typeof verify>) {
  const verified = await verify(...input)
  if (!verified.ok) throw new Error(outcomeOf(verified))
  return verified.value
}

describe('createBearerVerifier: a token of our own issuer', () => {
  it('speaks for the user of its sub, in its organization, under its epoch (T13)', async () => {
    expect(await principalOf(OWN.write())).toEqual({
      issuer: ISSUERS.own,
      subject: userId('admin'),
      organizationId: ORGANIZATION_ID,
      reference: { by: 'id', userId: userId('admin') },
      tokenKind: 'user',
      freshness: { by: 'epoch', epoch: 3 },
      tokenId: 'jti-1',
      revocationKey: await revocationKeyOf(ISSUERS.own, 'jti-1'),
      expSeconds: NOW_SECONDS + 600,
      isOwn: true,
    })
  })

  it('is taken from every key of the ring', async () => {
    expect(await ask(OWN.write({}, { kid: 'spare' }, KEYS.spare))).toBe('accepted')
  })

  it('cannot be revoked without a jti', async () => {
    expect(await principalOf(OWN.write({ jti: undefined }))).toMatchObject({
      tokenId: null,
      revocationKey: null,
    })
  })

  it.each([
    { spelled: 'Token', tokenKind: 'user', seconds: 3_600 },
    { spelled: 'ServiceAccount', tokenKind: 'service_account', seconds: 365 * DAY_SECONDS },
    { spelled: 'Pat', tokenKind: 'personal_access_token', seconds: 365 * DAY_SECONDS },
  ])('of the kind $spelled lives at most $seconds seconds (T9)', async (row) => {
    const write = (seconds: number) =>
      OWN.write({
        ...appMetadata({ tokenKind: row.spelled }),
        iat: NOW_SECONDS,
        exp: NOW_SECONDS + seconds,
      })
    expect((await principalOf(write(row.seconds))).tokenKind).toBe(row.tokenKind)
    expect(await ask(write(row.seconds + 1))).toBe('token_invalid: lifetime_invalid')
  })

  it.each<{ name: string; claims: Record<string, unknown>; cause: string }>([
    {
      name: 'no metadata',
      claims: { 'https://custom/app_metadata': undefined },
      cause: 'app_metadata_missing',
    },
    {
      name: 'metadata that is a list',
      claims: { 'https://custom/app_metadata': [] },
      cause: 'app_metadata_missing',
    },
    {
      name: 'another kind',
      claims: appMetadata({ tokenKind: 'Temp' }),
      cause: 'token_kind_unknown',
    },
    {
      name: 'an inherited name as kind',
      claims: appMetadata({ tokenKind: 'constructor' }),
      cause: 'token_kind_unknown',
    },
    { name: 'no kind', claims: appMetadata({ tokenKind: undefined }), cause: 'token_kind_unknown' },
    {
      name: 'an organization that is none',
      claims: appMetadata({ orgId: 'or-1' }),
      cause: 'organization_invalid',
    },
    {
      name: 'a list of organizations',
      claims: appMetadata({ orgId: [ORGANIZATION_ID] }),
      cause: 'organization_invalid',
    },
    { name: 'an email as sub (T11)', claims: { sub: 'a@example.test' }, cause: 'sub_invalid' },
    { name: 'no epoch (T13)', claims: { epoch: undefined }, cause: 'epoch_invalid' },
    { name: 'a text as epoch (T13)', claims: { epoch: '3' }, cause: 'epoch_invalid' },
    { name: 'half an epoch (T13)', claims: { epoch: 3.5 }, cause: 'epoch_invalid' },
  ])('is refused with $name', async ({ claims, cause }) => {
    expect(await ask(OWN.write(claims))).toBe(`token_invalid: ${cause}`)
  })

  it('is refused with any algorithm but EdDSA, even its other name (T4)', async () => {
    const outcome = await ask(OWN.write({}, { alg: 'Ed25519' }))
    expect(outcome).toBe('token_invalid: ERR_JOSE_ALG_NOT_ALLOWED')
  })
})

describe('createBearerVerifier: a token of an outside issuer', () => {
  it('speaks for a user of the one organization of its issuer, dated by its iat', async () => {
    expect(await principalOf(OUTSIDE.write())).toEqual({
      issuer: ISSUERS.outside,
      subject: userId('admin'),
      organizationId: ORGANIZATION_ID,
      reference: { by: 'id', userId: userId('admin') },
      tokenKind: 'user',
      freshness: { by: 'issued_at', iatSeconds: NOW_SECONDS - 60, skewSeconds: SKEW_SECONDS },
      tokenId: 'jti-1',
      revocationKey: null,
      expSeconds: NOW_SECONDS + 600,
      isOwn: false,
    })
  })

  it('names a user by the external id when it is no user id', async () => {
    const principal = await principalOf(OUTSIDE.write({ sub: 'auth0|17' }))
    expect(principal).toMatchObject({
      subject: 'auth0|17',
      reference: { by: 'external_id', externalId: 'auth0|17' },
    })
  })

  it('names a user by the claim that the operator chose', async () => {
    const token = OUTSIDE.write({ employee: 'hr-17' })
    expect((await principalOf(token, { userClaim: 'employee' })).reference).toEqual({
      by: 'external_id',
      externalId: 'hr-17',
    })
  })

  it.each([undefined, 7, '', ['hr-17'], 'x'.repeat(257)])(
    'is refused when that claim is %j',
    async (employee) => {
      const outcome = await ask(OUTSIDE.write({ employee }), { userClaim: 'employee' })
      expect(outcome).toBe('token_invalid: user_claim_invalid')
    },
  )

  it('gets neither kind, organization nor a longer life by claims of ours', async () => {
    const claims = {
      ...appMetadata({ tokenKind: 'ServiceAccount', orgId: 'or-11111-11111-1111111111111111' }),
      epoch: 99,
    }
    expect(await principalOf(OUTSIDE.write(claims))).toMatchObject({
      tokenKind: 'user',
      organizationId: ORGANIZATION_ID,
      freshness: { by: 'issued_at' },
    })
    const long = OUTSIDE.write({ ...claims, iat: NOW_SECONDS, exp: NOW_SECONDS + 3_600 })
    expect(await ask(long)).toBe('token_invalid: lifetime_invalid')
  })

  it('is taken from each of its keys whose algorithm is listed (T4)', async () => {
    const token = OUTSIDE.write({}, { alg: 'ES256', kid: 'ec' }, KEYS.outsideEc)
    expect(await ask(token)).toBe('accepted')
    expect(await ask(token, { algorithms: ['EdDSA'] })).toBe(
      'token_invalid: ERR_JOSE_ALG_NOT_ALLOWED',
    )
  })

  it('is taken with RSA only where the operator lists the algorithm (T4)', async () => {
    const token = OUTSIDE.write({}, { alg: 'RS256', kid: 'rsa' }, KEYS.outsideRsa)
    expect(await ask(token)).toBe('token_invalid: ERR_JOSE_ALG_NOT_ALLOWED')
    expect(await ask(token, { algorithms: ['RS256'] })).toBe('accepted')
  })

  it('is refused with a listed algorithm that is not the one of its key (T4)', async () => {
    const token = OUTSIDE.write({}, { alg: 'PS256', kid: 'rsa' }, KEYS.outsideRsa)
    const outcome = await ask(token, { algorithms: ['RS256', 'PS256'] })
    expect(outcome).toBe('token_invalid: ERR_JOSE_ALG_NOT_ALLOWED')
  })

  it('is taken with another type only where the operator wrote it down (T5)', async () => {
    const token = OUTSIDE.write({}, { typ: 'JWT' })
    expect(await ask(token)).toBe('token_invalid: ERR_JWT_CLAIM_VALIDATION_FAILED')
    expect(await ask(token, { typ: 'JWT' })).toBe('accepted')
    expect(await ask(OUTSIDE.write(), { typ: 'JWT' })).toBe(
      'token_invalid: ERR_JWT_CLAIM_VALIDATION_FAILED',
    )
  })

  it('is refused under our own name, even with a kid of ours (T8)', async () => {
    const token = OWN.write({}, {}, KEYS.outside)
    expect(await ask(token)).toBe('token_invalid: ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
  })

  it('gets our token refused under its name (T8)', async () => {
    const token = OUTSIDE.write({}, {}, KEYS.own)
    expect(await ask(token)).toBe('token_invalid: ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
  })

  it('is answered with unavailable when its keys cannot be had (J5)', async () => {
    expect(await ask(OUTSIDE.write({ iss: ISSUERS.down }))).toBe('unavailable: issuer_keys')
  })
})

describe('createBearerVerifier: tokens of other purposes (T5)', async () => {
  const settings = {
    keyRing: await createTestRing(KEYS.own),
    issuer: ISSUERS.own,
    audience: 'activate',
  }
  const claims = { sub: userId('admin'), epoch: 3, ...appMetadata() }

  it.each(PURPOSES)('refuses a %s as bearer', async (purpose) => {
    const options = { now: NOW, lifetimeSeconds: 300 }
    const token = await issuePurposeToken(settings, purpose, claims, options)
    expect(await ask(token)).toBe('token_invalid: ERR_JWT_CLAIM_VALIDATION_FAILED')
  })

  it.each(PURPOSES)('refuses a bearer as %s', async (purpose) => {
    const token = OWN.write({ exp: NOW_SECONDS + 60 })
    expect(await verifyPurposeToken(settings, purpose, token, NOW)).toEqual({
      ok: false,
      failure: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    })
  })

  it.each(PURPOSES)('refuses the audience of a %s under the type of a bearer', async (purpose) => {
    const outcome = await ask(OWN.write({ aud: `activate/${purpose}` }))
    expect(outcome).toBe('token_invalid: ERR_JWT_CLAIM_VALIDATION_FAILED')
  })

  it.each([...PURPOSES, 'ua-proof'])(
    'refuses the type of a %s under our audience',
    async (type) => {
      const outcome = await ask(OWN.write({}, { typ: `${type}+jwt` }))
      expect(outcome).toBe('token_invalid: ERR_JWT_CLAIM_VALIDATION_FAILED')
    },
  )
})
