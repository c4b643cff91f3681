/**
 * What wrangler printed, made fit for an operator and for the log of a pipeline: no colours, and nothing by which
 * somebody else could deploy.
 */
import { stripVTControlCharacters } from 'node:util'
import type { WranglerOutcome } from './wrangler-process.ts'

/** Runs wrangler to its end; a test has its own. */
export type RunWrangler = (
  wranglerArguments: readonly string[],
  variables?: Readonly<Record<string, string>>,
) => Promise<WranglerOutcome>

/** Where wrangler finds who it is. */
const SECRET_VARIABLES = [
  'CLOUDFLARE_API_TOKEN',
  'CLOUDFLARE_API_KEY',
  'CF_API_TOKEN',
  'CF_API_KEY',
]

/** Joins both streams of a wrangler that failed. */
export function describeOutput(
  { stdout, stderr }: WranglerOutcome,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const text = stripVTControlCharacters(`${stdout}\n${stderr}`).trim()
  return SECRET_VARIABLES.map((name) => environment[name])
    .filter((secret): secret is string => secret !== undefined && secret !== '')
    .reduce((said, secret) => said.replaceAll(secret, '***'), text)
}
