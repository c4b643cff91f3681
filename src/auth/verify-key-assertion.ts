/**
 * The `Key` credential's answer to a challenge (rule U5). No I/O but WebCrypto. No clock.
 * Knows neither users nor requests: the caller looks up the key and has verified the challenge.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import { parseStrictJsonObject, type JsonObjectProblem } from '../core/strict-json.ts'
import { decodePaddedBase64Url, encodeBase64Url } from './base64url.ts'
import { isChallenge } from './is-challenge.ts'
import { parsePublicKey } from './public-key.ts'
import { digestOf } from './signature-digest.ts'
import { verifySignature } from './verify-signature.ts'

/** An assertion, the key it is checked with, and the challenge it answers. */
export interface KeyAssertionInput {
  readonly assertion: {
    /** Base64url of the signed JSON, with or without padding. */
    readonly clientData: string
    /** Base64url, with or without padding. */
    readonly signature: string
    /** Which digest ECDSA or RSA used. */
    readonly algorithm?: string | undefined
  }
  readonly publicKeyPem: string
  /** The text that was issued. */
  readonly challenge: string
}

/** What an auditor keeps of an assertion, in unpadded base64url. */
export interface VerifiedAssertion {
  readonly clientData: string
  readonly signature: string
}

/** The first thing that is wrong with an assertion; the checks run in this order. */
export type AssertionProblem =
  | 'client_data_not_base64url'
  | 'client_data_too_long'
  | 'signature_not_base64url'
  | 'signature_too_long'
  | `client_data_${JsonObjectProblem}`
  | 'type_mismatch'
  | 'challenge_mismatch'
  | 'cross_origin'
  | 'origin_invalid'
  | 'key_unusable'
  | 'algorithm_unsupported'
  | 'signature_invalid'

/** Thrice what the official clients send; more would not fit the header that carries it as evidence (rule U6). */
export const MAX_CLIENT_DATA_BYTES = 768
/** An RSA signature of 4,096 bits (rule S5). */
export const MAX_SIGNATURE_BYTES = 512

/**
 * Verifies that the holder of a registered key signed this very challenge.
 *
 * @returns the two texts in their canonical spelling, or the first of `AssertionProblem` that applies.
 * @see FACTS 1.1.5 (members that the official clients send, digests, spellings of the challenge)
 */
export async function verifyKeyAssertion(
  input: KeyAssertionInput,
): Promise<Result<VerifiedAssertion, AssertionProblem>> {
  const clientData = decodePaddedBase64Url(input.assertion.clientData)
  if (clientData === null) return fail('client_data_not_base64url')
  if (clientData.length > MAX_CLIENT_DATA_BYTES) return fail('client_data_too_long')
  const signature = decodePaddedBase64Url(input.assertion.signature)
  if (signature === null) return fail('signature_not_base64url')
  if (signature.length > MAX_SIGNATURE_BYTES) return fail('signature_too_long')

  const parsed = parseStrictJsonObject(clientData)
  if (!parsed.ok) return fail<AssertionProblem>(`client_data_${parsed.failure}`)
  const { type, challenge, crossOrigin, origin } = parsed.value

  // A passkey's answer is no key's answer.
  if (type !== 'key.get') return fail('type_mismatch')
  if (!(await isChallenge(challenge, input.challenge))) return fail('challenge_mismatch')
  // Only absence and false say for sure that it is not true.
  if (crossOrigin !== undefined && crossOrigin !== false) return fail('cross_origin')
  // Official clients outside a browser name any origin or none.
  if (origin !== undefined && typeof origin !== 'string') return fail('origin_invalid')

  // Keys are checked when they are registered and again here, so that a row cannot smuggle one in.
  const key = await parsePublicKey(input.publicKeyPem)
  if (!key.ok) return fail('key_unusable')
  const digest = digestOf(key.value.algorithm, input.assertion.algorithm)
  if (digest === undefined) return fail('algorithm_unsupported')
  // The received bytes are what was signed: the order of members is the client's.
  if (!(await verifySignature(key.value, clientData, signature, digest))) {
    return fail('signature_invalid')
  }
  return succeed({
    clientData: encodeBase64Url(clientData),
    signature: encodeBase64Url(signature),
  })
}
