/**
 * Files that hold private keys or tokens: readable by their owner only, and never half-written.
 */
import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o600

/**
 * Writes a file under mode 0600 from its first byte on, and puts it in place in one step. Where the path is a link, the
 * file behind it is written: it may be a vault's.
 *
 * @throws Error when a link leads nowhere, as while a vault is closed.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const isLink = (await orNull(lstat(path)))?.isSymbolicLink() ?? false
  const target = isLink ? await realpath(path) : path
  const draft = `${target}.${randomUUID()}.tmp`
  try {
    // `wx`: only a file that is new has the mode. Flushed: a loss of power leaves the old text or the new one.
    await writeFile(draft, text, { mode: OWNER_ONLY, flag: 'wx', flush: true })
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Reads a text file; null when there is none. Other failures are thrown. */
export const readOptionalFile = (path: string): Promise<string | null> =>
  orNull(readFile(path, 'utf8'))

/** Waits for what is read of a file; null when there is no such file. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
