/**
 * Prints which code keeps each rule, and which suites notice when it is broken. Ends with 1 where something is missing.
 */
import { MUTANTS } from '../mutants/mutants.ts'
import { readRepository } from '../support/repository.ts'
import { readRules, RULES } from './rules.ts'

const { rows, gaps } = readRules(RULES, readRepository(), MUTANTS)
const shorten = (files: readonly string[]) =>
  files.map((file) => file.replace(/^(src|test)\//, '').replace(/(\.test)?\.ts$/, '')).join(', ')
const lines = [
  ['rule', 'what', 'code', 'test'],
  ...rows.map(({ rule, what, code, tests }) => [rule, what, shorten(code), shorten(tests)]),
]
const widths = [0, 1, 2].map((column) =>
  Math.max(...lines.map((line) => line[column]?.length ?? 0)),
)
for (const line of lines) {
  console.log(line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | '))
}
for (const gap of gaps) console.error(`gap: ${gap}`)
console.log(`rules: ${rows.length}, mutants: ${MUTANTS.length}, gaps: ${gaps.length}`)
process.exitCode = gaps.length > 0 ? 1 : 0
