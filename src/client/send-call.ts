/**
 * One call, over as many requests as it takes: the same idempotency key in all of them, a fresh proof in each.
 */
import {
  createActivateError,
  isRefusal,
  readAnswerError,
  type ActivateError,
  type ErrorEvidence,
} from './activate-error.ts'
import { encodeText } from './base64url.ts'
import { createRequest, HEADER_TEXT, type Before, type Requester } from './create-request.ts'
import {
  ABORTED,
  sendRequest,
  type ReadyRequest,
  type Received,
  type Sender,
} from './send-request.ts'

/** What a caller may say of one call. */
export interface CallOptions {
  /** 1-255 visible ASCII characters; a fresh UUID where none is given. Give your own to repeat a call after a crash. */
  readonly idempotencyKey?: string | undefined
  /** The `ETag` that the user must still have, with its quotes. */
  readonly ifMatch?: string | undefined
  /** Why it is done, for the record: 1-256 printable ASCII characters, without personal data. */
  readonly reason?: string | undefined
  /** Ends the call, waiting included. What was sent may have been done. */
  readonly signal?: AbortSignal | undefined
}

/** A call as a dialect has it. */
export interface Call<T> {
  readonly method: 'PUT' | 'POST'
  /** Begins with a slash. */
  readonly path: string
  /** Undefined where the contract has none. */
  readonly body?: object
  readonly isAnswer: (value: unknown) => value is T
}

/** What all calls of a client have in common. */
export interface Transport extends Requester, Sender {
  /** Requests after the first. */
  readonly maxRetries: number
  /** At least 0, less than 1. */
  readonly random: () => number
  /** Ends early when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
}

/** What one request came to. */
type Outcome<T> = { readonly answer: T } | { readonly error: ActivateError }

/** Bounds of the waiting before the second request, and before any. */
const FIRST_BACKOFF_MILLISECONDS = 200
const MAX_BACKOFF_MILLISECONDS = 5_000

/** A service that asks for more is not waited for: the limits of this one count anew after a minute. */
const MAX_RETRY_AFTER_SECONDS = 60

/**
 * Sends a call until it is answered, refused for good, or was tried often enough. Repeating is safe by its key.
 *
 * @throws ActivateError, which tells all that went before.
 */
export async function sendCall<T>(
  transport: Transport,
  call: Call<T>,
  options: CallOptions,
): Promise<T> {
  const { signal } = options
  const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID()
  const headers = createHeaders(call, options, idempotencyKey)
  const body = encodeText(call.body === undefined ? '' : JSON.stringify(call.body))
  const draft = { method: call.method, path: call.path, headers, body }
  // Never false again: see the member of ActivateError.
  let mayHaveBeenDone = false
  for (let attempts = 0; ; attempts += 1) {
    const before: Before = { attempts, idempotencyKey, mayHaveBeenDone }
    const request = await createRequest(transport, draft, { signal, before })
    // The last moment at which nothing more is sent.
    if (signal?.aborted) throw createActivateError('aborted', ABORTED, before)
    const outcome = await sendOnce(transport, call, request, signal, before)
    if ('answer' in outcome) return outcome.answer
    const { isRetryable, retryAfterSeconds } = outcome.error
    const isLast = attempts >= transport.maxRetries
    if (!isRetryable || isLast || Number(retryAfterSeconds) > MAX_RETRY_AFTER_SECONDS) {
      throw outcome.error
    }
    mayHaveBeenDone = outcome.error.mayHaveBeenDone
    await transport.sleep(delayOf(attempts, retryAfterSeconds, transport.random), signal)
  }
}

/** Once a request got no clear answer, the call remains unclear: a refused repetition says nothing of the first. */
async function sendOnce<T>(
  transport: Transport,
  call: Call<T>,
  request: ReadyRequest,
  signal: AbortSignal | undefined,
  before: Before,
): Promise<Outcome<T>> {
  const { secrets } = request
  const sent = { ...before, attempts: before.attempts + 1, secrets, mayHaveBeenDone: true }
  const received = await sendRequest(transport, request, signal, sent)
  if ('error' in received) return received
  const mayHaveBeenDone = before.mayHaveBeenDone || !isRefusal(received.status)
  return readOutcome(call, received, { ...sent, mayHaveBeenDone })
}

/** Full jitter: anything up to a bound that doubles, on top of what the service asked for. */
function delayOf(retry: number, retryAfterSeconds: number | null, random: () => number): number {
  const bound = Math.min(MAX_BACKOFF_MILLISECONDS, FIRST_BACKOFF_MILLISECONDS * 2 ** retry)
  return Number(retryAfterSeconds) * 1000 + random() * bound
}

/** Headers that all requests of a call share, checked before anything is sent: the caller's faults are told as such. */
function createHeaders(
  call: Call<unknown>,
  options: CallOptions,
  idempotencyKey: string,
): Readonly<Record<string, string>> {
  const headers = {
    'idempotency-key': idempotencyKey,
    ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }),
    ...(options.reason === undefined ? {} : { 'activate-reason': options.reason }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  for (const [name, value] of Object.entries(headers)) {
    if (HEADER_TEXT.test(value)) continue
    throw createActivateError('invalid', `${name} is not printable ASCII, or is empty`)
  }
  return headers
}

/** Judges an answer: the contract's own, or why it is none. */
function readOutcome<T>(
  call: Call<T>,
  received: Exclude<Received, { error: unknown }>,
  sent: ErrorEvidence,
): Outcome<T> {
  const { status, headers, text } = received
  const body = parseJson(text)
  if (status === 200 && call.isAnswer(body)) return { answer: body }
  const evidence = {
    ...sent,
    requestId: parseRequestId(headers.get('x-request-id'), sent.secrets ?? []),
    retryAfterSeconds: parseRetryAfter(headers.get('retry-after')),
  }
  return { error: readAnswerError(status, body, evidence) }
}

/** As the service spells its own, or not at all: what stands before it may have put anything there. */
const parseRequestId = (header: string | null, secrets: readonly string[]): string | null =>
  header !== null &&
  /^[A-Za-z0-9_-]{8,64}$/.test(header) &&
  !secrets.some((secret) => header.includes(secret))
    ? header
    : null

/** No JSON is no answer of ours, and as good as an empty one. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds only, as the service says it; RFC 9110's other form, a date, is as good as none to a wrong clock. */
const parseRetryAfter = (header: string | null): number | null =>
  header !== null && /^\d{1,9}$/.test(header) ? Number(header) : null
