/**
 * Registered public keys: which ones are taken at all (rules K1-K3). No I/O but WebCrypto.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { fail, succeed, type Result } from '../core/result.ts'
import type { KeyAlgorithm } from '../core/user.ts'
import { encodeHex, sha256Hex } from './digest.ts'
import { decodeHex } from './hex.ts'
import { isStrongRsaModulus } from './rsa-modulus.ts'

/** A key that passed all checks. */
export interface PublicKey {
  readonly algorithm: KeyAlgorithm
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** Hex SHA-256 of `spki`; a key has one accepted encoding, so equal keys have equal fingerprints (rule K4). */
  readonly fingerprint: string
  /** Lines of 64 characters, a line feed after each. */
  readonly pem: string
}

/** Why a key is refused. */
export type KeyProblem =
  | 'pem_malformed'
  | 'key_type_unsupported'
  | 'rsa_key_unsupported'
  | 'point_invalid'

/** K1: the curves' SubjectPublicKeyInfo up to the point, in hex; those of ECDSA end in 04: uncompressed. */
const CURVES = [
  { algorithm: 'Ed25519', prefix: '302a300506032b6570032100', pointBytes: 32 },
  {
    algorithm: 'P-256',
    prefix: '3059301306072a8648ce3d020106082a8648ce3d03010703420004',
    pointBytes: 64,
  },
  {
    algorithm: 'P-384',
    prefix: '3076301006072a8648ce3d020106052b8104002203620004',
    pointBytes: 96,
  },
  {
    algorithm: 'secp256k1',
    prefix: '3056301006072a8648ce3d020106052b8104000a03420004',
    pointBytes: 64,
  },
] as const

const RSA_ALGORITHM = '300d06092a864886f70d0101010500'
const RSA_EXPONENT_65537 = '0203010001'

// An RSA key of 4,096 bits needs about 800 characters.
const MAX_PEM_CHARACTERS = 2048
const PEM_PATTERN = /^-----BEGIN PUBLIC KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END PUBLIC KEY-----$/

/**
 * Reads a PEM public key and checks it as far as a key can be checked without its owner.
 *
 * @param pem - RFC 7468 `PUBLIC KEY`; lines of any length, LF or CRLF.
 * @returns the key, or `pem_malformed`, `key_type_unsupported` (also: compressed points),
 *   `rsa_key_unsupported` (not 2,048-4,096 bits with e = 65537 in DER) or `point_invalid`.
 * @see RFC 5280 section 4.1.2.7, RFC 8410 section 4, RFC 5480 section 2.2, RFC 8032 section 5.1.3
 */
export async function parsePublicKey(pem: string): Promise<Result<PublicKey, KeyProblem>> {
  const spki = decodePem(pem)
  return spki === null ? fail('pem_malformed') : await checkSpki(spki)
}

/**
 * Checks a DER SubjectPublicKeyInfo as `parsePublicKey` does, for keys that come in another form than PEM.
 */
export async function checkSpki(
  spki: Uint8Array,
): Promise<Result<PublicKey, Exclude<KeyProblem, 'pem_malformed'>>> {
  const hex = encodeHex(spki)
  const isRsa = hex.slice(0, 46).includes(RSA_ALGORITHM)
  const curve = CURVES.find(
    ({ prefix, pointBytes }) =>
      hex.startsWith(prefix) && hex.length === prefix.length + 2 * pointBytes,
  )
  const algorithm = isRsa ? 'RSA' : curve?.algorithm
  if (algorithm === undefined) return fail('key_type_unsupported')
  if (isRsa && readRsaModulus(spki) === null) return fail('rsa_key_unsupported')
  if (!(await isUsable({ algorithm, spki }))) {
    return fail(isRsa ? 'rsa_key_unsupported' : 'point_invalid')
  }
  return succeed({ algorithm, spki, fingerprint: await sha256Hex(spki), pem: encodePem(spki) })
}

/** Asks the library that will verify with the key: a point off its curve fails here (rule K3). */
async function isUsable(key: Pick<PublicKey, 'algorithm' | 'spki'>): Promise<boolean> {
  if (key.algorithm === 'Ed25519') return isStrongEd25519Point(pointOf(key))
  if (key.algorithm === 'secp256k1') return secp256k1.utils.isValidPublicKey(pointOf(key), false)
  try {
    await importPublicKey(key, 'SHA-256')
    return true
  } catch {
    return false
  }
}

/**
 * Tells whether 32 bytes are an Ed25519 key that binds its signatures to a message (rule K2).
 * Runtimes import points of small order, under which anybody can sign anything (finding F9).
 * Refuses a non-canonical y, x = 0 with a sign bit, points off the curve, and small order.
 */
export function isStrongEd25519Point(point: Uint8Array): boolean {
  try {
    return !ed25519.Point.fromBytes(point).isSmallOrder()
  } catch {
    return false
  }
}

/**
 * Cuts the point out of a curve's SubjectPublicKeyInfo: raw for Ed25519, `04 || x || y` for ECDSA.
 */
export function pointOf(key: Pick<PublicKey, 'algorithm' | 'spki'>): Uint8Array {
  const curve = CURVES.find(({ algorithm }) => algorithm === key.algorithm)
  const tagBytes = key.algorithm === 'Ed25519' ? 0 : 1
  return key.spki.subarray(-((curve?.pointBytes ?? 0) + tagBytes))
}

/** The INTEGER of a modulus has one place in every key that `readRsaModulus` takes; the exponent alone follows it. */
const cutInteger = (spki: Uint8Array): Uint8Array =>
  spki.subarray(32, -RSA_EXPONENT_65537.length / 2)

/** Cuts the modulus, without its sign byte, out of the SubjectPublicKeyInfo of an RSA key that passed the checks. */
export function modulusOf({ spki }: Pick<PublicKey, 'spki'>): Uint8Array {
  const integer = cutInteger(spki)
  return integer[0] === 0 ? integer.subarray(1) : integer
}

/**
 * Reads the modulus, without its sign byte, of the RSA keys that rule K1 allows.
 * From 2,048 to 4,096 bits every DER length takes two bytes, so every part has one place and one spelling:
 * the encoding is built again from the modulus and compared.
 *
 * @returns null for every other key.
 * @see RFC 8017 appendix A.1.1 (RSAPublicKey), RFC 3279 section 2.3.1 (NULL parameters)
 */
export function readRsaModulus(spki: Uint8Array): Uint8Array | null {
  const integer = cutInteger(spki)
  const expected = writeRsaSpkiHex(encodeHex(integer))
  if (encodeHex(spki) !== expected) return null

  const [first = 0, second = 0] = integer
  // Positive and minimal: a zero byte stands only in front of a high bit.
  if (first >= 0x80 || (first === 0 && second < 0x80)) return null
  const modulus = modulusOf({ spki })
  return isStrongRsaModulus(modulus) ? modulus : null
}

/** Writes the SubjectPublicKeyInfo of a key with e = 65537; `integer` is the modulus in hex with its sign byte. */
function writeRsaSpkiHex(integer: string): string {
  const wrap = (head: string, hex: string) =>
    head + (hex.length / 2).toString(16).padStart(4, '0') + hex
  const numbers = wrap('0282', integer) + RSA_EXPONENT_65537
  return wrap('3082', RSA_ALGORITHM + wrap('0382', `00${wrap('3082', numbers)}`))
}

/**
 * Writes the numbers of a key as SubjectPublicKeyInfo, unchecked: `checkSpki` judges it.
 *
 * @param numbers - Ed25519: the 32 bytes of the point. ECDSA: `x || y`. RSA: the modulus, without sign byte; e is 65537.
 */
export function writeSpki(algorithm: KeyAlgorithm, numbers: Uint8Array): Uint8Array {
  const hex = encodeHex(numbers)
  const prefix = CURVES.find((curve) => curve.algorithm === algorithm)?.prefix
  if (prefix !== undefined) return decodeHex(prefix + hex)
  // Moduli of whole bytes have a high bit in front, which would read as a minus sign.
  return decodeHex(writeRsaSpkiHex((numbers[0] ?? 0) >= 0x80 ? `00${hex}` : hex))
}

/**
 * Imports a key into WebCrypto for verification.
 *
 * @param digest - used by RSA only; ECDSA names it when it verifies, Ed25519 never.
 * @throws whatever the runtime throws for a key it refuses; always for secp256k1, which it lacks.
 */
export function importPublicKey(
  key: Pick<PublicKey, 'algorithm' | 'spki'>,
  digest: 'SHA-256' | 'SHA-384' | 'SHA-512',
): Promise<CryptoKey> {
  const { algorithm, spki } = key
  const parameters =
    algorithm === 'RSA'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: digest }
      : algorithm === 'Ed25519'
        ? { name: 'Ed25519' }
        : { name: 'ECDSA', namedCurve: algorithm }
  return crypto.subtle.importKey('spki', spki, parameters, false, ['verify'])
}

function decodePem(pem: string): Uint8Array | null {
  if (pem.length > MAX_PEM_CHARACTERS) return null
  const base64 = PEM_PATTERN.exec(pem.trim())?.[1]?.replace(/\r?\n/g, '')
  if (base64 === undefined) return null
  try {
    const binary = atob(base64)
    // Canonical, as in rule T2: one key, one text.
    if (btoa(binary) !== base64) return null
    return Uint8Array.from(binary, (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}

function encodePem(spki: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...spki)).match(/.{1,64}/g) ?? []
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
}
