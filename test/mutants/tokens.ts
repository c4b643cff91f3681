/**
 * A mutant for each clause of the rules on bearer tokens (RULES.md section 2.1).
 */
import type { MutantRow } from './mutants.ts'

const BEARER = 'test/unit/auth/verify-bearer.test.ts'
const PRINCIPAL = 'test/unit/auth/verify-bearer-principal.test.ts'
const JWS = 'test/unit/auth/compact-jws.test.ts'
const JWT = 'test/unit/auth/verify-jwt.test.ts'
const KEY_SET = 'test/unit/auth/remote-key-set.test.ts'
const KEY_RING = 'test/unit/auth/key-ring.test.ts'
const ACCESS = 'test/unit/core/access.test.ts'
const CONFIGURATION = 'test/unit/env.test.ts'
const HYGIENE = 'test/unit/http/hygiene.test.ts'

/** In the order of the rules. */
// prettier-ignore
export const TOKEN_MUTANTS: readonly MutantRow[] = [
  [
    'T1', 'a header may have any size',
    BEARER, 'src/auth/verify-bearer.ts',
    "if (authorization.length > MAX_AUTHORIZATION_BYTES) return invalid('header_too_long')",
    '',
  ],
  [
    'T1', 'any scheme is Bearer',
    BEARER, 'src/auth/verify-bearer.ts',
    '/^bearer ([^ ,]+)$/i',
    '/^\\w+ ([^ ,]+)$/i',
  ],
  [
    'T1', 'of two credentials the first one counts',
    BEARER, 'src/auth/verify-bearer.ts',
    '/^bearer ([^ ,]+)$/i',
    '/^bearer ([^ ,]+)/i',
  ],
  [
    'T1', 'a token is decoded whatever its size',
    JWS, 'src/auth/compact-jws.ts',
    "if (text.length > limits.maxBytes) return fail('too_long')",
    '',
  ],
  [
    'T1', 'a token may hold any character and any number of segments',
    JWS, 'src/auth/compact-jws.ts',
    "if (!TOKEN_PATTERN.test(text)) return fail('not_three_segments')",
    '',
  ],
  [
    'T2', 'spare bits are ignored',
    'test/unit/auth/base64url.test.ts', 'src/auth/base64url.ts',
    'return encodeBase64Url(bytes) === text ? bytes : null',
    'return bytes',
  ],
  [
    'T2', 'nobody looks at how the signature is spelled',
    BEARER, 'src/auth/compact-jws.ts',
    'if (!headerBytes || !payloadBytes || !signature)',
    'if (!headerBytes || !payloadBytes)',
  ],
  [
    'T3', 'bytes that are no UTF-8 are replaced',
    JWS, 'src/core/strict-json.ts',
    "new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })",
    "new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })",
  ],
  [
    'T3', 'a byte order mark is dropped',
    JWS, 'src/core/strict-json.ts',
    "new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })",
    "new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })",
  ],
  [
    'T3', 'of two equal names the last one counts',
    BEARER, 'src/core/strict-json.ts',
    "if (names?.has(string.value)) return { problem: 'duplicate_name', at: string.at }",
    '',
  ],
  [
    'T3', 'a list is a payload',
    JWS, 'src/core/strict-json.ts',
    "isJsonObject(parsed.value) ? succeed(parsed.value) : fail('not_object')",
    'succeed(parsed.value as JsonObject)',
  ],
  [
    'T3', 'segments may be as deep as bodies',
    BEARER, 'src/auth/compact-jws.ts',
    'const MAX_DEPTH = 8',
    'const MAX_DEPTH = 16',
  ],
  [
    'T4', 'the header chooses the algorithm',
    PRINCIPAL, 'src/auth/verify-jwt.ts',
    'algorithms: [...expected.algorithms],',
    '',
  ],
  [
    'T4', 'the key alone says what is allowed, not the operator',
    PRINCIPAL, 'src/auth/verify-bearer.ts',
    'outside.algorithms.filter((name) => found.value.algorithms.includes(name))',
    'found.value.algorithms',
  ],
  [
    'T4', 'the operator alone says what is allowed, not the key',
    PRINCIPAL, 'src/auth/verify-bearer.ts',
    'outside.algorithms.filter((name) => found.value.algorithms.includes(name))',
    'outside.algorithms',
  ],
  [
    'T4', 'an outside issuer may be configured with a shared secret',
    CONFIGURATION, 'src/env.ts',
    "z.enum(['EdDSA', 'Ed25519',",
    "z.enum(['HS256', 'EdDSA', 'Ed25519',",
  ],
  [
    'T5', 'a token of any type is a bearer',
    BEARER, 'src/auth/verify-jwt.ts',
    'typ: expected.typ,',
    '',
  ],
  [
    'T5', 'a single-use token has the audience of all purposes',
    'test/unit/auth/purpose-token.test.ts', 'src/auth/purpose-token.ts',
    'audience: `${settings.audience}/${purpose}`,',
    'audience: [settings.audience, `${settings.audience}/${purpose}`],',
  ],
  [
    'T5', 'the type of an outside issuer cannot be configured',
    PRINCIPAL, 'src/auth/verify-bearer.ts',
    'typ: outside.typ,',
    'typ: ACCESS_TOKEN_TYPE,',
  ],
  [
    'T6', 'a key in the header is ignored instead of refused',
    BEARER, 'src/auth/compact-jws.ts',
    "const FORBIDDEN_MEMBERS = ['jwk', 'jku', 'x5u', 'x5c', ",
    'const FORBIDDEN_MEMBERS = [',
  ],
  [
    'T6', 'b64, zip and enc are ignored instead of refused',
    BEARER, 'src/auth/compact-jws.ts',
    ", 'b64', 'zip', 'enc']",
    ']',
  ],
  [
    'T6', 'a critical extension is ignored instead of refused',
    BEARER, 'src/auth/compact-jws.ts',
    "if (hasMember('crit')) return fail('crit_unsupported')",
    '',
  ],
  [
    'T7', 'a token needs no key id',
    JWS, 'src/auth/compact-jws.ts',
    "if (!isKid(kid)) return fail('kid_invalid')",
    "if (kid !== undefined && !isKid(kid)) return fail('kid_invalid')",
  ],
  [
    'T7', 'a key id may be a path',
    JWS, 'src/auth/compact-jws.ts',
    'const KID_PATTERN = /^[A-Za-z0-9._~:-]{1,128}$/',
    'const KID_PATTERN = /^[\\x21-\\x7e]{1,128}$/',
  ],
  [
    'T7', 'an unknown key id means the signer',
    KEY_RING, 'src/auth/key-ring.ts',
    'find: (kid) => keys.get(kid) ?? null',
    'find: (kid) => keys.get(kid) ?? signer',
  ],
  [
    'T7', 'our ring takes one key id twice',
    KEY_RING, 'src/auth/key-ring.ts',
    "if (keys.has(kid)) throw new Error('SIGNING_KEYS holds the same kid twice.')",
    '',
  ],
  [
    'T7', "an issuer's set takes one key id twice",
    KEY_SET, 'src/auth/remote-key-set.ts',
    ' || new Set(kids).size !== kids.length',
    '',
  ],
  [
    'T7', 'a key for encryption verifies signatures',
    KEY_SET, 'src/auth/remote-key-set.ts',
    "if (use !== undefined && use !== 'sig') return null",
    '',
  ],
  [
    'T7', 'a key for other operations verifies signatures',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'if (!isForVerifying || ',
    'if (',
  ],
  [
    'T7', "a key's alg may contradict its type",
    KEY_SET, 'src/auth/remote-key-set.ts',
    'if (alg !== undefined && !type.algorithms.some((name) => name === alg)) return null',
    '',
  ],
  [
    'T8', 'an issuer is found by how its name begins',
    BEARER, 'src/auth/verify-bearer.ts',
    "const outside = settings.outsideIssuers.get(String(payload['iss']))",
    `const outside = [...settings.outsideIssuers.values()].find((one) =>
      String(payload['iss']).startsWith(one.issuer))`,
  ],
  [
    'T8', 'the keys of one issuer verify the tokens of all',
    BEARER, 'src/auth/verify-bearer.ts',
    'const found = await outside.keys.findKey(kid, now)',
    `const [first] = settings.outsideIssuers.values()
  const found = await (first ?? outside).keys.findKey(kid, now)`,
  ],
  [
    'T8', 'nobody looks at the issuer once its key has verified',
    JWT, 'src/auth/verify-jwt.ts',
    'issuer: expected.issuer,',
    '',
  ],
  [
    'T8', 'an outside issuer may speak in our name',
    CONFIGURATION, 'src/env.ts',
    'if (new Set([...issuers, variables.ISSUER]).size !== issuers.length + 1)',
    'if (new Set(issuers).size !== issuers.length)',
  ],
  [
    'T9', 'times are any numbers',
    BEARER, 'src/auth/verify-jwt.ts',
    'Number.isSafeInteger(value) && Number(value) >= 0',
    "typeof value === 'number'",
  ],
  [
    'T9', 'nobody looks at nbf',
    BEARER, 'src/auth/verify-jwt.ts',
    ' || !(nbf === undefined || isTime(nbf))',
    '',
  ],
  [
    'T9', 'a life may be over when it begins',
    BEARER, 'src/auth/verify-jwt.ts',
    'if (exp <= iat || ',
    'if (',
  ],
  [
    'T9', 'a life may have any length',
    BEARER, 'src/auth/verify-jwt.ts',
    ' || exp - iat > expected.maxLifetimeSeconds',
    '',
  ],
  [
    'T9', 'a token may be issued in the future',
    BEARER, 'src/auth/verify-jwt.ts',
    'if (iat > expected.now / 1000 + expected.skewSeconds)',
    'if (iat < 0)',
  ],
  [
    'T9', 'a token of every kind may live for a year',
    PRINCIPAL, 'src/auth/verify-bearer.ts',
    'MAX_LIFETIME_SECONDS[tokenKind]',
    'MAX_LIFETIME_SECONDS.service_account',
  ],
  [
    'T9', 'a token is issued for as long as is asked for',
    'test/unit/auth/access-token.test.ts', 'src/auth/access-token.ts',
    'Math.min(options.lifetimeSeconds, MAX_LIFETIME_SECONDS[subject.tokenKind])',
    'options.lifetimeSeconds',
  ],
  [
    'T10', 'a token for another service is good here',
    BEARER, 'src/auth/verify-jwt.ts',
    'audience: expected.audience,',
    '',
  ],
  [
    'T10', 'a token for several services is good here',
    BEARER, 'src/auth/verify-jwt.ts',
    "if (Array.isArray(aud) && aud.length !== 1) return fail('several_audiences')",
    '',
  ],
  [
    'T11', 'a subject is whatever jose takes',
    BEARER, 'src/auth/verify-jwt.ts',
    "if (typeof sub !== 'string' || !/^[^\\n]{1,256}$/.test(sub)) return fail('sub_invalid')",
    '',
  ],
  [
    'T11', 'a subject of ours is any text',
    PRINCIPAL, 'src/auth/verify-bearer.ts',
    "if (!isUserId(sub)) return invalid('sub_invalid')",
    '',
  ],
  [
    'T11', 'a token id is any value',
    BEARER, 'src/auth/verify-jwt.ts',
    "if (jti !== undefined && (typeof jti !== 'string' || !/^[^\\n]{1,128}$/.test(jti)))",
    'if (jti === null)',
  ],
  [
    'T11', 'one subject of two issuers is one identity',
    'test/unit/auth/action-binding.test.ts', 'src/core/principal.ts',
    '`${principal.issuer}\\n${principal.subject}`',
    'principal.subject',
  ],
  [
    'T12', 'the tolerance for clocks is five minutes',
    BEARER, 'src/auth/verify-jwt.ts',
    'clockTolerance: expected.skewSeconds,',
    'clockTolerance: 300,',
  ],
  [
    'T12', 'the library reads a clock of its own',
    JWT, 'src/auth/verify-jwt.ts',
    'currentDate: new Date(expected.now),',
    '',
  ],
  [
    'T13', 'a caller is of any organization',
    ACCESS, 'src/core/access.ts',
    'if (!caller || caller.user.organizationId !== principal.organizationId)',
    'if (!caller)',
  ],
  [
    'T13', 'a token outlives its log-out',
    ACCESS, 'src/core/access.ts',
    "if (isBearerRevoked) return fail({ reason: 'token_invalid', cause: 'revoked' })",
    '',
  ],
  [
    'T13', 'a token outlives the epoch that it was issued in',
    ACCESS, 'src/core/access.ts',
    'return freshness.epoch === user.tokenEpoch',
    'return freshness.epoch <= user.tokenEpoch',
  ],
  [
    'T13', "an outside issuer's clock is believed to the second",
    ACCESS, 'src/core/access.ts',
    '(freshness.iatSeconds - freshness.skewSeconds) * 1000',
    'freshness.iatSeconds * 1000',
  ],
  [
    'T13', 'a suspended user is alive',
    ACCESS, 'src/core/access.ts',
    "if (user.suspendedAt !== null) return fail({ reason: 'caller_inactive' })",
    '',
  ],
  [
    'T13', 'an archived user is alive',
    ACCESS, 'src/core/access.ts',
    "if (user.archivedAt !== null) return fail({ reason: 'caller_unknown' })",
    '',
  ],
  [
    'T13', 'a personal access token changes things',
    ACCESS, 'src/core/access.ts',
    "if (rule.isMutation && isToken) return fail({ reason: 'kind_refused', ...evidence })",
    '',
  ],
  [
    'T14', 'a refused token is answered like a missing one',
    HYGIENE, 'src/http/hygiene.ts',
    "? 'Bearer error=\"invalid_token\"' : 'Bearer'",
    "? 'Bearer' : 'Bearer'",
  ],
  [
    'T14', 'a missing token is answered like a refused one',
    HYGIENE, 'src/http/hygiene.ts',
    "? 'Bearer error=\"invalid_token\"' : 'Bearer'",
    "? 'Bearer error=\"invalid_token\"' : 'Bearer error=\"invalid_token\"'",
  ],
  [
    'T15', 'a TypeError of the library is a fault of ours',
    JWT, 'src/auth/verify-jwt.ts',
    'return fail(codeOf(error))',
    `if (error instanceof TypeError) throw error
    return fail(codeOf(error))`,
  ],
  [
    'T15', 'what the curve library throws is thrown on',
    'test/unit/auth/verify-signature.test.ts', 'src/auth/verify-signature.ts',
    `  } catch {
    return false`,
    `  } catch (error) {
    throw error`,
  ],
]
