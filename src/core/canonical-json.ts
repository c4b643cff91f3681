/**
 * JSON Canonicalization Scheme: equal values, equal text. No I/O. No clock.
 */
import type { JsonValue } from './strict-json.ts'

/**
 * Writes the one canonical text of a JSON value, for hashing (rule U4).
 * ECMAScript's own writing of numbers and strings is the one that the scheme prescribes.
 *
 * @param value - as `parseStrictJson` returns it, so that its depth is bounded.
 * @throws RangeError when a string holds a lone surrogate or a number is not finite: neither has a canonical form.
 * @see RFC 8785 sections 3.2.2 (primitives) and 3.2.3 (order of names: UTF-16 code units)
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('not finite')
  if (typeof value === 'string' && !value.isWellFormed()) throw new RangeError('lone surrogate')
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value)
    // Not localeCompare: `<` compares code units, in every locale alike.
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}
