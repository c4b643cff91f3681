/**
 * Generated files are what their generators write today: binding types, migrations, the lockfile's secrets.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const root = path.join(import.meta.dirname, '..', '..')
const bin = (name: string) => path.join(root, 'node_modules', '.bin', name)

/** Runs a generator with this very Node; the tools of `.bin` may be started by another one otherwise. */
const run = (name: string, ...options: string[]) => {
  // vitest.config.ts sets it for the plugin; to `wrangler types` it would hide the file that names the secrets.
  const { CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: _, ...env } = process.env
  return execFileSync(process.execPath, [bin(name), ...options], {
    cwd: root,
    encoding: 'utf8',
    env,
  })
}

describe('generated files', () => {
  it('have the binding types that wrangler writes for wrangler.toml', () => {
    const committed = readFileSync(path.join(root, 'src/worker-configuration.d.ts'), 'utf8')
    const folder = mkdtempSync(path.join(tmpdir(), 'activate-types-'))
    const file = path.join(folder, 'types.d.ts')
    try {
      run(
        'wrangler',
        'types',
        file,
        '--include-runtime=false',
        '--strict-vars=false',
        '--env-file',
        '.dev.vars.example',
      )
      // The first lines name the command, the imports the place of the file; the rest is what counts.
      const bodyOf = (text: string) => /interface __BaseEnv_Env \{[^}]*\}/.exec(text)?.[0]
      expect(bodyOf(committed)).toBe(bodyOf(readFileSync(file, 'utf8')))
      expect(bodyOf(committed)).toContain('IDEMPOTENCY: KVNamespace')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('have a migration for every table as the schema says it', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'activate-migrations-'))
    try {
      cpSync(path.join(root, 'migrations'), folder, { recursive: true })
      const before = readdirSync(folder)
      const out = path.relative(root, folder)
      const said = run(
        'drizzle-kit',
        'generate',
        ...['--dialect', 'sqlite', '--schema', './src/store/schema.ts', '--out', out],
      )
      expect(said).toContain('No schema changes')
      expect(readdirSync(folder)).toEqual(before)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('have a lockfile that names no registry', () => {
    const lockfile = readFileSync(path.join(root, 'package-lock.json'), 'utf8')
    expect(lockfile).not.toMatch(/"resolved"/)
  })
})
