/**
 * A passkey's public key in the form that authenticators write. No I/O but WebCrypto.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import type { KeyAlgorithm } from '../core/user.ts'
import { hasExactly, type CborMap } from './cbor.ts'
import { checkSpki, writeSpki, type KeyProblem, type PublicKey } from './public-key.ts'

/** Why a COSE_Key is refused; the K-rules' own names come through. */
export type CoseKeyProblem =
  | 'cose_key_malformed'
  | 'algorithm_unsupported'
  | Exclude<KeyProblem, 'pem_malformed'>

/** Labels of COSE_Key: the common ones, those of curves, and those of RSA, which begin anew at -1. */
const [KTY, ALG] = [1, 3]
const [CRV, X, Y] = [-1, -2, -3]
const [N, E] = [-1, -2]

/** An algorithm's key type, and for curves its curve and how long a coordinate is. */
type Row = {
  readonly algorithm: KeyAlgorithm
  readonly kty: number
  readonly crv?: number
  readonly coordinates?: readonly number[]
  readonly bytes?: number
}

/** K1, W10: ES256, ES384, EdDSA, RS256. A key's type names its algorithm, so that the stored type says all. */
const ROWS: ReadonlyMap<unknown, Row> = new Map<unknown, Row>([
  [-7, { algorithm: 'P-256', kty: 2, crv: 1, coordinates: [X, Y], bytes: 32 }],
  [-35, { algorithm: 'P-384', kty: 2, crv: 2, coordinates: [X, Y], bytes: 48 }],
  [-8, { algorithm: 'Ed25519', kty: 1, crv: 6, coordinates: [X], bytes: 32 }],
  [-257, { algorithm: 'RSA', kty: 3 }],
])

/** 65537 in the fewest bytes (RFC 8230 section 4). */
const EXPONENT = '1,0,1'

/**
 * Reads a COSE_Key and checks it by the rules that hold for every registered key.
 *
 * @returns the key, or `algorithm_unsupported`, `cose_key_malformed` (also: private or further members, compressed
 *   points), or what `checkSpki` says of it.
 * @see WebAuthn Level 3 section 5.8.5 (which curve goes with which algorithm) and 6.5.1.1 (no optional members but alg);
 *   RFC 9053 sections 7.1 and 7.2, RFC 8230 section 4
 */
export async function parseCoseKey(map: CborMap): Promise<Result<PublicKey, CoseKeyProblem>> {
  const row = ROWS.get(map.get(ALG))
  // ES512 and Ed448 end here, as everything does that the table lacks.
  if (!row) return fail('algorithm_unsupported')
  const numbers = row.coordinates ? readPoint(map, row, row.coordinates) : readModulus(map)
  if (numbers === null || map.get(KTY) !== row.kty) return fail('cose_key_malformed')
  const checked = await checkSpki(writeSpki(row.algorithm, numbers))
  return checked.ok ? succeed(checked.value) : fail(checked.failure)
}

/** K3: the expected curve, and coordinates of its very size; a `y` that is a sign bit has none. */
function readPoint(map: CborMap, row: Row, labels: readonly number[]): Uint8Array | null {
  // A private key has one member more, -4.
  if (!hasExactly(map, [KTY, ALG, CRV, ...labels]) || map.get(CRV) !== row.crv) return null
  const coordinates = labels.map((label) => map.get(label))
  const isSized = (one: unknown): one is Uint8Array =>
    one instanceof Uint8Array && one.length === row.bytes
  if (!coordinates.every(isSized)) return null
  return Uint8Array.from(coordinates.flatMap((one) => [...one]))
}

/** The modulus in the fewest bytes; its size is the K-rules' affair. */
function readModulus(map: CborMap): Uint8Array | null {
  const [modulus, exponent] = [map.get(N), map.get(E)]
  if (!hasExactly(map, [KTY, ALG, N, E])) return null
  if (!(modulus instanceof Uint8Array) || !(exponent instanceof Uint8Array)) return null
  // A zero in front would be a second spelling of the key (rule K4).
  return modulus[0] === 0 || exponent.join() !== EXPONENT ? null : modulus
}
