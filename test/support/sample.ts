/**
 * Nouns of the core as a unit test begins with them: every member has a value, and a test says only what matters to
 * it. No I/O. No clock.
 */
import type { AccessRule, Caller } from '../../src/core/access.ts'
import type { NewCredential } from '../../src/core/change.ts'
import type { KeptAnswer } from '../../src/core/idempotency.ts'
import type { Guards, Snapshot } from '../../src/core/ports.ts'
import type { Principal } from '../../src/core/principal.ts'
import type { Refusal } from '../../src/core/refusal.ts'
import { succeed, type Result } from '../../src/core/result.ts'
import type { Outcome } from '../../src/core/run-command.ts'
import type { ChallengeEvidence, UserAction } from '../../src/core/user-action.ts'
import type { Assignment, Credential, Organization, Role, User } from '../../src/core/user.ts'

/** The time of every unit test, in Unix milliseconds. */
export const NOW = 1_800_000_000_000

/** The one organization of the samples. */
export const ORGANIZATION_ID = 'or-00000-00000-0000000000000000'

/** Writes a user id whose last characters are the given ones: `us-00000-00000-000000000000admin`. */
export const userId = (end: string): string => `us-00000-00000-${end.padStart(16, '0')}`

/** An organization with all dialects on. */
export const sampleOrganization = (members: Partial<Organization> = {}): Organization => ({
  id: ORGANIZATION_ID,
  tenantId: 'acct-00000-00000-0000000000000000',
  name: 'Sample organization',
  dialects: ['dfns', 'timbu', 'rinne'],
  requireUserAction: false,
  isDemo: false,
  ...members,
})

/** An active employee without roles. */
export const sampleUser = (members: Partial<User> = {}): User => ({
  id: userId('target'),
  organizationId: ORGANIZATION_ID,
  tenantId: 'acct-00000-00000-0000000000000000',
  kind: 'CustomerEmployee',
  username: 'ada@example.test',
  firstName: 'Ada',
  lastName: 'Lovelace',
  isServiceAccount: false,
  isRegistered: true,
  isSsoRequired: false,
  isSuperuser: false,
  externalId: null,
  metadata: null,
  suspendedAt: null,
  archivedAt: null,
  tokenEpoch: 3,
  tokensValidAfterAt: null,
  version: 7,
  createdAt: 1_000,
  updatedAt: 2_000,
  identifiers: [],
  assignments: [],
  primaryCredentialId: null,
  registrationCodeHash: null,
  registrationCodeExpiresAt: null,
  ...members,
})

/** A role of the sample organization. */
export const sampleRole = (operations: readonly string[], members: Partial<Role> = {}): Role => ({
  id: 'pm-00000-00000-0000000000000000',
  organizationId: ORGANIZATION_ID,
  name: 'Sample role',
  description: null,
  operations,
  version: 4,
  createdAt: 1_000,
  updatedAt: 2_000,
  ...members,
})

/** A role as a user holds it. */
export const sampleAssignment = (
  operations: readonly string[],
  role: Partial<Role> = {},
): Assignment => ({
  id: `as-of-${role.id ?? 'pm-00000-00000-0000000000000000'}`,
  role: sampleRole(operations, role),
})

/** An administrator whose one role has the operation of `sampleRule`. */
export const sampleAdmin = (members: Partial<User> = {}): User =>
  sampleUser({
    id: userId('admin'),
    username: 'grace@example.test',
    assignments: [sampleAssignment(['Auth:Users:Activate'])],
    ...members,
  })

/** The bearer of the administrator, of our own issuer. */
export const samplePrincipal = (members: Partial<Principal> = {}): Principal => ({
  issuer: 'https://api.example.test',
  subject: userId('admin'),
  organizationId: ORGANIZATION_ID,
  reference: { by: 'id', userId: userId('admin') },
  tokenKind: 'user',
  freshness: { by: 'epoch', epoch: 3 },
  tokenId: 'token-1',
  revocationKey: 'revocation-1',
  expSeconds: NOW / 1000 + 600,
  isOwn: true,
  ...members,
})

/** The administrator as the store knows it. */
export const sampleCaller = (user: Partial<User> = {}, organization = {}): Caller => ({
  user: sampleAdmin(user),
  organization: sampleOrganization(organization),
})

/** A rule that asks for the first assignment with `Auth:Users:Activate`, and always for a user action. */
export const sampleRule = (members: Partial<AccessRule> = {}): AccessRule => ({
  dialect: 'dfns',
  operation: 'Auth:Users:Activate',
  isMutation: true,
  callers: 'employees',
  userAction: 'always',
  grant: (user) => {
    const assignment = user.assignments.find(({ role }) =>
      role.operations.includes('Auth:Users:Activate'),
    )
    return assignment ? { by: 'assignment', assignment } : null
  },
  ...members,
})

/** What a credential has that is a key. */
export const NO_PASSKEY = {
  name: 'Sample key',
  signCount: 0,
  isBackupEligible: false,
  relyingPartyId: null,
  origin: null,
  suspectedAt: null,
  activatedAt: null,
} as const

/** The site that passkeys are bound to in tests. */
export const RELYING_PARTY = { id: 'example.org', origins: ['https://example.org'] }

/** The administrator's own active key; what it verifies is the business of the test. */
export const sampleCredential = (members: Partial<Credential> = {}): Credential => ({
  id: 'cr-00000-00000-0000000000000000',
  userId: userId('admin'),
  kind: 'Key',
  credentialId: 'credential-of-admin',
  algorithm: 'Ed25519',
  publicKeyPem: '',
  accessTokenId: null,
  isActive: true,
  ...NO_PASSKEY,
  createdAt: 1_000,
  ...members,
})

/** The administrator's own passkey of P-256, as it was stored after its third use. */
export const samplePasskey = (
  { credentialId, publicKeyPem }: Pick<Credential, 'credentialId' | 'publicKeyPem'>,
  members: Partial<Credential> = {},
): Credential =>
  sampleCredential({
    id: 'cr-00000-00000-0000000000000002',
    kind: 'Fido2',
    algorithm: 'P-256',
    signCount: 3,
    relyingPartyId: RELYING_PARTY.id,
    origin: 'https://example.org',
    ...{ credentialId, publicKeyPem },
    ...members,
  })

/** A credential on its way into the store. */
export const sampleNewCredential = (
  members: Partial<NewCredential> = {},
): Omit<NewCredential, 'userId'> => {
  const { userId: _, ...credential } = sampleCredential()
  return { ...credential, id: 'cr-new', publicKeyHash: 'new-key-hash', ...members }
}

/** What an auditor keeps of the administrator's signature. */
export const sampleEvidence = (members: Partial<ChallengeEvidence> = {}): ChallengeEvidence => ({
  credentialId: 'credential-of-admin',
  credentialKind: 'Key',
  clientData: 'Y2xpZW50IGRhdGE',
  signature: 'c2lnbmF0dXJl',
  binding: {
    organizationId: ORGANIZATION_ID,
    identity: 'identity-hash',
    method: 'PUT',
    path: '/auth/users/us-1/activate',
    payloadHash: 'payload-hash',
    nonce: 'bm9uY2U',
  },
  ...members,
})

/** A verified user action of the administrator. */
export const sampleUserAction = (members: Partial<UserAction> = {}): UserAction => ({
  usedHash: 'used-hash-1',
  purpose: 'user-action',
  expiresAt: NOW + 300_000,
  epoch: 3,
  evidence: sampleEvidence(),
  ...members,
})

/** A snapshot in which the administrator may do everything to an inactive target. */
export const sampleSnapshot = (members: Partial<Snapshot> = {}): Snapshot => ({
  caller: sampleCaller(),
  isBearerRevoked: false,
  isProofUsed: false,
  isChallengeUsed: false,
  isKeyTaken: false,
  credentials: [],
  credential: sampleCredential(),
  target: sampleUser({ suspendedAt: 1_500 }),
  conflicts: { isUsernameTaken: false, externalIdHolder: null },
  roles: [],
  claim: null,
  committedIds: [],
  ...members,
})

/** Writes an answer that holds the whole user, so that a test can read it back. */
export const sampleAnswer = (user: User): KeptAnswer => ({
  status: 200,
  body: JSON.stringify(user),
  headers: { etag: `"${user.version}"` },
})

/** Reads the user back that `sampleAnswer` wrote. */
export const readUser = (outcome: Result<Outcome, Refusal>): Result<User, Refusal> =>
  outcome.ok ? succeed(JSON.parse(outcome.value.answer.body) as User) : outcome

/** Guards of a request without grant, proof or target: of a caller alone. */
export const sampleGuards = (members: Partial<Guards> = {}): Guards => ({
  caller: sampleAdmin(),
  needsSuperuser: false,
  revocationKey: 'revocation-1',
  assignments: [],
  roles: [],
  credentialId: null,
  signCount: null,
  target: null,
  sharedPowers: [],
  ...members,
})
