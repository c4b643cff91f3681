/**
 * The README's blocks run as they are printed, in the folder of a running server.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { blocksOf, ISSUER_HEADING, README } from './support/readme-commands.ts'

const folder = inject('folder')
const packageJson = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'),
) as { scripts: Record<string, string>; dependencies: Record<string, string> }

/** Another issuer's lines activate nobody: readme-commands.test.ts runs them. */
const SHELL_BLOCKS = blocksOf('sh').filter(({ heading }) => heading !== ISSUER_HEADING)

/** Stands between the outputs of two blocks. */
const SEPARATOR = '--- next block ---'

/** Tells whether a body is what one of the dialects answers to an activation. */
const isActivation = (body: Record<string, unknown>): boolean =>
  body['isActive'] === true ||
  body['message'] === 'success' ||
  (typeof body['id'] === 'string' && !('suspended_at' in body))

const runShell = (script: string) =>
  spawnSync('bash', ['-euc', script], { cwd: folder, encoding: 'utf8' })

describe('README', () => {
  let shell: ReturnType<typeof runShell>

  beforeAll(() => {
    // One shell for all, as a reader's: it stops at the first block that fails.
    const script = SHELL_BLOCKS.map(({ block }) => block).join(`\nprintf '\\n${SEPARATOR}\\n'\n`)
    shell = runShell(script)
  })

  it('has lines for a shell, which all end well', () => {
    expect(SHELL_BLOCKS.length).toBeGreaterThan(0)
    expect(blocksOf('sh')).toHaveLength(README.split('```sh').length - 1)
    expect(shell.status, shell.stderr).toBe(0)
  })

  it.each(SHELL_BLOCKS.map(({ heading }, at) => ({ heading, at })))(
    'activates a user by the lines for a shell under "$heading"',
    ({ at }) => {
      const answer = shell.stdout.split(SEPARATOR)[at]?.trim().split('\n').at(-1) ?? ''
      expect(JSON.parse(answer)).toSatisfy(isActivation)
    },
  )

  it('replays the second of two requests under one idempotency key', () => {
    const said = shell.stdout.match(/^(idempotent-replayed: true|HTTP\/1.1 200 OK)/gim) ?? []
    expect(said.slice(-3)).toEqual([
      'HTTP/1.1 200 OK',
      'HTTP/1.1 200 OK',
      expect.stringMatching(/^idempotent-replayed: true$/i),
    ])
  })

  it('activates a user by its lines for the official client', () => {
    writeFileSync(path.join(folder, 'first.mjs'), blocksOf('js')[0]?.block ?? '')
    const said = execFileSync(process.execPath, ['first.mjs'], { cwd: folder, encoding: 'utf8' })
    expect(said.trim()).toBe('true')
  })

  it('names only scripts that there are', () => {
    const named = [
      ...README.matchAll(
        /npm (?:run )?((?:db|test)(?::\w+)?|deploy|dev|token|seed|bootstrap|audit|types)\b/g,
      ),
    ]
    expect(named.length).toBeGreaterThan(10)
    for (const [, name = ''] of named) expect(packageJson.scripts).toHaveProperty([name])
  })

  it('gives a reason for every runtime dependency', () => {
    const reasons = /Runtime dependencies:.*/.exec(README)?.[0] ?? ''
    for (const name of Object.keys(packageJson.dependencies)) expect(reasons).toContain(name)
  })

  it('names every test file that a decision is kept by', () => {
    const files = [...README.matchAll(/`(test\/[\w./-]+\.ts)`/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      expect(() => readFileSync(path.join(import.meta.dirname, '..', '..', file))).not.toThrow()
    }
  })
})
