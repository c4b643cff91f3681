/**
 * The files of this repository, for tests that read source instead of running it.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.join(import.meta.dirname, '..', '..')

/** A file as text; its path is relative to the top folder. */
export interface RepositoryFile {
  readonly file: string
  readonly text: string
}

/** Reads every file that git tracks or would track, so that a fault is seen before it is committed. */
export function readRepository(): RepositoryFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '-c', '-o', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return listed
    .split('\0')
    .filter((file) => file !== '' && existsSync(path.join(ROOT, file)))
    .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }))
}

/** Keeps the source that people write: not what a tool generates. */
export const sourceOf = (files: readonly RepositoryFile[]): RepositoryFile[] =>
  files.filter(({ file }) => /^src\/.*\.ts$/.test(file) && file !== 'src/worker-configuration.d.ts')

/** Keeps the tests and their support. */
export const testsOf = (files: readonly RepositoryFile[]): RepositoryFile[] =>
  files.filter(({ file }) => /^test\/.*\.ts$/.test(file))
