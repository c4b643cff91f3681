/**
 * The steps of a deployment that need an account, in their order; each says in one line what came of it, and the first
 * that fails ends them. Knows neither the configuration nor its faults.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isJsonObject } from '../core/strict-json.ts'
import { writeMakeKey, writePutKeys, writeRollback } from './deploy-commands.ts'
import { describeOutput, type RunWrangler } from './deploy-output.ts'
import { readOptionalFile } from './private-file.ts'
import { readJson } from './read-json.ts'
import type { SmokeTarget } from './smoke-test.ts'
import type { WranglerOutcome } from './wrangler-process.ts'

/** What the steps work with. */
export interface DeployTools {
  /** Asks nothing and shows nothing. */
  readonly run: RunWrangler
  /** The same for the upload, which may have questions for whoever sits at a terminal. */
  readonly upload: RunWrangler
  readonly runSmokeTest: (target: SmokeTarget) => Promise<readonly string[]>
  readonly say: (line: string) => void
}

/** Where wrangler notes, one JSON object a line, what it has done; `version_id` is null where that is nothing. */
const NOTES_VARIABLE = 'WRANGLER_OUTPUT_FILE_PATH'

/**
 * Takes the steps.
 *
 * @throws Error with a sentence for the operator: what failed, what was done before it, and the way back.
 */
export async function deployEnvironment(
  environment: string,
  target: SmokeTarget,
  tools: DeployTools,
): Promise<void> {
  await findSigningKeys(environment, tools)
  tools.say('Secret: SIGNING_KEYS is there.')

  // Before the code: it may ask for columns that are new, and the version before it never minds them.
  await applyMigrations(environment, tools)
  tools.say('Migrations: all are applied.')

  await uploadCode(environment, tools)
  tools.say('Upload: the new version is live.')

  const faults = await tools.runSmokeTest(target)
  if (faults.length === 0) {
    tools.say(
      `Smoke test: ${target.origin} is ready, shows its keys, and is version ${target.version}.`,
    )
    return
  }
  throw new Error(
    [
      'The smoke test failed:',
      ...faults.map((fault) => `- ${fault}`),
      `Why: npx wrangler tail --env ${environment}; the first certificate of a domain can take some minutes.`,
      `Back to the version before: ${writeRollback(environment)}`,
      'The migrations stay: they only add, and the version before runs on them.',
    ].join('\n'),
  )
}

async function findSigningKeys(environment: string, { run }: DeployTools): Promise<void> {
  const outcome = await run(['secret', 'list', '--env', environment])
  // A Worker that was never deployed has no secrets; putting the first one makes it.
  const isUnknown = /Worker ".*" .*not found/.test(describeOutput(outcome))
  if (outcome.exitCode !== 0 && !isUnknown) {
    throw createStepError('wrangler secret list failed: nothing was changed.', outcome)
  }
  if (!isUnknown && listNames(outcome.stdout).includes('SIGNING_KEYS')) return
  throw new Error(
    [
      'The secret SIGNING_KEYS is missing, and nothing was changed. Make a key, keep its file in a vault, and put it there:',
      writeMakeKey(environment),
      writePutKeys(environment),
    ].join('\n'),
  )
}

/** Reads the names of wrangler's answer: a list of objects, in front of which it may say something else. */
function listNames(stdout: string): unknown[] {
  const [list] = /^\[[^]*\]\s*$/m.exec(stdout) ?? []
  const parsed = readJson(list ?? '')
  return Array.isArray(parsed) ? parsed.map((one) => (isJsonObject(one) ? one['name'] : null)) : []
}

async function applyMigrations(environment: string, { run }: DeployTools): Promise<void> {
  const outcome = await run(['d1', 'migrations', 'apply', 'DB', '--remote', '--env', environment])
  if (outcome.exitCode === 0) return
  throw createStepError(
    'The migrations failed: those before the one that failed are applied, and no code was uploaded.',
    outcome,
  )
}

async function uploadCode(environment: string, { upload }: DeployTools): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'activate-upload-'))
  try {
    const file = join(folder, 'notes.jsonl')
    // `--strict`: without a terminal to ask, what somebody changed in the dashboard is not overwritten.
    const outcome = await upload(['deploy', '--strict', '--env', environment], {
      [NOTES_VARIABLE]: file,
    })
    if (outcome.exitCode === 0 && isUploaded((await readOptionalFile(file)) ?? '')) return
    throw createStepError(
      `The upload failed; the migrations are applied, and the version before runs on them. ` +
        `Should the new one be live (npx wrangler deployments status --env ${environment}): ${writeRollback(environment)}`,
      outcome,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Tells an upload from one that somebody at the terminal has declined, which ends with exit code 0, too. */
const isUploaded = (notes: string): boolean =>
  notes
    .split('\n')
    .map(readJson)
    .some((note) => isJsonObject(note) && note['type'] === 'deploy' && Boolean(note['version_id']))

function createStepError(sentence: string, outcome: WranglerOutcome): Error {
  const said = describeOutput(outcome)
  // Not where wrangler says that the token is a wrong one: with one it does not log in.
  const isAnonymous = /\bset a CLOUDFLARE_API_TOKEN\b/i.test(said)
  const hint = isAnonymous ? ' Log in first: npx wrangler login' : ''
  return new Error(`${said}\n${sentence}${hint}`.trim())
}
