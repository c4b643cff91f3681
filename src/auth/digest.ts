/**
 * SHA-256 in the three spellings that the service needs, and comparison in constant time. No I/O but WebCrypto.
 */
import { encodeBase64Url } from './base64url.ts'

/** Computes SHA-256: 32 bytes; a text counts as its UTF-8 bytes. */
export async function sha256(data: Uint8Array | string): Promise<Uint8Array> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

/** Computes SHA-256 as 64 lower-case hex digits. */
export async function sha256Hex(data: Uint8Array | string): Promise<string> {
  return encodeHex(await sha256(data))
}

/** Computes SHA-256 as 43 characters of unpadded base64url. */
export async function sha256Base64Url(data: Uint8Array | string): Promise<string> {
  return encodeBase64Url(await sha256(data))
}

/** Writes bytes as lower-case hex. */
export const encodeHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * Compares two texts in a time that tells nothing of where they differ (rule S6).
 * Hashing first makes the lengths equal, so that not even the length is told.
 */
export async function isEqualConstantTime(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([sha256(a), sha256(b)])
  // workerd has it, Node has not; the command line runs in Node.
  const subtle: { timingSafeEqual?: (a: Uint8Array, b: Uint8Array) => boolean } = crypto.subtle
  return subtle.timingSafeEqual?.(left, right) ?? hasEqualBytes(left, right)
}

/** Runs over all bytes, whatever they are; both arguments have the same length. */
function hasEqualBytes(left: Uint8Array, right: Uint8Array): boolean {
  const difference = left.reduce((bits, byte, index) => bits | (byte ^ (right[index] ?? 0xff)), 0)
  return difference === 0
}
