/**
 * Reads the user that a token speaks for: what "who am I" answers. No I/O of its own.
 */
import { authorizeCaller, type AccessRule, type Caller } from './access.ts'
import type { UserStore } from './ports.ts'
import type { Principal } from './principal.ts'
import type { CallerRefusal } from './refusal.ts'
import type { Result } from './result.ts'

/** Reads the caller itself, end users and personal access tokens included where the rule lets them. */
export async function getCaller(
  store: UserStore,
  request: { readonly principal: Principal; readonly rule: AccessRule },
): Promise<Result<Caller, CallerRefusal>> {
  const { principal, rule } = request
  return authorizeCaller(principal, rule, await store.readSnapshot({ principal }))
}
