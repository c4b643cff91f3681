/**
 * Writes ECDSA signatures as the official signers do. The service's own reader is src/auth/der.ts; nothing is shared.
 */

/**
 * Turns `r || s` into a DER `Ecdsa-Sig-Value` with minimal integers.
 *
 * @see RFC 3279 section 2.2.3
 */
export function writeEcdsaDer(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2
  const body = [...writeInteger(raw.subarray(0, half)), ...writeInteger(raw.subarray(half))]
  return Uint8Array.of(0x30, body.length, ...body)
}

function writeInteger(magnitude: Uint8Array): number[] {
  const first = magnitude.findIndex((byte) => byte !== 0)
  const bytes = [...magnitude.subarray(first)]
  // A zero in front keeps a high bit from reading as a minus sign.
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0)
  return [0x02, bytes.length, ...bytes]
}
