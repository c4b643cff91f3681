/**
 * Versions as entity tags, and the conditions that name them (RFC 9110 sections 8.8.3 and 13.1).
 */

/** A condition on the version of what is there. */
export type TagCondition =
  | { readonly isAny: true }
  | { readonly isAny: false; readonly tags: readonly string[] }

/** Writes the tag of a version: a strong one, for nothing that is served changes without it. */
export const entityTagOf = ({ version }: { readonly version: number }): string => `"${version}"`

// RFC 9110 section 8.8.3: entity-tag = [ weak ] opaque-tag; etagc is %x21 / %x23-7E, and bytes beyond ASCII.
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/

// Section 5.6.1.2: a list may have empty elements, which say nothing. No part of this can match in two ways.
const TAG_LIST = new RegExp(
  `^[\\t ]*(?:${TAG.source}[\\t ]*)?(?:,[\\t ]*(?:${TAG.source}[\\t ]*)?)*$`,
)

/**
 * Reads the value of `If-Match` or `If-None-Match`: a star, or tags with commas between them.
 *
 * @returns null for anything else: a condition that is not understood must not be passed over.
 */
export function parseTagCondition(text: string): TagCondition | null {
  if (text.trim() === '*') return { isAny: true }
  const tags = TAG_LIST.test(text) ? text.match(new RegExp(TAG, 'g')) : null
  return tags && { isAny: false, tags }
}

/** Compares strongly, as `If-Match` asks: a weak tag matches nothing (RFC 9110 section 13.1.1). */
export const matchesStrongly = (condition: TagCondition, tag: string | null): boolean =>
  condition.isAny || (tag !== null && condition.tags.includes(tag))

/** Compares weakly, as `If-None-Match` asks: `W/` makes no difference (RFC 9110 section 13.1.2). */
export const matchesWeakly = (condition: TagCondition, tag: string): boolean =>
  condition.isAny || condition.tags.some((one) => one.replace(/^W\//, '') === tag)
