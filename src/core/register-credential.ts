/**
 * Gives a user one more credential of its own. Pure.
 */
import { changeUser, type Change, type NewCredential } from './change.ts'
import type { CredentialRefusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'
import type { Credential, User } from './user.ts'

/** Most credentials of one user, switched off or not: what a challenge lists has to fit an answer. */
export const MAX_CREDENTIALS = 50

/**
 * Decides a registration: the first one makes the user registered, and ends the code that waited for it (U1).
 * Refuses with `credential_taken` where the key or its id is somebody's (rule K4), and `too_many_credentials`.
 *
 * @param now - Unix time in milliseconds.
 */
export function decideRegisterCredential(
  user: User,
  known: { readonly isKeyTaken: boolean; readonly credentials: readonly Credential[] },
  credential: Omit<NewCredential, 'userId'>,
  now: number,
): Result<Change, CredentialRefusal> {
  // First, so that whoever has all that it can have asks of no further id whether somebody has it.
  if (known.credentials.length >= MAX_CREDENTIALS) return fail({ reason: 'too_many_credentials' })
  if (known.isKeyTaken) return fail({ reason: 'credential_taken' })
  const registered = {
    isRegistered: true,
    registrationCodeHash: null,
    registrationCodeExpiresAt: null,
  }
  const action = user.isRegistered ? 'register_credential' : 'register'
  const change = changeUser(action, user, registered, now)
  return succeed({ ...change, credential: { ...credential, userId: user.id } })
}
