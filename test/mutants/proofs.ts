/**
 * A mutant or more for each of the twelve checks of a client-signed proof (RULES.md section 2.5).
 */
import type { MutantRow } from './mutants.ts'

const PROOF = 'test/unit/auth/user-action-proof.test.ts'
const SOURCE = 'src/auth/user-action-proof.ts'

/** In the order of the checks. */
// prettier-ignore
export const PROOF_MUTANTS: readonly MutantRow[] = [
  [
    '2.5.1', 'of two proofs the first one counts',
    PROOF, SOURCE,
    "if (text.includes(',')) return invalid('several_headers')",
    "text = text.split(',')[0] ?? ''",
  ],
  [
    '2.5.2', 'a proof may have 8 KiB',
    PROOF, SOURCE,
    'parseCompactJws(text, { maxBytes: MAX_PURPOSE_TOKEN_BYTES })',
    'parseCompactJws(text, { maxBytes: 8_192 })',
  ],
  [
    '2.5.2', 'blanks and padding around a proof are taken off',
    PROOF, SOURCE,
    'parseCompactJws(text, {',
    "parseCompactJws(text.trim().replace(/=+$/, ''), {",
  ],
  [
    '2.5.3', 'a claim may be of any type',
    PROOF, SOURCE,
    "TEXT_CLAIMS.every((name) => typeof payload[name] === 'string') &&",
    'TEXT_CLAIMS.every((name) => payload[name] !== undefined) &&',
  ],
  [
    '2.5.3', 'the audience may be missing',
    PROOF, SOURCE,
    "TEXT_CLAIMS.every((name) => typeof payload[name] === 'string') &&",
    "TEXT_CLAIMS.every((name) => typeof (payload[name] ??= 'activate') === 'string') &&",
  ],
  [
    '2.5.3', 'the time may be missing',
    PROOF, SOURCE,
    "typeof payload['iat'] === 'number' &&",
    '',
  ],
  [
    '2.5.3', 'an end may be of any type',
    PROOF, SOURCE,
    "['number', 'undefined'].includes(typeof payload['exp']) &&",
    '',
  ],
  [
    '2.5.3', 'claims that are not understood are left aside',
    PROOF, SOURCE,
    'Object.keys(payload).every((name) => CLAIMS.includes(name))',
    'true',
  ],
  [
    '2.5.4', 'every JWS is a proof',
    PROOF, SOURCE,
    "if (header['typ'] !== PROOF_TYPE) return 'type_mismatch'",
    '',
  ],
  [
    '2.5.4', 'a type is compared as media types are',
    PROOF, SOURCE,
    "if (header['typ'] !== PROOF_TYPE) return 'type_mismatch'",
    `const typ = String(header['typ']).toLowerCase().replace(/^application\\//, '')
  if (typ !== PROOF_TYPE) return 'type_mismatch'`,
  ],
  [
    '2.5.4', 'every token is taken for a proof',
    PROOF, SOURCE,
    "return header?.ok === true && header.value['typ'] === PROOF_TYPE",
    'return header?.ok === true',
  ],
  [
    '2.5.5', 'any algorithm is allowed',
    PROOF, SOURCE,
    "if (!ALLOWED_ALGORITHMS.includes(header['alg'] ?? null)) return 'algorithm_not_allowed'",
    '',
  ],
  [
    '2.5.5', 'the header says which algorithm a key is for',
    PROOF, SOURCE,
    'ALGORITHMS[key.value.algorithm].find((name) => name === algorithm)',
    'Object.values(ALGORITHMS).flat().find((name) => name === algorithm)',
  ],
  [
    '2.5.6', 'any signature is good',
    PROOF, SOURCE,
    'await compactVerify(text, await importSPKI(key.value.pem, fitting), { algorithms: [fitting] })',
    'await importSPKI(key.value.pem, fitting)',
  ],
  [
    '2.5.6', 'what jose throws is no refusal',
    PROOF, SOURCE,
    "return 'signature_invalid'",
    'return null',
  ],
  [
    '2.5.6', 'a passkey signs proofs',
    PROOF, SOURCE,
    "if (credential.kind !== 'Key') return 'credential_kind'",
    '',
  ],
  [
    '2.5.6', 'a credential that is off signs proofs',
    PROOF, SOURCE,
    "if (!credential.isActive) return 'credential_inactive'",
    '',
  ],
  [
    '2.5.7', 'a header may hold more than is known',
    PROOF, SOURCE,
    'if (!Object.keys(header).every((name) => HEADER_MEMBERS.includes(name))) {',
    'if (false) {',
  ],
  [
    '2.5.7', 'only private members are looked for',
    PROOF, SOURCE,
    'if (!Object.keys(header).every((name) => HEADER_MEMBERS.includes(name))) {',
    "if (Object.keys(header).some((name) => ['d', 'p', 'q', 'k'].includes(name))) {",
  ],
  [
    '2.5.8', 'a proof is good for any method',
    PROOF, SOURCE,
    "if (claims.htm !== request.method) return 'method_mismatch'",
    '',
  ],
  [
    '2.5.8', 'a method may be written in any case',
    PROOF, SOURCE,
    'if (claims.htm !== request.method)',
    'if (claims.htm.toUpperCase() !== request.method)',
  ],
  [
    '2.5.9', 'a proof is good for any address',
    PROOF, SOURCE,
    "if (claims.htu !== request.url) return 'url_mismatch'",
    '',
  ],
  [
    '2.5.9', 'query and fragment are left aside',
    PROOF, SOURCE,
    'if (claims.htu !== request.url)',
    'if (claims.htu.split(/[?#]/)[0] !== request.url)',
  ],
  [
    '2.5.9', 'any host is ours',
    PROOF, SOURCE,
    'if (claims.htu !== request.url)',
    "if (claims.htu.replace(/^[^/]+\\/\\/[^/]+/, '') !== request.url.replace(/^[^/]+\\/\\/[^/]+/, ''))",
  ],
  [
    '2.5.10', 'a nonce of somebody else is left aside',
    PROOF, SOURCE,
    "if (claims.nonce !== undefined) return 'nonce_not_issued'",
    '',
  ],
  [
    '2.5.10', 'an empty nonce counts as none',
    PROOF, SOURCE,
    'if (claims.nonce !== undefined)',
    'if (claims.nonce)',
  ],
  [
    '2.5.11', 'a proof never grows old',
    PROOF, SOURCE,
    "if (iat * 1000 < now - PROOF_LIFETIME_SECONDS * 1000) return 'too_old'",
    '',
  ],
  [
    '2.5.11', 'a proof is good for two minutes',
    PROOF, SOURCE,
    'export const PROOF_LIFETIME_SECONDS = 60',
    'export const PROOF_LIFETIME_SECONDS = 120',
  ],
  [
    '2.5.11', 'a proof may be made ahead of time',
    PROOF, SOURCE,
    "if (iat * 1000 > now + MAX_AHEAD_SECONDS * 1000) return 'issued_in_the_future'",
    '',
  ],
  [
    '2.5.11', 'a clock may be half a minute ahead',
    PROOF, SOURCE,
    'const MAX_AHEAD_SECONDS = 5',
    'const MAX_AHEAD_SECONDS = 30',
  ],
  [
    '2.5.11', 'a time may be any number',
    PROOF, SOURCE,
    'Number.isSafeInteger(value) && value >= 0',
    'Number.isFinite(value)',
  ],
  [
    '2.5.11', 'a proof outlives its end',
    PROOF, SOURCE,
    "return now < exp * 1000 ? null : 'expired'",
    'return null',
  ],
  [
    '2.5.11', 'a proof lasts through the second of its end',
    PROOF, SOURCE,
    'return now < exp * 1000',
    'return Math.floor(now / 1000) <= exp',
  ],
  [
    '2.5.11', 'a proof may say any end',
    PROOF, SOURCE,
    "if (exp <= iat || exp > iat + PROOF_LIFETIME_SECONDS) return 'lifetime_invalid'",
    '',
  ],
  [
    '2.5.12', 'a proof is good beside any bearer',
    PROOF, SOURCE,
    'if (!(await isEqualConstantTime(claims.ath, await sha256Base64Url(request.bearer)))) {',
    'if (false) {',
  ],
  [
    '2.5.12', 'a proof is good for any subject',
    PROOF, SOURCE,
    "if (credential.userId !== payload['sub']) return 'subject_mismatch'",
    '',
  ],
  [
    '2.5.12', "a personal access token proves by its owner's key",
    PROOF, SOURCE,
    "if (credential.accessTokenId !== keyHolderOf(principal)) return 'credential_of_another_bearer'",
    '',
  ],
  [
    '2.5.12', 'a proof is good for any body',
    PROOF, SOURCE,
    'if (!(await isEqualConstantTime(claims.bh, await sha256Base64Url(request.body)))) {',
    'if (false) {',
  ],
  [
    '2.5.12', 'a jti may be guessed',
    PROOF, SOURCE,
    "if (!JTI_PATTERN.test(claims.jti)) return 'jti_invalid'",
    '',
  ],
  [
    '2.5.12', 'a proof for another service is good here',
    PROOF, SOURCE,
    "return claims.aud === request.audience ? null : 'audience_mismatch'",
    'return null',
  ],
  [
    '2.5.12', "the jti of one credential uses up another's",
    PROOF, SOURCE,
    'principal.organizationId, header.kid, payload.jti]',
    'principal.organizationId, payload.jti]',
  ],
  [
    '2.5.12', 'every token of a proof is a use of its own',
    PROOF, SOURCE,
    'principal.organizationId, header.kid, payload.jti]',
    'principal.organizationId, header.kid, text]',
  ],
  [
    '2.5.12', 'a use is forgotten with the end of its proof',
    PROOF, SOURCE,
    'PROOF_LIFETIME_SECONDS + skewSeconds + USED_MARGIN_SECONDS',
    'PROOF_LIFETIME_SECONDS',
  ],
]
