/**
 * Files that hold private keys or tokens: readable by their owner only, and never half-written.
 */
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o600

/** Writes a file under mode 0600 from its first byte on, and puts it in place in one step. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  await writeFile(draft, text, { mode: OWNER_ONLY })
  // The mode above counts only for a new file; a draft left behind by a crash keeps its own.
  await chmod(draft, OWNER_ONLY)
  await rename(draft, path)
}

/** Reads a text file; null when there is none. Other failures are thrown. */
export async function readOptionalFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
