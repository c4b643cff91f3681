/**
 * One request, ready to go: with the bearer as it is by now, and a proof of its own. What the caller's own functions do
 * wrong on the way is told as everything else is.
 */
import { writeActionProof } from './action-proof.ts'
import { createActivateError, isActivateError, type ErrorEvidence } from './activate-error.ts'
import type { Bytes } from './base64url.ts'
import type { ActionSigner } from './key-signer.ts'
import { ABORTED, type ReadyRequest } from './send-request.ts'
import { untilAborted } from './until-aborted.ts'

/** Where requests go, and who means them. */
export interface Requester {
  readonly origin: string
  readonly signer: ActionSigner | null
  readonly readToken: () => string | Promise<string>
  /** Unix milliseconds. */
  readonly now: () => number
}

/** What all requests of one call have in common. */
export interface Draft {
  readonly method: string
  /** Begins with a slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Empty for none. */
  readonly body: Bytes
}

/** What is known of a call before its next request. */
export type Before = Required<
  Pick<ErrorEvidence, 'attempts' | 'idempotencyKey' | 'mayHaveBeenDone'>
>

interface Context {
  readonly signal: AbortSignal | undefined
  readonly before: Before
}

/** What a header can hold of what callers give; fetch would quote it in its own error. */
export const HEADER_TEXT = /^[\x20-\x7e]{1,8192}$/

/**
 * Makes a request. Everything in it is new but its draft: the bearer may have been refreshed meanwhile.
 *
 * @throws ActivateError `misconfigured`, `preparation_failed` or `aborted`, which tells all that went before.
 */
export async function createRequest(
  { origin, signer, readToken, now }: Requester,
  { method, path, headers: common, body }: Draft,
  context: Context,
): Promise<ReadyRequest> {
  const token: unknown = await ask('token function', readToken, context)
  if (typeof token !== 'string' || !HEADER_TEXT.test(token)) {
    const words = 'the token is not printable ASCII, or is empty'
    throw createActivateError('misconfigured', words, context.before)
  }
  const url = `${origin}${path}`
  const proof =
    signer &&
    (await ask(
      'signer',
      () => writeActionProof(signer, { method, url, body, token }, now()),
      context,
    ))
  const headers = {
    ...common,
    authorization: `Bearer ${token}`,
    ...(proof === null ? {} : { 'x-dfns-useraction': proof }),
  }
  // A redirect would carry the proof elsewhere, and the service never answers one.
  const init: RequestInit = { method, headers, redirect: 'manual' }
  return {
    url,
    init: body.length === 0 ? init : { ...init, body },
    // The longer one first, lest a short bearer takes a piece out of it.
    secrets: proof === null ? [token] : [proof, token],
  }
}

/** Asks what is the caller's own, which may hang or throw anything, without losing what was sent before. */
async function ask<T>(
  name: 'token function' | 'signer',
  work: () => T | Promise<T>,
  { signal, before }: Context,
): Promise<T> {
  try {
    return await untilAborted(signal, work)
  } catch (error) {
    if (signal?.aborted) throw createActivateError('aborted', ABORTED, before)
    // A new one: all calls of a signer whose key cannot be read get the same.
    if (name === 'signer' && isActivateError(error) && error.code === 'misconfigured') {
      throw createActivateError('misconfigured', error.message, before)
    }
    const words = `the ${name} failed: its own error is the cause`
    throw createActivateError('preparation_failed', words, { ...before, cause: error })
  }
}
