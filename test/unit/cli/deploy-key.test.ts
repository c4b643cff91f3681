/**
 * The keys of a deployment: in a file of their owner's, behind those that are there.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKeyRing } from '../../../src/auth/key-ring.ts'
import { addSigningKey } from '../../../src/cli/deploy-key.ts'

const NOW = Date.UTC(2026, 10, 22, 23, 59)

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'activate-test-'))
})

afterEach(() => rm(folder, { recursive: true }))

describe('addSigningKey', () => {
  it('writes a key that signs in production, for its owner alone', async () => {
    const file = join(folder, 'keys.json')
    const kid = await addSigningKey(file, NOW)
    expect(kid).toMatch(/^2026-11-22-[0-9a-f]{16}$/)
    const keyRing = await createKeyRing(await readFile(file, 'utf8'))
    expect([keyRing.signer.kid, keyRing.hasDemoKey]).toEqual([kid, false])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('puts a further key behind the one that signs', async () => {
    const file = join(folder, 'keys.json')
    const first = await addSigningKey(file, NOW)
    const [old] = JSON.parse(await readFile(file, 'utf8')) as object[]
    const second = await addSigningKey(file, NOW)
    const text = await readFile(file, 'utf8')
    expect(JSON.parse(text)).toEqual([old, expect.objectContaining({ kid: second })])
    expect((await createKeyRing(text)).signer.kid).toBe(first)
  })

  it.each(['', '{}', '[]', '[{"kty":"OKP"}]', 'my notes'])(
    'leaves a file alone that holds %j',
    async (text) => {
      const file = join(folder, 'other.json')
      await writeFile(file, text)
      await expect(addSigningKey(file, NOW)).rejects.toThrow(
        /other\.json holds something else, and was left as it was: .*SIGNING_KEYS/,
      )
      expect(await readFile(file, 'utf8')).toBe(text)
    },
  )
})
