/**
 * Why a call failed, as one type for all three dialects. Quotes neither a token nor a proof. No I/O.
 */
import { isRecord } from './wire-users.ts'

/** What kind of failure it was; the same for the same cause in every dialect, whatever its status there. */
export type ActivateErrorCode =
  /** By the status that the contracts have for it. */
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'rate_limited'
  | 'unavailable'
  | 'internal'
  /** By the service's words, where their statuses differ. */
  | 'user_action_invalid'
  | 'user_action_used'
  | 'idempotency_key_reused'
  /** An answer that none of the contracts has. */
  | 'unexpected'
  /** There was no answer. */
  | 'network'
  | 'timeout'
  | 'aborted'
  /** A request could not be made; for the last, by the caller's own token function or signer. */
  | 'signer_missing'
  | 'misconfigured'
  | 'preparation_failed'

/** A call that failed. */
export interface ActivateError extends Error {
  readonly name: 'ActivateError'
  readonly code: ActivateErrorCode
  /** HTTP status; null without an answer. */
  readonly status: number | null
  /** The service's name of the request, for its log; null without an answer. */
  readonly requestId: string | null
  /** How many requests were sent. */
  readonly attempts: number
  /**
   * Whether one of them got neither the contract's answer nor a refusal (4xx). No later refusal settles that: that
   * request may still be on its way, and who may call is checked before a key is looked up.
   */
  readonly mayHaveBeenDone: boolean
  /** Whether the same call under the same key may succeed later. */
  readonly isRetryable: boolean
  /** Seconds that the service asked to wait; null where it did not. */
  readonly retryAfterSeconds: number | null
  /** The key of the call: a later call that has it is done once together with this one. Null if it was never begun. */
  readonly idempotencyKey: string | null
  /** What the caller's own token function or signer threw, as it was. */
  readonly cause?: unknown
}

/** What an error tells besides its words, and the secrets that these must not have in them. */
export type ErrorEvidence = Partial<
  Omit<ActivateError, Exclude<keyof Error, 'cause'> | 'code' | 'isRetryable'>
> & { readonly secrets?: readonly string[] }

/** Tells whether something that was thrown comes from this client. */
export const isActivateError = (value: unknown): value is ActivateError =>
  value instanceof Error && value.name === 'ActivateError'

const RETRYABLE: ReadonlySet<ActivateErrorCode> = new Set([
  'rate_limited',
  'unavailable',
  'network',
  'timeout',
])

/** Longest message; what a gateway says can be a page. */
const MAX_MESSAGE_CHARACTERS = 500

/** A compact JWS, or most of one: a gateway may quote what it was sent. Begins at no letter but a first, to be linear. */
const JWS = /(?<![\w-])[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g

/** Makes an error. */
export function createActivateError(
  code: ActivateErrorCode,
  message: string,
  { cause, secrets = [], ...evidence }: ErrorEvidence = {},
): ActivateError {
  const words = redact(message, secrets).slice(0, MAX_MESSAGE_CHARACTERS)
  return Object.assign(new Error(words, cause === undefined ? {} : { cause }), {
    name: 'ActivateError' as const,
    code,
    status: null,
    requestId: null,
    attempts: 0,
    mayHaveBeenDone: false,
    isRetryable: RETRYABLE.has(code),
    retryAfterSeconds: null,
    idempotencyKey: null,
    ...evidence,
  })
}

/** The very secrets first, for a bearer may look like anything; then what has the look of one, or of a part. */
const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((rest, secret) => rest.replaceAll(secret, REMOVED), text).replace(JWS, REMOVED)

const REMOVED = '[removed]'

/** Other statuses below 500 find fault with the request. 502 and 504 come from what stands before the service. */
const CODES: Readonly<Record<number, ActivateErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  412: 'precondition_failed',
  429: 'rate_limited',
  // Not tried again: the service rolled back, and would fail alike.
  500: 'internal',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
}

/** Words that the contracts fix, where their statuses differ or say too little. */
const CODES_BY_WORDS: readonly (readonly [RegExp, ActivateErrorCode])[] = [
  [/^user action has already been used$/, 'user_action_used'],
  [/^user action signature is missing or invalid$/, 'user_action_invalid'],
  [/\bkey came with another request before$/, 'idempotency_key_reused'],
  // Timbu's contract has 403 for what others call 401 or 409; Dfns' has 400 for a change of oneself.
  [/^Could not validate credentials$/, 'unauthorized'],
  [/^this user is already (?:in)?active$/, 'conflict'],
  [/^application cannot modify its own state$/, 'conflict'],
  [/^you cannot change the state of your own \w+$/i, 'conflict'],
  [/^the user is the last active |^this user is the last active /i, 'conflict'],
]

/** Makes an error of an answer, whichever dialect it is in. */
export function readAnswerError(status: number, body: unknown, evidence: ErrorEvidence) {
  const words = wordsOf(body)
  const [, code] = CODES_BY_WORDS.find(([pattern]) => words !== null && pattern.test(words)) ?? []
  return createActivateError(
    code ?? CODES[status] ?? (isRefusal(status) ? 'invalid' : 'unexpected'),
    words ?? `the service answered ${status} without words`,
    { ...evidence, status },
  )
}

/** Tells the statuses by which a request was refused, and so not done; a 5xx may hide that it was. */
export const isRefusal = (status: number): boolean => status >= 400 && status < 500

/** The three forms: `{error: {message}}` of Dfns and Rinne; `{detail}` of Timbu, a text or a list of faults. */
function wordsOf(body: unknown): string | null {
  if (!isRecord(body)) return null
  const { error, detail, title } = body
  if (isRecord(error) && typeof error['message'] === 'string') return error['message']
  if (typeof detail === 'string') return detail
  if (Array.isArray(detail)) return detail.flatMap(describeFault).join('; ') || null
  // RFC 9457: paths that belong to no dialect.
  return typeof title === 'string' ? title : null
}

/** Nothing that is no text is made one: what an answer has there is anybody's. */
function describeFault(fault: unknown): readonly string[] {
  const { loc, msg } = isRecord(fault) ? fault : {}
  if (typeof msg !== 'string') return []
  const names = Array.isArray(loc)
    ? loc.filter((one) => /^(?:string|number)$/.test(typeof one))
    : []
  return [names.length === 0 ? msg : `${names.join('.')}: ${msg}`]
}
