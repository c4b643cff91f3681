/**
 * Exactly once: what a key of the client's stands for, and the answer that is given again under it. Types only.
 */

/** An answer as it went out, kept so that a repeated request gets the very same bytes (rules I8, I10). */
export interface KeptAnswer {
  readonly status: number
  /** The body as it went out: JSON text. */
  readonly body: string
  /** Headers that belong to the answer and not to one sending of it, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** A key as one caller sent it with one request; of both only hashes are kept. */
export interface IdempotencyClaim {
  /** Names caller, operation and key: hex SHA-256 (rule I2). */
  readonly scopeHash: string
  /** Names everything that makes a request another one: hex SHA-256 (rule I3). */
  readonly fingerprint: string
  /** Unix milliseconds; the key is free again from then on. */
  readonly expiresAt: number
}

/** What stands in the store under a scope: enough to tell whether its answer may be given. */
export type ClaimMark = Pick<IdempotencyClaim, 'fingerprint' | 'expiresAt'>

/** Copies of completed answers near the client. They decide nothing and are never needed (invariant 3). */
export interface AnswerCopies {
  /** Finds a copy; null for a miss, a failure and a slow look-up alike. Never rejects. */
  readonly find: (scopeHash: string) => Promise<(ClaimMark & KeptAnswer) | null>
  /** Keeps a copy for as long as its claim lives; that it may fail is part of the bargain. Never rejects. */
  readonly keep: (claim: IdempotencyClaim & KeptAnswer, now: number) => Promise<void>
}
