/**
 * The SQL of `npm run bootstrap`: `wrangler d1 execute` takes no parameters, so all text passes through `quoteSql`.
 * Runs nothing.
 */
import { encodeBase64Url } from '../auth/base64url.ts'
import { sha256 } from '../auth/digest.ts'
import type { PublicKey } from '../auth/public-key.ts'
import { newId } from '../auth/random.ts'
import { isEmailAddress } from '../core/email-address.ts'
import {
  createAdministratorRoleRow,
  createCredentialRow,
  createOrganizationRow,
  createUserRows,
} from './account-rows.ts'
import type { BootstrapOptions } from './bootstrap-arguments.ts'
import { quoteSql, writeRowSql } from './rows.ts'

/** What the operator needs to know about the new account. */
export interface BootstrapIds {
  readonly orgId: string
  readonly tenantId: string
  readonly userId: string
  /** Unpadded base64url of SHA-256 over the key's SubjectPublicKeyInfo, so that it can be computed again. */
  readonly credentialId: string
}

/** The account's ids and the statements that make it. */
export interface BootstrapPlan {
  readonly ids: BootstrapIds
  readonly sql: string
}

/** Names of the answers of `writeConflictQuery`. */
export interface BootstrapConflicts {
  readonly organizations: number
  readonly keys: number
}

/** Asks how many organizations have the name, and whether the key belongs to somebody already (rule K4). */
export function writeConflictQuery(organization: string, publicKey: PublicKey): string {
  const name = quoteSql(organization)
  const hash = quoteSql(publicKey.fingerprint)
  return (
    `SELECT (SELECT count(*) FROM organizations WHERE name = ${name}) AS organizations, ` +
    `(SELECT count(*) FROM credentials WHERE public_key_hash = ${hash}) AS keys`
  )
}

/**
 * Plans the organization, its administrator role and its first administrator with one registered key.
 *
 * @param now - Unix milliseconds.
 */
export async function planBootstrap(
  options: BootstrapOptions,
  publicKey: PublicKey,
  now: number,
): Promise<BootstrapPlan> {
  const { organization: name, username, personName, dialects, requireUserAction } = options
  const ids: BootstrapIds = {
    orgId: newId('organization'),
    tenantId: newId('tenant'),
    userId: newId('user'),
    credentialId: encodeBase64Url(await sha256(publicKey.spki)),
  }
  const { orgId: organizationId, tenantId, userId, credentialId } = ids
  const roleId = newId('role')
  const organization = { id: organizationId, tenantId, name, dialects, requireUserAction }
  const credential = { userId, organizationId, credentialId, publicKey, accessTokenId: null }
  const rows = [
    createOrganizationRow({ ...organization, isDemo: false, userCount: 1 }, now),
    createAdministratorRoleRow(roleId, organizationId, now),
    ...createUserRows(
      {
        id: userId,
        organizationId,
        kind: 'CustomerEmployee',
        username,
        ...personName,
        isServiceAccount: false,
        isRegistered: true,
        // Timbu asks for the flag, the others for operations.
        isSuperuser: dialects.includes('timbu'),
        email: isEmailAddress(username) ? username.toLowerCase() : null,
        isActive: true,
        roleId,
      },
      now,
    ),
    createCredentialRow({ ...credential, name: 'First key' }, now),
  ]
  return { ids, sql: `${rows.map(writeRowSql).join('\n')}\n` }
}
