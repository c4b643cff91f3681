/**
 * A credential of a user on or off: one is always left.
 */
import { describe, expect, it } from 'vitest'
import { isEffective } from '../../../src/core/change.ts'
import { decideSwitchCredential } from '../../../src/core/switch-credential.ts'
import { NOW, sampleCredential, sampleUser } from '../../support/sample.ts'

const USER = sampleUser()
const ON = sampleCredential({ id: 'cr-on' })
const OTHER = sampleCredential({ id: 'cr-other' })
const OFF = sampleCredential({ id: 'cr-off', isActive: false })

describe('decideSwitchCredential', () => {
  it.each([
    {
      credentialId: ON.id,
      isActive: false,
      times: { activatedAt: null, deactivatedAt: NOW },
      action: 'deactivate_credential',
    },
    {
      credentialId: OFF.id,
      isActive: true,
      times: { activatedAt: NOW, deactivatedAt: null },
      action: 'activate_credential',
    },
  ])('switches $credentialId to $isActive, and raises the version', (row) => {
    const { credentialId, isActive, times, action } = row
    const wanted = { credentialId, isActive }
    expect(decideSwitchCredential(USER, [ON, OTHER, OFF], wanted, NOW)).toEqual({
      ok: true,
      value: {
        action,
        before: USER,
        after: { ...USER, version: USER.version + 1, updatedAt: NOW },
        credential: null,
        switched: { credentialId, ...times },
      },
    })
  })

  it.each([
    { name: 'on', wanted: { credentialId: ON.id, isActive: true }, others: [OFF] },
    { name: 'off', wanted: { credentialId: OFF.id, isActive: false }, others: [ON] },
    { name: 'off where none is on', wanted: { credentialId: OFF.id, isActive: false }, others: [] },
  ])('changes nothing of a credential that is $name already', ({ wanted, others }) => {
    const decided = decideSwitchCredential(USER, [ON, OFF, ...others], wanted, NOW)
    expect(decided.ok && isEffective(decided.value)).toBe(false)
    expect(decided.ok && decided.value).not.toHaveProperty('switched')
  })

  it.each([
    { name: 'the only credential', credentials: [ON] },
    { name: 'the only one that is on', credentials: [OFF, ON] },
  ])('refuses to switch off $name', ({ credentials }) => {
    const wanted = { credentialId: ON.id, isActive: false }
    expect(decideSwitchCredential(USER, credentials, wanted, NOW)).toEqual({
      ok: false,
      failure: { reason: 'last_credential' },
    })
  })

  it.each([
    { name: 'a credential that there is not', credentialId: 'cr-unknown' },
    { name: "the client's name of a credential", credentialId: ON.credentialId },
  ])('refuses $name', ({ credentialId }) => {
    for (const isActive of [true, false]) {
      expect(decideSwitchCredential(USER, [ON, OTHER], { credentialId, isActive }, NOW)).toEqual({
        ok: false,
        failure: { reason: 'credential_not_found' },
      })
    }
  })

  it('switches the only credential on where all are off', () => {
    const wanted = { credentialId: OFF.id, isActive: true }
    expect(decideSwitchCredential(USER, [OFF], wanted, NOW).ok).toBe(true)
  })
})
