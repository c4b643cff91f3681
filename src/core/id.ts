/**
 * Ids in the patterns of the Dfns contract, which all dialects share. No I/O: the caller brings the random bytes.
 */

/** Prefixes of the ids that the service makes, by the noun they name. */
export const ID_PREFIXES = {
  user: 'us',
  organization: 'or',
  tenant: 'acct',
  role: 'pm',
  assignment: 'as',
  credential: 'cr',
  auditEvent: 'uj',
  identifier: 'id',
} as const

/** A noun that has ids of its own. */
export type IdKind = keyof typeof ID_PREFIXES

/** Random bytes that one id consumes; a byte a character, so that no character depends on another. */
export const ID_RANDOM_BYTES = 26

const ALPHABET = '0123456789abcdefghijklmnopqrstuv'

/**
 * Writes an id as prefix, 5, 5 and 16 characters: 130 random bits.
 *
 * @param random - `ID_RANDOM_BYTES` bytes from a CSPRNG; five bits of each are used, so no character is more likely.
 * @throws RangeError when the bytes are too few.
 * @see contracts/dfns.openapi.yaml, pattern of `userId`
 */
export function createId(kind: IdKind, random: Uint8Array): string {
  if (random.length < ID_RANDOM_BYTES) throw new RangeError('an id needs 26 random bytes')
  const text = Array.from(random.subarray(0, ID_RANDOM_BYTES), (byte) => ALPHABET[byte & 31]).join(
    '',
  )
  return `${ID_PREFIXES[kind]}-${text.slice(0, 5)}-${text.slice(5, 10)}-${text.slice(10)}`
}

const PATTERN_SOURCE = '[a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{14,16}'

/** The contract's patterns, anchored at both ends. */
export const ID_PATTERNS = {
  user: new RegExp(`^us-${PATTERN_SOURCE}$`),
  organization: new RegExp(`^or-${PATTERN_SOURCE}$`),
  tenant: new RegExp(`^acct-${PATTERN_SOURCE}$`),
  role: new RegExp(`^pm-${PATTERN_SOURCE}$`),
  assignment: new RegExp(`^as-${PATTERN_SOURCE}$`),
} as const

/** Tells whether a text can be a user id (rule P1); one that cannot is simply not found. */
export const isUserId = (text: string): boolean => ID_PATTERNS.user.test(text)

/** Gives items ids that rise with their places: the store reads what came at one time in the order of its ids. */
export function withRisingIds<T extends object>(
  items: readonly T[],
  newId: () => string,
): readonly (T & { readonly id: string })[] {
  const ids = items.map(() => newId()).sort()
  return items.map((item, index) => ({ ...item, id: ids[index] as string }))
}
