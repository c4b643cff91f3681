/**
 * The files of the local demo, in a folder of their own: `.dev.vars`, `.dev/demo.json`, the explorer.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKeyRing } from '../../../src/auth/key-ring.ts'
import { readDemoFile, writeDemoFile, type DemoFile } from '../../../src/cli/demo-file.ts'
import {
  createDevSigningKey,
  ensureSigningKeys,
  readSigningKeys,
} from '../../../src/cli/dev-vars.ts'
import { EXPLORER_PAGE, writeHeadersFile } from '../../../src/cli/explorer-pages.ts'
import { copyExplorer } from '../../../src/cli/explorer.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'activate-test-'))
})

afterEach(() => rm(folder, { recursive: true }))

const modeOf = async (file: string) => (await stat(file)).mode & 0o777

describe('ensureSigningKeys', () => {
  it('writes one line that only its owner may read, with one demo key', async () => {
    const file = join(folder, '.dev.vars')
    const signingKeys = await ensureSigningKeys(file)
    expect(await readFile(file, 'utf8')).toBe(`SIGNING_KEYS='${signingKeys}'\n`)
    expect(await modeOf(file)).toBe(0o600)
    const keyRing = await createKeyRing(signingKeys)
    expect(keyRing.signer.kid).toMatch(/^dev-[0-9a-f]{16}$/)
    expect(keyRing.hasDemoKey).toBe(true)
  })

  it('keeps the keys that are there', async () => {
    const file = join(folder, '.dev.vars')
    const signingKeys = await ensureSigningKeys(file)
    expect(await ensureSigningKeys(file)).toBe(signingKeys)
    expect(await readSigningKeys(file)).toBe(signingKeys)
  })

  it('keeps other variables when it adds the keys', async () => {
    const file = join(folder, '.dev.vars')
    await writeFile(file, 'CORS_ORIGINS=http://localhost:3000')
    await ensureSigningKeys(file)
    expect(await readFile(file, 'utf8')).toMatch(
      /^CORS_ORIGINS=http:\/\/localhost:3000\nSIGNING_KEYS='\[.*\]'\n$/,
    )
  })
})

describe('readSigningKeys', () => {
  it('says what to do when there are none', async () => {
    await expect(readSigningKeys(join(folder, 'none'))).rejects.toThrow('npm run dev')
  })
})

describe('createDevSigningKey', () => {
  it('makes a private Ed25519 JWK, another one each time', () => {
    const key = createDevSigningKey()
    expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' })
    expect(key.d).toMatch(/^[\w-]{43}$/)
    expect(createDevSigningKey().d).not.toBe(key.d)
  })
})

describe('demo.json', () => {
  const demo: DemoFile = {
    baseUrl: 'http://localhost:8787',
    organization: { orgId: 'or-1', tenantId: 'acct-1' },
    actors: {
      admin: {
        userId: 'us-1',
        username: 'a@demo.example',
        email: 'a@demo.example',
        kind: 'CustomerEmployee',
        tokenKind: 'Token',
        token: 'e.y.J',
        tokenExpiresAt: '2027-01-01T00:00:00.000Z',
        credential: { credId: 'abc', algorithm: 'Ed25519', privateKeyPem: 'pem' },
      },
    },
    targets: { inactive: { userId: 'us-2', email: 'i@demo.example', state: 'inactive' } },
  }

  it('is read as it was written, and only by its owner', async () => {
    const file = join(folder, '.dev', 'demo.json')
    await writeDemoFile(demo, file)
    expect(await readDemoFile(file)).toEqual(demo)
    expect(await modeOf(file)).toBe(0o600)
  })

  it('is no file when there is none', async () => {
    expect(await readDemoFile(join(folder, 'none.json'))).toBeNull()
  })

  it.each([
    { name: 'no JSON', text: '{"baseUrl":' },
    { name: 'a list', text: '[]' },
    { name: 'no actors', text: JSON.stringify({ ...demo, actors: undefined }) },
    { name: 'an actor without key', text: JSON.stringify({ ...demo, actors: { admin: {} } }) },
    { name: 'a target without id', text: JSON.stringify({ ...demo, targets: { inactive: {} } }) },
  ])('is no file when it holds $name', async ({ text }) => {
    const file = join(folder, 'demo.json')
    await writeFile(file, text)
    expect(await readDemoFile(file)).toBeNull()
  })
})

describe('copyExplorer', () => {
  it('writes every file that the page asks for', async () => {
    await copyExplorer(folder)
    const asked = [...EXPLORER_PAGE.matchAll(/(?:src|href)="([^/"]+)"/g)].map(([, name]) => name)
    expect(asked).toHaveLength(5)
    for (const name of asked) {
      const { size } = await stat(join(folder, 'docs', name ?? ''))
      expect(size, name).toBeGreaterThan(0)
    }
    expect(await readFile(join(folder, '_headers'), 'utf8')).toBe(writeHeadersFile())
  })

  it('has no inline script and asks no other origin', () => {
    expect(EXPLORER_PAGE).toContain('<title>Activate API</title>')
    expect(EXPLORER_PAGE).toContain('<noscript>')
    expect(EXPLORER_PAGE).not.toMatch(/<script>|<style|https?:|\son\w+=/)
  })
})

describe('writeHeadersFile', () => {
  const [rule, ...lines] = writeHeadersFile().trimEnd().split('\n')

  it('covers the explorer and nothing else', () => {
    expect(rule).toBe('/docs*')
    expect(lines.every((line) => /^ {2}[A-Z][A-Za-z-]+: \S/.test(line))).toBe(true)
  })

  it.each([
    'Strict-Transport-Security: max-age=63072000; includeSubDomains',
    'X-Content-Type-Options: nosniff',
    'Referrer-Policy: no-referrer',
    'Cross-Origin-Resource-Policy: same-origin',
    'Cross-Origin-Opener-Policy: same-origin',
    'Cache-Control: public, max-age=300',
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ])('sends %s', (line) => {
    expect(lines).toContain(`  ${line}`)
  })
})
