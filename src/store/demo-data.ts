/**
 * Demo data never reaches production (invariant 10). Asked of what was read anyway, so it costs no round trip.
 */
import type { Organization } from '../core/user.ts'

/** What a store is allowed to serve. */
export interface StoreOptions {
  readonly allowsDemoData: boolean
}

/** Text of the error, by which `isStoreFailure` knows it: the answer is 503, not 401. */
export const DEMO_DATA_REFUSED = 'demo organization on a production origin'

/**
 * Refuses to serve a demo organization where that is not allowed.
 *
 * @throws Error with `DEMO_DATA_REFUSED`.
 */
export function assertServable(
  organization: Organization | undefined,
  options: StoreOptions,
): void {
  if (organization?.isDemo && !options.allowsDemoData) throw new Error(DEMO_DATA_REFUSED)
}
