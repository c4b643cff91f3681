/**
 * The registration of a `Key` credential in the vendor's form. No I/O but WebCrypto. No clock.
 * Knows no store: that the credential id and the key are new, the caller sees to (rule K4).
 */
import { fail, succeed, type Result } from '../core/result.ts'
import { parseStrictJsonObject, type JsonObjectProblem } from '../core/strict-json.ts'
import { decodePaddedBase64Url, encodeBase64Url } from './base64url.ts'
import { sha256Hex } from './digest.ts'
import { decodeHex, isHex } from './hex.ts'
import { isChallenge } from './is-challenge.ts'
import { parsePublicKey, type KeyProblem, type PublicKey } from './public-key.ts'
import { digestOf } from './signature-digest.ts'
import { MAX_CLIENT_DATA_BYTES, MAX_SIGNATURE_BYTES } from './verify-key-assertion.ts'
import { verifySignature } from './verify-signature.ts'

/** A new key as the client sends it, and the challenge that it answers. */
export interface KeyAttestationInput {
  /** Texts in base64url, with or without padding. */
  readonly attestation: {
    readonly credentialId: string
    readonly clientData: string
    /** JSON: `publicKey` (PEM), `signature` (hex), `algorithm`? */
    readonly attestationData: string
  }
  /** The text that was issued. */
  readonly challenge: string
}

/** What is stored of a key. */
export interface VerifiedKey {
  /** Unpadded base64url. */
  readonly credentialId: string
  readonly key: PublicKey
}

/** The first thing that is wrong with a registration; the checks run in this order. */
export type KeyAttestationProblem =
  | 'credential_id_invalid'
  | 'client_data_not_base64url'
  | 'client_data_too_long'
  | 'attestation_not_base64url'
  | 'attestation_too_long'
  | `client_data_${JsonObjectProblem}`
  | 'type_mismatch'
  | 'challenge_mismatch'
  | 'cross_origin'
  | 'origin_invalid'
  | `attestation_${JsonObjectProblem}`
  | 'attestation_malformed'
  | KeyProblem
  | 'algorithm_unsupported'
  | 'signature_invalid'

// Official signers make 32 random bytes (FACTS 1.1.5). Half of that is still nobody else's; thrice as much still
// fits, with everything else, the header that carries the id as evidence.
const MIN_CREDENTIAL_ID_BYTES = 16
const MAX_CREDENTIAL_ID_BYTES = 96
// A PEM of 2,048 characters and a signature of 512 bytes in hex, with the escapes of the line feeds.
const MAX_ATTESTATION_BYTES = 4096

/**
 * Verifies that whoever registers a key holds its private half and answers this very challenge.
 *
 * @returns id and key, or the first of `KeyAttestationProblem` that applies.
 * @see the vendor's page "credentials-data": what is signed is the JSON text of the client data's hash and the key
 */
export async function verifyKeyAttestation(
  input: KeyAttestationInput,
): Promise<Result<VerifiedKey, KeyAttestationProblem>> {
  const { attestation } = input
  const id = decodePaddedBase64Url(attestation.credentialId)
  if (!id || id.length < MIN_CREDENTIAL_ID_BYTES || id.length > MAX_CREDENTIAL_ID_BYTES) {
    return fail('credential_id_invalid')
  }
  const clientData = decodePaddedBase64Url(attestation.clientData)
  if (clientData === null) return fail('client_data_not_base64url')
  if (clientData.length > MAX_CLIENT_DATA_BYTES) return fail('client_data_too_long')
  const bytes = decodePaddedBase64Url(attestation.attestationData)
  if (bytes === null) return fail('attestation_not_base64url')
  if (bytes.length > MAX_ATTESTATION_BYTES) return fail('attestation_too_long')

  const said = parseStrictJsonObject(clientData)
  if (!said.ok) return fail<KeyAttestationProblem>(`client_data_${said.failure}`)
  const { type, challenge, crossOrigin, origin } = said.value
  // U5: nothing that was signed for another purpose registers a key.
  if (type !== 'key.create') return fail('type_mismatch')
  if (!(await isChallenge(challenge, input.challenge))) return fail('challenge_mismatch')
  // U5: as in an assertion, only absence and false say for sure that it is not true, and any origin may stand there.
  if (crossOrigin !== undefined && crossOrigin !== false) return fail('cross_origin')
  if (origin !== undefined && typeof origin !== 'string') return fail('origin_invalid')

  const attested = parseStrictJsonObject(bytes)
  if (!attested.ok) return fail<KeyAttestationProblem>(`attestation_${attested.failure}`)
  const { publicKey, signature, algorithm } = attested.value
  if (typeof publicKey !== 'string' || typeof signature !== 'string') {
    return fail('attestation_malformed')
  }
  if (!isHex(signature) || signature.length > 2 * MAX_SIGNATURE_BYTES) {
    return fail('attestation_malformed')
  }
  if (algorithm !== undefined && typeof algorithm !== 'string') return fail('attestation_malformed')

  // K1-K3: a key that anybody could sign for is nobody's.
  const key = await parsePublicKey(publicKey)
  if (!key.ok) return fail(key.failure)
  const digest = digestOf(key.value.algorithm, algorithm)
  if (digest === undefined) return fail('algorithm_unsupported')
  // The key as it was sent, for that is what was signed; in this order and without blanks.
  const fingerprint = JSON.stringify({ clientDataHash: await sha256Hex(clientData), publicKey })
  const signed = new TextEncoder().encode(fingerprint)
  if (!(await verifySignature(key.value, signed, decodeHex(signature), digest))) {
    return fail('signature_invalid')
  }
  return succeed({ credentialId: encodeBase64Url(id), key: key.value })
}
