/**
 * The README's blocks run as they are printed, in the folder of a running server.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, it } from 'vitest'

const folder = inject('folder')
const readme = readFileSync(path.join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
const packageJson = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'),
) as { scripts: Record<string, string>; dependencies: Record<string, string> }

/** The first fenced block of a language. */
const blockOf = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1] ?? ''

describe('README', () => {
  it('activates a user by its curl lines', () => {
    const printed = execFileSync('bash', ['-euc', blockOf('sh')], { cwd: folder, encoding: 'utf8' })
    expect(JSON.parse(printed)).toMatchObject({ isActive: true })
  })

  it('activates a user by its lines for the official client', () => {
    writeFileSync(path.join(folder, 'first.mjs'), blockOf('js'))
    const printed = execFileSync(process.execPath, ['first.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(printed.trim()).toBe('true')
  })

  it('names only scripts that there are', () => {
    const named = [
      ...readme.matchAll(/npm (?:run )?((?:db|test)(?::\w+)?|dev|token|seed|bootstrap|types)\b/g),
    ]
    expect(named.length).toBeGreaterThan(10)
    for (const [, name = ''] of named) expect(packageJson.scripts).toHaveProperty([name])
  })

  it('gives a reason for every runtime dependency', () => {
    const reasons = /Runtime dependencies:.*/.exec(readme)?.[0] ?? ''
    for (const name of Object.keys(packageJson.dependencies)) expect(reasons).toContain(name)
  })

  it('names every test file that a decision is kept by', () => {
    const files = [...readme.matchAll(/`(test\/[\w./-]+\.ts)`/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      expect(() => readFileSync(path.join(import.meta.dirname, '..', '..', file))).not.toThrow()
    }
  })
})
