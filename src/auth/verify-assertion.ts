/**
 * The answer to a challenge, by whichever kind of credential: one way in, so that no flow knows two. No store.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import type { Credential } from '../core/user.ts'
import { withoutPadding, type Assertion } from './challenge.ts'
import { verifyKeyAssertion } from './verify-key-assertion.ts'
import { verifyPasskeyAssertion, type RelyingParty } from './verify-passkey-assertion.ts'

/** What of a credential verifies its answers. */
export type AnsweringCredential = Pick<
  Credential,
  'kind' | 'publicKeyPem' | 'signCount' | 'isBackupEligible' | 'userId'
>

/** What an auditor keeps of an answer, in unpadded base64url. */
export interface VerifiedAnswer {
  readonly clientData: string
  readonly signature: string
  /** Absent for keys. */
  readonly authenticatorData?: string
  /** The count that a passkey gave; null for keys. */
  readonly signCount: number | null
  /** True where everything is well but the count, which did not rise: a copy may be about (rule W9). */
  readonly isCountRefused: boolean
}

/** Longest answer, in characters of its texts: the user action carries it as evidence in a header (rule U6). */
const MAX_ANSWER_CHARACTERS = 2_047

/**
 * Verifies that the holder of a credential answered this very challenge, in the form of the credential's kind.
 *
 * @returns what goes on record, or a name of what is wrong, for the log.
 */
export async function verifyAssertion(
  assertion: Assertion,
  credential: AnsweringCredential,
  challenge: string,
  relyingParty: RelyingParty,
): Promise<Result<VerifiedAnswer, string>> {
  // W3: a passkey's answer is no key's answer, whatever either signed.
  if (assertion.kind !== credential.kind) return fail('kind_mismatch')
  if (lengthOf(assertion) > MAX_ANSWER_CHARACTERS) return fail('answer_too_long')
  if (assertion.kind === 'Key') {
    const { publicKeyPem } = credential
    const verified = await verifyKeyAssertion({ assertion, publicKeyPem, challenge })
    return verified.ok
      ? succeed({ ...verified.value, signCount: null, isCountRefused: false })
      : verified
  }
  const verified = await verifyPasskeyAssertion({ assertion, credential, challenge, relyingParty })
  if (verified.ok) {
    const { clientData, signature, authenticatorData, signCount } = verified.value
    return succeed({ clientData, signature, authenticatorData, signCount, isCountRefused: false })
  }
  // W9, W12: the last check, so that all the rest has verified: it goes on record, and is refused by whoever records it.
  if (verified.failure !== 'counter_not_risen') return verified
  return succeed({
    clientData: withoutPadding(assertion.clientData),
    signature: withoutPadding(assertion.signature),
    authenticatorData: withoutPadding(assertion.authenticatorData),
    signCount: null,
    isCountRefused: true,
  })
}

const lengthOf = (assertion: Assertion): number =>
  assertion.credentialId.length +
  assertion.clientData.length +
  assertion.signature.length +
  (assertion.kind === 'Fido2' ? assertion.authenticatorData.length : 0)
