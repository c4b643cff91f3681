/**
 * The registration of a passkey (WebAuthn Level 3 section 7.1). No I/O but WebCrypto. No clock.
 * Knows no store: that the credential id and the key are new, the caller sees to (rule K4).
 */
import { fail, succeed, type Result } from '../core/result.ts'
import {
  checkCeremony,
  parseAuthenticatorData,
  type AuthenticatorDataProblem,
  type CeremonyProblem,
} from './authenticator-data.ts'
import { decodePaddedBase64Url, encodeBase64Url } from './base64url.ts'
import { hasExactly, readCborMap, type CborMap } from './cbor.ts'
import { parseCoseKey, type CoseKeyProblem } from './cose-key.ts'
import { verifyPasskeySignature } from './passkey-signature.ts'
import type { PublicKey } from './public-key.ts'
import {
  verifyClientData,
  type ClientDataProblem,
  type RelyingParty,
} from './webauthn-client-data.ts'

/** A new passkey as the client sends it, and the challenge that it answers. */
export interface PasskeyAttestationInput {
  /** Texts in base64url, with or without padding. */
  readonly attestation: {
    readonly credentialId: string
    readonly clientData: string
    /** The attestation object. */
    readonly attestationData: string
  }
  /** The text that was issued. */
  readonly challenge: string
  readonly relyingParty: RelyingParty
}

/** What is stored of a passkey. */
export interface VerifiedPasskey {
  /** Unpadded base64url. */
  readonly credentialId: string
  readonly key: PublicKey
  readonly signCount: number
  readonly isBackupEligible: boolean
  readonly origin: string
}

/** The first thing that is wrong with a registration; the checks run in this order. */
export type PasskeyAttestationProblem =
  | ClientDataProblem
  | 'attestation_not_base64url'
  | 'attestation_too_long'
  | 'attestation_malformed'
  | AuthenticatorDataProblem
  | CeremonyProblem
  | 'attested_data_missing'
  | CoseKeyProblem
  | 'attestation_unsupported'
  | 'attestation_invalid'
  | 'credential_id_mismatch'

// Twice what an id of 1,023 bytes, an RSA key of 4,096 bits and its signature need.
const MAX_ATTESTATION_BYTES = 4096

/**
 * Verifies that an authenticator made a passkey for this very challenge, with its user verified, on a page of ours. Of
 * its maker nothing is asked: attestation is `none`, or `packed` by the new key itself, which browsers pass on.
 *
 * @returns the passkey, or the first of `PasskeyAttestationProblem` that applies.
 * @see WebAuthn Level 3 sections 7.1, 5.1.3 (self attestation stays under conveyance `none`), 8.2 and 8.7
 */
export async function verifyPasskeyAttestation(
  input: PasskeyAttestationInput,
): Promise<Result<VerifiedPasskey, PasskeyAttestationProblem>> {
  const { attestation, challenge, relyingParty } = input
  const expected = { type: 'webauthn.create', challenge, relyingParty } as const
  const clientData = await verifyClientData(attestation.clientData, expected)
  if (!clientData.ok) return fail(clientData.failure)

  const bytes = decodePaddedBase64Url(attestation.attestationData)
  if (bytes === null) return fail('attestation_not_base64url')
  if (bytes.length > MAX_ATTESTATION_BYTES) return fail('attestation_too_long')
  const object = parseAttestationObject(bytes)
  if (!object) return fail('attestation_malformed')
  const parsed = parseAuthenticatorData(object.authenticatorData)
  if (!parsed.ok) return fail(parsed.failure)
  const { attested, signCount, isBackupEligible } = parsed.value

  const problem = await checkCeremony(parsed.value, relyingParty)
  if (problem) return fail(problem)
  // W8: a registration without a credential registers nothing.
  if (!attested) return fail('attested_data_missing')
  // K1, K2, K3: the algorithm is one that was offered, and the key is sound.
  const key = await parseCoseKey(attested.coseKey)
  if (!key.ok) return fail(key.failure)

  const { format, statement, authenticatorData } = object
  const algorithm = attested.coseKey.get(3)
  const signed = { authenticatorData, clientData: clientData.value.bytes }
  const verdict = await judgeStatement(format, statement, { key: key.value, algorithm, signed })
  if (verdict) return fail(verdict)

  // The id that the browser tells is the one that the authenticator vouches for.
  const credentialId = encodeBase64Url(attested.credentialId)
  const told = decodePaddedBase64Url(attestation.credentialId)
  if (told === null || encodeBase64Url(told) !== credentialId) return fail('credential_id_mismatch')
  const { origin } = clientData.value
  return succeed({ credentialId, key: key.value, signCount, isBackupEligible, origin })
}

/** Reads the three members that an attestation object has, and no fourth (section 6.5.4). */
function parseAttestationObject(bytes: Uint8Array) {
  const read = readCborMap(bytes)
  if (!read || read.rest.length > 0 || !hasExactly(read.map, ['fmt', 'attStmt', 'authData'])) {
    return null
  }
  const [format, statement] = [read.map.get('fmt'), read.map.get('attStmt')]
  const authenticatorData = read.map.get('authData')
  if (!(statement instanceof Map) || !(authenticatorData instanceof Uint8Array)) return null
  return { format, statement: statement as CborMap, authenticatorData }
}

/** Judges an attestation statement; null where there is nothing against it. */
async function judgeStatement(
  format: unknown,
  statement: CborMap,
  credential: {
    readonly key: PublicKey
    readonly algorithm: unknown
    readonly signed: { readonly authenticatorData: Uint8Array; readonly clientData: Uint8Array }
  },
): Promise<'attestation_unsupported' | 'attestation_invalid' | null> {
  // Section 8.7: whoever attests nothing says nothing.
  if (format === 'none') return statement.size === 0 ? null : 'attestation_invalid'
  // A certificate would have to be traced to a maker, and we trust none.
  if (format !== 'packed' || statement.has('x5c')) return 'attestation_unsupported'
  // Section 8.2, self attestation: the key's own algorithm, and its own signature.
  const signature = statement.get('sig')
  if (!hasExactly(statement, ['alg', 'sig']) || statement.get('alg') !== credential.algorithm) {
    return 'attestation_invalid'
  }
  if (!(signature instanceof Uint8Array)) return 'attestation_invalid'
  const isSigned = await verifyPasskeySignature(credential.key, { ...credential.signed, signature })
  return isSigned ? null : 'attestation_invalid'
}
