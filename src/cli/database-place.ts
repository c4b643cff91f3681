/**
 * Which database a command for real deployments works on: the local one, unless told otherwise. No I/O.
 */
import { fail, succeed, type Result } from '../core/result.ts'

/** One of the databases that wrangler.toml binds as `DB`. */
export interface DatabasePlace {
  /** Which database: the local one, or the deployed one. */
  readonly isRemote: boolean
  /** Environment of wrangler.toml; null for the top level. */
  readonly environment: string | null
}

/** The options that name it, for `readArguments`. */
export const PLACE_OPTIONS = {
  remote: { type: 'boolean', default: false },
  env: { type: 'string' },
} as const

/**
 * Parses them.
 *
 * @returns the place, or a sentence; what looks like an option is no name of an environment.
 */
export function parsePlace(values: {
  readonly remote: boolean
  readonly env?: string | undefined
}): Result<DatabasePlace, string> {
  const { remote: isRemote, env: environment = null } = values
  if (environment !== null && !/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/.test(environment))
    return fail('--env takes a name.')
  return succeed({ isRemote, environment })
}

/** Names the database for wrangler. */
export function listPlace({ isRemote, environment }: DatabasePlace): string[] {
  return [
    isRemote ? '--remote' : '--local',
    ...(environment === null ? [] : ['--env', environment]),
  ]
}
