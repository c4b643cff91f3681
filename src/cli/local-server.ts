/**
 * `wrangler dev` over the prepared store: its arguments, whether its port is free, and when it answers.
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DevOptions } from './dev-arguments.ts'

const POLL_INTERVAL_MS = 100
const POLL_TIMEOUT_MS = 5_000

/** The origin under which the local server is reached; passkeys need the name `localhost`. */
export const baseUrlOf = (port: number): string => `http://localhost:${port}`

/**
 * Writes the arguments of `wrangler dev`. The caller's come last, so that its `--var` wins.
 * `--local` switches remote bindings off whatever wrangler.toml says; `--test-scheduled` lets the cron trigger be
 * tried, and spares a warning that it is not.
 */
export function listServerArguments({ port, forwarded }: DevOptions): string[] {
  const origin = baseUrlOf(port)
  const variables = ['PUBLIC_ORIGIN', 'ISSUER', 'WEBAUTHN_ORIGINS']
  return [
    'dev',
    ...variables.flatMap((name) => ['--var', `${name}:${origin}`]),
    '--local',
    '--test-scheduled',
    '--port',
    String(port),
    ...forwarded,
  ]
}

/** Tells whether somebody listens on the port of this machine, under either address of `localhost`. */
export function isPortTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: 'localhost', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/**
 * Waits until the server answers a request.
 *
 * @param exited - settles when the server has ended.
 * @returns false when it ended before.
 */
export async function waitUntilAnswering(
  baseUrl: string,
  exited: Promise<unknown>,
): Promise<boolean> {
  let isRunning = true
  void exited.then(() => (isRunning = false))
  while (isRunning) {
    try {
      const signal = AbortSignal.timeout(POLL_TIMEOUT_MS)
      const response = await fetch(`${baseUrl}/health`, { signal, redirect: 'manual' })
      await response.arrayBuffer()
      if (response.status < 500) return true
    } catch {
      // Not listening yet.
    }
    await sleep(POLL_INTERVAL_MS)
  }
  return false
}
