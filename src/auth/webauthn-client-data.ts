/**
 * What a browser says of a passkey's ceremony (rules W2-W6). No I/O but WebCrypto. No clock.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import { parseStrictJsonObject, type JsonObjectProblem } from '../core/strict-json.ts'
import { decodePaddedBase64Url } from './base64url.ts'
import { isChallenge } from './is-challenge.ts'
import { MAX_CLIENT_DATA_BYTES } from './verify-key-assertion.ts'

/** Us, as authenticators and browsers know us. */
export interface RelyingParty {
  /** The RP ID: a domain. */
  readonly id: string
  /** Every origin that may ask for a passkey, as browsers write it. */
  readonly origins: readonly string[]
  /** Absent: the user has to be verified (rule W8). W3C's own vectors come from parties that only prefer it. */
  readonly userVerification?: 'preferred'
}

/** The first thing that is wrong with client data; the checks run in this order. */
export type ClientDataProblem =
  | 'client_data_not_base64url'
  | 'client_data_too_long'
  | `client_data_${JsonObjectProblem}`
  | 'type_mismatch'
  | 'challenge_mismatch'
  | 'origin_mismatch'
  | 'cross_origin'
  | 'top_origin'

/** What the client data have to say. */
export interface ExpectedClientData {
  readonly type: 'webauthn.create' | 'webauthn.get'
  /** The text that was issued. */
  readonly challenge: string
  readonly relyingParty: RelyingParty
}

/** U+FEFF in UTF-8. */
const BYTE_ORDER_MARK = '239,187,191'

/**
 * Verifies client data up to the signature, which the authenticator made over their bytes. Members that are unknown
 * here are allowed: browsers add some to keep anybody from comparing the text.
 *
 * @param clientData - base64url, with or without padding; at most as long as a key's, of which browsers need half.
 * @returns the bytes and their origin, or the first of `ClientDataProblem` that applies.
 * @see WebAuthn Level 3 sections 5.8.1 (client data), 7.1 and 7.2 (the steps from UTF-8 decode to topOrigin)
 */
export async function verifyClientData(
  clientData: string,
  expected: ExpectedClientData,
): Promise<Result<{ bytes: Uint8Array; origin: string }, ClientDataProblem>> {
  const bytes = decodePaddedBase64Url(clientData)
  if (bytes === null) return fail('client_data_not_base64url')
  if (bytes.length > MAX_CLIENT_DATA_BYTES) return fail('client_data_too_long')
  // W2: "UTF-8 decode" strips one byte order mark. Nowhere else is one taken.
  const hasMark = bytes.subarray(0, 3).join() === BYTE_ORDER_MARK
  const parsed = parseStrictJsonObject(hasMark ? bytes.subarray(3) : bytes)
  if (!parsed.ok) return fail<ClientDataProblem>(`client_data_${parsed.failure}`)
  const { type, challenge, origin, crossOrigin, topOrigin } = parsed.value

  // W3: an answer to another question is no answer, nor is a key's.
  if (type !== expected.type) return fail('type_mismatch')
  // W4: it is our question, and this one.
  if (!(await isChallenge(challenge, expected.challenge))) return fail('challenge_mismatch')
  // W5: a page of ours asked it, of exactly this scheme, host and port.
  const { origins } = expected.relyingParty
  if (typeof origin !== 'string' || !origins.includes(origin)) return fail('origin_mismatch')
  // W6: not inside somebody else's page; only absence and false say so for sure.
  if (crossOrigin !== undefined && crossOrigin !== false) return fail('cross_origin')
  // W6: a page around ours is named here, and no page is expected around ours.
  if (topOrigin !== undefined) return fail('top_origin')
  return succeed({ bytes, origin })
}
