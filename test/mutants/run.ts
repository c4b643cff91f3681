/**
 * Runs the suite of each mutant, two at a time, and prints who caught it. Ends with 1 where one was not caught, where
 * its place in the source is gone, or where the suite did not run at all.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MUTANTS, type Mutant } from './mutants.ts'

const ROOT = path.join(import.meta.dirname, '..', '..')

/** Tests whose failing says nothing of a mutant: the two cores are shared. */
const PARALLEL = 2

/** A suite that a mutant makes endless is as good as failed. */
const LIMIT_MILLISECONDS = 240_000

/** As much of vitest's JSON report as is read. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

/** Runs the suite of a mutant; resolves to its report, or null where there is none. */
async function runSuite(mutant: Mutant, place: number, folder: string): Promise<Report | null> {
  const file = path.join(folder, `${place}.json`)
  const output = ['--reporter=json', `--outputFile=${file}`]
  const project = /^test\/(unit|proof)\//.exec(mutant.suite)?.[1] ?? 'workers'
  const options = ['run', '--config', 'test/vitest.config.ts', '--project', project, ...output]
  const env = { ...process.env, MUTANT: String(place), PROOF_HISTORIES: '40' }
  await new Promise((resolve) => {
    const settings = { cwd: ROOT, env, timeout: LIMIT_MILLISECONDS, maxBuffer: 2 ** 26 }
    execFile('npx', ['vitest', ...options, mutant.suite], settings, resolve)
  })
  return readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Report,
    () => null,
  )
}

/** Says what became of a mutant: caught by a test, or why it counts as living. */
async function judge(mutant: Mutant, place: number, folder: string) {
  const source = await readFile(path.join(ROOT, mutant.file), 'utf8')
  if (source.split(mutant.find).length !== 2) return { isCaught: false, by: 'its place is gone' }
  const report = await runSuite(mutant, place, folder)
  const tests = report?.testResults.flatMap((one) => one.assertionResults) ?? []
  // A file that cannot be loaded has no tests: the mutant is broken, not caught.
  if (tests.length === 0) return { isCaught: false, by: 'the suite did not run' }
  const failed = tests.find(({ status }) => status === 'failed')
  return { isCaught: failed !== undefined, by: failed?.fullName.trim() ?? 'nobody' }
}

const folder = await mkdtemp(path.join(tmpdir(), 'mutants-'))
const rows: string[][] = []
const queue = MUTANTS.entries()
let living = 0

async function work(): Promise<void> {
  for (const [place, mutant] of queue) {
    const { isCaught, by } = await judge(mutant, place, folder)
    if (!isCaught) living += 1
    rows[place] = [mutant.rule, isCaught ? 'caught' : 'LIVES', mutant.fault, by]
  }
}

try {
  await Promise.all(Array.from({ length: PARALLEL }, work))
} finally {
  await rm(folder, { recursive: true })
}
for (const [rule = '', verdict = '', fault = '', by = ''] of rows) {
  console.log(`${rule.padEnd(6)} ${verdict.padEnd(7)} ${fault.padEnd(76)} ${by}`)
}
console.log(`mutants: ${MUTANTS.length}, caught: ${MUTANTS.length - living}, living: ${living}`)
process.exitCode = living > 0 ? 1 : 0
