/**
 * A mutant for each clause of the rules on published keys, registered keys and signatures (RULES.md sections 2.2, 2.3
 * and 2.6).
 */
import type { MutantRow } from './mutants.ts'

const KEY_SET = 'test/unit/auth/remote-key-set.test.ts'
const KEY_RING = 'test/unit/auth/key-ring.test.ts'
const RSA_MODULUS = 'test/unit/auth/rsa-modulus.test.ts'
const PUBLIC_KEY = 'test/unit/auth/public-key.test.ts'
const DER = 'test/unit/auth/der.test.ts'
const CONSTANT_TIME = 'test/integration/constant-time.test.ts'
const SIGNATURE = 'test/unit/auth/verify-signature.test.ts'

/** Verifies Ed25519 with S modulo the order of the group, as whoever does not ask for S < L does. */
const ANY_S = `const order = 2n ** 252n + 27742317777372353535851937790883648493n
        const last = [...signature.subarray(32)].reverse()
        let s = last.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) % order
        const reduced = Uint8Array.from(signature)
        for (let at = 32; at < 64; at += 1, s >>= 8n) reduced[at] = Number(s & 255n)
        return await verifyByWebCrypto(key, { name: 'Ed25519' }, data, reduced, digest)`

/** Verifies RSA-PSS once more with a salt of 20 bytes, as whoever reads the salt's length from the signature does. */
const ANY_SALT = `const [header, claims, signature = ''] = token.split('.')
    const text = atob(signature.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(text, (one) => one.charCodeAt(0))
    const signed = new TextEncoder().encode(\`\${header}.\${claims}\`)
    const scheme = { name: 'RSA-PSS', saltLength: 20 }
    const isSigned = await crypto.subtle.verify(scheme, key, bytes, signed).catch(() => false)
    return isSigned ? readClaims(payload, expected) : fail(codeOf(error))`

/** In the order of the rules. */
// prettier-ignore
export const KEY_MUTANTS: readonly MutantRow[] = [
  [
    'J1', 'a key set may come by plain http',
    'test/unit/env.test.ts', 'src/env.ts',
    "if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLocal))",
    "if (url?.protocol !== 'https:' && url?.protocol !== 'http:')",
  ],
  [
    'J1', 'redirects are followed',
    KEY_SET, 'src/auth/remote-key-set.ts',
    "redirect: 'manual'",
    "redirect: 'follow'",
  ],
  [
    'J1', 'a redirect with a body is a key set',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'response.status !== 200 || ',
    '',
  ],
  [
    'J2', 'a silent host is waited for',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'const TIMEOUT_MILLISECONDS = 2_000',
    'const TIMEOUT_MILLISECONDS = 5_000',
  ],
  [
    'J2', 'a key set may have any size',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'const MAX_BODY_BYTES = 65_536',
    'const MAX_BODY_BYTES = 131_072',
  ],
  [
    'J2', 'a key set may have any number of keys',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'const MAX_KEYS = 50',
    'const MAX_KEYS = 500',
  ],
  [
    'J2', 'a key set may be of any type',
    KEY_SET, 'src/auth/remote-key-set.ts',
    ' || type === undefined || !JSON_TYPES.includes(type)',
    '',
  ],
  [
    'J3', 'every unknown key id asks the host',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'if (!isKnownAndFresh && now - askedAt >= COOLDOWN_MILLISECONDS)',
    'if (!isKnownAndFresh)',
  ],
  [
    'J3', 'the host is asked for every token',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'const FRESH_MILLISECONDS = 600_000',
    'const FRESH_MILLISECONDS = 30_000',
  ],
  [
    'J4', 'a copy vouches for a denied key',
    KEY_SET, 'src/auth/remote-key-set.ts',
    "if (options.deniedKids.includes(kid)) return fail('unknown_kid')",
    '',
  ],
  [
    'J4', 'a stale copy serves for a day',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'const USABLE_MILLISECONDS = 3_600_000',
    'const USABLE_MILLISECONDS = 86_400_000',
  ],
  [
    'J4', 'a stale copy does not serve while the host is down',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'const USABLE_MILLISECONDS = 3_600_000',
    'const USABLE_MILLISECONDS = 600_000',
  ],
  [
    'J4', 'a denied key of ours verifies and is published',
    KEY_RING, 'src/auth/key-ring.ts',
    'if (!deniedKids.has(kid)) ',
    '',
  ],
  [
    'J5', 'without a key set every key is unknown, as if the token were bad',
    KEY_SET, 'src/auth/remote-key-set.ts',
    " || !canAnswer()) return fail('unavailable')",
    " || !canAnswer()) return fail('unknown_kid')",
  ],
  [
    'J5', 'a token whose key cannot be had is refused as a bad one',
    'test/unit/auth/verify-bearer-principal.test.ts', 'src/auth/verify-bearer.ts',
    "return found.failure === 'unavailable'",
    "return found.failure !== 'unavailable'",
  ],
  [
    'K1', 'P-521 may be registered',
    PUBLIC_KEY, 'src/auth/public-key.ts',
    `] as const

const RSA_ALGORITHM`,
    `  { algorithm: 'P-521', prefix: '30819b301006072a8648ce3d020106052b810400230381860004', pointBytes: 132 },
] as const

const RSA_ALGORITHM`,
  ],
  [
    'K1', 'any modulus of RSA may be registered',
    PUBLIC_KEY, 'src/auth/public-key.ts',
    'return isStrongRsaModulus(modulus) ? modulus : null',
    'return modulus',
  ],
  [
    'K1', 'RSA of any size may be registered',
    RSA_MODULUS, 'src/auth/rsa-modulus.ts',
    ' || bits > 4096',
    '',
  ],
  [
    'K1', 'RSA with any exponent may be registered',
    PUBLIC_KEY, 'src/auth/public-key.ts',
    'if (encodeHex(spki) !== expected) return null',
    '',
  ],
  [
    'K1', 'an outside issuer may sign with RSA of 1,024 bits',
    KEY_SET, 'src/auth/rsa-modulus.ts',
    'bits < 2048',
    'bits < 1024',
  ],
  [
    'K1', 'RSA of a generator whose keys can be factored may be registered',
    RSA_MODULUS, 'src/auth/rsa-modulus.ts',
    'return !isOfFlawedGenerator(BigInt(`0x${encodeHex(modulus)}`))',
    'return modulus.length > 0',
  ],
  [
    'K2', 'a key of small order may be registered',
    PUBLIC_KEY, 'src/auth/public-key.ts',
    'return !ed25519.Point.fromBytes(point).isSmallOrder()',
    'return Boolean(ed25519.Point.fromBytes(point))',
  ],
  [
    'K2', 'a second spelling of a point may be registered',
    PUBLIC_KEY, 'src/auth/public-key.ts',
    'ed25519.Point.fromBytes(point)',
    'ed25519.Point.fromBytes(point, true)',
  ],
  [
    'K2', 'an outside issuer may sign with a key of small order',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'isSound: isSoundEdwardsKey,',
    'isSound: () => true,',
  ],
  [
    'K3', 'a point off its curve may be registered',
    PUBLIC_KEY, 'src/auth/public-key.ts',
    `  } catch {
    return false
  }
}

/**
 * Tells whether 32 bytes`,
    `  } catch {
    return true
  }
}

/**
 * Tells whether 32 bytes`,
  ],
  [
    'K3', 'a point off secp256k1 may be registered',
    PUBLIC_KEY, 'src/auth/public-key.ts',
    'return secp256k1.utils.isValidPublicKey(pointOf(key), false)',
    'return pointOf(key).length === 65',
  ],
  [
    'K3', "a published key's curve is what its type says",
    KEY_SET, 'src/auth/remote-key-set.ts',
    'row.kty === kty && row.crv === crv',
    'row.kty === kty',
  ],
  [
    'K3', 'coordinates of a published key have any spelling',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'sizeOf(jwk.x) === bytes && sizeOf(jwk.y) === bytes',
    'Boolean(jwk.x && jwk.y && bytes)',
  ],
  [
    'K3', 'an issuer may publish private keys',
    KEY_SET, 'src/auth/remote-key-set.ts',
    'if (entries.some(hasSecret) || ',
    'if (',
  ],
  [
    'K4', 'a known key may be registered again',
    'test/unit/core/create-user.test.ts', 'src/core/create-user.ts',
    "if (isKeyTaken) return fail({ reason: 'public_key_taken' })",
    '',
  ],
  [
    'S1', 'nobody looks at the length of the whole',
    DER, 'src/auth/der.ts',
    ' || der[1] !== der.length - 2 || der[1] >= 0x80) return null',
    ') return null',
  ],
  [
    'S1', 'bytes may follow the numbers',
    DER, 'src/auth/der.ts',
    'if (s === null || 2 + r.encodedBytes + s.encodedBytes !== der.length) return null',
    'if (s === null) return null',
  ],
  [
    'S1', 'a number may have needless zeros in front',
    DER, 'src/auth/der.ts',
    'if (hasSignByte && (length === 1 || second < 0x80)) return null',
    '',
  ],
  [
    'S1', 'a number without its sign byte is positive',
    DER, 'src/auth/der.ts',
    'if (length === 0 || first >= 0x80) return null',
    'if (length === 0) return null',
  ],
  [
    'S2', 'high s is refused, as OpenSSL writes it every other time',
    SIGNATURE, 'src/auth/verify-signature.ts',
    'lowS: false',
    'lowS: true',
  ],
  [
    'S2', 'the use of a token is known by its text, of which there may be two',
    'test/unit/auth/purpose-token.test.ts', 'src/auth/purpose-token.ts',
    'usedHash: await sha256Hex(`${purpose}\\n${jti}`)',
    'usedHash: await sha256Hex(`${purpose}\\n${token}`)',
  ],
  [
    'S3', 'S is taken modulo the order of the group',
    SIGNATURE, 'src/auth/verify-signature.ts',
    "return await verifyByWebCrypto(key, { name: 'Ed25519' }, data, signature, digest)",
    ANY_S,
  ],
  [
    'S4', 'RSA-PSS with a salt of another length verifies too',
    'test/unit/auth/verify-jwt.test.ts', 'src/auth/verify-jwt.ts',
    'return fail(codeOf(error))',
    ANY_SALT,
  ],
  [
    'S5', 'Ed25519 verifies signatures of any size',
    SIGNATURE, 'src/auth/verify-signature.ts',
    'if (signature.length !== ED25519_SIGNATURE_BYTES) return false',
    '',
  ],
  [
    'S5', 'RSA verifies signatures of any size',
    SIGNATURE, 'src/auth/verify-signature.ts',
    'if (signature.length !== modulusOf(key).length) return false',
    '',
  ],
  [
    'S5', 'ECDSA verifies signatures of any size',
    SIGNATURE, 'src/auth/verify-signature.ts',
    'if (raw.length !== 2 * coordinateBytes) return false',
    '',
  ],
  [
    'S5', 'a signature of any size is decoded',
    'test/unit/auth/verify-key-assertion.test.ts', 'src/auth/verify-key-assertion.ts',
    "if (signature.length > MAX_SIGNATURE_BYTES) return fail('signature_too_long')",
    '',
  ],
  [
    'S6', 'a comparison ends at the first difference',
    'test/unit/auth/digest.test.ts', 'src/auth/digest.ts',
    'return subtle.timingSafeEqual?.(left, right) ?? hasEqualBytes(left, right)',
    'return left.every((byte, at) => byte === right[at])',
  ],
  [
    'S6', 'texts are compared as they are, not by their hashes',
    CONSTANT_TIME, 'src/auth/digest.ts',
    'const [left, right] = await Promise.all([sha256(a), sha256(b)])',
    `const [left, right] = [a, b].map((one) => new TextEncoder().encode(one)) as [Uint8Array, Uint8Array]
  if (left.length !== right.length) return false`,
  ],
  [
    'S6', 'bindings are compared member by member',
    CONSTANT_TIME, 'src/auth/action-binding.ts',
    "isEqualConstantTime(membersOf(a).join('\\n'), membersOf(b).join('\\n'))",
    'Promise.resolve(membersOf(a).every((member, at) => member === membersOf(b)[at]))',
  ],
  [
    'S6', 'challenges are compared as they are',
    CONSTANT_TIME, 'src/auth/is-challenge.ts',
    'isEqualConstantTime(given, issued),',
    'given === issued,',
  ],
]
