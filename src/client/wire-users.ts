/**
 * What the three contracts answer to a change of a user's state, in the vendors' own words. Types, and the least that
 * tells such an answer from somebody else's. No I/O.
 */

/** A role that a user of Dfns' contract holds. */
export interface DfnsPermissionAssignment {
  readonly permissionName: string
  readonly permissionId: string
  readonly assignmentId: string
  readonly operations?: readonly string[] | undefined
}

/** A user of Dfns' contract. */
export interface DfnsUser {
  readonly username: string
  readonly name: string
  readonly userId: string
  readonly kind: 'CustomerEmployee' | 'EndUser'
  /** Id of the oldest active credential; empty before registration. */
  readonly credentialUuid: string
  readonly orgId?: string | undefined
  readonly tenantId?: string | undefined
  /** Deprecated by the vendor: `permissionAssignments` says more. */
  readonly permissions?: readonly string[] | undefined
  readonly isActive: boolean
  readonly isServiceAccount: boolean
  readonly isRegistered: boolean
  readonly isSSORequired: boolean
  readonly permissionAssignments: readonly DfnsPermissionAssignment[]
}

/** Whom a change by Timbu's contract is about: it asks for an email address of the user, too. */
export interface TimbuTarget {
  readonly userId: string
  readonly email: string
}

/** All that Timbu's contract answers. */
export interface TimbuSuccess {
  readonly message: 'success'
}

/** An address or number of a user of Rinne's contract. Dates are in RFC 3339's form. */
export interface RinneIdentifier {
  readonly id: string
  readonly type: 'email' | 'phone'
  readonly value: string
  readonly verified: boolean
  readonly created_at: string
  readonly verified_at?: string | undefined
}

/** A role of Rinne's contract. */
export interface RinneRole {
  readonly id: string
  readonly name: string
  readonly permissions: readonly string[]
  readonly description?: string | null | undefined
  readonly company_id?: string | null | undefined
  readonly organization_id?: string | null | undefined
  readonly created_at: string
  readonly updated_at: string
}

/** A user of Rinne's contract. */
export interface RinneUser {
  readonly id: string
  readonly identifiers: readonly RinneIdentifier[]
  readonly primary_identifier: RinneIdentifier
  readonly roles?: readonly RinneRole[] | undefined
  readonly first_name?: string | undefined
  readonly last_name?: string | undefined
  readonly auth_methods: readonly ('password' | 'google' | 'client_platform')[]
  /** Absent for an active user. */
  readonly suspended_at?: string | undefined
  readonly created_at: string
  readonly updated_at: string
  readonly metadata?: Readonly<Record<string, unknown>> | null | undefined
}

/** Tells whether a value has members. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Tells a user of Dfns' contract from another 200, such as a gateway's. */
export const isDfnsUser = (value: unknown): value is DfnsUser =>
  isRecord(value) && typeof value['userId'] === 'string' && typeof value['isActive'] === 'boolean'

/** Tells Timbu's answer from another 200. */
export const isTimbuSuccess = (value: unknown): value is TimbuSuccess =>
  isRecord(value) && value['message'] === 'success'

/** Tells a user of Rinne's contract from another 200. */
export const isRinneUser = (value: unknown): value is RinneUser =>
  isRecord(value) && typeof value['id'] === 'string' && Array.isArray(value['identifiers'])
