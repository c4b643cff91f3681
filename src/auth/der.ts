/**
 * The one DER spelling of an ECDSA signature. No I/O. Knows no curve, only its size.
 */

const SEQUENCE = 0x30
const INTEGER = 0x02

/**
 * Turns a DER `Ecdsa-Sig-Value` into `r || s`, the form that WebCrypto verifies (rule S1).
 * Libraries take long-form lengths and trailing bytes here (finding F8); this one takes one spelling of each signature.
 *
 * @param coordinateBytes - size of the curve's order in bytes, at most 60, so that all lengths have the short form.
 * @returns null unless it is one SEQUENCE of two minimal, positive INTEGERs that fit, with nothing after it.
 * @see RFC 3279 section 2.2.3 (Ecdsa-Sig-Value); ITU-T X.690 sections 8.3.2 (INTEGER) and 10.1 (lengths)
 */
export function ecdsaDerToP1363(der: Uint8Array, coordinateBytes: number): Uint8Array | null {
  // The length covers exactly the rest; 0x80 and above would be the indefinite or the long form.
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2 || der[1] >= 0x80) return null
  const r = readMagnitude(der.subarray(2), coordinateBytes)
  if (r === null) return null
  const s = readMagnitude(der.subarray(2 + r.encodedBytes), coordinateBytes)
  if (s === null || 2 + r.encodedBytes + s.encodedBytes !== der.length) return null

  const signature = new Uint8Array(2 * coordinateBytes)
  signature.set(r.magnitude, coordinateBytes - r.magnitude.length)
  signature.set(s.magnitude, 2 * coordinateBytes - s.magnitude.length)
  return signature
}

/** Reads one INTEGER at the start of the bytes, without the sign byte. */
function readMagnitude(
  bytes: Uint8Array,
  maxBytes: number,
): { magnitude: Uint8Array; encodedBytes: number } | null {
  const [tag, length, first, second = 0] = bytes
  if (tag !== INTEGER || length === undefined || first === undefined) return null
  // Neither empty nor negative. That all of it is there, the caller sees by adding up the lengths.
  if (length === 0 || first >= 0x80) return null
  // A zero in front is the sign of a number that would else read as negative; zero itself is no r or s.
  const hasSignByte = first === 0
  if (hasSignByte && (length === 1 || second < 0x80)) return null
  const magnitude = bytes.subarray(hasSignByte ? 3 : 2, 2 + length)
  return magnitude.length > maxBytes ? null : { magnitude, encodedBytes: 2 + length }
}
