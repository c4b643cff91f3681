/**
 * Starts wrangler with the Node that runs this, so that it never depends on what `PATH` finds. Knows no command.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'

/** What a finished wrangler left. */
export interface WranglerOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A wrangler that runs until it is stopped. */
export interface WranglerServer {
  /** Resolves to its exit code, 128 + number after a signal as in shells. */
  readonly exited: Promise<number>
  /** Ends it and all processes it started; later calls change nothing. */
  readonly stop: () => void
}

const STOP_GRACE_MS = 5_000

/**
 * Takes away the setting that would silently choose another environment of wrangler.toml:
 * local data belongs to the top level one.
 */
export const forgetEnvironmentChoice = (): boolean => delete process.env['CLOUDFLARE_ENV']

/**
 * Runs wrangler to its end, without a terminal, so that it asks no questions.
 *
 * @returns what it printed and its exit code, which may well be that of a failure.
 */
export async function runWrangler(
  wranglerArguments: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<WranglerOutcome> {
  const child = spawnWrangler(wranglerArguments, { stdio: ['ignore', 'pipe', 'pipe'], variables })
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  // Not `exit`: at `close` the last output has been read.
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { exitCode: exitCodeOf(code, signal), ...output }
}

/**
 * Runs wrangler to its end in this terminal, where it asks what it wants to know.
 *
 * @returns its exit code; what it printed has been read.
 */
export async function runWranglerHere(
  wranglerArguments: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<WranglerOutcome> {
  const child = spawnWrangler(wranglerArguments, { stdio: 'inherit', variables })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { exitCode: exitCodeOf(code, signal), stdout: '', stderr: '' }
}

/**
 * Starts wrangler as a server that prints to this terminal. It gets a process group of its own, which holds workerd
 * and esbuild too; no keys are read from the terminal, whose Ctrl-C reaches this process only.
 */
export function startWrangler(wranglerArguments: readonly string[]): WranglerServer {
  const child = spawnWrangler(wranglerArguments, {
    stdio: ['ignore', 'inherit', 'inherit'],
    isServer: true,
  })
  let force: NodeJS.Timeout | undefined
  const endGroup = () => signalGroup(child, 'SIGKILL')
  process.on('exit', endGroup)
  const exited = once(child, 'exit').then(([code, signal]) => {
    clearTimeout(force)
    endGroup()
    process.off('exit', endGroup)
    return exitCodeOf(code as number | null, signal as NodeJS.Signals | null)
  })
  const stop = () => {
    if (force) return
    child.kill('SIGTERM')
    force = setTimeout(endGroup, STOP_GRACE_MS)
  }
  return { exited, stop }
}

function spawnWrangler(
  wranglerArguments: readonly string[],
  how: {
    readonly stdio: StdioOptions
    readonly isServer?: boolean
    readonly variables?: Readonly<Record<string, string>>
  },
): ChildProcess {
  const manifest = createRequire(import.meta.url).resolve('wrangler/package.json')
  const program = join(dirname(manifest), 'bin', 'wrangler.js')
  // Windows has no process groups; there `detached` would open a window.
  const detached = how.isServer === true && process.platform !== 'win32'
  // Whoever means another environment than the top level one says so by `--env`.
  const { CLOUDFLARE_ENV: _, ...inherited } = process.env
  const env = { ...inherited, ...how.variables }
  return spawn(process.execPath, [program, ...wranglerArguments], {
    stdio: how.stdio,
    detached,
    env,
  })
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // ESRCH: nobody is left, which is what was wanted.
  }
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal ? constants.signals[signal] : 0)
}
