/**
 * The decision to create, and what a new user begins with.
 */
import { describe, expect, it } from 'vitest'
import {
  decideCreateUser,
  type NameConflicts,
  type NewUser,
} from '../../../src/core/create-user.ts'
import {
  NOW,
  sampleAssignment,
  sampleCredential,
  sampleOrganization,
  userId,
} from '../../support/sample.ts'

/** What is held already, the key among it. */
type Taken = NameConflicts & { readonly isKeyTaken: boolean }

const FREE: Taken = { isUsernameTaken: false, isKeyTaken: false, externalIdHolder: null }

const NEW_USER: NewUser = {
  id: userId('new'),
  kind: 'CustomerEmployee',
  username: 'new@example.test',
  firstName: 'Ada',
  lastName: null,
  externalId: 'hr-17',
  isSsoRequired: false,
  identifiers: [
    { id: 'id-2', type: 'phone', value: '+49301234567' },
    { id: 'id-1', type: 'email', value: 'new@example.test' },
  ],
  assignments: [
    sampleAssignment(['user.edit'], { id: 'pm-b' }),
    sampleAssignment(['user.read'], { id: 'pm-a' }),
  ],
  credential: null,
  registrationCode: null,
}

const { userId: _owner, ...KEY } = sampleCredential()
const CREDENTIAL = { ...KEY, name: 'Laptop', publicKeyHash: 'hash' }

const decide = (newUser: Partial<NewUser> = {}, taken: Partial<Taken> = {}) => {
  const { isKeyTaken, ...conflicts } = { ...FREE, ...taken }
  const given = { ...NEW_USER, ...newUser }
  return decideCreateUser(sampleOrganization(), given, { conflicts, isKeyTaken }, NOW)
}

describe('decideCreateUser', () => {
  it('begins active, with what is given in its order, without epoch or flags', () => {
    const organization = sampleOrganization()
    expect(decide()).toEqual({
      ok: true,
      value: {
        action: 'create',
        before: null,
        after: {
          id: userId('new'),
          organizationId: organization.id,
          tenantId: organization.tenantId,
          kind: 'CustomerEmployee',
          username: 'new@example.test',
          firstName: 'Ada',
          lastName: null,
          isServiceAccount: false,
          isRegistered: false,
          isSsoRequired: false,
          isSuperuser: false,
          externalId: 'hr-17',
          metadata: null,
          suspendedAt: null,
          archivedAt: null,
          tokenEpoch: 0,
          tokensValidAfterAt: null,
          version: 1,
          createdAt: NOW,
          updatedAt: NOW,
          identifiers: NEW_USER.identifiers.map((one) => ({
            ...one,
            verifiedAt: null,
            createdAt: NOW,
          })),
          assignments: NEW_USER.assignments,
          primaryCredentialId: null,
          registrationCodeHash: null,
          registrationCodeExpiresAt: null,
        },
        credential: null,
      },
    })
  })

  it('is registered from the start when it brings a key', () => {
    const decision = decide({ credential: CREDENTIAL })
    expect(decision.ok && decision.value.after).toMatchObject({
      isRegistered: true,
      primaryCredentialId: CREDENTIAL.id,
    })
    expect(decision.ok && decision.value.credential).toEqual({
      ...CREDENTIAL,
      userId: userId('new'),
    })
  })

  it.each<{ reason: string; conflicts: Partial<Taken>; evidence?: object }>([
    { reason: 'username_taken', conflicts: { isUsernameTaken: true } },
    {
      reason: 'external_id_taken',
      conflicts: { externalIdHolder: { userId: userId('holder'), externalId: 'hr-17' } },
      evidence: { duplicate: { userId: userId('holder'), externalId: 'hr-17' } },
    },
    { reason: 'public_key_taken', conflicts: { isKeyTaken: true } },
  ])('refuses with $reason when the name is held', ({ reason, conflicts, evidence }) => {
    expect(decide({}, conflicts)).toEqual({ ok: false, failure: { reason, ...evidence } })
  })

  it('names the username before the external id, and the key last', () => {
    const externalIdHolder = { userId: userId('holder'), externalId: 'hr-17' }
    const reasonOf = (conflicts: Partial<Taken>) => {
      const decision = decide({}, conflicts)
      return decision.ok ? 'created' : decision.failure.reason
    }
    expect([
      reasonOf({ isUsernameTaken: true, externalIdHolder, isKeyTaken: true }),
      reasonOf({ externalIdHolder, isKeyTaken: true }),
      reasonOf({ isKeyTaken: true }),
      reasonOf({}),
    ]).toEqual(['username_taken', 'external_id_taken', 'public_key_taken', 'created'])
  })
})
