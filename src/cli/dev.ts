/**
 * `npm run dev`: everything from a fresh clone to a server that answers, with demo data and tokens to call it.
 * Local only; a second start keeps the data.
 */
import { createKeyRing } from '../auth/key-ring.ts'
import { runCommand, type Command } from './arguments.ts'
import { readDemoFile, writeDemoFile, type DemoFile } from './demo-file.ts'
import { parseDevArguments, type DevOptions } from './dev-arguments.ts'
import { ensureSigningKeys } from './dev-vars.ts'
import { copyExplorer } from './explorer.ts'
import { baseUrlOf, isPortTaken, listServerArguments, waitUntilAnswering } from './local-server.ts'
import { openMigratedStore } from './migrations.ts'
import { seedDemo } from './seed-demo.ts'
import { startWrangler } from './wrangler-process.ts'

const PARENT_CHECK_INTERVAL_MS = 500

/** Read before anything is waited for: npm may end in the seconds that the preparation takes. */
const PARENT = process.ppid

/** The command; wrong arguments are those that lead away from the local demo. */
export const DEV_COMMAND: Command<DevOptions> = {
  usage: 'Usage: npm run dev [-- [--port N] [--var NAME:VALUE] [options of wrangler dev]]',
  parse: parseDevArguments,
  run: runDev,
}

async function runDev(options: DevOptions): Promise<number> {
  const { port } = options
  // Before anything else: another server there would answer in the place of this one.
  if (await isPortTaken(port)) {
    throw new Error(`Port ${port} is taken. Another one: npm run dev -- --port ${port + 1}`)
  }
  const demo = await prepareDemo(baseUrlOf(port))

  const server = startWrangler(listServerArguments(options))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, server.stop)
  stopWithNpm(server.stop)
  if (await waitUntilAnswering(demo.baseUrl, server.exited)) console.log(describeServer(demo))
  return server.exited
}

/** A signal to npm ends npm and its shell only, which shows here as a change of parent. */
function stopWithNpm(stop: () => void): void {
  if (!process.env['npm_lifecycle_event']) return
  setInterval(() => process.ppid !== PARENT && stop(), PARENT_CHECK_INTERVAL_MS).unref()
}

async function prepareDemo(baseUrl: string): Promise<DemoFile> {
  await copyExplorer()
  const keyRing = await createKeyRing(await ensureSigningKeys())
  const known = await readDemoFile()
  const store = await openMigratedStore()
  try {
    const demo = await seedDemo(store.db, keyRing, { known, baseUrl, now: Date.now() })
    await writeDemoFile(demo)
    return demo
  } finally {
    await store.close()
  }
}

/** Says where the server is, and one call that works when pasted. */
export function describeServer(demo: DemoFile): string {
  const target = `${demo.baseUrl}/auth/users/${demo.targets['inactive']?.userId}`
  return [
    '',
    `  API       ${demo.baseUrl}`,
    `  Explorer  ${demo.baseUrl}/docs`,
    '  Tokens    .dev/demo.json, or: npm run --silent token -- admin',
    '  Try',
    '',
    `curl -sS -H 'Authorization: Bearer ${demo.actors['admin']?.token}' ${target}`,
    '',
  ].join('\n')
}

if (import.meta.main) {
  await runCommand(DEV_COMMAND)
  // A runtime that failed to start can leave handles behind, which would keep a command that has ended alive.
  process.exit()
}
