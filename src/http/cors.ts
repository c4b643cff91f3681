/**
 * Pages of other origins: none may read answers, but those that the operator lists. The framework's own middleware
 * answers every OPTIONS without `Allow`, and the same methods for every path.
 */

/** What a preflight may ask for; fixed, so that a request's list is neither echoed nor parsed (RULES section 6). */
const ALLOWED_HEADERS = [
  'authorization',
  'content-type',
  'x-dfns-useraction',
  'x-dfns-sdk-version',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'activate-reason',
  'x-request-id',
].join(', ')

/** What a script may read besides the body. */
const EXPOSED_HEADERS = [
  'ETag',
  'Idempotent-Replayed',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
  'x-api-version',
].join(', ')

/** How long a browser remembers a preflight, in seconds. */
const MAX_AGE_SECONDS = '600'

/** Puts the headers of CORS on an answer. */
export type CorsWriter = (request: Request, answer: Headers) => void

/**
 * Makes the writer for some origins, compared to the letter. Credentials in the browser's sense are never allowed: the
 * bearer is a header that the page's script sets itself.
 *
 * @see WHATWG Fetch section 3.3.2 (CORS headers)
 */
export const createCorsWriter =
  (origins: readonly string[]): CorsWriter =>
  (request, answer) => {
    if (origins.length === 0) return
    // Whether it is listed or not: what one origin gets is not for the cache of another.
    answer.append('vary', 'Origin')
    const origin = request.headers.get('origin')
    if (origin === null || !origins.includes(origin)) return
    answer.set('access-control-allow-origin', origin)
    const isPreflight = request.headers.has('access-control-request-method')
    const methods = answer.get('allow')
    if (request.method !== 'OPTIONS' || !isPreflight || methods === null) {
      answer.set('access-control-expose-headers', EXPOSED_HEADERS)
      return
    }
    answer.set('access-control-allow-methods', methods)
    answer.set('access-control-allow-headers', ALLOWED_HEADERS)
    answer.set('access-control-max-age', MAX_AGE_SECONDS)
  }
