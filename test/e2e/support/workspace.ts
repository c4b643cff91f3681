/**
 * A fresh clone of the project in a temporary folder, but for its dependencies: what a new user starts with, and
 * nothing of what the developer at this machine has in .wrangler, .dev or .dev.vars.
 */
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

const PROJECT = path.join(import.meta.dirname, '..', '..', '..')

/** What a clone has and the server needs. */
const CLONED = ['src', 'migrations', 'package.json', 'wrangler.toml', 'tsconfig.json', '.env']

/** Makes the folder. */
export async function createWorkspace(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'activate-'))
  for (const name of CLONED) {
    await cp(path.join(PROJECT, name), path.join(folder, name), { recursive: true })
  }
  await symlink(path.join(PROJECT, 'node_modules'), path.join(folder, 'node_modules'), 'dir')
  return folder
}

/** Removes the folder. */
export const removeWorkspace = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true })
