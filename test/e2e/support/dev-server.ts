/**
 * `npm run dev` as a process of its own, on a free port.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Somebody of `.dev/demo.json` (DESIGN section 8). */
export interface DemoActor {
  readonly userId: string
  readonly username: string
  readonly email: string
  readonly kind: string
  readonly tokenKind: string
  readonly token: string
  readonly tokenExpiresAt: string
  readonly credential: {
    readonly credId: string
    readonly algorithm: string
    readonly privateKeyPem: string
  }
}

/** `.dev/demo.json` (DESIGN section 8). */
export interface Demo {
  readonly baseUrl: string
  readonly organization: { readonly orgId: string; readonly tenantId: string }
  readonly actors: Record<string, DemoActor>
  readonly targets: Record<
    string,
    { readonly userId: string; readonly email: string; readonly state: string }
  >
}

/** A server that runs. */
export interface DevServer {
  readonly baseUrl: string
  readonly demo: Demo
  /** Milliseconds from the start of the process to its first answer. */
  readonly startedInMilliseconds: number
  /** Everything that it has printed so far. */
  readonly output: () => string
  readonly stop: () => Promise<number | null>
}

const START_MILLISECONDS = 90_000

/** Finds a port that nobody listens on. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Starts `npm run dev` in a folder, and waits until it has said where it is. */
export async function startDevServer(
  folder: string,
  options: { readonly vars?: Readonly<Record<string, string>>; readonly port?: number } = {},
): Promise<DevServer> {
  const port = options.port ?? (await findFreePort())
  const vars = Object.entries(options.vars ?? {}).flatMap(([name, value]) => [
    '--var',
    `${name}:${value}`,
  ])
  const startedAt = performance.now()
  const child = spawn(
    process.execPath,
    ['src/cli/dev.ts', '--port', String(port), '--inspector-port', '0', ...vars],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  try {
    await waitForExplorerLine(child, () => output)
  } catch (error) {
    await stopProcess(child)
    throw error
  }
  const demo = JSON.parse(await readFile(path.join(folder, '.dev', 'demo.json'), 'utf8')) as Demo
  return {
    baseUrl: demo.baseUrl,
    demo,
    startedInMilliseconds: performance.now() - startedAt,
    output: () => output,
    stop: () => stopProcess(child),
  }
}

async function waitForExplorerLine(child: ChildProcess, output: () => string): Promise<void> {
  const giveUpAt = performance.now() + START_MILLISECONDS
  while (!/\/docs\b[\s\S]*curl .*\n/.test(output())) {
    if (child.exitCode !== null) throw new Error(`dev ended with ${child.exitCode}:\n${output()}`)
    if (performance.now() > giveUpAt) throw new Error(`dev did not answer:\n${output()}`)
    await sleep(50)
  }
}

async function stopProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  return exited
}
