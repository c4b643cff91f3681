/**
 * Access tokens of our own: what the official client reads in them, and how long they live.
 */
import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { issueAccessToken, MAX_LIFETIME_SECONDS } from '../../../src/auth/access-token.ts'
import type { TokenKind } from '../../../src/core/principal.ts'
import { createTestKey, createTestRing, readSegment } from '../../support/jws.ts'
import { NOW, ORGANIZATION_ID, userId } from '../../support/sample.ts'

const ring = await createTestRing(createTestKey('signer'), createTestKey('spare'))
const DAY_SECONDS = 86_400

const issue = (lifetimeSeconds = 600, tokenKind: TokenKind = 'user', now = NOW) =>
  issueAccessToken(
    ring,
    {
      userId: userId('admin'),
      username: 'grace@example.test',
      organizationId: ORGANIZATION_ID,
      tenantId: 'acct-00000-00000-0000000000000000',
      tokenEpoch: 3,
      tokenKind,
    },
    {
      issuer: 'https://api.example.test',
      audience: 'activate',
      now,
      lifetimeSeconds,
      tokenId: 'token-1',
    },
  )

describe('issueAccessToken', () => {
  it('writes exactly the claims that the decided list names (FACTS 1.1.6)', async () => {
    expect(readSegment(await issue(), 1)).toEqual({
      iss: 'https://api.example.test',
      aud: 'activate',
      sub: userId('admin'),
      iat: NOW / 1000,
      exp: NOW / 1000 + 600,
      jti: 'token-1',
      epoch: 3,
      'https://custom/username': 'grace@example.test',
      'https://custom/app_metadata': {
        userId: userId('admin'),
        orgId: ORGANIZATION_ID,
        tokenKind: 'Token',
        tenantId: 'acct-00000-00000-0000000000000000',
      },
    })
  })

  it('writes algorithm, type and key id into the header, and nothing else', async () => {
    expect(readSegment(await issue(), 0)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: 'signer' })
  })

  it('signs with the first key of the ring', async () => {
    const verified = jwtVerify(await issue(), ring.signer.publicKey, { currentDate: new Date(NOW) })
    await expect(verified).resolves.toMatchObject({ payload: { jti: 'token-1' } })
  })

  it.each<{ tokenKind: TokenKind; spelled: string }>([
    { tokenKind: 'user', spelled: 'Token' },
    { tokenKind: 'service_account', spelled: 'ServiceAccount' },
    { tokenKind: 'personal_access_token', spelled: 'Pat' },
  ])('spells the kind $tokenKind as $spelled', async ({ tokenKind, spelled }) => {
    const claims = readSegment(await issue(600, tokenKind), 1)
    expect(claims['https://custom/app_metadata']).toMatchObject({ tokenKind: spelled })
  })

  it.each<{ tokenKind: TokenKind; most: number }>([
    { tokenKind: 'user', most: 3_600 },
    { tokenKind: 'service_account', most: 365 * DAY_SECONDS },
    { tokenKind: 'personal_access_token', most: 365 * DAY_SECONDS },
  ])('cuts the life of a $tokenKind token to $most seconds', async ({ tokenKind, most }) => {
    const lifetimeOf = async (lifetimeSeconds: number) => {
      const { iat, exp } = readSegment(await issue(lifetimeSeconds, tokenKind), 1)
      return Number(exp) - Number(iat)
    }
    expect(MAX_LIFETIME_SECONDS[tokenKind]).toBe(most)
    expect(await lifetimeOf(most)).toBe(most)
    expect(await lifetimeOf(most + 1)).toBe(most)
    expect(await lifetimeOf(most - 1)).toBe(most - 1)
  })

  it('dates tokens in whole seconds, never ahead of the clock', async () => {
    const { iat, exp } = readSegment(await issue(60, 'user', NOW + 999), 1)
    expect([iat, exp]).toEqual([NOW / 1000, NOW / 1000 + 60])
  })
})
