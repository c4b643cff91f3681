/**
 * `npm run deploy` in a fresh clone, with no account and no network: what it refuses, what it names, and that it builds.
 */
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATABASE_ID, FILLED_TOML, NAMESPACE_ID } from '../unit/cli/deploy-configuration.ts'
import { createNobody } from './support/nobody.ts'
import { createWorkspace, removeWorkspace } from './support/workspace.ts'

let folder: string

beforeAll(async () => {
  folder = await createWorkspace()
  mkdirSync(path.join(folder, 'home'))
})

afterAll(() => removeWorkspace(folder))

/** Runs a script as nobody: whoever is logged in at this machine is not asked for. */
function runScript(
  script: string,
  argv: readonly string[],
  variables: Record<string, string> = {},
) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script, '--', ...argv], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...createNobody(folder), ...variables },
  })
  // npm has things to say of the settings of a machine.
  return { status, stdout, stderr: stderr.replace(/^npm warn .*\n/gm, '') }
}

const deploy = (...argv: string[]) => runScript('deploy', argv)

/** The tables that a backup has, with the rows of a database that was only bootstrapped; `guards` is always empty. */
const TABLES = {
  organizations: 1,
  users: 1,
  user_identifiers: 0,
  roles: 1,
  role_assignments: 1,
  credentials: 1,
  used_tokens: 0,
  revoked_tokens: 0,
  idempotency_records: 0,
  audit_events: 0,
}

const BUILT = /^Build: (\d+) KiB, (\d+) KiB with gzip\.$/m

describe('npm run deploy', () => {
  it.each([
    { name: 'production', argv: ['--dry-run'], create: 'd1 create activate-production' },
    {
      name: 'eu',
      argv: ['--env', 'eu', '--dry-run'],
      create: 'd1 create activate-eu --jurisdiction eu',
    },
  ])('builds $name and names what is missing in a dry run', ({ name, argv, create }) => {
    const { status, stdout, stderr } = deploy(...argv)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Configuration: [env.${name}] of wrangler.toml is not complete.\n- `)
    expect(stdout).toContain(`npx wrangler ${create}`)
    expect(stdout).toContain(`npx wrangler kv namespace create activate-${name}-idempotency`)
    expect(stdout).toContain(`- [env.${name}.vars] PUBLIC_ORIGIN is not public yet`)
    expect(stdout).toMatch(/\nDry run: nothing was contacted and nothing was deployed\.\n$/)
    const [, kibibytes, gzipKibibytes] = BUILT.exec(stdout) ?? []
    expect(Number(kibibytes)).toBeGreaterThan(Number(gzipKibibytes))
    // Cloudflare takes 3 MiB with gzip of whoever pays nothing.
    expect(Number(gzipKibibytes)).toBeGreaterThan(50)
    expect(Number(gzipKibibytes)).toBeLessThan(3 * 1024)
  })

  it('refuses what has placeholders, before it contacts or builds anything', () => {
    const { status, stdout, stderr } = deploy('--env', 'eu')
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^Configuration: \[env\.eu\] of wrangler\.toml is not complete\.\n(- .*\n)+/,
    )
    expect(stderr).toContain('npx wrangler d1 create activate-eu --jurisdiction eu')
    expect(stderr).toMatch(/\nNothing was contacted and nothing was deployed\.\n$/)
  })

  it.each([
    {
      name: 'an environment that is not there',
      argv: ['--env', 'us'],
      says: 'no environment "us"',
    },
    { name: 'an option that is not there', argv: ['--force'], says: "Unknown option '--force'" },
    { name: 'no name', argv: ['--env='], says: '--env takes a name.' },
  ])('ends with a usage line and exit code 2 for $name', ({ argv, says }) => {
    const { status, stdout, stderr } = deploy(...argv)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
    expect(stderr).toMatch(/^.+\nUsage: npm run deploy .+\n$/)
  })

  it('makes keys in a file, which it adds to', () => {
    const file = path.join(folder, 'home', 'keys.json')
    for (const count of [1, 2]) {
      const { status, stdout } = deploy('--new-key', file)
      const keys = JSON.parse(readFileSync(file, 'utf8')) as { kid: string; d: string }[]
      expect([status, keys.length]).toEqual([0, count])
      expect(stdout).toContain(`The key ${keys.at(-1)?.kid} is the last one`)
      for (const { d } of keys) expect(stdout).not.toContain(d)
    }
  })
})

describe('npm run deploy with everything filled in', () => {
  beforeAll(() => writeFileSync(path.join(folder, 'wrangler.toml'), FILLED_TOML))

  it('finds nothing missing, and builds', () => {
    const { status, stdout, stderr } = deploy('--env', 'eu', '--dry-run')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^Configuration: \[env\.eu\] of wrangler\.toml is complete\.\nBuild: .*\nDry/,
    )
  })

  it('goes as far as the account, which nobody has logged in to', () => {
    const { status, stdout, stderr } = deploy('--env', 'eu')
    expect(status).toBe(1)
    expect(stdout).toMatch(BUILT)
    expect(stdout).not.toContain('Secret:')
    expect(stderr).toMatch(/nothing was changed\. Log in first: npx wrangler login\n$/)
    expect(stdout + stderr).not.toMatch(new RegExp(`${DATABASE_ID}|${NAMESPACE_ID}`))
  })
})

describe('npm run bootstrap', () => {
  const bootstrap = (...argv: string[]) => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const pem = publicKey.export({ type: 'spki', format: 'pem' })
    writeFileSync(path.join(folder, 'home', 'admin.pem'), pem)
    const account = ['--organization=Acme', '--username=ada', '--dialects=dfns']
    const options = [...account, '--public-key=home/admin.pem', ...argv]
    // Nobody has this one: whoever listened to it would fail.
    return runScript('bootstrap', options, { CLOUDFLARE_ENV: 'nowhere' })
  }

  it('works on the database of the environment that is named, and on no other', () => {
    const hint =
      'Apply the migrations first: npx wrangler d1 migrations apply DB --local --env eu\n'
    expect(bootstrap('--env', 'eu').stderr).toContain(hint)
    const [, ...command] = hint.trim().split('npx ')[1]?.split(' ') ?? []
    const wrangler = path.join(folder, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
    const migrated = spawnSync(process.execPath, [wrangler, ...command], { cwd: folder })
    expect(migrated.status).toBe(0)

    const made = bootstrap('--env', 'eu')
    expect([made.status, made.stderr]).toEqual([0, ''])
    expect(made.stdout).toContain('wrangler secret put SIGNING_KEYS --env eu')
    // The local one was never migrated.
    expect(bootstrap().stderr).toMatch(/migrations apply DB --local\n$/)
  }, 180_000)

  it('has a database whose rows go into a new one, but not its tables with them', () => {
    const wrangler = path.join(folder, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
    const run = (line: string) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [wrangler, 'd1', ...line.split(' ')],
        { cwd: folder, encoding: 'utf8' },
      )
      return { status, said: `${stdout}${stderr}` }
    }
    // A row may refer to a table that the file makes later (https://github.com/cloudflare/workers-sdk/issues/5683).
    expect(run('export DB --env eu --local --output all.sql').status).toBe(0)
    expect(run('execute DB --env production --local --file all.sql').said).toContain(
      'no such table: main.',
    )

    const sql = readdirSync(path.join(folder, 'migrations'))
      .filter((name) => name.endsWith('.sql'))
      .map((name) => readFileSync(path.join(folder, 'migrations', name), 'utf8'))
      .join()
    const made = [...sql.matchAll(/CREATE TABLE `(\w+)`/g)].map(([, table]) => table)
    expect(new Set(made)).toEqual(new Set([...Object.keys(TABLES), 'guards']))
    const tables = Object.keys(TABLES).join(' ')
    const readme = readFileSync(path.join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
    expect(readme).toContain(`--no-schema --output activate.sql --table ${tables}\n`)
    const rows = `export DB --env eu --local --no-schema --output rows.sql --table ${tables}`
    expect(run(rows).status).toBe(0)
    expect(run('migrations apply DB --env uae --local').status).toBe(0)
    expect(run('execute DB --env uae --local --file rows.sql').status).toBe(0)
    const counts = Object.keys(TABLES).map((table) => `(SELECT count(*) FROM ${table}) ${table}`)
    const [wranglerArguments, query] = ['execute DB --env uae --local --json', counts.join(', ')]
    const counted = spawnSync(
      process.execPath,
      [wrangler, 'd1', ...wranglerArguments.split(' '), '--command', `SELECT ${query}`],
      { cwd: folder, encoding: 'utf8' },
    )
    expect(JSON.parse(counted.stdout)).toMatchObject([{ results: [TABLES] }])
    expect(runScript('audit', ['verify', '--env', 'uae']).stdout).toBe('0 events, all good\n')
  }, 180_000)
})
