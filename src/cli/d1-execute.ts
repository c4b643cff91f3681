/**
 * SQL for the database of a real deployment or the local one: both go the same way, through `wrangler d1 execute`,
 * which takes no parameters. Knows no table.
 */
import { isJsonObject, type JsonObject } from '../core/strict-json.ts'
import { listPlace, type DatabasePlace } from './database-place.ts'
import { loadWrangler } from './local-store.ts'
import { readJson } from './read-json.ts'
import { runWrangler } from './wrangler-process.ts'

/**
 * Runs `wrangler d1 execute` to its end.
 *
 * @returns its standard output.
 * @throws Error with all it printed and a sentence for the operator, when it failed; before it starts, where
 *   wrangler.toml has no such environment, for wrangler would take the top level one instead.
 */
export async function executeD1(place: DatabasePlace, what: readonly string[]): Promise<string> {
  if (place.environment !== null) await assertEnvironment(place.environment)
  const outcome = await runWrangler(['d1', 'execute', 'DB', ...listPlace(place), ...what])
  if (outcome.exitCode === 0) return outcome.stdout
  const output = `${outcome.stdout}${outcome.stderr}`.trim()
  const hint = output.includes('no such table')
    ? `Apply the migrations first: npx wrangler d1 migrations apply DB ${listPlace(place).join(' ')}`
    : 'wrangler d1 execute failed: nothing was changed.'
  throw new Error(`${output}\n${hint}`)
}

/** Refuses an environment that is not there. */
async function assertEnvironment(name: string): Promise<void> {
  const { experimental_readRawConfig: readRawConfig } = await loadWrangler()
  const { env = {} } = readRawConfig({ config: 'wrangler.toml' }).rawConfig
  if (!Object.hasOwn(env, name)) throw new Error(`wrangler.toml has no environment "${name}".`)
}

/** Asks statements that read, which may stand in one text. Splice no text that was not checked or quoted. */
export const queryD1 = (place: DatabasePlace, sql: string): Promise<string> =>
  executeD1(place, ['--json', '--command', sql])

/**
 * Reads the answer of `wrangler d1 execute --json`: a list of results, one a statement, with their rows.
 *
 * @throws Error when it is anything else: an unread answer is no permission to go on.
 */
export function parseAnswer(stdout: string): readonly (readonly JsonObject[])[] {
  const results = listOf(readJson(stdout))?.map(rowsOf)
  if (results?.every((rows) => rows !== null)) return results
  throw createShapeError()
}

/** Names the fault of an answer that has not the rows that were asked for. */
export const createShapeError = (): Error =>
  new Error('wrangler d1 execute gave an answer of an unknown shape: nothing was changed.')

const listOf = (value: unknown): readonly unknown[] | null => (Array.isArray(value) ? value : null)

function rowsOf(result: unknown): readonly JsonObject[] | null {
  const rows = isJsonObject(result) ? listOf(result['results']) : null
  return rows?.every(isJsonObject) ? rows : null
}
