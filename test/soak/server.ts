/**
 * The Worker of the soak in `wrangler dev`, in a folder of its own: its process, its database, its memory.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { baseUrlOf, waitUntilAnswering } from '../../src/cli/local-server.ts'
import { findFreePort, type Demo } from '../e2e/support/dev-server.ts'
import { createWorkspace, removeWorkspace } from '../e2e/support/workspace.ts'
import type { Store } from '../support/invariants.ts'

/** Starts it with demo data and so many users more; it ends with this process, and leaves nothing behind. */
export async function startSoakServer(users: number, vars: Readonly<Record<string, string>>) {
  const folder = await createWorkspace()
  for (const name of ['soak', 'support']) {
    const source = path.join(import.meta.dirname, '..', name)
    await cp(source, path.join(folder, 'test', name), { recursive: true })
  }
  const [port, inspectorPort] = [await findFreePort(), await findFreePort()]
  const ports = ['--port', String(port), '--inspector-port', String(inspectorPort)]
  const variables = Object.entries(vars).flatMap((one) => ['--var', one.join(':')])
  const parameters = ['src/cli/dev.ts', 'test/soak/worker.ts', ...ports, ...variables]
  // With this name the command ends when its parent does, however that ends.
  const env = { ...process.env, npm_lifecycle_event: 'dev' }
  const child = spawn(process.execPath, parameters, { cwd: folder, env, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const exited = once(child, 'exit')
  // The command ends its server; what else it has begun is in its group, where there are groups.
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid ?? NaN), signal)
    } catch {
      child.kill(signal)
    }
  }
  const stop = async () => {
    signalGroup('SIGTERM')
    await exited
    signalGroup('SIGKILL')
  }
  const remove = () => removeWorkspace(folder)
  const leave = async () => {
    console.log(output.slice(-2_000))
    await stop()
    await remove()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void leave())
  }

  const baseUrl = baseUrlOf(port)
  const readFaults = async () =>
    (await (await fetch(`${baseUrl}/__soak`)).json()) as Record<string, number>
  try {
    if (!(await waitUntilAnswering(baseUrl, exited))) throw new Error(output)
    const seed = ['src/cli/seed.ts', '--users', String(users)]
    await promisify(execFile)(process.execPath, seed, { cwd: folder })
  } catch (error) {
    await stop().then(remove)
    throw error
  }
  const state = path.join(folder, '.wrangler/state/v3/d1/miniflare-D1DatabaseObject')
  const file = readdirSync(state).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)) ?? ''
  const database = new DatabaseSync(path.join(state, file))
  const store: Store = async (sql, ...params) => database.prepare(sql).all(...params)
  return {
    ...{ baseUrl, store, readFaults, stop, remove },
    demo: JSON.parse(readFileSync(path.join(folder, '.dev/demo.json'), 'utf8')) as Demo,
    /** Lines that the Worker has written. */
    logLines: () => output.split('\n').filter((line) => line.startsWith('{"level"')),
    /** Does the cron trigger's work; false where it met a fault. */
    purge: async () => (await fetch(`${baseUrl}/cdn-cgi/handler/scheduled`)).ok,
    readHeapMegabytes: () => readHeapMegabytes(inspectorPort, readFaults),
    readResidentMegabytes: () => readResidentMegabytes(folder),
  }
}

/** Measures the Worker's heap after a collection; `wake` is any request. */
async function readHeapMegabytes(port: number, wake: () => Promise<unknown>): Promise<number> {
  // wrangler's inspector wants an origin; the second argument is Node's, which the platform does not have.
  const options = { headers: { origin: 'http://localhost' } } as unknown as string[]
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, options)
  const answers = new Map<number, { readonly usedSize?: number }>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: object }
    answers.set(id, result)
  })
  const ask = async (id: number, method: string) => {
    socket.send(JSON.stringify({ id, method }))
    // V8 collects when the isolate is next awake, which takes a request.
    while (!answers.has(id)) await wake()
    return answers.get(id)?.usedSize ?? 0
  }
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('The inspector does not answer.')))
  })
  await ask(1, 'HeapProfiler.collectGarbage')
  const bytes = await ask(2, 'Runtime.getHeapUsage')
  socket.close()
  return bytes / 2 ** 20
}

/** Adds up what the processes of workerd in a folder hold; 0 where the system does not tell. */
function readResidentMegabytes(folder: string): number {
  const kilobytes = (process.platform === 'linux' ? readdirSync('/proc') : []).map((id) => {
    try {
      if (readlinkSync(`/proc/${id}/cwd`) !== folder) return 0
      const status = readFileSync(`/proc/${id}/status`, 'utf8')
      return Number(/^Name:\s+workerd$[^]*^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    } catch {
      // No process, or one that has ended meanwhile.
      return 0
    }
  })
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024
}
