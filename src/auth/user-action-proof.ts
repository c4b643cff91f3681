/**
 * The user action that its client signs itself: one request instead of three. Form, header, claims and binding are
 * checked here, and the signature once the store has brought the credential. No I/O but WebCrypto; no clock.
 */
import { compactVerify, importSPKI } from 'jose'
import { keyHolderOf, type Principal } from '../core/principal.ts'
import type { Refusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { parseStrictJsonObject, type JsonObject, type JsonValue } from '../core/strict-json.ts'
import type { UserAction } from '../core/user-action.ts'
import type { Credential, KeyAlgorithm } from '../core/user.ts'
import { decodeBase64Url } from './base64url.ts'
import { parseCompactJws, type CompactJws } from './compact-jws.ts'
import { isEqualConstantTime, sha256Base64Url, sha256Hex } from './digest.ts'
import { parsePublicKey } from './public-key.ts'
import { MAX_PURPOSE_TOKEN_BYTES } from './purpose-token.ts'

/** The `typ` of a proof; `dpop+jwt` binds other claims, and no proof of that kind is good here (rule T5). */
export const PROOF_TYPE = 'ua-proof+jwt'

/** How long a proof is good for, in seconds. */
export const PROOF_LIFETIME_SECONDS = 60

// A client's clock may be a little ahead; one that is behind has the lifetime for it.
const MAX_AHEAD_SECONDS = 5
// A used `jti` outlives its proof by more than any clock of ours can be off.
const USED_MARGIN_SECONDS = 60

/** One per key type and RSA two; jose has none for secp256k1, whose keys sign challenges only. */
const ALGORITHMS: Readonly<Record<KeyAlgorithm, readonly string[]>> = {
  Ed25519: ['EdDSA'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  RSA: ['RS256', 'PS256'],
  secp256k1: [],
}
const ALLOWED_ALGORITHMS: readonly JsonValue[] = Object.values(ALGORITHMS).flat()

const HEADER_MEMBERS = ['alg', 'typ', 'kid']
const TEXT_CLAIMS = ['htm', 'htu', 'bh', 'ath', 'jti', 'sub', 'aud'] as const
const CLAIMS: readonly string[] = [...TEXT_CLAIMS, 'iat', 'exp', 'nonce']

/** 128 bits or more in any of the usual spellings, a UUID among them. */
const JTI_PATTERN = /^[A-Za-z0-9._~-]{22,128}$/

/** What a proof has to be about, and who it has to come from. */
export interface ProofRequest {
  readonly principal: Principal
  /** The text of the bearer itself. */
  readonly bearer: string
  readonly method: string
  /** `PUBLIC_ORIGIN` and the canonical path as it was sent. */
  readonly url: string
  /** As received; empty for none. */
  readonly body: Uint8Array
  readonly audience: string
  /** Unix time in milliseconds. */
  readonly now: number
  /** Tolerance for clocks that differ; by so much longer is the use of a proof remembered. */
  readonly skewSeconds: number
}

type ProofClaims = JsonObject & { readonly [name in (typeof TEXT_CLAIMS)[number]]: string } & {
  readonly iat: number
  readonly exp?: number
  readonly nonce?: JsonValue
}

/** Tells a proof from a token by what its header says of itself; everything else is the other verifier's to refuse. */
export function isProof(text: string): boolean {
  if (text.length > MAX_PURPOSE_TOKEN_BYTES) return false
  const bytes = decodeBase64Url(text.split('.', 1)[0] ?? '')
  const header = bytes && parseStrictJsonObject(bytes)
  return header?.ok === true && header.value['typ'] === PROOF_TYPE
}

/**
 * Reads a proof and checks all that needs no key, in the order of RFC 9449 section 4.3. The signature, sixth there,
 * is checked by `confirm` of the action: its key comes with the one reading of the store.
 * Refuses with `user_action_invalid`.
 *
 * @see RULES section 2.5
 */
export async function readProof(
  text: string,
  request: ProofRequest,
): Promise<Result<UserAction, Refusal>> {
  // 2.5.1: a header that is sent twice arrives as one, joined by a comma (finding F10).
  if (text.includes(',')) return invalid('several_headers')
  // 2.5.2: one spelling and one reading (rules T1 to T3), in a header that fits every server (rule U6).
  const parsed = parseCompactJws(text, { maxBytes: MAX_PURPOSE_TOKEN_BYTES })
  if (!parsed.ok) return invalid(parsed.failure)
  const { header, payload } = parsed.value
  // 2.5.3: nothing is missing, nothing is of another type, and nothing is there that is not understood.
  if (!isProofClaims(payload)) return invalid('claims_invalid')
  const cause = problemOfHeader(header) ?? (await problemOfClaims(payload, request))
  if (cause !== null) return invalid(cause)

  const { principal, skewSeconds } = request
  // The claim and not the token: a signature has twins (finding F5), and clients choose `jti` each for itself.
  const used = ['ua-proof', principal.organizationId, header.kid, payload.jti]
  const keptSeconds = PROOF_LIFETIME_SECONDS + skewSeconds + USED_MARGIN_SECONDS
  return succeed({
    usedHash: await sha256Hex(used.join('\n')),
    purpose: 'ua-proof',
    expiresAt: (payload.iat + keptSeconds) * 1000,
    epoch: null,
    evidence: { credentialId: header.kid, credentialKind: 'Key', proof: text },
    confirm: (credential) => problemOfCredential(text, parsed.value, principal, credential),
  })
}

const invalid = (cause: string) => fail({ reason: 'user_action_invalid' as const, cause })

const isProofClaims = (payload: JsonObject): payload is ProofClaims =>
  TEXT_CLAIMS.every((name) => typeof payload[name] === 'string') &&
  typeof payload['iat'] === 'number' &&
  ['number', 'undefined'].includes(typeof payload['exp']) &&
  Object.keys(payload).every((name) => CLAIMS.includes(name))

function problemOfHeader(header: CompactJws['header']): string | null {
  // 2.5.4: exactly ours, without the prefix and in the case that it has.
  if (header['typ'] !== PROOF_TYPE) return 'type_mismatch'
  // 2.5.5: asymmetric ones only; which of them fits is for the registered key to say (rule T4).
  if (!ALLOWED_ALGORITHMS.includes(header['alg'] ?? null)) return 'algorithm_not_allowed'
  // 2.5.7: no key, public or private, by whatever name; the one that counts is registered.
  if (!Object.keys(header).every((name) => HEADER_MEMBERS.includes(name))) {
    return 'header_member_unknown'
  }
  return null
}

async function problemOfClaims(claims: ProofClaims, request: ProofRequest): Promise<string | null> {
  // 2.5.8: methods are case-sensitive (RFC 9110 section 9.1).
  if (claims.htm !== request.method) return 'method_mismatch'
  // 2.5.9: other spellings of the path were refused before (rule P2), so that the bytes are compared.
  if (claims.htu !== request.url) return 'url_mismatch'
  // 2.5.10: none is issued here, so that whoever answers one is talking to somebody else.
  if (claims.nonce !== undefined) return 'nonce_not_issued'
  const problem = problemOfTimes(claims, request.now)
  if (problem !== null) return problem
  // 2.5.12: good beside one bearer only, and for its subject; hashes are compared as S6 has it.
  if (!(await isEqualConstantTime(claims.ath, await sha256Base64Url(request.bearer)))) {
    return 'bearer_mismatch'
  }
  // Our id of the user, whoever issued the bearer: another's subject may be an address, and this goes on record.
  const { reference } = request.principal
  if (reference.by === 'id' && claims.sub !== reference.userId) return 'subject_mismatch'
  // U4: the bytes as received, for whoever signs the request also knows how it is spelled.
  if (!(await isEqualConstantTime(claims.bh, await sha256Base64Url(request.body)))) {
    return 'body_mismatch'
  }
  if (!JTI_PATTERN.test(claims.jti)) return 'jti_invalid'
  return claims.aud === request.audience ? null : 'audience_mismatch'
}

/** 2.5.11: a proof is young; whole seconds only, as rule T9 has it. */
function problemOfTimes({ iat, exp }: ProofClaims, now: number): string | null {
  if (!isTime(iat) || (exp !== undefined && !isTime(exp))) return 'time_invalid'
  if (iat * 1000 < now - PROOF_LIFETIME_SECONDS * 1000) return 'too_old'
  if (iat * 1000 > now + MAX_AHEAD_SECONDS * 1000) return 'issued_in_the_future'
  if (exp === undefined) return null
  if (exp <= iat || exp > iat + PROOF_LIFETIME_SECONDS) return 'lifetime_invalid'
  return now < exp * 1000 ? null : 'expired'
}

const isTime = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** Checks the credential that the store found under `kid`; that it is the caller's, the core asks of every action. */
async function problemOfCredential(
  text: string,
  { header, payload }: CompactJws,
  principal: Principal,
  credential: Credential,
): Promise<string | null> {
  if (credential.kind !== 'Key') return 'credential_kind'
  if (!credential.isActive) return 'credential_inactive'
  // 2.5.12: a personal access token has keys of its own, and they sign for nothing else.
  if (credential.accessTokenId !== keyHolderOf(principal)) return 'credential_of_another_bearer'
  if (credential.userId !== payload['sub']) return 'subject_mismatch'
  return verifyProofSignature(text, header['alg'], credential.publicKeyPem)
}

/**
 * Verifies the signature of a proof and nothing else of it, as an auditor can when the request is long gone.
 *
 * @param text - a proof whose form was checked by `parseCompactJws`.
 * @param algorithm - the `alg` of its header.
 * @returns null when it is good, or a name of what is wrong, for the log.
 * @see RFC 7518 section 3.1; RFC 8037 section 3.1 (EdDSA)
 */
export async function verifyProofSignature(
  text: string,
  algorithm: JsonValue | undefined,
  publicKeyPem: string,
): Promise<string | null> {
  // Keys are checked when they are registered and again here, so that a row cannot smuggle one in.
  const key = await parsePublicKey(publicKeyPem)
  if (!key.ok) return 'key_unusable'
  // 2.5.5: the key's type decides, and the header only picks among what fits it.
  const fitting = ALGORITHMS[key.value.algorithm].find((name) => name === algorithm)
  if (fitting === undefined) return 'algorithm_unfit'
  try {
    // 2.5.6: by the registered key alone; RSA-PSS has a salt as long as its digest (rule S4).
    await compactVerify(text, await importSPKI(key.value.pem, fitting), { algorithms: [fitting] })
    return null
  } catch {
    // T15: whatever jose or WebCrypto throws is a refusal and never a fault of ours.
    return 'signature_invalid'
  }
}
