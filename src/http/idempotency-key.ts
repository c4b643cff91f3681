/**
 * The header `Idempotency-Key`: a structured-field string, or the same without quotes, as most clients send it.
 */

/** Longest key, in characters. */
export const MAX_KEY_CHARACTERS = 255

// RFC 8941 section 3.3.3: %x22 and %x5C are escaped, and nothing else. Blanks are no part of a key (rule I1).
const QUOTED = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/

// A comma stands between two headers that arrive as one, so that a bare key with a comma may be two keys.
const BARE = /^[\x21\x23-\x2b\x2d-\x7e]+$/

/**
 * Reads the key in its one canonical form: `"abc"` and `abc` are the same key.
 *
 * @returns null for a header that came twice, a blank, a sign beyond ASCII, and a length that is not 1-255.
 * @see draft-ietf-httpapi-idempotency-key-header-07 section 2.1
 */
export function parseIdempotencyKey(header: string): string | null {
  const quoted = QUOTED.exec(header)?.[1]
  const key = quoted === undefined ? header : quoted.replace(/\\(["\\])/g, '$1')
  if (quoted === undefined && !BARE.test(header)) return null
  return key.length > 0 && key.length <= MAX_KEY_CHARACTERS ? key : null
}
