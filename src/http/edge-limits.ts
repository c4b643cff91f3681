/**
 * What is refused of a request before anybody looks at what it wants: size and spelling (RULES section 5, P2).
 */
import { CANONICAL_PATH } from '../core/canonical-path.ts'
import type { EdgeRefusal } from '../core/refusal.ts'
import type { RequestContext } from './request-context.ts'

/** Longest path with query, in bytes. */
export const MAX_URL_BYTES = 2_048

/** Largest sum of header names and values, in bytes. */
export const MAX_HEADER_BYTES = 16_384

/** Where the explorer's page is: nothing is bound to it, and what it loads lies beside it. */
const EXPLORER_PATH = '/docs/'

/** Tells whether a path is spelled in the one canonical way, so that it may be repeated in an answer. */
export const isCanonicalPath = (path: string): boolean =>
  path.length <= MAX_URL_BYTES && CANONICAL_PATH.test(path)

/**
 * Checks length, headers and path of a request.
 *
 * @returns `url_too_long`, `headers_too_large` or `route_not_found`; null when all is well.
 */
export function findEdgeFault(
  headers: Headers,
  { path, search }: Pick<RequestContext, 'path' | 'search'>,
): EdgeRefusal | null {
  if (path.length + search.length > MAX_URL_BYTES) return { reason: 'url_too_long' }
  if (sizeOfHeaders(headers) > MAX_HEADER_BYTES) return { reason: 'headers_too_large' }
  if (path !== EXPLORER_PATH && !CANONICAL_PATH.test(path)) return { reason: 'route_not_found' }
  return null
}

function sizeOfHeaders(headers: Headers): number {
  let bytes = 0
  for (const [name, value] of headers) bytes += name.length + value.length
  return bytes
}
