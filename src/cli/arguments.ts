/**
 * What every command does with its arguments: parse strictly, or say how it is used and end with exit code 2.
 * Knows no command.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { fail, succeed, type Result } from '../core/result.ts'

/** Exit code of a command that was called wrongly, as in most Unix tools. */
export const USAGE_EXIT_CODE = 2

/** One command of the operator's command line. */
export interface Command<Options> {
  readonly usage: string
  /** Refuses with a sentence for the operator. */
  readonly parse: (argv: readonly string[]) => Result<Options, string>
  /** Resolves to the exit code; what it throws is printed as a sentence and ends with exit code 1. */
  readonly run: (options: Options) => Promise<number>
}

/**
 * Runs a command and sets the exit code of the process: the command's own, 2 after wrong arguments, 1 after a throw.
 * The process ends by itself when nothing is left to do, so that no output is cut off.
 */
export async function runCommand<Options>(
  command: Command<Options>,
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const parsed = command.parse(argv)
  if (!parsed.ok) {
    process.exitCode = refuseUsage(parsed.failure, command.usage)
    return
  }
  try {
    process.exitCode = await command.run(parsed.value)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}

/** Prints what was wrong and the usage line on stderr. */
export function refuseUsage(message: string, usage: string): number {
  console.error(`${message}\n${usage}`)
  return USAGE_EXIT_CODE
}

/**
 * Parses with `node:util`, whose refusals are exceptions; here they are values.
 *
 * @returns the parsed arguments, or the first sentence of the refusal.
 */
export function readArguments<Config extends ParseArgsConfig>(
  config: Config,
): Result<ReturnType<typeof parseArgs<Config>>, string> {
  try {
    return succeed(parseArgs(config))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return fail(message.split('. ')[0] ?? message)
  }
}

/**
 * Reads a whole decimal number without sign.
 *
 * @returns null when it is written otherwise or outside `min` to `max`.
 */
export function parseWholeNumber(text: string, min: number, max: number): number | null {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : null
}
