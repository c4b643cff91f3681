/**
 * The nouns of the store: organization, user, role, assignment, credential. No I/O. No clock.
 * All times are Unix milliseconds.
 */

/** Who a user is to its organization: staff that manages, or a customer that is managed. */
export type UserKind = 'CustomerEmployee' | 'EndUser'

/** The one state that three contracts spell in three ways. */
export type UserState = 'active' | 'inactive' | 'archived'

/** The tenant boundary: no request crosses it. */
export interface Organization {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  /** Which wire contracts are on, by the names that the dialects give themselves. */
  readonly dialects: readonly string[]
  /** Whether Timbu's and Rinne's mutations need a user action too; Dfns' always do. */
  readonly requireUserAction: boolean
  /** Whether it is demo data, which never answers on a production origin (invariant 10). */
  readonly isDemo: boolean
}

/** An email address or a phone number of a user. */
export interface Identifier {
  readonly id: string
  readonly type: 'email' | 'phone'
  readonly value: string
  readonly verifiedAt: number | null
  readonly createdAt: number
}

/** A named list of operations of one organization (Dfns: a permission). */
export interface Role {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly description: string | null
  /** Operations as the dialects spell them; nothing is translated between them. */
  readonly operations: readonly string[]
  /** Rises with every change of the role. */
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** A role as one user holds it. */
export interface Assignment {
  readonly id: string
  readonly role: Role
}

/** One user with everything that the dialects show of it. */
export interface User {
  readonly id: string
  readonly organizationId: string
  readonly tenantId: string
  readonly kind: UserKind
  readonly username: string
  readonly firstName: string | null
  readonly lastName: string | null
  readonly isServiceAccount: boolean
  readonly isRegistered: boolean
  readonly isSsoRequired: boolean
  readonly isSuperuser: boolean
  readonly externalId: string | null
  /** What an organization keeps with a user; null for nothing. */
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** Null while the user is active. */
  readonly suspendedAt: number | null
  readonly archivedAt: number | null
  /** Rises with every deactivation; tokens issued under another epoch are dead. */
  readonly tokenEpoch: number
  /** Tokens of outside issuers with an `iat` up to this time are dead; null before the first deactivation. */
  readonly tokensValidAfterAt: number | null
  /** Rises with every change of the user, its identifiers, roles, assignments or credentials. */
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly identifiers: readonly Identifier[]
  readonly assignments: readonly Assignment[]
  /** Id of the oldest active credential of the user itself; null before registration. */
  readonly primaryCredentialId: string | null
  /** Hex SHA-256 of the code that registers the user's first credential; null where none waits to be used. */
  readonly registrationCodeHash: string | null
  readonly registrationCodeExpiresAt: number | null
}

/** Signature algorithms that a registered key can have (rule K1). */
export const KEY_ALGORITHMS = ['Ed25519', 'P-256', 'P-384', 'secp256k1', 'RSA'] as const

/** The type of a registered public key. */
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]

/** A registered public key of a user, or of one of its personal access tokens. */
export interface Credential {
  readonly id: string
  readonly userId: string
  readonly kind: 'Key' | 'Fido2'
  /** The id that the client knows it by: unpadded base64url. */
  readonly credentialId: string
  readonly algorithm: KeyAlgorithm
  /** PEM, SubjectPublicKeyInfo. */
  readonly publicKeyPem: string
  /** The `jti` of the personal access token that it belongs to; such a key never logs its owner in. */
  readonly accessTokenId: string | null
  readonly isActive: boolean
  /** A label for people. */
  readonly name: string
  /** How often a passkey says that it has signed; 0 for one that does not count, and for keys (rule W9). */
  readonly signCount: number
  /** Whether a passkey may be copied to other devices, which it says at birth for good (rule W8). */
  readonly isBackupEligible: boolean
  /** Where a passkey was registered, and answers; null for keys. */
  readonly relyingPartyId: string | null
  readonly origin: string | null
  /** When a counter last did not rise, as that of a copy does not; null for never. */
  readonly suspectedAt: number | null
  /** Unix ms; when it was last switched on again. Null for never. */
  readonly activatedAt: number | null
  readonly createdAt: number
}

/** Spells a user's state from its two dates. */
export function stateOf(user: Pick<User, 'suspendedAt' | 'archivedAt'>): UserState {
  if (user.archivedAt !== null) return 'archived'
  return user.suspendedAt === null ? 'active' : 'inactive'
}

/** Lists the operations of all roles of a user, each once, as the roles spell them. */
export const operationsOf = (user: Pick<User, 'assignments'>): readonly string[] => [
  ...new Set(user.assignments.flatMap(({ role }) => role.operations)),
]

/** Lists a user's email addresses or phone numbers, oldest first. */
export const identifiersOf = (
  user: Pick<User, 'identifiers'>,
  type: Identifier['type'],
): readonly string[] =>
  user.identifiers.filter((one) => one.type === type).map(({ value }) => value)
