/**
 * What an authenticator says of itself and of the ceremony: strict reading, and the checks that registration and
 * assertion share. No I/O but WebCrypto. No clock.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import { readCborMap, type CborMap } from './cbor.ts'
import { encodeHex, sha256Hex } from './digest.ts'
import type { RelyingParty } from './webauthn-client-data.ts'

/** Authenticator data, taken apart. */
export interface AuthenticatorData {
  readonly rpIdHash: Uint8Array
  readonly isUserPresent: boolean
  readonly isUserVerified: boolean
  readonly isBackupEligible: boolean
  readonly isBackedUp: boolean
  /** How often the authenticator signed, as it says itself; 0 where it does not count. */
  readonly signCount: number
  /** The credential that was made; null in an assertion. */
  readonly attested: { readonly credentialId: Uint8Array; readonly coseKey: CborMap } | null
}

/** Why bytes are no authenticator data. */
export type AuthenticatorDataProblem =
  | 'authenticator_data_too_short'
  | 'attested_data_malformed'
  | 'extensions_malformed'
  | 'authenticator_data_trailing'

/** Why authenticator data are refused, in the order of the checks. */
export type CeremonyProblem =
  | 'relying_party_mismatch'
  | 'user_not_present'
  | 'user_not_verified'
  | 'backup_state_invalid'

/** Hash, flags and counter. */
const MIN_BYTES = 37
const RP_ID_HASH_BYTES = 32
const AAGUID_BYTES = 16
// What W3C says that a credential id is (section 4) and how long one may be (section 7.1).
const MIN_CREDENTIAL_ID_BYTES = 16
const MAX_CREDENTIAL_ID_BYTES = 1023

/** Bits 1 and 5 are reserved and mean nothing yet. */
const FLAGS = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 } as const

/**
 * Reads authenticator data to the last byte (rule W8).
 *
 * @returns the parts, or the first of `AuthenticatorDataProblem` that applies.
 * @see WebAuthn Level 3 sections 6.1 (authenticator data) and 6.5.1 (attested credential data)
 */
export function parseAuthenticatorData(
  bytes: Uint8Array,
): Result<AuthenticatorData, AuthenticatorDataProblem> {
  // W8: the three fixed parts have to be there.
  if (bytes.length < MIN_BYTES) return fail('authenticator_data_too_short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flags = view.getUint8(RP_ID_HASH_BYTES)
  const has = (flag: number): boolean => (flags & flag) !== 0

  // W8: a flag for a part that does not follow, and below, a part without its flag.
  let rest = bytes.subarray(MIN_BYTES)
  const credential = has(FLAGS.AT) ? readAttested(rest) : null
  if (has(FLAGS.AT) && !credential) return fail('attested_data_malformed')
  rest = credential?.rest ?? rest
  // W11: whatever an extension says is ignored, as long as it is CBOR; we ask for none.
  const extensions = has(FLAGS.ED) ? readCborMap(rest) : null
  if (has(FLAGS.ED) && !extensions) return fail('extensions_malformed')
  rest = extensions?.rest ?? rest
  // W8: nothing follows the last part.
  if (rest.length > 0) return fail('authenticator_data_trailing')

  return succeed({
    rpIdHash: bytes.subarray(0, RP_ID_HASH_BYTES),
    isUserPresent: has(FLAGS.UP),
    isUserVerified: has(FLAGS.UV),
    isBackupEligible: has(FLAGS.BE),
    isBackedUp: has(FLAGS.BS),
    signCount: view.getUint32(RP_ID_HASH_BYTES + 1),
    attested: credential?.attested ?? null,
  })
}

/** Reads model, id and key of a credential; null where one of them is not whole. */
function readAttested(
  bytes: Uint8Array,
): { attested: NonNullable<AuthenticatorData['attested']>; rest: Uint8Array } | null {
  const [high = 0, low = 0] = bytes.subarray(AAGUID_BYTES)
  const idBytes = 256 * high + low
  if (idBytes < MIN_CREDENTIAL_ID_BYTES || idBytes > MAX_CREDENTIAL_ID_BYTES) return null
  const idAt = AAGUID_BYTES + 2
  // An id that ends early leaves nothing for the key, so that nobody has to measure it.
  const key = readCborMap(bytes.subarray(idAt + idBytes))
  if (!key) return null
  const credentialId = bytes.subarray(idAt, idAt + idBytes)
  return { attested: { credentialId, coseKey: key.map }, rest: key.rest }
}

/**
 * Makes the checks of both ceremonies, in the order of the specification.
 *
 * @returns the first of `CeremonyProblem` that applies, or null.
 * @see WebAuthn Level 3 sections 7.1 and 7.2, from the hash of the RP ID to the backup flags
 */
export async function checkCeremony(
  data: AuthenticatorData,
  relyingParty: RelyingParty,
): Promise<CeremonyProblem | null> {
  // W7: the authenticator made its key for us.
  if (encodeHex(data.rpIdHash) !== (await sha256Hex(relyingParty.id))) {
    return 'relying_party_mismatch'
  }
  // W8: somebody was there.
  if (!data.isUserPresent) return 'user_not_present'
  // W8: the authenticator knew who; whoever says nothing asks for that.
  const isVerificationOptional = relyingParty.userVerification === 'preferred'
  if (!data.isUserVerified && !isVerificationOptional) return 'user_not_verified'
  // W8: what cannot be backed up is not backed up.
  if (!data.isBackupEligible && data.isBackedUp) return 'backup_state_invalid'
  return null
}
