/**
 * Unpadded base64url (RFC 7515 section 2) and the digest that goes with it. No I/O but WebCrypto.
 */

/** Bytes that WebCrypto and fetch take. */
export type Bytes = Uint8Array<ArrayBuffer>

/** Encodes text as UTF-8. */
export const encodeText = (text: string): Bytes => Uint8Array.from(new TextEncoder().encode(text))

/** Encodes bytes; Node 20 has no `Uint8Array.prototype.toBase64`. */
export const encodeBase64Url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/**
 * Decodes base64 in either alphabet, padded or not.
 *
 * @throws whatever `atob` throws for anything else.
 */
export const decodeBase64 = (text: string): Bytes =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0))

/** Hashes bytes by SHA-256, and encodes the hash. */
export const hashToBase64Url = async (bytes: Bytes): Promise<string> =>
  encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
