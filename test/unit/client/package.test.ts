/**
 * The package as a user has it: packed, unpacked elsewhere, imported by its export, by Node alone and by the compiler.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = path.join(import.meta.dirname, '..', '..', '..')
const COMPILER = path.join(ROOT, 'node_modules', '.bin', 'tsc')

const folder = mkdtempSync(path.join(tmpdir(), 'activate-'))
const installed = path.join(folder, 'node_modules', 'activate')

beforeAll(() => {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT })
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  mkdirSync(installed, { recursive: true })
  const unpack = ['-xzf', path.join(folder, archive), '-C', installed, '--strip-components=1']
  execFileSync('tar', unpack)
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A user's module that makes one call, over a fetch of its own, without what came after Node 20.0. */
const MODULE = `
  for (const name of ['any', 'timeout']) delete AbortSignal[name]
  for (const name of ['try', 'withResolvers']) delete Promise[name]
  for (const name of ['fromBase64', 'fromHex']) delete Uint8Array[name]
  for (const name of ['toBase64', 'toHex']) delete Uint8Array.prototype[name]
  import { createActivateClient, createKeySigner, isActivateError } from 'activate/client'
  const { privateKey } = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const part = Buffer.from(JSON.stringify({ aud: 'activate', sub: 'us-2' })).toString('base64url')
  const client = createActivateClient({
    baseUrl: 'https://api.example.test',
    token: 'a.' + part + '.b',
    signer: createKeySigner({ credentialId: 'cr-1', privateKey }),
    fetch: async (url) => Response.json({ userId: url, isActive: true }),
  })
  const user = await client.dfns.activateUser('us-1')
  const error = await client.rinne.activateUser('us-1').catch((thrown) => thrown)
  console.log(JSON.stringify([user.userId, isActivateError(error), error.code]))
`

/** A user's source; each expected error is one if the types are those of the package and not \`any\`. */
const TYPED = `
  import { createActivateClient, createKeySigner, isActivateError } from 'activate/client'
  import type { ActivateError, ActionSigner, DfnsUser, RinneUser } from 'activate/client'
  const signer: ActionSigner = createKeySigner({ credentialId: 'a', privateKey: 'b', algorithm: 'EdDSA' })
  const vault: ActionSigner = { credentialId: 'a', algorithm: 'ES256', sign: async (bytes) => bytes }
  export const client = createActivateClient({ baseUrl: 'a', token: async () => 'b', signer })
  export const dfns: Promise<DfnsUser> = client.dfns.activateUser('a', { reason: 'b' })
  export const rinne: Promise<RinneUser> = client.rinne.deactivateUser('a')
  export const codeOf = (error: unknown): ActivateError['code'] | null =>
    isActivateError(error) ? error.code : null
  // @ts-expect-error A PEM does not say which algorithm it is for.
  createKeySigner({ credentialId: 'a', privateKey: 'b' })
  declare const key: Parameters<typeof crypto.subtle.sign>[1]
  createKeySigner({ credentialId: 'a', privateKey: key })
  // @ts-expect-error A key of WebCrypto has its own, and no other.
  createKeySigner({ credentialId: 'a', privateKey: key, algorithm: 'ES256' })
  // @ts-expect-error Timbu asks for the address, too.
  client.timbu.activateUser('a')
  // @ts-expect-error There is no such member.
  export const wrong = dfns.then((user) => user.active)
  export default vault
`

describe('the packed package', () => {
  it('has the client, and nothing of the service', () => {
    expect(readdirSync(installed).sort()).toEqual(['README.md', 'dist', 'package.json'])
    expect(readdirSync(path.join(installed, 'dist'))).toEqual(['client'])
    const files = readdirSync(path.join(installed, 'dist', 'client'))
    expect(files).toContain('index.js')
    expect(files).toContain('index.d.ts')
    expect(files.filter((file) => !/\.(?:js|d\.ts)$/.test(file))).toEqual([])
  })

  it('is imported by its export, without any other package', () => {
    writeFileSync(path.join(folder, 'user.mjs'), MODULE)
    const said = execFileSync(process.execPath, ['user.mjs'], { cwd: folder, encoding: 'utf8' })
    expect(JSON.parse(said)).toEqual([
      'https://api.example.test/auth/users/us-1/activate',
      true,
      'unexpected',
    ])
  })

  it.each([
    { name: 'Node', module: 'NodeNext', lib: 'ES2022', types: 'node' },
    { name: 'a bundler', module: 'Preserve', lib: 'ES2022,DOM', types: '' },
  ])('has types for $name', ({ module, lib, types }) => {
    writeFileSync(path.join(folder, 'user.mts'), TYPED)
    const options = { module, lib, types, typeRoots: path.join(ROOT, 'node_modules', '@types') }
    const argv = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
    argv.push('--strict', '--noEmit', '--target', 'ES2022')
    const compiled = spawnSync(process.execPath, [COMPILER, ...argv, 'user.mts'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([compiled.status, compiled.stdout]).toEqual([0, ''])
  })
})
