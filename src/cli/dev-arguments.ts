/**
 * The arguments of `npm run dev`: which port, and what is handed on to `wrangler dev`. No I/O.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import { parseWholeNumber, readArguments } from './arguments.ts'

/** `port` of wrangler.toml. */
const DEFAULT_PORT = 8787

/** How the local server is started. */
export interface DevOptions {
  readonly port: number
  /** Arguments for `wrangler dev`, in the order of the caller. */
  readonly forwarded: readonly string[]
}

/** The demo never goes anywhere remote (invariant 10). */
const REMOTE_OPTIONS: ReadonlySet<string> = new Set(['remote', 'env', 'e'])

/** With these, `wrangler dev` would serve another store or another project than the one that was prepared. */
const FIXED_OPTIONS: ReadonlySet<string> = new Set(['config', 'c', 'cwd', 'persistto'])

/**
 * Parses them; what is unknown here is wrangler's business.
 *
 * @returns the options, or a sentence: for everything that leads to a remote or another store, and a port that is none.
 */
export function parseDevArguments(argv: readonly string[]): Result<DevOptions, string> {
  const options = {
    port: { type: 'string' },
    var: { type: 'string', multiple: true },
    env: { type: 'string', short: 'e' },
    config: { type: 'string', short: 'c' },
  } as const
  const parsed = readArguments({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  if (!parsed.ok) return parsed

  const taken = new Set<number>()
  let port: number | null = DEFAULT_PORT
  for (const token of parsed.value.tokens) {
    if (token.kind !== 'option') continue
    // yargs, wrangler's parser, takes `--persist-to` and `--persistTo`, and `--no-` before either.
    const name = token.name.toLowerCase().replaceAll('-', '')
    if (REMOTE_OPTIONS.has(name)) return fail(`Demo data stays local: no ${token.rawName}.`)
    if (FIXED_OPTIONS.has(name)) return fail(`The demo has one place: no ${token.rawName}.`)
    if (name !== 'port') continue
    taken.add(token.index)
    if (!token.inlineValue) taken.add(token.index + 1)
    port = parseWholeNumber(token.value ?? '', 1, 65_535)
    if (port === null) return fail('--port takes a number from 1 to 65535.')
  }
  return succeed({ port, forwarded: argv.filter((_, index) => !taken.has(index)) })
}
