/**
 * What makes a key another one, and what makes a request another one under the same key (rules I2, I3).
 */
import { describe, expect, it } from 'vitest'
import { createClaim, type RepeatableRequest } from '../../../src/auth/idempotency-claim.ts'
import { NOW, samplePrincipal } from '../../support/sample.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

const REQUEST: RepeatableRequest = {
  key: 'key',
  principal: samplePrincipal(),
  dialect: 'dfns',
  operationId: 'activateUser',
  method: 'PUT',
  path: '/auth/users/us-1/activate',
  body: bytes('{}'),
  conditions: [null, null],
}

const USUAL = await createClaim(REQUEST, NOW)
const of = samplePrincipal

describe('createClaim', () => {
  it('names caller, key and request by hashes alone', () => {
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as string
    expect(USUAL).toEqual({ scopeHash: hash, fingerprint: hash, expiresAt: NOW })
  })

  it.each<[changed: keyof typeof USUAL | 'nothing', members: Partial<RepeatableRequest>]>([
    ['nothing', { principal: of({ tokenId: 'b', revocationKey: 'b', expSeconds: 0 }) }],
    ['nothing', { body: bytes('') }],
    ['scopeHash', { key: 'Key' }],
    ['scopeHash', { principal: of({ subject: 'b' }) }],
    ['scopeHash', { principal: of({ issuer: 'b' }) }],
    ['scopeHash', { principal: of({ organizationId: 'b' }) }],
    ['scopeHash', { operationId: 'b' }],
    ['fingerprint', { method: 'POST' }],
    ['fingerprint', { path: '/' }],
    ['fingerprint', { dialect: 'rinne' }],
    ['fingerprint', { body: bytes('{ }') }],
    ['fingerprint', { conditions: ['b', null] }],
    ['fingerprint', { conditions: [null, ''] }],
  ])('changes %s alone by %j', async (changed, members) => {
    const { scopeHash, fingerprint } = await createClaim({ ...REQUEST, ...members }, NOW)
    expect(scopeHash !== USUAL.scopeHash).toBe(changed === 'scopeHash')
    expect(fingerprint !== USUAL.fingerprint).toBe(changed === 'fingerprint')
  })

  it('keeps what stands side by side apart', async () => {
    const pairs = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['a","b', 'c'],
      ['a', 'b","c'],
    ] as const
    const scopes = pairs.map(async ([operationId, key]) => {
      return (await createClaim({ ...REQUEST, operationId, key }, NOW)).scopeHash
    })
    expect(new Set(await Promise.all(scopes)).size).toBe(4)
  })
})
