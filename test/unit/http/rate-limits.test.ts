/**
 * What is counted together, and what is said of one too many; the counting itself is the platform's.
 */
import { describe, expect, it } from 'vitest'
import type { Principal } from '../../../src/core/principal.ts'
import { createRateLimits, isFailedAuthentication } from '../../../src/http/rate-limits.ts'
import { createQuotaCounter } from '../../support/quota.ts'
import { readRepository } from '../../support/repository.ts'

const QUOTAS = { requests: 3, signing: 2, failures: 1 }

function createLimits() {
  const limitOf = (quota: number) => ({ quota, counter: createQuotaCounter(quota) })
  return createRateLimits({
    requests: limitOf(QUOTAS.requests),
    signing: limitOf(QUOTAS.signing),
    failures: limitOf(QUOTAS.failures),
  })
}

const principal = (organizationId: string, issuer: string, subject: string) =>
  ({ organizationId, issuer, subject }) as Principal

const from = (address: string) => new Headers({ 'cf-connecting-ip': address })

describe('createRateLimits', () => {
  it('counts a sender by organization, issuer and subject', async () => {
    const limits = createLimits()
    const one = principal('or-1', 'https://a', 'ada')
    const count = () => limits.countSender(one)
    expect([await count(), await count(), await count()]).toEqual([null, null, null])
    const refusal = { reason: 'rate_limited', limit: 'requests', quota: 3, periodSeconds: 60 }
    expect(await count()).toEqual(refusal)
    for (const [organizationId, issuer, subject] of [
      ['or-2', 'https://a', 'ada'],
      ['or-1', 'https://b', 'ada'],
      ['or-1', 'https://a', 'bob'],
    ] as const) {
      expect(await limits.countSender(principal(organizationId, issuer, subject))).toBeNull()
    }
  })

  it('counts logins and failures apart, each by network', async () => {
    const limits = createLimits()
    expect(await limits.countNetwork('failures', from('2001:db8::1'))).toBeNull()
    expect(await limits.countNetwork('failures', from('2001:db8::2'))).toMatchObject({
      limit: 'failures',
      quota: 1,
    })
    expect(await limits.countNetwork('failures', from('2001:db8:0:1::1'))).toBeNull()
    expect(await limits.countNetwork('signing', from('2001:db8::1'))).toBeNull()
  })

  it('serves where the platform cannot count', async () => {
    const counter = { limit: () => Promise.reject(new Error('broken')) }
    const limit = { counter, quota: 1 }
    const limits = createRateLimits({ requests: limit, signing: limit, failures: limit })
    expect(await limits.countSender(principal('or-1', 'a', 'b'))).toBeNull()
    expect(await limits.countNetwork('failures', from('192.0.2.1'))).toBeNull()
  })

  it('says in one header what is counted', () => {
    expect(createLimits().policy).toBe(
      '"requests";q=3;w=60, "signing";q=2;w=60, "failures";q=1;w=60',
    )
  })
})

describe('isFailedAuthentication', () => {
  it.each([
    { reason: 'token_missing', isFailed: true },
    { reason: 'token_invalid', isFailed: true },
    { reason: 'caller_unknown', isFailed: true },
    { reason: 'caller_inactive', isFailed: true },
    { reason: 'login_refused', isFailed: true },
    { reason: 'registration_refused', isFailed: true },
    { reason: 'challenge_invalid', isFailed: true },
    { reason: 'permission_missing', isFailed: false },
    { reason: 'user_action_invalid', isFailed: false },
    { reason: 'unavailable', isFailed: false },
    { reason: 'input_invalid', isFailed: false },
  ] as const)('says $isFailed of $reason', ({ reason, isFailed }) => {
    expect(isFailedAuthentication(reason)).toBe(isFailed)
  })
})

describe('wrangler.toml', () => {
  it.each([
    { name: 'RATE_LIMITER', variable: 'RATE_LIMIT_REQUESTS' },
    { name: 'RATE_LIMITER_LOGIN', variable: 'RATE_LIMIT_SIGNING' },
    { name: 'RATE_LIMITER_FAILURES', variable: 'RATE_LIMIT_FAILURES' },
  ])('lets $name count as far as $variable says to clients', ({ name, variable }) => {
    const text = readRepository().find(({ file }) => file === 'wrangler.toml')?.text ?? ''
    const quota = new RegExp(`^${variable} = "(\\d+)"$`, 'm').exec(text)?.[1]
    expect(quota).toMatch(/^\d+$/)
    const binding = `name = "${name}"\nnamespace_id = "\\d+"\n`
    expect(text).toMatch(new RegExp(`${binding}simple = \\{ limit = ${quota}, period = 60 \\}`))
  })
})
