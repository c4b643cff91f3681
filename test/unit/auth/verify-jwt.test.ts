/**
 * The one way through jose, asked directly: what it answers, and that it never throws (T15).
 */
import { constants, sign } from 'node:crypto'
import { importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { verifyJwt, type JwtExpectation } from '../../../src/auth/verify-jwt.ts'
import type { JsonObject } from '../../../src/core/strict-json.ts'
import { createTestKey, createTestRing, writeJws, writeSegment } from '../../support/jws.ts'
import { NOW } from '../../support/sample.ts'

const key = createTestKey('key')
const { publicKey, privateKey } = (await createTestRing(key)).signer
const NOW_SECONDS = NOW / 1000

const EXPECTED: JwtExpectation = {
  issuer: 'https://issuer.example',
  audience: 'activate',
  typ: 'at+jwt',
  algorithms: ['EdDSA'],
  maxLifetimeSeconds: 600,
  skewSeconds: 0,
  now: NOW,
}

const CLAIMS: JsonObject = {
  iss: 'https://issuer.example',
  aud: 'activate',
  sub: 'somebody',
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 600,
  jti: 'jti-1',
}

/** Signs claims and has them verified. */
function verify(claims: JsonObject = {}, expected: Partial<JwtExpectation> = {}, used = publicKey) {
  const payload = { ...CLAIMS, ...claims }
  const token = writeJws(key, { alg: 'EdDSA', typ: 'at+jwt', kid: 'key' }, payload)
  return verifyJwt(token, payload, used, { ...EXPECTED, ...expected })
}

describe('verifyJwt', () => {
  it('answers with the registered claims in their types', async () => {
    expect(await verify()).toEqual({
      ok: true,
      value: { sub: 'somebody', iat: NOW_SECONDS, exp: NOW_SECONDS + 600, jti: 'jti-1' },
    })
  })

  it('answers null for a jti that is not there', async () => {
    const { jti: _jti, ...claims } = CLAIMS
    const token = writeJws(key, { alg: 'EdDSA', typ: 'at+jwt', kid: 'key' }, claims)
    const verified = await verifyJwt(token, claims, publicKey, EXPECTED)
    expect(verified.ok && verified.value.jti).toBeNull()
  })

  it.each<{ name: string; expected: Partial<JwtExpectation>; failure: string }>([
    {
      name: 'issuer',
      expected: { issuer: 'https://issuer.example/' },
      failure: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'audience',
      expected: { audience: 'Activate' },
      failure: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'type',
      expected: { typ: 'user-action+jwt' },
      failure: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'algorithm',
      expected: { algorithms: ['ES256'] },
      failure: 'ERR_JOSE_ALG_NOT_ALLOWED',
    },
    {
      name: 'list of algorithms, even an empty one,',
      expected: { algorithms: [] },
      failure: 'ERR_JOSE_ALG_NOT_ALLOWED',
    },
    { name: 'lifetime', expected: { maxLifetimeSeconds: 599 }, failure: 'lifetime_invalid' },
    { name: 'time', expected: { now: NOW + 600_000 }, failure: 'ERR_JWT_EXPIRED' },
    { name: 'earlier time', expected: { now: NOW - 1_000 }, failure: 'issued_in_the_future' },
  ])('refuses when another $name is expected', async ({ expected, failure }) => {
    expect(await verify({}, expected)).toEqual({ ok: false, failure })
  })

  it('reads times against the given clock only', async () => {
    const past = { iat: 1_000, exp: 1_600 }
    expect((await verify(past, { now: 1_300_000 })).ok).toBe(true)
    expect(await verify(past)).toEqual({ ok: false, failure: 'ERR_JWT_EXPIRED' })
  })

  it.each([
    { saltLength: 32, isTaken: true },
    { saltLength: 0, isTaken: false },
    { saltLength: 20, isTaken: false },
    { saltLength: 33, isTaken: false },
    { saltLength: 64, isTaken: false },
  ])('takes PS256 with a salt of $saltLength bytes: $isTaken (S4)', async (row) => {
    const { privateKey: signer, publicJwk } = createTestKey('key', 'RSA')
    const used = (await importJWK(publicJwk, 'PS256')) as CryptoKey
    const header = { alg: 'PS256', typ: 'at+jwt', kid: 'key' }
    const input = `${writeSegment(header)}.${writeSegment(CLAIMS)}`
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const { saltLength } = row
    const signature = sign('sha256', Buffer.from(input), { key: signer, padding, saltLength })
    const token = `${input}.${writeSegment(signature)}`
    const verified = await verifyJwt(token, CLAIMS, used, { ...EXPECTED, algorithms: ['PS256'] })
    const refusal = { ok: false, failure: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' }
    expect(verified).toMatchObject(row.isTaken ? { ok: true } : refusal)
  })

  it('answers, and does not throw, when the key is of no use for verifying (T15)', async () => {
    const aes = { name: 'AES-GCM', length: 128 }
    const foreign = (await crypto.subtle.generateKey(aes, true, ['encrypt'])) as CryptoKey
    for (const useless of [privateKey, foreign, null as unknown as CryptoKey]) {
      expect((await verify({}, {}, useless)).ok).toBe(false)
    }
  })

  it('answers, and does not throw, when the token is no token (T15)', async () => {
    expect((await verifyJwt('abc', CLAIMS, publicKey, EXPECTED)).ok).toBe(false)
  })
})
