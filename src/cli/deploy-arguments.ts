/**
 * The arguments of `npm run deploy`. No I/O.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import { readArguments } from './arguments.ts'
import { parsePlace } from './database-place.ts'

/** What is asked for: a deployment, a rehearsal of one, or a key for one. */
export type DeployOptions =
  | { readonly do: 'deploy'; readonly environment: string; readonly isDryRun: boolean }
  | { readonly do: 'make-key'; readonly file: string }

/** Which environment is meant where none is named. */
const DEFAULT_ENVIRONMENT = 'production'

/**
 * Parses them. Whether wrangler.toml has the environment is not known here.
 *
 * @returns the options, or a sentence that names what is wrong.
 */
export function parseDeployArguments(argv: readonly string[]): Result<DeployOptions, string> {
  const options = {
    env: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    'new-key': { type: 'string' },
  } as const
  const parsed = readArguments({ args: [...argv], options })
  if (!parsed.ok) return parsed
  const { env, 'dry-run': isDryRun, 'new-key': file } = parsed.value.values
  if (file !== undefined) {
    // A key belongs to no environment until somebody puts it there.
    if (env !== undefined || isDryRun || file === '') {
      return fail('--new-key takes the path of a file, and stands alone.')
    }
    // As in `--new-key=~/keys.json`: it would be a folder of that name, here, where keys must not be.
    if (file.startsWith('~'))
      return fail('--new-key takes a path that the shell has written out, without "~".')
    return succeed({ do: 'make-key', file })
  }
  const place = parsePlace({ remote: true, env: env ?? DEFAULT_ENVIRONMENT })
  if (!place.ok) return place
  return succeed({ do: 'deploy', environment: place.value.environment ?? '', isDryRun })
}
