/**
 * `npm run deploy`: one environment of wrangler.toml, checked, built, migrated, uploaded, and asked whether it serves.
 * A dry run checks and builds, and needs no account and no network.
 */
import { readFile } from 'node:fs/promises'
import { refuseUsage, runCommand, type Command } from './arguments.ts'
import { parseDeployArguments, type DeployOptions } from './deploy-arguments.ts'
import { buildBundle, describeSize } from './deploy-build.ts'
import { findFaults } from './deploy-check.ts'
import { writePutKeys } from './deploy-commands.ts'
import { listEnvironments, readEnvironment, type DeployEnvironment } from './deploy-environment.ts'
import { addSigningKey } from './deploy-key.ts'
import { deployEnvironment, type DeployTools } from './deploy-steps.ts'
import { copyExplorer } from './explorer.ts'
import { runSmokeTest } from './smoke-test.ts'
import { runWrangler, runWranglerHere } from './wrangler-process.ts'

const USAGE =
  'Usage: npm run deploy -- [--env production|eu|uae] [--dry-run] | npm run deploy -- --new-key FILE'

/** The command. */
export const DEPLOY_COMMAND: Command<DeployOptions> = {
  usage: USAGE,
  parse: parseDeployArguments,
  run: runDeploy,
}

// Without a terminal wrangler asks nothing, and takes a domain over from whatever has it.
const hasTerminal = process.stdin.isTTY && process.stdout.isTTY

/** What the whole command works with. */
export interface CommandTools extends DeployTools {
  /** Fills the folder of the explorer, without which nothing can be built. */
  readonly copyAssets: () => Promise<void>
}

const TOOLS: CommandTools = {
  copyAssets: copyExplorer,
  run: runWrangler,
  upload: hasTerminal ? runWranglerHere : runWrangler,
  runSmokeTest,
  say: console.log,
}

async function runDeploy(options: DeployOptions): Promise<number> {
  if (options.do === 'make-key') {
    const kid = await addSigningKey(options.file, Date.now())
    console.log(`The key ${kid} is the last one of ${options.file}. To put them there:`)
    console.log(writePutKeys('NAME', options.file))
    return 0
  }
  const names = await listEnvironments()
  if (!names.includes(options.environment)) {
    const sentence = `wrangler.toml has no environment "${options.environment}", but ${names.join(', ')}.`
    return refuseUsage(sentence, USAGE)
  }
  return deploy(await readEnvironment(options.environment), options.isDryRun, TOOLS)
}

/**
 * Deploys one environment, or rehearses it, which goes on where something is missing.
 *
 * @returns the exit code.
 * @throws Error with a sentence for the operator: before anything is contacted where something is missing, and when a
 *   later step fails.
 */
export async function deploy(
  environment: DeployEnvironment,
  isDryRun: boolean,
  tools: CommandTools,
): Promise<number> {
  const { name, variables } = environment
  const faults = findFaults(environment)
  const said = describeFaults(name, faults)
  if (faults.length > 0 && !isDryRun) {
    throw new Error(`${said}\nNothing was contacted and nothing was deployed.`)
  }
  tools.say(said)
  await tools.copyAssets()
  tools.say(`Build: ${describeSize(await buildBundle(name, tools.run))}.`)
  if (isDryRun) {
    tools.say('Dry run: nothing was contacted and nothing was deployed.')
    return 0
  }
  const target = { origin: String(variables['PUBLIC_ORIGIN']), version: await readVersion() }
  await deployEnvironment(name, target, tools)
  return 0
}

function describeFaults(name: string, faults: readonly string[]): string {
  if (faults.length === 0) return `Configuration: [env.${name}] of wrangler.toml is complete.`
  const lines = faults.map((fault) => `- ${fault}`)
  return [`Configuration: [env.${name}] of wrangler.toml is not complete.`, ...lines].join('\n')
}

/** Reads the version that the Worker serves, too: one of them without the other is a fault of ours. */
async function readVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile('package.json', 'utf8')) as {
    readonly version: string
  }
  return manifest.version
}

if (import.meta.main) await runCommand(DEPLOY_COMMAND)
