/**
 * Every command of the README that needs no account, run as it is printed: an operator's beside a server of its own, a
 * developer's in a copy of the whole project.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFreePort, startDevServer, type DevServer } from './support/dev-server.ts'
import {
  blocksOf,
  COMMANDS,
  fillIn,
  ISSUER_HEADING,
  withoutOptions,
} from './support/readme-commands.ts'
import { createNobody } from './support/nobody.ts'
import { createWorkspace, removeWorkspace } from './support/workspace.ts'

const PROJECT = path.join(import.meta.dirname, '..', '..')
const { scripts } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

/** Who runs a command, by the first line that fits. */
const RUNNERS: readonly (readonly [RegExp, keyof typeof commandsOf])[] = [
  [
    /^npx wrangler |--remote|^npm run deploy(?! -- (?:--env \w+ )?(?:--dry-run|--new-key))/,
    'account',
  ],
  // test/e2e/support/setup.ts and the other test of the README start these.
  [/^npm run dev\b|^npm ci && npm run dev$|^node (?:-e|first)/, 'server'],
  // The archive is installed, without a registry, by test/unit/client/package.test.ts.
  [/^npm install /, 'registry'],
  [
    /^npm run test:(?:unit|workers) -- |^npm (?:run (?:db:generate|types|build:client)|pack|version)\b/,
    'developer',
  ],
  [/^npm ci|^npm test$|^npm audit$|^npm run (?:test|lint)\b/, 'suite'],
  [/^npm run |^\(umask|^openssl /, 'operator'],
]
const commandsOf = {
  account: [] as string[],
  server: [] as string[],
  registry: [] as string[],
  developer: [] as string[],
  suite: [] as string[],
  operator: [] as string[],
}
for (const command of COMMANDS) {
  const runner = RUNNERS.find(([pattern]) => pattern.test(command.replace(/ \[--remote\].*/, '')))
  commandsOf[runner?.[1] ?? expect.unreachable(`nobody runs: ${command}`)].push(command)
}

/** Runs a line in a folder, with a home of its own, so that `~` is there. */
function runLine(folder: string, line: string) {
  const env = createNobody(folder, /^(VITEST|GIT|npm)_|^VITEST$|^NODE_ENV$/)
  for (const who of ['AUTHOR', 'COMMITTER']) {
    Object.assign(env, { [`GIT_${who}_NAME`]: 'A', [`GIT_${who}_EMAIL`]: 'a@example.com' })
  }
  const { status, stdout, stderr } = spawnSync('bash', ['-euc', line], {
    cwd: folder,
    encoding: 'utf8',
    env,
  })
  return { status, stdout, said: `${line}\n${stdout}\n${stderr}` }
}

describe('commands of the README', () => {
  it('are many, and of every kind', () => {
    expect(COMMANDS.length).toBeGreaterThan(50)
    for (const [kind, commands] of Object.entries(commandsOf)) {
      expect(commands, kind).not.toEqual([])
    }
  })

  it('name suites that .ci/run comes to', () => {
    const reached = (text: string): string[] =>
      [...text.matchAll(/npm (?:run )?([\w:]+)/g)].flatMap(([, name = '']) => [
        name,
        ...reached(scripts[name] ?? ''),
      ])
    const inCi = reached(readFileSync(path.join(PROJECT, '.ci', 'run'), 'utf8'))
    // Each of these is a part of a script that is there.
    const parts: Readonly<Record<string, string>> = {
      'lint:openapi': 'lint',
      'test:unit': 'test',
      'test:workers': 'test',
      'test:e2e': 'test',
    }
    for (const command of commandsOf.suite) {
      const name = /^npm (?:run )?([\w:]+)/.exec(command)?.[1] ?? ''
      if (name === 'audit') continue
      expect(inCi, command).toContain(parts[name] ?? name)
      const file = /test\/\S+\.ts/.exec(command)?.[0]
      if (file) expect(() => readFileSync(path.join(PROJECT, file)), command).not.toThrow()
    }
  })
})

describe("an operator's commands", () => {
  let folder: string
  let server: DevServer
  const values: Record<string, string> = {}

  beforeAll(async () => {
    folder = await createWorkspace()
    mkdirSync(path.join(folder, 'home'))
    server = await startDevServer(folder)
    const { stdout } = runLine(folder, 'npm run --silent token -- admin')
    const { jti } = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString())
    Object.assign(values, {
      '<actor>': 'admin',
      '<userId>': server.demo.targets['inactive']?.userId,
      '<jti>': jti,
      N: '3',
      NAME: 'eu',
      FILE: '~/filled-in.json',
    })
  })

  afterAll(async () => {
    await server.stop()
    await removeWorkspace(folder)
  })

  const withoutBootstrap = commandsOf.operator.filter((one) => !one.includes('bootstrap'))
  it.each([...new Set(withoutBootstrap.map(withoutOptions))])('end well: %s', (command) => {
    const { status, said } = runLine(folder, fillIn(command, values))
    expect(status, said).toBe(0)
  })

  it('lead to the first activation, on the store of this machine instead of a remote one', () => {
    const printed = COMMANDS.find((one) => /bootstrap .* --remote --env eu$/.test(one)) ?? ''
    const { status, stdout, said } = runLine(folder, printed.replace(' --remote --env eu', ''))
    expect(status, said).toBe(0)
    const find = (pattern: RegExp) => pattern.exec(stdout)?.[0] ?? expect.unreachable(stdout)
    const script = blocksOf('js').find(({ heading }) => /^From an empty/.test(heading))?.block ?? ''
    const mine = script
      .replace('https://eu.activate.acme.com', server.baseUrl)
      .replace("'or-...'", `'${find(/or-\w{5}-\w{5}-\w{14,16}/)}'`)
      .replace("'...'", `'${find(/\b[A-Za-z0-9_-]{43}\b/)}'`)
    writeFileSync(path.join(folder, 'first.mjs'), mine)
    const first = runLine(folder, 'node first.mjs')
    expect(first.stdout, first.said).toBe('true\n')
  })

  it('make an organization by what bootstrap cannot do without', () => {
    const printed = COMMANDS.find((one) => /bootstrap .*FILE/.test(one)) ?? ''
    const makeKey = 'openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out ~/other.pem'
    const line = `${makeKey}; ${fillIn(printed, { ...values, FILE: '~/other.pem' })}`
    const { status, stdout, said } = runLine(folder, line)
    expect(status, said).toBe(0)
    expect(stdout).toMatch(/or-\w{5}-\w{5}-\w{14,16}/)
  })
})

describe("another issuer's lines", () => {
  it('make an issuer whose tokens the service knows', async () => {
    const [made = '', asked = ''] = blocksOf('sh')
      .filter(({ heading }) => heading === ISSUER_HEADING)
      .map(({ block }) => block)
    const printed = COMMANDS.find((one) => one.startsWith('node -e')) ?? ''
    const port = String(await findFreePort())
    const folder = await createWorkspace()
    const first = await startDevServer(folder)
    await first.stop()
    const issuer = runLine(folder, made.replace('9100', port))
    expect(issuer.status, issuer.said).toBe(0)
    const script = /^node -e '(.*)'$/.exec(printed)?.[1]?.replace('9100', port) ?? ''
    expect([made, script]).toEqual([expect.stringContaining('9100'), expect.stringContaining(port)])
    const keys = spawn(process.execPath, ['-e', script], { cwd: folder })
    // What the shell does in the line that starts the service anew.
    const TRUSTED_ISSUERS = readFileSync(path.join(folder, '.dev', 'issuers.json'), 'utf8')
    const server = await startDevServer(folder, { vars: { TRUSTED_ISSUERS } })
    try {
      expect(JSON.parse(runLine(folder, asked).stdout)).toMatchObject({
        userId: server.demo.actors['admin']?.userId,
        isActive: true,
      })
    } finally {
      await server.stop()
      keys.kill()
      await removeWorkspace(folder)
    }
  }, 180_000)
})

describe("a developer's commands", () => {
  let folder: string
  const read = (...names: string[]) => readFileSync(path.join(folder, ...names), 'utf8')

  beforeAll(async () => {
    folder = await createWorkspace()
    mkdirSync(path.join(folder, 'home'))
    for (const name of ['.dev.vars.example', '.gitignore', 'package-lock.json', 'README.md']) {
      await cp(path.join(PROJECT, name), path.join(folder, name))
    }
    await cp(path.join(PROJECT, 'test'), path.join(folder, 'test'), {
      recursive: true,
      filter: (source) => path.basename(source) !== 'node_modules',
    })
    const { status, said } = runLine(
      folder,
      'printf "node_modules\\nhome\\n" >> .gitignore; git init -q; git add -A; git commit -qm first',
    )
    expect(status, said).toBe(0)
  })

  afterAll(() => removeWorkspace(folder))

  it.each(commandsOf.developer.filter((one) => !one.startsWith('npm version')))(
    'end well, and change nothing that is committed: %s',
    (command) => {
      const { status, said } = runLine(folder, fillIn(command, {}))
      expect(status, said).toBe(0)
      if (command.includes('test:')) expect(said).toMatch(/Tests .*\d+ passed/)
      expect(runLine(folder, 'git status --porcelain').stdout).toBe('')
    },
    180_000,
  )

  it('release a version that is the same everywhere', () => {
    const { status, said } = runLine(folder, 'npm version 7.8.9')
    expect(status, said).toBe(0)
    expect(JSON.parse(read('package.json'))).toMatchObject({ version: '7.8.9' })
    expect(JSON.parse(read('test', 'openapi', 'openapi.json'))).toMatchObject({
      info: { version: '7.8.9' },
    })
    expect(read('src', 'http', 'version.ts')).toContain("'7.8.9'")
    expect(runLine(folder, 'git status --porcelain; git describe').stdout).toBe('v7.8.9\n')
  }, 180_000)
})
