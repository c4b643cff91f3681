/**
 * A passkey's answer to a challenge (rules W1-W12). No I/O but WebCrypto. No clock.
 * Knows neither users nor requests: the caller looks up the credential, by an id that its challenge allows (W1), and
 * writes what comes back, after all checks and by compare-and-set (W9, W12).
 */
import { fail, succeed, type Result } from '../core/result.ts'
import {
  checkCeremony,
  parseAuthenticatorData,
  type AuthenticatorDataProblem,
  type CeremonyProblem,
} from './authenticator-data.ts'
import { decodePaddedBase64Url, encodeBase64Url } from './base64url.ts'
import { verifyPasskeySignature } from './passkey-signature.ts'
import { parsePublicKey } from './public-key.ts'
import { MAX_SIGNATURE_BYTES } from './verify-key-assertion.ts'
import {
  verifyClientData,
  type ClientDataProblem,
  type RelyingParty,
} from './webauthn-client-data.ts'

export type { RelyingParty } from './webauthn-client-data.ts'

/** An assertion, the credential that it names, and the challenge that it answers. */
export interface PasskeyAssertionInput {
  /** Texts in base64url, with or without padding. */
  readonly assertion: {
    readonly clientData: string
    readonly authenticatorData: string
    readonly signature: string
    /** The official client sends an empty text where its authenticator said nothing. */
    readonly userHandle?: string | undefined
  }
  /** As it was stored. */
  readonly credential: {
    readonly publicKeyPem: string
    readonly signCount: number
    readonly isBackupEligible: boolean
    readonly userId: string
  }
  /** The text that was issued. */
  readonly challenge: string
  readonly relyingParty: RelyingParty
}

/** What an auditor keeps of an assertion, in unpadded base64url, and what the store has to know of it. */
export interface VerifiedPasskeyAssertion {
  readonly clientData: string
  readonly signature: string
  readonly authenticatorData: string
  readonly signCount: number
  readonly isBackedUp: boolean
}

/** The first thing that is wrong with an assertion; the checks run in this order, but the texts are decoded first. */
export type PasskeyProblem =
  | 'user_handle_mismatch'
  | ClientDataProblem
  | 'authenticator_data_not_base64url'
  | 'authenticator_data_too_long'
  | AuthenticatorDataProblem
  | 'attested_data_unexpected'
  | CeremonyProblem
  | 'backup_eligibility_changed'
  | 'key_unusable'
  | 'signature_not_base64url'
  | 'signature_too_long'
  | 'signature_invalid'
  | 'counter_not_risen'

// Hash, flags, counter, and some extensions, of which we ask for none; more would not fit the header (rule U6).
const MAX_AUTHENTICATOR_DATA_BYTES = 128

/**
 * Verifies that the holder of a passkey signed this very challenge, verified by the authenticator, on a page of ours.
 *
 * @returns the evidence, or the first of `PasskeyProblem` that applies; `counter_not_risen` is the last of them, so
 *   that whoever hears it knows that the passkey itself, or a copy of it, has signed.
 * @see WebAuthn Level 3 section 7.2
 */
export async function verifyPasskeyAssertion(
  input: PasskeyAssertionInput,
): Promise<Result<VerifiedPasskeyAssertion, PasskeyProblem>> {
  const { assertion, credential, relyingParty } = input
  const authenticatorData = decodePaddedBase64Url(assertion.authenticatorData)
  if (authenticatorData === null) return fail('authenticator_data_not_base64url')
  if (authenticatorData.length > MAX_AUTHENTICATOR_DATA_BYTES) {
    return fail('authenticator_data_too_long')
  }
  const signature = decodePaddedBase64Url(assertion.signature)
  if (signature === null) return fail('signature_not_base64url')
  if (signature.length > MAX_SIGNATURE_BYTES) return fail('signature_too_long')

  // W1: the authenticator names the user that the credential is stored for, if it names one.
  if (!isHandleOf(assertion.userHandle, credential.userId)) return fail('user_handle_mismatch')
  const { challenge } = input
  const expected = { type: 'webauthn.get', challenge, relyingParty } as const
  const clientData = await verifyClientData(assertion.clientData, expected)
  if (!clientData.ok) return fail(clientData.failure)

  const parsed = parseAuthenticatorData(authenticatorData)
  if (!parsed.ok) return fail(parsed.failure)
  // W8: "for assertion signatures, the AT flag MUST NOT be set" (section 6.1).
  if (parsed.value.attested) return fail('attested_data_unexpected')
  const problem = await checkCeremony(parsed.value, relyingParty)
  if (problem) return fail(problem)
  // W8: whether a credential can be copied to other devices is settled when it is made.
  const { signCount, isBackupEligible, isBackedUp } = parsed.value
  if (isBackupEligible !== credential.isBackupEligible) return fail('backup_eligibility_changed')

  // Keys are checked when they are registered and again here, so that a row cannot smuggle one in.
  const key = await parsePublicKey(credential.publicKeyPem)
  if (!key.ok) return fail('key_unusable')
  // W10: the stored key and what its type signs with; no member of the request has a say.
  const signed = { authenticatorData, clientData: clientData.value.bytes, signature }
  if (!(await verifyPasskeySignature(key.value, signed))) return fail('signature_invalid')
  // W9, W12: last of all, for it accuses the credential, and that only its holder may do.
  if (!hasRisen(signCount, credential.signCount)) return fail('counter_not_risen')

  return succeed({
    clientData: encodeBase64Url(clientData.value.bytes),
    signature: encodeBase64Url(signature),
    authenticatorData: encodeBase64Url(authenticatorData),
    signCount,
    isBackedUp,
  })
}

/** Handles are the UTF-8 bytes of our ids, for the official client makes them so. */
function isHandleOf(handle: string | undefined, userId: string): boolean {
  if (handle === undefined || handle === '') return true
  const bytes = decodePaddedBase64Url(handle)
  return (
    bytes !== null && encodeBase64Url(bytes) === encodeBase64Url(new TextEncoder().encode(userId))
  )
}

/** W9: authenticators that do not count stay at zero; whoever has counted once goes on. */
const hasRisen = (given: number, stored: number): boolean =>
  (given === 0 && stored === 0) || given > stored
