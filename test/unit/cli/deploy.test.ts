/**
 * The steps of a deployment: their order, what each failure says, and that nothing is contacted while something is
 * missing. wrangler and the deployed service are doubles.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import type { DeployEnvironment } from '../../../src/cli/deploy-environment.ts'
import { describeOutput } from '../../../src/cli/deploy-output.ts'
import { deploy, type CommandTools } from '../../../src/cli/deploy.ts'
import type { WranglerOutcome } from '../../../src/cli/wrangler-process.ts'
import { COMPLETE, ORIGIN } from './deploy-configuration.ts'

const INCOMPLETE: DeployEnvironment = { ...COMPLETE, databaseId: '' }

const BUILD = 'deploy --dry-run'
const SECRETS = 'secret list'
const MIGRATE = 'd1 migrations apply'
const UPLOAD = 'deploy --strict'

const succeedWith = (stdout = ''): WranglerOutcome => ({ exitCode: 0, stdout, stderr: '' })
const failWith = (stderr: string): WranglerOutcome => ({ exitCode: 1, stdout: '', stderr })

const SECRET_LIST = JSON.stringify([{ name: 'SIGNING_KEYS', type: 'secret_text' }], null, '  ')

interface Fates {
  readonly [SECRETS]?: WranglerOutcome
  readonly [MIGRATE]?: WranglerOutcome
  readonly [UPLOAD]?: WranglerOutcome
  readonly [BUILD]?: WranglerOutcome
  /** What wrangler notes of the upload. */
  readonly notes?: string
  readonly smoke?: readonly string[]
}

const VERSION_NOTE = '{"type":"wrangler-session"}\n{"type":"deploy","version_id":"v-1"}\n'

/** Makes the world: what is run and what is said are one list, in their order. */
function createWorld(fates: Fates = {}) {
  const happened: string[] = []
  const answers: Readonly<Record<string, WranglerOutcome | undefined>> = {
    [SECRETS]: fates[SECRETS] ?? succeedWith(SECRET_LIST),
    [MIGRATE]: fates[MIGRATE],
    [UPLOAD]: fates[UPLOAD],
    [BUILD]: fates[BUILD],
  }
  const run =
    (how: string): CommandTools['run'] =>
    async (argv, variables = {}) => {
      const folder = argv[argv.indexOf('--outdir') + 1] ?? ''
      const command = argv.filter((one) => one !== '--outdir' && one !== folder).join(' ')
      happened.push(`${how}: ${argv.includes('--outdir') ? command : argv.join(' ')}`)
      if (argv.includes('--outdir')) {
        writeFileSync(path.join(folder, 'index.js'), 'x'.repeat(2048))
        writeFileSync(path.join(folder, 'index.js.map'), 'y'.repeat(9999))
      }
      const notes = variables['WRANGLER_OUTPUT_FILE_PATH']
      if (notes) writeFileSync(notes, fates.notes ?? VERSION_NOTE)
      const kind = Object.keys(answers).find((one) => argv.join(' ').startsWith(one)) ?? ''
      return answers[kind] ?? succeedWith('All of it.')
    }
  const tools: CommandTools = {
    copyAssets: async () => void happened.push('assets'),
    run: run('run'),
    upload: run('upload'),
    runSmokeTest: async ({ origin, version }) => {
      happened.push(`smoke: ${origin} ${version}`)
      return fates.smoke ?? []
    },
    say: (line) => void happened.push(`say: ${line}`),
  }
  return { tools, happened }
}

const isCall = (line: string) => /^(run|upload|smoke): /.test(line)

/** Deploys where something fails, and tells what was called before and said then. */
async function failureOf(fates: Fates, environment = COMPLETE) {
  const { tools, happened } = createWorld(fates)
  const thrown: unknown = await deploy(environment, false, tools).catch((error: unknown) => error)
  if (!(thrown instanceof Error)) throw new Error('nothing was thrown')
  return { message: thrown.message, calls: happened.filter(isCall), last: happened.at(-1) ?? '' }
}

const CALLS = [
  'run: deploy --dry-run --env eu',
  'run: secret list --env eu',
  'run: d1 migrations apply DB --remote --env eu',
  'upload: deploy --strict --env eu',
  `smoke: ${ORIGIN} ${packageJson.version}`,
]

describe('deploy', () => {
  it('checks, builds, looks for the keys, migrates, uploads and tries, and says each in a line', async () => {
    const { tools, happened } = createWorld()
    expect(await deploy(COMPLETE, false, tools)).toBe(0)
    expect(happened).toEqual([
      'say: Configuration: [env.eu] of wrangler.toml is complete.',
      'assets',
      CALLS[0],
      'say: Build: 2 KiB, 0 KiB with gzip.',
      CALLS[1],
      'say: Secret: SIGNING_KEYS is there.',
      CALLS[2],
      'say: Migrations: all are applied.',
      CALLS[3],
      'say: Upload: the new version is live.',
      CALLS[4],
      `say: Smoke test: ${ORIGIN} is ready, shows its keys, and is version ${packageJson.version}.`,
    ])
  })

  it('contacts nothing while something is missing, and does not even build', async () => {
    const { message, calls } = await failureOf({}, INCOMPLETE)
    expect(calls).toEqual([])
    expect(message).toMatch(/^Configuration: \[env\.eu\] of wrangler\.toml is not complete\.\n- /)
    expect(message).toContain('npx wrangler d1 create activate-eu --jurisdiction eu')
    expect(message).toMatch(/\nNothing was contacted and nothing was deployed\.$/)
  })

  it.each([
    { name: 'complete', environment: COMPLETE, says: 'is complete.' },
    { name: 'not complete', environment: INCOMPLETE, says: 'database_id of DB is a placeholder' },
  ])('builds and does no more in a dry run when the environment is $name', async (row) => {
    const { tools, happened } = createWorld()
    expect(await deploy(row.environment, true, tools)).toBe(0)
    expect(happened.filter(isCall)).toEqual(CALLS.slice(0, 1))
    expect(happened[0]).toContain(row.says)
    expect(happened.at(-1)).toBe('say: Dry run: nothing was contacted and nothing was deployed.')
  })

  it.each([true, false])('ends when it cannot be built; dry run: %s', async (isDryRun) => {
    const { tools, happened } = createWorld({ [BUILD]: failWith('no such module') })
    await expect(deploy(COMPLETE, isDryRun, tools)).rejects.toThrow(
      'no such module\nThe build failed: nothing was deployed.',
    )
    expect(happened.filter(isCall)).toEqual(CALLS.slice(0, 1))
  })
})

describe('deploy: the keys', () => {
  const put = 'npx wrangler secret put SIGNING_KEYS --env eu < ~/activate-eu-keys.json'

  it.each([
    { name: 'there is no secret', outcome: succeedWith('[]') },
    { name: 'there are others', outcome: succeedWith('[{"name":"signing_keys"},{"name":"X"}]') },
    { name: 'the answer is none', outcome: succeedWith('SIGNING_KEYS') },
    { name: 'the Worker is new', outcome: failWith('Worker "activate-eu" (env: eu) not found.') },
  ])('tells how to make them when $name', async ({ outcome }) => {
    const { message, calls } = await failureOf({ [SECRETS]: outcome })
    expect(calls).toEqual(CALLS.slice(0, 2))
    expect(message).toContain('The secret SIGNING_KEYS is missing, and nothing was changed.')
    expect(message).toContain('\nnpm run deploy -- --new-key ~/activate-eu-keys.json\n')
    expect(message.endsWith(put)).toBe(true)
  })

  it('finds them behind what else wrangler says', async () => {
    const { tools } = createWorld({ [SECRETS]: succeedWith(`A notice.\n${SECRET_LIST}\n`) })
    expect(await deploy(COMPLETE, false, tools)).toBe(0)
  })

  it('changes nothing when nobody is logged in', async () => {
    const { message, calls } = await failureOf({
      [SECRETS]: failWith('necessary to set a CLOUDFLARE_API_TOKEN environment variable'),
    })
    expect(calls).toEqual(CALLS.slice(0, 2))
    expect(message).toMatch(/nothing was changed\. Log in first: npx wrangler login$/)
  })

  it.each([
    'Authentication error',
    'an environment variable such as CLOUDFLARE_API_TOKEN may be set to an invalid value',
  ])('changes nothing when they cannot be looked for: %s', async (said) => {
    const { message, calls } = await failureOf({ [SECRETS]: failWith(said) })
    expect(calls).toEqual(CALLS.slice(0, 2))
    expect(message).toBe(`${said}\nwrangler secret list failed: nothing was changed.`)
  })
})

describe('deploy: what fails after that', () => {
  it('uploads no code when the migrations fail', async () => {
    const { message, calls } = await failureOf({ [MIGRATE]: failWith('near "TABEL"') })
    expect(calls).toEqual(CALLS.slice(0, 3))
    expect(message).toMatch(/^near "TABEL"\nThe migrations failed: .*no code was uploaded\.$/)
  })

  it.each<{ name: string; fates: Fates }>([
    { name: 'wrangler fails', fates: { [UPLOAD]: failWith('conflicts') } },
    {
      name: 'somebody declines it',
      fates: { notes: '{"type":"deploy","version_id":null}\n', [UPLOAD]: succeedWith('conflicts') },
    },
    { name: 'wrangler notes nothing', fates: { notes: '', [UPLOAD]: succeedWith('conflicts') } },
    {
      name: 'wrangler notes something else',
      fates: {
        notes: 'deploy v-1\n{"type":"x","version_id":"1"}',
        [UPLOAD]: succeedWith('conflicts'),
      },
    },
  ])('tries nothing when the upload has not happened because $name', async ({ fates }) => {
    const { message, calls } = await failureOf(fates)
    expect(calls).toEqual(CALLS.slice(0, 4))
    expect(message).toMatch(/^conflicts\nThe upload failed; the migrations are applied/)
    expect(message).toContain('npx wrangler rollback --env eu')
  })

  it('names the way back, and what stays, when the smoke test fails', async () => {
    const smoke = [`${ORIGIN}/ready answers 503`, `${ORIGIN}/openapi.json answers 404`]
    const { message, calls, last } = await failureOf({ smoke })
    expect(calls).toEqual(CALLS)
    expect(last).toBe(CALLS[4])
    const lines = message.split('\n')
    expect(lines.slice(0, 3)).toEqual([
      'The smoke test failed:',
      `- ${ORIGIN}/ready answers 503`,
      `- ${ORIGIN}/openapi.json answers 404`,
    ])
    expect(lines).toContain('Back to the version before: npx wrangler rollback --env eu')
    expect(lines.at(-1)).toBe(
      'The migrations stay: they only add, and the version before runs on them.',
    )
  })
})

describe('describeOutput', () => {
  it('keeps what wrangler said, without colours and without what it is logged in by', () => {
    const outcome = {
      exitCode: 1,
      stdout: '\u001B[31mred\u001B[0m cf-secret',
      stderr: 'key cf-secret and old-key',
    }
    const environment = {
      CLOUDFLARE_API_TOKEN: 'cf-secret',
      CF_API_KEY: 'old-key',
      CF_API_TOKEN: '',
    }
    expect(describeOutput(outcome, environment)).toBe('red ***\nkey *** and ***')
  })
})

describe('runWranglerHere', () => {
  it('shows what wrangler says, keeps nothing of it, and ends with its exit code', () => {
    const script = `
      const { runWranglerHere } = await import('./src/cli/wrangler-process.ts')
      const outcome = await runWranglerHere(['no-such-command'], { WRANGLER_LOG: 'error' })
      console.log(JSON.stringify(outcome))
    `
    const argv = ['--input-type=module', '--eval', script]
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stderr).toContain('no-such-command')
    const last = stdout.trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(last)).toEqual({ exitCode: 1, stdout: '', stderr: '' })
  })
})
