/**
 * One request and its whole answer, within a time and until the caller's signal. Judges no answer, and takes no fault of
 * judging one for a fault of the network.
 */
import { createActivateError, type ActivateError, type ErrorEvidence } from './activate-error.ts'
import { untilAborted } from './until-aborted.ts'

/** Who sends, and for how long an answer is waited for. */
export interface Sender {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Of one request, its answer included. */
  readonly timeoutMilliseconds: number
}

/** A request that is ready to go. */
export interface ReadyRequest {
  readonly url: string
  readonly init: RequestInit
  /** What it bears that no error may quote. */
  readonly secrets: readonly string[]
}

/** An answer as it came, or none. */
export type Received =
  | { readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly error: ActivateError }

/** What is said of a call that its signal ended. */
export const ABORTED = 'the caller ended the call'

/** Sends a request once. Never rejects: without an answer that is whole, it tells why as an error with the evidence. */
export async function sendRequest(
  { fetch: send, timeoutMilliseconds }: Sender,
  { url, init }: ReadyRequest,
  callerSignal: AbortSignal | undefined,
  evidence: ErrorEvidence,
): Promise<Received> {
  // Signals of the platform's own making cannot be given back: each would be kept until its time is over.
  const controller = new AbortController()
  const { signal } = controller
  const end = () => controller.abort()
  const timer = setTimeout(end, timeoutMilliseconds)
  callerSignal?.addEventListener('abort', end)
  try {
    return await untilAborted(signal, async () => {
      const response = await send(url, { ...init, signal })
      const { status, headers } = response
      return { status, headers, text: await response.text() }
    })
  } catch (error) {
    // Also while the answer is read: it is not known to be whole.
    if (callerSignal?.aborted) return { error: createActivateError('aborted', ABORTED, evidence) }
    if (signal.aborted) {
      const words = `there was no answer within ${timeoutMilliseconds} ms`
      return { error: createActivateError('timeout', words, evidence) }
    }
    return { error: createActivateError('network', describeFault(error), evidence) }
  } finally {
    clearTimeout(timer)
    callerSignal?.removeEventListener('abort', end)
  }
}

/** The platform's name of the fault, such as ECONNREFUSED; its messages may quote what was sent. */
function describeFault(error: unknown): string {
  const code = (error as { cause?: { code?: unknown } } | null)?.cause?.code
  const name = typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? ` (${code})` : ''
  return `there was no answer${name}`
}
