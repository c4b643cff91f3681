/**
 * The ids and the one clock reading of a request. Draws randomness; knows no dialect.
 */

/** What every part of a request's handling may know of it. */
export interface RequestContext {
  /** Ours, made for this request: in the log and on record. */
  readonly requestId: string
  /** The client's `X-Request-Id`, if it is one that may be repeated. */
  readonly clientRequestId: string | null
  /** Decimal digits that name one error (the Dfns envelope's `id`). */
  readonly errorNumber: string
  /** Unix time in milliseconds, taken once (rule T12). */
  readonly now: number
  readonly method: string
  /** The path as it was received; equal to the canonical one wherever a route matched. */
  readonly path: string
  /** The query with its question mark; empty without one. */
  readonly search: string
}

// Only what is harmless in logs, headers and bodies (RULES section 5, request id).
const CLIENT_REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/

/**
 * Reads the context of a request.
 *
 * @param now - Unix time in milliseconds.
 */
export function readRequestContext(request: Request, now: number): RequestContext {
  // The one parsing of the URL in a request's life.
  const { pathname, search } = new URL(request.url)
  const sent = request.headers.get('x-request-id')
  const [number = 0n] = crypto.getRandomValues(new BigUint64Array(1))
  return {
    requestId: `req_${crypto.randomUUID().replaceAll('-', '')}`,
    clientRequestId: sent !== null && CLIENT_REQUEST_ID.test(sent) ? sent : null,
    errorNumber: number.toString().padStart(20, '0'),
    now,
    method: request.method,
    path: pathname,
    search,
  }
}
