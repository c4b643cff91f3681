/**
 * Comparison in constant time inside workerd, which has it as Node has not (rule S6). No test sees how long a
 * comparison takes, but this one sees who makes it, and of what.
 */
import { afterEach, expect, it, vi } from 'vitest'
import { bindAction, isSameBinding } from '../../src/auth/action-binding.ts'
import { isEqualConstantTime, sha256 } from '../../src/auth/digest.ts'
import { verifyKeyAssertion } from '../../src/auth/verify-key-assertion.ts'
import { samplePrincipal } from '../support/sample.ts'
import { createSigner } from '../support/signer.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const watch = () => vi.spyOn(crypto.subtle, 'timingSafeEqual')

it.each([
  { name: 'equal secrets', a: 'secret', b: 'secret', isEqual: true },
  { name: 'secrets of one length', a: 'secret', b: 'secreT', isEqual: false },
  { name: 'secrets of two lengths', a: 'secret', b: 'secre', isEqual: false },
])('leaves it to the runtime to compare $name by their digests', async ({ a, b, isEqual }) => {
  const compare = watch()
  expect(await isEqualConstantTime(a, b)).toBe(isEqual)
  expect(compare).toHaveBeenCalledExactlyOnceWith(await sha256(a), await sha256(b))
  expect(compare).toHaveReturnedWith(isEqual)
})

it('compares bindings as wholes, wherever they differ', async () => {
  const request = { principal: samplePrincipal(), method: 'PUT', path: '/', payload: {} }
  const binding = await bindAction(request)
  const compare = watch()
  for (const changed of [binding, { ...binding, organizationId: '' }, { ...binding, path: '/a' }]) {
    expect(await isSameBinding(binding, changed)).toBe(changed === binding)
  }
  expect(compare).toHaveBeenCalledTimes(3)
})

it('compares a challenge in both of its spellings, whichever it has', async () => {
  const { assert, publicKeyPem } = await createSigner('Ed25519')
  for (const signed of ['challenge', btoa('challenge'), 'another']) {
    const compare = watch()
    const assertion = await assert(signed)
    const verified = await verifyKeyAssertion({ assertion, publicKeyPem, challenge: 'challenge' })
    expect(verified.ok).toBe(signed !== 'another')
    expect(compare).toHaveBeenCalledTimes(2)
    vi.restoreAllMocks()
  }
})
