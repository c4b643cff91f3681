/**
 * Files of secrets: whose they are, what a link is, and what is left when they cannot be written.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readOptionalFile, writePrivateFile } from '../../../src/cli/private-file.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'activate-test-'))
})

afterEach(() => rm(folder, { recursive: true }))

const modeOf = async (file: string) => (await stat(file)).mode & 0o777

describe('writePrivateFile', () => {
  it('makes the folder, and a file for its owner alone', async () => {
    const file = join(folder, 'new', 'keys.json')
    await writePrivateFile(file, 'text')
    expect(await readFile(file, 'utf8')).toBe('text')
    expect(await modeOf(file)).toBe(0o600)
  })

  it('takes a file that others could read away from them', async () => {
    const file = join(folder, 'keys.json')
    await writeFile(file, 'old', { mode: 0o644 })
    await writePrivateFile(file, 'new')
    expect([await readFile(file, 'utf8'), await modeOf(file)]).toEqual(['new', 0o600])
    expect(await readdir(folder)).toEqual(['keys.json'])
  })

  it('writes the file behind a link, and leaves the link', async () => {
    const vault = join(folder, 'vault')
    await mkdir(vault)
    await writeFile(join(vault, 'keys.json'), 'old')
    await symlink(join(vault, 'keys.json'), join(folder, 'link.json'))
    await writePrivateFile(join(folder, 'link.json'), 'new')
    expect(await readFile(join(vault, 'keys.json'), 'utf8')).toBe('new')
    expect(await readdir(vault)).toEqual(['keys.json'])
  })

  it('writes nothing where a link leads nowhere', async () => {
    await symlink(join(folder, 'closed', 'keys.json'), join(folder, 'link.json'))
    await expect(writePrivateFile(join(folder, 'link.json'), 'new')).rejects.toThrow('ENOENT')
    expect(await readdir(folder)).toEqual(['link.json'])
  })

  it('leaves no draft when the file cannot be put in place', async () => {
    await mkdir(join(folder, 'taken', 'full'), { recursive: true })
    await expect(writePrivateFile(join(folder, 'taken'), 'new')).rejects.toThrow()
    expect(await readdir(folder)).toEqual(['taken'])
  })
})

describe('readOptionalFile', () => {
  it('tells a file that is missing from one that cannot be read', async () => {
    expect(await readOptionalFile(join(folder, 'none'))).toBeNull()
    await expect(readOptionalFile(folder)).rejects.toThrow('EISDIR')
  })
})
