/**
 * CBOR as authenticators have to write it: one spelling of everything, or nothing is read. No I/O.
 */
import { decodeFirst, type DecodeOptions } from 'cborg'

/** CTAP2 canonical form (rule W8: no second reading of the same bytes), as far as the library asks for it; tags are refused where no decoder is given for them. */
const CANONICAL: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
  // Else a key `__proto__` or a number would be a member of an object.
  useMaps: true,
}

/** A map of unknown members; nothing in it is typed before somebody looks. */
export type CborMap = ReadonlyMap<unknown, unknown>

/**
 * Reads the CBOR map that bytes begin with.
 *
 * @returns the map and the bytes after it; null for anything else, also where the library throws.
 * @see RFC 8949 section 4.2.1; CTAP 2.1 section 8 (canonical form: shortest integers, definite lengths, no tags)
 */
export function readCborMap(bytes: Uint8Array): { map: CborMap; rest: Uint8Array } | null {
  try {
    const [value, rest] = decodeFirst(bytes, CANONICAL) as [unknown, Uint8Array]
    return value instanceof Map ? { map: value, rest } : null
  } catch {
    return null
  }
}

/** Tells whether a map has these members and no others. */
export const hasExactly = (map: CborMap, keys: readonly unknown[]): boolean =>
  map.size === keys.length && keys.every((key) => map.has(key))
