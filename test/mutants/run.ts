/**
 * Runs the suite of each mutant, two at a time, and prints who caught it. Ends with 1 where one was not caught, where
 * its place in the source is gone, or where the suite did not run at all. `--rule T9` runs the mutants of one rule.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { MUTANTS, type Mutant } from './mutants.ts'

const ROOT = path.join(import.meta.dirname, '..', '..')

/** Started without npx, which takes as long as a small suite. */
const VITEST = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

/** Tests whose failing says nothing of a mutant: the two cores are shared. */
const PARALLEL = 2

/** A suite that a mutant makes endless is as good as failed. */
const LIMIT_MILLISECONDS = 240_000

/** Suites by the time that they take, the longest first: whoever begins with the short ones ends with an idle core. */
const SLOW = [/^test\/proof\//, /^test\/(conformance|integration)\//]

/** As much of vitest's JSON report as is read. */
interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const projectOf = (suite: string): string => /^test\/(unit|proof)\//.exec(suite)?.[1] ?? 'workers'

/** Runs suites of one project; resolves to their report, or null where there is none. */
async function runSuites(
  project: string,
  suites: readonly string[],
  variables: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<Report | null> {
  const file = path.join(folder, `${project}-${variables['MUTANT']}.json`)
  const config = project === 'unit' ? 'test/mutants/vitest.config.ts' : 'test/vitest.config.ts'
  const argv = ['--config', config, '--project', project, ...options, ...suites]
  const output = ['--reporter=json', `--outputFile=${file}`]
  const env = { ...process.env, PROOF_HISTORIES: '40', ...variables }
  await new Promise((resolve) => {
    const settings = { cwd: ROOT, env, timeout: LIMIT_MILLISECONDS, maxBuffer: 2 ** 26 }
    execFile(process.execPath, [VITEST, 'run', ...argv, ...output], settings, resolve)
  })
  return readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Report,
    () => null,
  )
}

/** Lists the suites that pass as they are: the failing of any other says nothing of a mutant. */
async function findSoundSuites(suites: readonly string[]): Promise<ReadonlySet<string>> {
  const projects = Map.groupBy(new Set(suites), projectOf)
  const results = await Promise.all(
    [...projects].map(([project, its]) => runSuites(project, its, {})),
  )
  const passed = results
    .flatMap((report) => report?.testResults ?? [])
    .filter(({ status }) => status === 'passed')
  return new Set(passed.map(({ name }) => path.relative(ROOT, name)))
}

/** Says what became of a mutant: caught by a test, or why it counts as living. */
async function judge(mutant: Mutant, place: number, sound: ReadonlySet<string>) {
  const { suite } = mutant
  const source = await readFile(path.join(ROOT, mutant.file), 'utf8')
  if (source.split(mutant.find).length !== 2) return { isCaught: false, by: 'its place is gone' }
  if (!sound.has(suite)) return { isCaught: false, by: 'its suite fails without it' }
  const report = await runSuites(projectOf(suite), [suite], { MUTANT: `${place}` }, ['--bail=1'])
  const tests = report?.testResults.flatMap((one) => one.assertionResults) ?? []
  // A file that cannot be loaded has no tests: the mutant is broken, not caught.
  if (tests.length === 0) return { isCaught: false, by: 'the suite did not run' }
  const failed = tests.find(({ status }) => status === 'failed')
  // So is one that names what there is not; every test of it would fail.
  const [message = ''] = failed?.failureMessages ?? []
  if (message.startsWith('ReferenceError')) return { isCaught: false, by: 'the mutant is broken' }
  return { isCaught: failed !== undefined, by: failed?.fullName.trim() ?? 'nobody' }
}

const { rule: wanted } = parseArgs({ options: { rule: { type: 'string' } } }).values
const rankOf = ({ suite }: Mutant) => {
  const rank = SLOW.findIndex((pattern) => pattern.test(suite))
  return rank < 0 ? SLOW.length : rank
}
const chosen = [...MUTANTS.entries()].filter(([, { rule }]) => !wanted || rule === wanted)
const folder = await mkdtemp(path.join(tmpdir(), 'mutants-'))
const rows: string[][] = []
const queue = [...chosen].sort(([, one], [, two]) => rankOf(one) - rankOf(two)).values()
let living = 0

async function work(sound: ReadonlySet<string>): Promise<void> {
  for (const [place, mutant] of queue) {
    const { isCaught, by } = await judge(mutant, place, sound)
    if (!isCaught) living += 1
    rows[place] = [mutant.rule, isCaught ? 'caught' : 'LIVES', mutant.fault, by]
  }
}

try {
  const sound = await findSoundSuites(chosen.map(([, { suite }]) => suite))
  await Promise.all(Array.from({ length: PARALLEL }, () => work(sound)))
} finally {
  await rm(folder, { recursive: true })
}
for (const [rule = '', verdict = '', fault = '', by = ''] of rows.filter((row) => row)) {
  console.log(`${rule.padEnd(6)} ${verdict.padEnd(7)} ${fault.padEnd(76)} ${by}`)
}
const caught = chosen.length - living
const seconds = Math.round(performance.now() / 1000)
console.log(`mutants: ${chosen.length}, caught: ${caught}, living: ${living}, ${seconds} s`)
process.exitCode = living > 0 || chosen.length === 0 ? 1 : 0
