/**
 * Base64url in its one canonical spelling. No I/O. jose's decoder takes spaces, padding and spare bits (finding F5).
 */

/**
 * Writes bytes as unpadded base64url.
 *
 * @see RFC 4648 section 5; RFC 7515 section 2 (no padding)
 */
export function encodeBase64Url(bytes: Uint8Array): string {
  let binary = ''
  // Not by spreading: a large array would exceed the argument limit.
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * Reads unpadded base64url, and only the spelling that `encodeBase64Url` writes (rule T2). The empty text is no bytes.
 *
 * @returns null for a foreign character, padding, an impossible length or spare bits that are not zero.
 * @see RFC 4648 sections 3.3 (foreign characters) and 3.5 (canonical encoding)
 */
export function decodeBase64Url(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  return encodeBase64Url(bytes) === text ? bytes : null
}

/**
 * Reads base64url that may carry up to two `=` at its end, as some official clients send (FACTS 1.1.5).
 *
 * @returns null where `decodeBase64Url` refuses the rest.
 */
export function decodePaddedBase64Url(text: string): Uint8Array | null {
  return decodeBase64Url(text.replace(/={1,2}$/, ''))
}
