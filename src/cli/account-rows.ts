/**
 * The rows of an organization, a user and a credential, as the demo and the bootstrap both make them. Runs nothing.
 */
import type { PublicKey } from '../auth/public-key.ts'
import { newId } from '../auth/random.ts'
import type { Organization, User } from '../core/user.ts'
import {
  credentials,
  organizations,
  roleAssignments,
  roles,
  userIdentifiers,
  users,
} from '../store/schema.ts'
import { ADMINISTRATOR_OPERATIONS, ADMINISTRATOR_ROLE } from './operations.ts'
import { createRow, type Row } from './rows.ts'

/** A user that does not exist yet. */
export interface NewUser
  extends Pick<
    User,
    | 'id'
    | 'organizationId'
    | 'kind'
    | 'username'
    | 'firstName'
    | 'lastName'
    | 'isServiceAccount'
    | 'isRegistered'
    | 'isSuperuser'
  > {
  /** Lower case; null where the username is no email address. */
  readonly email: string | null
  readonly isActive: boolean
  /** Id of the one role it gets; null for none. */
  readonly roleId: string | null
}

/** A key that is not registered yet. */
export interface NewCredential {
  readonly userId: string
  readonly organizationId: string
  /** Unpadded base64url. */
  readonly credentialId: string
  readonly publicKey: PublicKey
  readonly name: string
  /** The `jti` of the personal access token it belongs to; null for a key of the user itself. */
  readonly accessTokenId: string | null
}

/** Makes an organization; `userCount` is the number of users made in the same batch. */
export function createOrganizationRow(
  organization: Organization & { readonly userCount: number },
  now: number,
): Row {
  const dialects = [...organization.dialects]
  return createRow(organizations, { ...organization, dialects, createdAt: now, updatedAt: now })
}

/** Makes an organization's administrator role. */
export function createAdministratorRoleRow(id: string, organizationId: string, now: number): Row {
  return createRow(roles, {
    id,
    organizationId,
    name: ADMINISTRATOR_ROLE,
    description: 'Every operation of every dialect.',
    operations: [...ADMINISTRATOR_OPERATIONS],
    createdAt: now,
    updatedAt: now,
  })
}

/** Makes a user, its email identifier and its assignment; the caller counts it in `user_count`. */
export function createUserRows(user: NewUser, now: number): Row[] {
  const { email, isActive, roleId, ...columns } = user
  const dates = { createdAt: now, updatedAt: now }
  const rows = [createRow(users, { ...columns, suspendedAt: isActive ? null : now, ...dates })]
  if (email !== null) {
    const owner = { userId: user.id, organizationId: user.organizationId }
    const identifier = { id: newId('identifier'), type: 'email' as const, value: email }
    rows.push(createRow(userIdentifiers, { ...owner, ...identifier, createdAt: now }))
  }
  if (roleId !== null) {
    const assignment = { id: newId('assignment'), roleId, userId: user.id, createdAt: now }
    rows.push(createRow(roleAssignments, assignment))
  }
  return rows
}

/** Makes a registered public key. */
export function createCredentialRow(credential: NewCredential, now: number): Row {
  const { publicKey, ...columns } = credential
  return createRow(credentials, {
    ...columns,
    id: newId('credential'),
    kind: 'Key',
    algorithm: publicKey.algorithm,
    publicKeyPem: publicKey.pem,
    publicKeyHash: publicKey.fingerprint,
    createdAt: now,
  })
}
