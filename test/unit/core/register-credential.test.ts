/**
 * One more credential for a user: what it changes, and what stands in its way (rules K4, U1).
 */
import { describe, expect, it } from 'vitest'
import { decideRegisterCredential, MAX_CREDENTIALS } from '../../../src/core/register-credential.ts'
import { NOW, sampleCredential, sampleNewCredential, sampleUser } from '../../support/sample.ts'

const FREE = { isKeyTaken: false, credentials: [] }
const NEW = sampleNewCredential()
const WAITING = sampleUser({
  isRegistered: false,
  registrationCodeHash: 'code-hash',
  registrationCodeExpiresAt: NOW + 1,
})

const credentials = (count: number) =>
  Array.from({ length: count }, (_, place) =>
    sampleCredential({ id: `cr-${place}`, isActive: place % 2 === 0 }),
  )

describe('decideRegisterCredential', () => {
  it('registers a waiting user by its first credential, and ends its code', () => {
    expect(decideRegisterCredential(WAITING, FREE, NEW, NOW)).toEqual({
      ok: true,
      value: {
        action: 'register',
        before: WAITING,
        after: {
          ...WAITING,
          isRegistered: true,
          registrationCodeHash: null,
          registrationCodeExpiresAt: null,
          version: WAITING.version + 1,
          updatedAt: NOW,
        },
        credential: { ...NEW, userId: WAITING.id },
      },
    })
  })

  it('gives a registered user one more, which raises its version and nothing else', () => {
    const user = sampleUser()
    expect(decideRegisterCredential(user, FREE, NEW, NOW)).toEqual({
      ok: true,
      value: {
        action: 'register_credential',
        before: user,
        after: { ...user, version: user.version + 1, updatedAt: NOW },
        credential: { ...NEW, userId: user.id },
      },
    })
  })

  it('ends a code that still waits for a registered user', () => {
    const user = { ...WAITING, isRegistered: true }
    const decided = decideRegisterCredential(user, FREE, NEW, NOW)
    expect(decided.ok && decided.value.after).toMatchObject({
      registrationCodeHash: null,
      registrationCodeExpiresAt: null,
    })
  })

  it.each([
    { name: 'a taken key', known: { ...FREE, isKeyTaken: true }, reason: 'credential_taken' },
    {
      name: 'the 51st credential, whether the others are on or off',
      known: { ...FREE, credentials: credentials(50) },
      reason: 'too_many_credentials',
    },
    {
      name: 'a taken key of a user with 50 credentials',
      known: { isKeyTaken: true, credentials: credentials(50) },
      reason: 'too_many_credentials',
    },
  ])('refuses $name with $reason', ({ known, reason }) => {
    for (const user of [WAITING, sampleUser()]) {
      expect(decideRegisterCredential(user, known, NEW, NOW)).toEqual({
        ok: false,
        failure: { reason },
      })
    }
  })

  it('takes the 50th credential', () => {
    const known = { ...FREE, credentials: credentials(MAX_CREDENTIALS - 1) }
    expect(decideRegisterCredential(sampleUser(), known, NEW, NOW).ok).toBe(true)
    expect(MAX_CREDENTIALS).toBe(50)
  })
})
