/**
 * One JSON line a request, of members that are chosen one by one: nothing that a client sent gets in but ids that
 * have a pattern. No body, no header, no query.
 */
import type { Context } from 'hono'
import type { AppEnv } from './app-env.ts'

/** The methods of RFC 9110 section 9.1 and RFC 5789. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])

/** Writes the log. */
export interface Logger {
  /** Says what became of a request, and how many milliseconds it took. */
  readonly request: (context: Context<AppEnv>, milliseconds: number) => void
  /** Says that something failed that should not. */
  readonly fault: (context: Context<AppEnv>, error: unknown) => void
}

/**
 * Makes the logger.
 *
 * @param level - `error` logs faults only, `info` and `debug` every request.
 */
export function createLogger(
  level: 'error' | 'info' | 'debug',
  write: (line: string) => void = (line) => console.log(line),
): Logger {
  return {
    request: (c, milliseconds) => {
      if (level === 'error') return
      const { requestId, clientRequestId, method } = c.get('context')
      const refusal = c.get('refusal')
      const { d1, kv } = c.get('usage')
      // A method that there is not is whatever a client made up.
      const isMethod = METHODS.has(method)
      write(
        JSON.stringify({
          level: 'info',
          requestId,
          clientRequestId: clientRequestId ?? undefined,
          dialect: c.get('dialect') ?? undefined,
          method: isMethod ? method : 'other',
          route: c.get('route') ?? 'none',
          status: c.res.status,
          reason: refusal?.reason,
          cause: refusal && 'cause' in refusal ? refusal.cause : undefined,
          limit: refusal?.reason === 'rate_limited' ? refusal.limit : undefined,
          subjectId: c.get('subjectId'),
          milliseconds,
          d1Calls: d1.calls,
          d1Milliseconds: d1.milliseconds,
          kvCalls: kv.calls,
          kvMilliseconds: kv.milliseconds,
        }),
      )
    },
    fault: (c, error) => {
      const { requestId } = c.get('context')
      write(JSON.stringify({ level: 'error', requestId, fault: describeFault(error) }))
    },
  }
}

/**
 * Names a fault without quoting what may be in its message: SQL and its parameters, tokens, places in the code.
 * Long runs of letters and digits are cut, for they may be secrets.
 */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown value'
  if (/D1_|D1 |SQLITE|Failed query/.test(error.message)) return 'database'
  const message = error.message.split('\n', 1)[0] ?? ''
  return `${error.name}: ${message.replace(/[\w+/=.-]{20,}/g, '…').slice(0, 200)}`
}
