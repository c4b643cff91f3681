/**
 * The guarded routes of the Dfns dialect, as the refusals kit and the tables of bad input ask for them.
 */
import { newId } from '../../../src/auth/random.ts'
import { runSql } from '../../support/commits.ts'
import type { GuardedRoute, PreparedRequest } from '../../support/refusals.ts'
import { sendKey, writeCreation } from '../../support/registration.ts'
import { createSigner } from '../../support/signer.ts'
import { addCredential, ALL_DFNS } from '../../support/world.ts'
import { DFNS_REFUSALS } from './answers.ts'

/** Spellings that other dialects, or careless readers, take for the operation. */
const NEAR_MISSES = ['user.edit', 'user.*', '*.*', '*', 'Auth:Users:*', 'Auth:*']

const defineRoute = (
  name: string,
  verb: string,
  isChange: boolean,
  target: GuardedRoute['target'],
  prepare: (targetId: string) => PreparedRequest,
): GuardedRoute => {
  const operation = `Auth:Users:${verb}`
  const wrong = [
    ...ALL_DFNS.filter((one) => one !== operation),
    ...NEAR_MISSES,
    operation.toLowerCase(),
    ` ${operation}`,
  ]
  return {
    name,
    operation,
    powers: { operations: [operation] },
    insufficient: [
      ...wrong.map((one) => ({
        name: `an employee with the operation "${one}" alone`,
        given: { operations: [one] },
      })),
      { name: 'a superuser without a role', given: { isSuperuser: true } },
    ],
    isChange,
    target,
    prepare: ({ targetId }) => prepare(targetId),
    expectations: DFNS_REFUSALS,
  }
}

/** The operation of the contract. */
export const ACTIVATE = defineRoute(
  'PUT /auth/users/{userId}/activate',
  'Activate',
  true,
  { suspendedAt: 1 },
  (targetId) => ({ method: 'PUT', path: `/auth/users/${targetId}/activate` }),
)

/** The inverse. */
export const DEACTIVATE = defineRoute(
  'PUT /auth/users/{userId}/deactivate',
  'Deactivate',
  true,
  {},
  (targetId) => ({ method: 'PUT', path: `/auth/users/${targetId}/deactivate` }),
)

/** The end of a user. */
export const ARCHIVE = defineRoute(
  'DELETE /auth/users/{userId}',
  'Delete',
  true,
  {},
  (targetId) => ({ method: 'DELETE', path: `/auth/users/${targetId}` }),
)

/** Whether SSO is required. */
export const UPDATE = defineRoute('PUT /auth/users/{userId}', 'Update', true, {}, (targetId) => ({
  method: 'PUT',
  path: `/auth/users/${targetId}`,
  body: { isSSORequired: true },
}))

/** A new employee, of another name at each call. */
export const CREATE = defineRoute('POST /auth/users', 'Create', true, null, () => ({
  method: 'POST',
  path: '/auth/users',
  body: { email: `${newId('user')}@example.test`, kind: 'CustomerEmployee' },
}))

/** One user. */
export const GET = defineRoute('GET /auth/users/{userId}', 'Read', false, {}, (targetId) => ({
  method: 'GET',
  path: `/auth/users/${targetId}`,
}))

/** A page of users. */
export const LIST = defineRoute('GET /auth/users', 'Read', false, null, () => ({
  method: 'GET',
  path: '/auth/users',
}))

/** Asks for no power: whoever is alive sees to its own credentials. */
const defineOwnRoute = (
  name: string,
  isChange: boolean,
  prepare: GuardedRoute['prepare'],
): GuardedRoute => ({
  ...{ name, isChange, prepare, powers: {}, insufficient: [], target: null },
  operation: 'Auth:Credentials',
  expectations: DFNS_REFUSALS,
})

/** The caller's credentials. */
export const LIST_CREDENTIALS = defineOwnRoute('GET /auth/credentials', false, () => ({
  method: 'GET',
  path: '/auth/credentials',
}))

/** The challenge for one more. */
export const INITIATE_CREDENTIAL = defineOwnRoute('POST /auth/credentials/init', false, () => ({
  method: 'POST',
  path: '/auth/credentials/init',
  body: { kind: 'Key' },
}))

/** One more, another key at each call. */
export const CREATE_CREDENTIAL = defineOwnRoute(
  'POST /auth/credentials',
  true,
  async ({ actor }) => {
    const signer = await createSigner('Ed25519')
    return writeCreation(actor, (challenge) => sendKey(signer, challenge))
  },
)

/** Switches a credential that the caller has besides the one that signs, another at each call. */
const defineSwitch = (verb: 'activate' | 'deactivate'): GuardedRoute =>
  defineOwnRoute(`PUT /auth/credentials/${verb}`, true, async ({ actor }) => {
    const { organizationId, userId } = actor
    const signer = await createSigner('Ed25519')
    const credentialUuid = await addCredential(organizationId, userId, signer)
    const deactivatedAt = verb === 'activate' ? 1 : null
    const sql = 'UPDATE credentials SET deactivated_at = ? WHERE id = ?'
    await runSql(sql, deactivatedAt, credentialUuid)
    return { method: 'PUT', path: `/auth/credentials/${verb}`, body: { credentialUuid } }
  })

/** On again. */
export const ACTIVATE_CREDENTIAL = defineSwitch('activate')

/** Off. */
export const DEACTIVATE_CREDENTIAL = defineSwitch('deactivate')
