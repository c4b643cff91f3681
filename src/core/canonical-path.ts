/**
 * The one spelling of a path (rule P2): what is bound into a signature is what is executed. Texts only, no requests.
 */

const SEGMENT = '[A-Za-z0-9._~-]+'

/** A segment, as a regular expression for documents. */
export const CANONICAL_SEGMENT = `^${SEGMENT}$`

/**
 * A whole path. No percent sign means that the path that was matched, decoded, is the path that was sent.
 *
 * @see RFC 3986 section 2.3 (unreserved characters)
 */
export const CANONICAL_PATH = new RegExp(`^/(?:${SEGMENT}(?:/${SEGMENT})*)?$`)
