/**
 * Bytes from hex; `encodeHex` beside the digests writes it. No I/O.
 */

/**
 * Reads hex digits of either case. The empty text is no bytes; a half byte or a foreign character becomes zeros, so that
 * whoever reads a client's text asks `isHex` first.
 */
export const decodeHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

/** Tells whether a text is hex of whole bytes, one at least. */
export const isHex = (text: string): boolean => /^(?:[0-9A-Fa-f]{2})+$/.test(text)
