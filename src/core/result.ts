/**
 * The two-armed answer of everything that may refuse. No I/O. No clock.
 */

/** Either a value or the failure that stands in its place; never both, never an exception. */
export type Result<T, F> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F }

/** Wraps a value as success. */
export const succeed = <T>(value: T): { readonly ok: true; readonly value: T } => ({
  ok: true,
  value,
})

/** Wraps a failure, with its evidence, as refusal. */
export const fail = <F>(failure: F): { readonly ok: false; readonly failure: F } => ({
  ok: false,
  failure,
})
