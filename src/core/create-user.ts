/**
 * Creates a user. Pure: ids come from outside.
 */
import type { Change, NewCredential } from './change.ts'
import type { StateRefusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { Assignment, Identifier, Organization, User, UserKind } from './user.ts'

/** What is given of a new user; everything else has one value that it begins with. */
export interface NewUser {
  readonly id: string
  readonly kind: UserKind
  readonly username: string
  readonly firstName: string | null
  readonly lastName: string | null
  readonly externalId: string | null
  readonly isSsoRequired: boolean
  readonly identifiers: readonly Pick<Identifier, 'id' | 'type' | 'value'>[]
  /** Roles that it begins with, which whoever creates it may grant (`decideGrants`). */
  readonly assignments: readonly Assignment[]
  /** A key that the user is registered with from the start; null where it registers later. */
  readonly credential: Omit<NewCredential, 'userId'> | null
  /** The hash of a code that registers its first key, and how long it may be used; null for none. */
  readonly registrationCode: { readonly hash: string; readonly expiresAt: number } | null
}

/** Names that are taken already in the organization. */
export interface NameConflicts {
  /** Whether the username, or one of the identifiers, is somebody's. */
  readonly isUsernameTaken: boolean
  readonly externalIdHolder: { readonly userId: string; readonly externalId: string } | null
}

/**
 * Decides a creation: an active user, registered if it brings a key.
 * Refuses with `username_taken`, `external_id_taken` or `public_key_taken`.
 *
 * @param now - Unix time in milliseconds.
 */
export function decideCreateUser(
  organization: Organization,
  newUser: NewUser,
  { conflicts, isKeyTaken }: { readonly conflicts: NameConflicts; readonly isKeyTaken: boolean },
  now: number,
): Result<Change, StateRefusal> {
  if (conflicts.isUsernameTaken) return fail({ reason: 'username_taken' })
  if (conflicts.externalIdHolder) {
    return fail({ reason: 'external_id_taken', duplicate: conflicts.externalIdHolder })
  }
  // One key for two users would make a signature prove neither (rule K4).
  if (isKeyTaken) return fail({ reason: 'public_key_taken' })
  const { credential, identifiers, registrationCode, ...given } = newUser
  const after: User = {
    ...given,
    organizationId: organization.id,
    tenantId: organization.tenantId,
    isServiceAccount: false,
    isRegistered: credential !== null,
    // Never over HTTP: a superuser is made by the operator (DESIGN section 2).
    isSuperuser: false,
    metadata: null,
    suspendedAt: null,
    archivedAt: null,
    tokenEpoch: 0,
    tokensValidAfterAt: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    identifiers: identifiers.map((one) => ({ ...one, verifiedAt: null, createdAt: now })),
    primaryCredentialId: credential?.id ?? null,
    registrationCodeHash: registrationCode?.hash ?? null,
    registrationCodeExpiresAt: registrationCode?.expiresAt ?? null,
  }
  return succeed({
    action: 'create',
    before: null,
    after,
    credential: credential && { ...credential, userId: newUser.id },
  })
}
