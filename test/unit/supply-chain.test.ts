/**
 * What the service is built of (catalogue C11; RULES section 6): exact versions above the floors, no script that was not
 * allowed, and none of the library functions that went wrong elsewhere. Asks no registry.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRepository, sourceOf } from '../support/repository.ts'
import { codeOf } from '../support/style.ts'

const FILES = readRepository()
const textOf = (name: string) => FILES.find(({ file }) => file === name)?.text ?? ''

type Versions = Readonly<Record<string, string>>

interface Manifest {
  readonly dependencies?: Versions
  readonly devDependencies?: Versions
  readonly allowScripts?: Readonly<Record<string, boolean>>
}

interface LockedPackage {
  readonly version: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
}

const TREES = ['', 'test/clients/', 'test/lint/'].map((folder) => {
  const manifest = JSON.parse(textOf(`${folder}package.json`)) as Manifest
  const lock = JSON.parse(textOf(`${folder}package-lock.json`)) as {
    readonly lockfileVersion: number
    readonly packages: Readonly<Record<string, LockedPackage>>
  }
  // Nested copies of a package have places of their own.
  const copies = Object.entries(lock.packages)
    .filter(([place]) => place !== '')
    .map(([place, one]) => ({ ...one, place, name: place.split('node_modules/').at(-1) ?? '' }))
  return { name: folder || './', manifest, lock, copies }
})

/** By package: the first version without what RULES section 6 tells of it. */
const FLOORS = {
  hono: '4.13.0',
  '@hono/zod-openapi': '1.6.3',
  'drizzle-orm': '0.45.2',
  jose: '6.0.0',
  // CVE-2023-7080; CVE-2023-7078.
  wrangler: '3.19.0',
  miniflare: '3.20231030.2',
  // CVE-2026-48779, which is GHSA-96hv-2xvq-fx4p; CVE-2026-45736 ended in 8.20.1.
  ws: '8.21.0',
}

const isAtLeast = (version: string, floor: string) =>
  floor.localeCompare(version, 'en', { numeric: true }) <= 0

describe.each(TREES)('the packages of $name', ({ manifest, lock, copies }) => {
  it('are asked for in one version each, and locked in it by a hash', () => {
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    const versions = asked.map(([, version]) => version.replace(/^npm:@?[\w./-]+@/, ''))
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
    const locked = asked.map(([name]) => lock.packages[`node_modules/${name}`]?.version)
    expect([lock.lockfileVersion, locked]).toEqual([3, versions])
    // Neither links, nor archives or repositories from elsewhere, have one.
    expect(copies.filter(({ integrity = '' }) => !integrity.startsWith('sha512-'))).toEqual([])
  })

  it('run a script when they are installed only if package.json names them', () => {
    const names = copies.filter((one) => one.hasInstallScript).map(({ name }) => name)
    expect(names.filter((name) => !(name in (manifest.allowScripts ?? {})))).toEqual([])
  })

  it('have no copy below a floor', () => {
    const low = Object.entries(FLOORS).flatMap(([name, floor]) =>
      copies.filter((one) => one.name === name && !isAtLeast(one.version, floor)),
    )
    expect(low).toEqual([])
  })
})

describe('the packages of the service', () => {
  const [root] = TREES

  it('have every package with a floor among them', () => {
    const names = new Set(root?.copies.map(({ name }) => name))
    expect(Object.keys(FLOORS).filter((name) => !names.has(name))).toEqual([])
    const versions = ['4.9.9', '4.12.34', '4.13.0', '4.100.0', '5.0.0']
    expect(versions.filter((version) => isAtLeast(version, FLOORS.hono))).toEqual(versions.slice(2))
  })

  it('are in production those that the README names', () => {
    const [, line = ''] = /^Runtime dependencies: (.*)$/m.exec(textOf('README.md')) ?? []
    const named = [...line.matchAll(/`([^`]+)`/g)].map(([, name]) => name)
    expect(named.toSorted()).toEqual(Object.keys(root?.manifest.dependencies ?? {}).toSorted())
  })
})

/** What RULES section 6 has stories of. Of jose and hono only what is used is allowed. */
const FORBIDDEN = [
  /'hono\/(?!context-storage')[^']*'/g,
  /'jose\/[^']*'|import \* as \w+ from 'jose'/g,
  /(?<=import (?:type )?\{[^}]*)\b(?!type\b|importJWK\b|JWK\b|SignJWT\b|jwtVerify\b|compactVerify\b|importSPKI\b)\w+\b(?=[^}]*\} from 'jose')/g,
  /\.mount\(|\bsql\.(?:raw|identifier)\(|\.as\((?!\s*')|\beval\(|\bFunction\(|\b0\.0\.0\.0\b/g,
]

const findForbidden = (code: string) => FORBIDDEN.flatMap((pattern) => code.match(pattern) ?? [])

describe('the source', () => {
  it('uses nothing that went wrong elsewhere but where no request has a say', () => {
    const found = sourceOf(FILES).map(({ file, text }) => [file, findForbidden(codeOf(text))])
    expect(Object.fromEntries(found.filter(([, names]) => names?.length))).toEqual({
      // One of three names of tables that stand in the file.
      'src/store/purge.ts': ['sql.identifier('],
      // DDL, of operations that are literals of the file; the Worker never runs it.
      'src/store/schema.ts': ['sql.raw('],
    })
  })

  it.each([
    ...["from 'hono/jwt'", "import('hono/body-limit')", "from 'jose/jwe/compact/decrypt'"],
    ...["import { jwtVerify, jwtDecrypt } from 'jose'", "import * as jose from 'jose'"],
    ...['app.mount(path)', 'sql.raw(text)', 'sql.identifier(name)', 'count.as(name)'],
    ...['eval(text)', 'new Function(text)', "['--ip', '0.0.0.0']"],
  ])('is searched for %s', (code) => {
    expect(findForbidden(code)).toHaveLength(1)
  })

  it('is served to this machine alone in development', () => {
    expect(textOf('wrangler.toml')).toMatch(/^\[dev\]\nip = "127\.0\.0\.1"$/m)
  })
})

describe('npm run test:audit', () => {
  const via = [{ title: 'Prototype pollution', url: 'https://advisories.example' }]
  const report = (severity: string) =>
    JSON.stringify({
      vulnerabilities: { left: { severity, via }, right: { severity: 'low', via } },
    })

  it.each([
    {
      name: 'a critical advisory',
      out: report('critical'),
      status: 1,
      says: 'critical: left: Pro',
    },
    { name: 'a high advisory', out: report('high'), status: 1, says: 'high: left: Prototype' },
    { name: 'a moderate advisory', out: report('moderate'), status: 0, says: 'audit: 0 packages' },
    { name: 'no audits', notes: 'audit endpoint returned an error', status: 0, says: 'SKIPPED' },
    { name: 'no lockfile', notes: 'code ENOLOCK', status: 1, says: 'ENOLOCK' },
  ])('ends with $status for $name', ({ out = '{}', notes = '', status, says }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'npm-'))
    const script = `#!/bin/sh\necho '${out}'\necho '${notes}' >&2\nexit 1\n`
    writeFileSync(path.join(folder, 'npm'), script, { mode: 0o755 })
    const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}` }
    const audit = path.join(import.meta.dirname, '..', 'audit.ts')
    const ended = spawnSync(process.execPath, [audit], { env, encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    expect([ended.status, ended.stdout + ended.stderr]).toEqual([
      status,
      expect.stringContaining(says),
    ])
  })
})
