/**
 * The last resort: whatever is thrown ends here, is logged with its request id and answered without a word of it.
 */
import type { Context, ErrorHandler } from 'hono'
import type { AppEnv } from './app-env.ts'
import { refuse, type FamilyFinder } from './hygiene.ts'
import type { Logger } from './log.ts'

/**
 * Makes the handler of everything that is thrown: 503 where the store failed, for it may be well again soon; 500
 * where the fault is ours.
 */
export const createFailsafe =
  (
    familyOf: FamilyFinder,
    log: Logger,
    isStoreFailure: (error: unknown) => boolean,
  ): ErrorHandler<AppEnv> =>
  (error: Error, c: Context<AppEnv>) => {
    log.fault(c, error)
    const refusal = isStoreFailure(error)
      ? ({ reason: 'unavailable', cause: 'store' } as const)
      : ({ reason: 'internal' } as const)
    return refuse(c, refusal, familyOf(c.get('context').path).form)
  }
