/**
 * Tokens that are good for one purpose and one use.
 */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  issuePurposeToken,
  MAX_PURPOSE_TOKEN_BYTES,
  typeOf,
  verifyPurposeToken,
  type Purpose,
} from '../../../src/auth/purpose-token.ts'
import { createTestKey, createTestRing, readSegment, writeJws } from '../../support/jws.ts'
import { NOW } from '../../support/sample.ts'

const PURPOSES: readonly Purpose[] = ['login-challenge', 'action-challenge', 'user-action']
const NOW_SECONDS = NOW / 1000

const signer = createTestKey('signer')
const keyRing = await createTestRing(signer)
const settings = { keyRing, issuer: 'https://api.example.test', audience: 'activate' }

const issue = (purpose: Purpose = 'user-action', lifetimeSeconds = 300) =>
  issuePurposeToken(
    settings,
    purpose,
    { sub: 'somebody', nonce: 'abc' },
    { now: NOW, lifetimeSeconds },
  )

/** Writes a user action whose claims and header say what a test wants. */
const write = (claims: object = {}, header: object = {}, key = signer) =>
  writeJws(
    key,
    { alg: 'EdDSA', typ: 'user-action+jwt', kid: key.kid, ...header },
    {
      iss: 'https://api.example.test',
      aud: 'activate/user-action',
      sub: 'somebody',
      iat: NOW_SECONDS,
      exp: NOW_SECONDS + 300,
      jti: 'once',
      ...claims,
    },
  )

const verify = (token: string, now = NOW, purpose: Purpose = 'user-action') =>
  verifyPurposeToken(settings, purpose, token, now)

async function problemOf(...input: Parameters<typeof verify>): Promise<string | null> {
  const verified = await verify(...input)
  return verified.ok ? null : verified.failure
}

describe('issuePurposeToken', () => {
  it('writes type, audience, times and claims, and 256 bits of jti', async () => {
    const token = await issue('login-challenge')
    expect(readSegment(token, 0)).toEqual({
      alg: 'EdDSA',
      typ: 'login-challenge+jwt',
      kid: 'signer',
    })
    const { jti, ...claims } = readSegment(token, 1)
    expect(claims).toEqual({
      iss: 'https://api.example.test',
      aud: 'activate/login-challenge',
      sub: 'somebody',
      nonce: 'abc',
      iat: NOW_SECONDS,
      exp: NOW_SECONDS + 300,
    })
    expect(jti).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('never makes one token twice', async () => {
    expect(await issue()).not.toBe(await issue())
  })
})

describe('verifyPurposeToken', () => {
  it('answers with claims, times and the key of its one use', async () => {
    const token = write({ nonce: 'abc' })
    const usedHash = createHash('sha256').update('user-action\nonce').digest('hex')
    expect(await verify(token)).toEqual({
      ok: true,
      value: {
        claims: readSegment(token, 1),
        subject: 'somebody',
        usedHash,
        expiresAt: (NOW_SECONDS + 300) * 1000,
        issuedBefore: (NOW_SECONDS + 1) * 1000,
      },
    })
  })

  it.each(PURPOSES.flatMap((issued) => PURPOSES.map((asked) => ({ issued, asked }))))(
    'takes a $issued token as $asked only if they are the same',
    async ({ issued, asked }) => {
      expect((await verify(await issue(issued), NOW, asked)).ok).toBe(issued === asked)
    },
  )

  it('takes neither the type of another purpose nor its audience alone', async () => {
    expect(await problemOf(write({ aud: 'activate/login-challenge' }))).toBe(
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
    )
    expect(await problemOf(write({ aud: 'activate' }))).toBe('ERR_JWT_CLAIM_VALIDATION_FAILED')
    expect(await problemOf(write({}, { typ: typeOf('login-challenge') }))).toBe(
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
    )
    expect(await problemOf(write({}, { typ: 'at+jwt' }))).toBe('ERR_JWT_CLAIM_VALIDATION_FAILED')
  })

  it.each<{ name: string; token: string; problem: string }>([
    {
      name: 'a foreign key under our kid',
      token: write({}, {}, createTestKey('signer')),
      problem: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    },
    { name: 'an unknown kid', token: write({}, { kid: 'other' }), problem: 'kid_unknown' },
    {
      name: 'another issuer',
      token: write({ iss: 'https://issuer.example' }),
      problem: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    {
      name: 'another algorithm',
      token: write({}, { alg: 'Ed25519' }),
      problem: 'ERR_JOSE_ALG_NOT_ALLOWED',
    },
    {
      name: 'a life of more than 600 seconds',
      token: write({ exp: NOW_SECONDS + 601 }),
      problem: 'lifetime_invalid',
    },
    { name: 'no jti', token: write({ jti: undefined }), problem: 'jti_missing' },
    {
      name: 'no subject',
      token: write({ sub: undefined }),
      problem: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    },
    { name: 'a text that is no token', token: 'abc', problem: 'not_three_segments' },
  ])('refuses $name', async ({ token, problem }) => {
    expect(await problemOf(token)).toBe(problem)
  })

  it('lives until the second before its end, without any skew', async () => {
    const token = write()
    expect(await problemOf(token, NOW + 299_999)).toBeNull()
    expect(await problemOf(token, NOW + 300_000)).toBe('ERR_JWT_EXPIRED')
    expect(await problemOf(write({ iat: NOW_SECONDS + 1 }))).toBe('issued_in_the_future')
  })

  it('refuses a token of more than 4,096 bytes before reading it', async () => {
    const long = write({ pad: 'x'.repeat(MAX_PURPOSE_TOKEN_BYTES) })
    expect(MAX_PURPOSE_TOKEN_BYTES).toBe(4_096)
    expect(await problemOf(long)).toBe('too_long')
  })

  it('names the use of one jti differently for each purpose', async () => {
    const action = await verify(write())
    const challenge = await verify(
      write({ aud: 'activate/action-challenge' }, { typ: 'action-challenge+jwt' }),
      NOW,
      'action-challenge',
    )
    expect(action.ok && challenge.ok).toBe(true)
    expect(action.ok && action.value.usedHash).not.toBe(challenge.ok && challenge.value.usedHash)
  })

  it('verifies a token of the former signer after a rotation', async () => {
    const rotated = { ...settings, keyRing: await createTestRing(createTestKey('new'), signer) }
    expect((await verifyPurposeToken(rotated, 'user-action', write(), NOW)).ok).toBe(true)
  })
})
