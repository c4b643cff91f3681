/**
 * What a parameter in a path can be at most: a segment of a canonical path (rule P2), within the longest URL.
 */
import { CANONICAL_SEGMENT } from '../core/canonical-path.ts'
import { MAX_URL_BYTES } from './edge-limits.ts'

/** For the document: anything else is no path of ours, and answered so before its operation is found. */
export const PATH_SEGMENT = {
  minLength: 1,
  maxLength: MAX_URL_BYTES,
  pattern: CANONICAL_SEGMENT,
} as const
