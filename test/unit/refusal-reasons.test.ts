/**
 * A reason that is added to the core does not compile until every dialect answers it: tried on a copy of the source.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = path.join(import.meta.dirname, '..', '..')
const COMPILER = path.join(ROOT, 'node_modules', '.bin', 'tsc')

const copies: string[] = []

/** Copies what the compiler needs for the source, and answers with the folder. */
function copySource(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'activate-'))
  copies.push(copy)
  cpSync(path.join(ROOT, 'src'), path.join(copy, 'src'), { recursive: true })
  cpSync(path.join(ROOT, 'tsconfig.json'), path.join(copy, 'tsconfig.json'))
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'), 'dir')
  return copy
}

/** Compiles a folder and tells what the compiler says, one error a line. */
const compile = (folder: string) =>
  new Promise<{ code: number; errors: string[] }>((resolve) => {
    const argv = [COMPILER, '--noEmit', '--pretty', 'false', '--project', folder]
    const child = execFile(process.execPath, argv, { cwd: folder }, (_error, stdout) => {
      const errors = stdout.split('\n').filter((line) => /^\S.*error TS\d+:/.test(line))
      resolve({ code: child.exitCode ?? -1, errors })
    })
  })

let original: Awaited<ReturnType<typeof compile>>
let extended: Awaited<ReturnType<typeof compile>>

beforeAll(async () => {
  const [untouched, changed] = [copySource(), copySource()]
  const file = path.join(changed, 'src', 'core', 'refusal.ts')
  const text = readFileSync(file, 'utf8')
  const begin = 'export type ServiceRefusal =\n'
  writeFileSync(file, text.replace(begin, `${begin}  | { readonly reason: 'made_up' }\n`))
  ;[original, extended] = await Promise.all([compile(untouched), compile(changed)])
}, 120_000)

afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true })
})

describe('a reason that is added to the core', () => {
  it('is the only thing that keeps the source from compiling', () => {
    expect(original).toEqual({ code: 0, errors: [] })
    expect(extended.code).not.toBe(0)
  })

  it("is missed in each dialect's table of failures, in the help and in the samples, and nowhere else", () => {
    const files = extended.errors.map((error) => error.replace(/\(.*$/, ''))
    expect(files.sort()).toEqual([
      ...['dfns', 'rinne', 'timbu'].map((dialect) => `src/dialects/${dialect}/failures.ts`),
      ...['help', 'samples'].map((what) => `src/http/refusal-${what}.ts`),
    ])
    for (const error of extended.errors) expect(error).toContain("'made_up' is missing")
  })
})
