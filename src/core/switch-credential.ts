/**
 * Switches one of a user's own credentials on or off. Pure.
 */
import { changeUser, keepUser, type Change } from './change.ts'
import type { CredentialRefusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { Credential, User } from './user.ts'

/** Which credential, by our id, and whether it is to be on. */
export interface Switch {
  readonly credentialId: string
  readonly isActive: boolean
}

/**
 * Decides a switch; one that is set already stays as it is.
 * Refuses with `credential_not_found`, and `last_credential` where nothing would be left to log in and to sign with.
 *
 * @param credentials - every credential of the user itself.
 * @param now - Unix time in milliseconds.
 */
export function decideSwitchCredential(
  user: User,
  credentials: readonly Credential[],
  { credentialId, isActive }: Switch,
  now: number,
): Result<Change, CredentialRefusal> {
  const credential = credentials.find((one) => one.id === credentialId)
  if (!credential) return fail({ reason: 'credential_not_found' })
  const action = isActive ? 'activate_credential' : 'deactivate_credential'
  if (credential.isActive === isActive) return succeed(keepUser(action, user))
  // Every switch raises the user's version, which the commit compares: two at once cannot both see another left.
  const isLast = credentials.filter((one) => one.isActive).length === 1
  if (!isActive && isLast) return fail({ reason: 'last_credential' })
  const change = changeUser(action, user, {}, now)
  return succeed({
    ...change,
    switched: {
      credentialId,
      activatedAt: isActive ? now : null,
      deactivatedAt: isActive ? null : now,
    },
  })
}
