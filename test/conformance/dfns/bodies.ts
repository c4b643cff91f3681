/**
 * Every route of the dialect that reads a body, and values of other types for each member of it.
 */
import { newId } from '../../../src/auth/random.ts'

/** A JSON object as a test writes it. */
export type Body = Readonly<Record<string, unknown>>

/** A route with a body that is good in form. */
export interface BodyRoute {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body: Body
  /** Members by their dotted place, with what they cannot be. */
  readonly members: Readonly<Record<string, { readonly wrong: readonly unknown[] }>>
  /** Places that may be left out. */
  readonly optional?: readonly string[]
}

const text = { wrong: [null, 1, true, [], {}] }
const flag = { wrong: [null, 1, 'true', [], {}] }
const object = { wrong: [null, 1, 'x', true, []] }

/** What a new credential proves itself by, good in form, and its members behind a prefix. */
const ATTESTED = {
  credentialKind: 'Key',
  credentialInfo: { credId: 'eA', clientData: 'eA', attestationData: 'eA' },
}
const attestedAt = (prefix = '') =>
  Object.fromEntries(
    ['Kind', 'Info', 'Info.credId', 'Info.clientData', 'Info.attestationData'].map((name) => [
      `${prefix}credential${name}`,
      name === 'Info' ? object : text,
    ]),
  )

/** The routes; activation stands for all that take an empty body only. */
export const BODY_ROUTES: readonly BodyRoute[] = [
  {
    name: 'POST /auth/users',
    method: 'POST',
    path: '/auth/users',
    body: { email: 'new@example.test', kind: 'CustomerEmployee' },
    members: { email: text, kind: text, publicKey: text, externalId: text, isSSORequired: flag },
    optional: ['publicKey', 'externalId', 'isSSORequired'],
  },
  {
    name: 'PUT /auth/users/{userId}',
    method: 'PUT',
    path: `/auth/users/${newId('user')}`,
    body: { isSSORequired: true },
    members: { isSSORequired: flag },
  },
  {
    name: 'PUT /auth/users/{userId}/activate',
    method: 'PUT',
    path: `/auth/users/${newId('user')}/activate`,
    body: {},
    members: {},
  },
  {
    name: 'PUT /auth/logout',
    method: 'PUT',
    path: '/auth/logout',
    body: {},
    members: { allSessions: flag },
    optional: ['allSessions'],
  },
  {
    name: 'POST /auth/login/init',
    method: 'POST',
    path: '/auth/login/init',
    body: { username: 'ada', orgId: newId('organization') },
    members: { username: text, orgId: text },
  },
  {
    name: 'POST /auth/action/init',
    method: 'POST',
    path: '/auth/action/init',
    body: {
      userActionPayload: '',
      userActionHttpMethod: 'PUT',
      userActionHttpPath: '/auth/users/x/activate',
    },
    members: {
      userActionPayload: text,
      userActionHttpMethod: text,
      userActionHttpPath: text,
      userActionServerKind: text,
    },
    optional: ['userActionServerKind'],
  },
  {
    name: 'POST /auth/credentials/init',
    method: 'POST',
    path: '/auth/credentials/init',
    body: { kind: 'Key' },
    members: { kind: text },
  },
  {
    name: 'POST /auth/credentials',
    method: 'POST',
    path: '/auth/credentials',
    body: { ...ATTESTED, credentialName: 'x', challengeIdentifier: 'x' },
    members: { ...attestedAt(), credentialName: text, challengeIdentifier: text },
  },
  ...['activate', 'deactivate'].map((verb) => ({
    name: `PUT /auth/credentials/${verb}`,
    method: 'PUT',
    path: `/auth/credentials/${verb}`,
    body: { credentialUuid: newId('credential') },
    members: { credentialUuid: text },
  })),
  {
    name: 'POST /auth/registration/init',
    method: 'POST',
    path: '/auth/registration/init',
    body: { username: 'ada', orgId: newId('organization'), registrationCode: 'x' },
    members: { username: text, orgId: text, registrationCode: text },
  },
  {
    name: 'POST /auth/registration',
    method: 'POST',
    path: '/auth/registration',
    body: { firstFactorCredential: ATTESTED },
    members: {
      firstFactorCredential: object,
      ...attestedAt('firstFactorCredential.'),
      'firstFactorCredential.credentialName': text,
    },
    optional: ['firstFactorCredential.credentialName'],
  },
  ...['/auth/login', '/auth/action'].map((path) => ({
    name: `POST ${path}`,
    method: 'POST',
    path,
    body: {
      challengeIdentifier: 'x',
      firstFactor: {
        kind: 'Key',
        credentialAssertion: { credId: 'eA', clientData: 'eA', signature: 'eA' },
      },
    },
    members: {
      challengeIdentifier: text,
      firstFactor: object,
      'firstFactor.kind': text,
      'firstFactor.credentialAssertion': object,
      'firstFactor.credentialAssertion.credId': text,
      'firstFactor.credentialAssertion.clientData': text,
      'firstFactor.credentialAssertion.signature': text,
      'firstFactor.credentialAssertion.algorithm': text,
    },
    optional: ['firstFactor.credentialAssertion.algorithm'],
  })),
]
