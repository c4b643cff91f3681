/**
 * What travels with a request through Hono. Types only.
 */
import type { Refusal } from '../core/refusal.ts'
import type { RequestContext } from './request-context.ts'
import type { Usage } from './usage.ts'

/** The app's environment in Hono's sense: bindings stay with app.ts, so that no handler reaches for one. */
export interface AppEnv {
  readonly Variables: {
    /** Who asked, when, under which ids. */
    context: RequestContext
    /** Set where a request was refused: its reason goes into the log, not into the answer. */
    refusal: Refusal | undefined
    /** Template of the operation that answered, for the log. */
    route: string | undefined
    /** Whose path it is; null for paths that belong to no dialect. */
    dialect: string | null
    /** Our id of the user whom the bearer names, once it is verified. */
    subjectId: string | undefined
    /** What the request has asked of the stores so far. */
    usage: Usage
  }
}
