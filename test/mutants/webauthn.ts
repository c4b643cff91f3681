/**
 * A mutant for each clause of the rules on passkeys (RULES.md section 2.7), and of the registration of keys.
 */
import type { MutantRow } from './mutants.ts'

const ASSERTION = 'test/unit/auth/verify-passkey-assertion.test.ts'
const ATTESTATION = 'test/unit/auth/verify-attestation.test.ts'
const KEY_ATTESTATION = 'test/unit/auth/verify-key-attestation.test.ts'
const CLIENT_DATA = 'test/unit/auth/webauthn-client-data.test.ts'
const DATA = 'test/unit/auth/authenticator-data.test.ts'
const COSE = 'test/unit/auth/cose-key.test.ts'
const SIGNATURE = 'test/unit/auth/passkey-signature.test.ts'

/** The check of the counter, which has to be the last. */
const COUNTER = "if (!hasRisen(signCount, credential.signCount)) return fail('counter_not_risen')"

/** In the order of the rules. */
// prettier-ignore
export const WEBAUTHN_MUTANTS: readonly MutantRow[] = [
  [
    'W1', 'a passkey may name another user than its own',
    ASSERTION, 'src/auth/verify-passkey-assertion.ts',
    'if (!isHandleOf(assertion.userHandle, credential.userId))',
    "if (assertion.userHandle === '+')",
  ],
  [
    'W2', 'a byte order mark is taken for text',
    CLIENT_DATA, 'src/auth/webauthn-client-data.ts',
    'hasMark ? bytes.subarray(3) : bytes',
    'bytes',
  ],
  [
    'W3', 'a registration is an assertion, and so is what a key signed',
    CLIENT_DATA, 'src/auth/webauthn-client-data.ts',
    "if (type !== expected.type) return fail('type_mismatch')",
    "if (type === undefined) return fail('type_mismatch')",
  ],
  [
    'W4', 'any challenge is good',
    CLIENT_DATA, 'src/auth/webauthn-client-data.ts',
    'if (!(await isChallenge(challenge, expected.challenge)))',
    "if (typeof challenge !== 'string')",
  ],
  [
    'W5', 'an origin need only begin as ours does',
    CLIENT_DATA, 'src/auth/webauthn-client-data.ts',
    '!origins.includes(origin)',
    '!origins.some((one) => origin.startsWith(one))',
  ],
  [
    'W5', 'any origin may ask for a passkey',
    CLIENT_DATA, 'src/auth/webauthn-client-data.ts',
    " || !origins.includes(origin)) return fail('origin_mismatch')",
    ") return fail('origin_mismatch')",
  ],
  [
    'W6', 'a foreign frame may ask for a passkey',
    CLIENT_DATA, 'src/auth/webauthn-client-data.ts',
    "if (crossOrigin !== undefined && crossOrigin !== false) return fail('cross_origin')",
    '',
  ],
  [
    'W6', 'a page of ours may stand in any other',
    CLIENT_DATA, 'src/auth/webauthn-client-data.ts',
    "if (topOrigin !== undefined) return fail('top_origin')",
    '',
  ],
  [
    'W7', 'a passkey of another relying party is ours',
    DATA, 'src/auth/authenticator-data.ts',
    'if (encodeHex(data.rpIdHash) !== (await sha256Hex(relyingParty.id)))',
    'if (data.rpIdHash.length !== (await sha256Hex(relyingParty.id)).length / 2)',
  ],
  [
    'W8', 'nobody need be there',
    DATA, 'src/auth/authenticator-data.ts',
    "if (!data.isUserPresent) return 'user_not_present'",
    '',
  ],
  [
    'W8', 'nobody need be known',
    DATA, 'src/auth/authenticator-data.ts',
    "if (!data.isUserVerified && !isVerificationOptional) return 'user_not_verified'",
    '',
  ],
  [
    'W8', 'what cannot be backed up may be backed up',
    DATA, 'src/auth/authenticator-data.ts',
    "if (!data.isBackupEligible && data.isBackedUp) return 'backup_state_invalid'",
    '',
  ],
  [
    'W8', 'a passkey may become one that is copied',
    ASSERTION, 'src/auth/verify-passkey-assertion.ts',
    "if (isBackupEligible !== credential.isBackupEligible) return fail('backup_eligibility_changed')",
    '',
  ],
  [
    'W8', 'authenticator data may end early',
    DATA, 'src/auth/authenticator-data.ts',
    'const MIN_BYTES = 37',
    'const MIN_BYTES = 36',
  ],
  [
    'W8', 'bytes may follow the authenticator data',
    DATA, 'src/auth/authenticator-data.ts',
    "if (rest.length > 0) return fail('authenticator_data_trailing')",
    '',
  ],
  [
    'W8', 'a flag may announce a credential that does not follow',
    DATA, 'src/auth/authenticator-data.ts',
    "if (has(FLAGS.AT) && !credential) return fail('attested_data_malformed')",
    '',
  ],
  [
    'W8', 'a flag may announce extensions that do not follow',
    DATA, 'src/auth/authenticator-data.ts',
    "if (has(FLAGS.ED) && !extensions) return fail('extensions_malformed')",
    '',
  ],
  [
    'W8', 'an assertion may bring a credential',
    ASSERTION, 'src/auth/verify-passkey-assertion.ts',
    "if (parsed.value.attested) return fail('attested_data_unexpected')",
    '',
  ],
  [
    'W8', 'CBOR has many spellings',
    DATA, 'src/auth/cbor.ts',
    'strict: true,',
    'strict: false,',
  ],
  [
    'W8', 'a member may stand twice in a map',
    DATA, 'src/auth/cbor.ts',
    'rejectDuplicateMapKeys: true,',
    'rejectDuplicateMapKeys: false,',
  ],
  [
    'W9', 'a counter may stand still',
    ASSERTION, 'src/auth/verify-passkey-assertion.ts',
    'given > stored',
    'given >= stored',
  ],
  [
    'W9', 'a counter may fall back to zero',
    ASSERTION, 'src/auth/verify-passkey-assertion.ts',
    '(given === 0 && stored === 0)',
    'given === 0',
  ],
  [
    'W9', 'an authenticator has to count',
    ASSERTION, 'src/auth/verify-passkey-assertion.ts',
    '(given === 0 && stored === 0) || given > stored',
    'given > stored',
  ],
  [
    'W10', 'no passkey has to sign',
    ASSERTION, 'src/auth/verify-passkey-assertion.ts',
    "if (!(await verifyPasskeySignature(key.value, signed))) return fail('signature_invalid')",
    '',
  ],
  [
    'W10', 'the client data are not signed',
    SIGNATURE, 'src/auth/passkey-signature.ts',
    '...(await sha256(clientData))',
    '...(await sha256(clientData.subarray(0, 0)))',
  ],
  [
    'W10', 'P-384 signs by the digest of P-256',
    SIGNATURE, 'src/auth/passkey-signature.ts',
    "'P-384': 'SHA-384',",
    "'P-384': 'SHA-256',",
  ],
  [
    'W10', 'the algorithm of a key goes with any curve',
    COSE, 'src/auth/cose-key.ts',
    ' || map.get(CRV) !== row.crv) return null',
    ') return null',
  ],
  [
    'W11', 'extensions that are unknown are refused',
    DATA, 'src/auth/authenticator-data.ts',
    'if (has(FLAGS.ED) && !extensions)',
    'if (has(FLAGS.ED) && !extensions?.map.has(0))',
  ],
  [
    'W12', 'a credential is accused before its key has signed',
    ASSERTION, 'src/auth/verify-passkey-assertion.ts',
    '  // Keys are checked when they are registered and again here',
    `  ${COUNTER}
  // Keys are checked when they are registered and again here`,
  ],
  [
    'S1', 'a passkey may send r and s side by side',
    SIGNATURE, 'src/auth/passkey-signature.ts',
    'if (coordinateBytes && ecdsaDerToP1363(signature, coordinateBytes) === null) return false',
    '',
  ],
  [
    'K1', 'secp256k1 signs for a passkey',
    SIGNATURE, 'src/auth/passkey-signature.ts',
    'secp256k1: null,',
    "secp256k1: 'SHA-256',",
  ],
  [
    'K1', 'ES512 may be registered as ES256',
    COSE, 'src/auth/cose-key.ts',
    'const row = ROWS.get(map.get(ALG))',
    'const row = ROWS.get(map.get(ALG)) ?? ROWS.get(-7)',
  ],
  [
    'K3', 'coordinates of a passkey have any size',
    COSE, 'src/auth/cose-key.ts',
    'one instanceof Uint8Array && one.length === row.bytes',
    'one instanceof Uint8Array',
  ],
  [
    'K3', 'a passkey may tell its private half',
    COSE, 'src/auth/cose-key.ts',
    'if (!hasExactly(map, [KTY, ALG, CRV, ...labels]) || map',
    'if (map',
  ],
  [
    'K4', 'a modulus with zeros in front is another key',
    COSE, 'src/auth/cose-key.ts',
    'modulus[0] === 0 || ',
    '',
  ],
  [
    'K1', 'a self attestation need not be signed',
    ATTESTATION, 'src/auth/verify-attestation.ts',
    "return isSigned ? null : 'attestation_invalid'",
    "return isSigned || signature.length > 0 ? null : 'attestation_invalid'",
  ],
  [
    'K4', 'the browser may tell another id than the authenticator',
    ATTESTATION, 'src/auth/verify-attestation.ts',
    "if (told === null || encodeBase64Url(told) !== credentialId) return fail('credential_id_mismatch')",
    '',
  ],
  [
    'U5', 'an assertion registers a key',
    KEY_ATTESTATION, 'src/auth/verify-key-attestation.ts',
    "if (type !== 'key.create') return fail('type_mismatch')",
    '',
  ],
  [
    'U5', 'a key is registered for another challenge',
    KEY_ATTESTATION, 'src/auth/verify-key-attestation.ts',
    'if (!(await isChallenge(challenge, input.challenge)))',
    "if (typeof challenge !== 'string')",
  ],
  [
    'U5', 'whoever registers a key need not hold it',
    KEY_ATTESTATION, 'src/auth/verify-key-attestation.ts',
    'if (!(await verifySignature(key.value, signed, decodeHex(signature), digest)))',
    'if (signed.length === 0 || decodeHex(signature).length === 0 || digest === undefined)',
  ],
]
