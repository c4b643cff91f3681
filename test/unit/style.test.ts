/**
 * The targets of STYLE.md over the whole tree, and that each check sees what breaks it.
 */
import { describe, expect, it } from 'vitest'
import { readRepository, sourceOf, testsOf, type RepositoryFile } from '../support/repository.ts'
import {
  codeOf,
  commentShareOf,
  forbiddenIn,
  hasHeader,
  hasPlan,
  linesOf,
  machinePlacesIn,
  medianOf,
  undocumentedExportsOf,
  wishesIn,
} from '../support/style.ts'

const FILES = readRepository()
const SOURCE = sourceOf(FILES)
const TESTS = testsOf(FILES)

const countLines = (files: readonly RepositoryFile[]) =>
  files.reduce((sum, { text }) => sum + linesOf(text).length, 0)

/** Names the files that a check finds something in, with what it finds. */
const findings = (files: readonly RepositoryFile[], check: (text: string) => readonly string[]) =>
  files.flatMap(({ file, text }) => check(text).map((found) => `${file}: ${found}`))

/** Names the files that a check refuses. */
const refused = (files: readonly RepositoryFile[], isGood: (text: string) => boolean) =>
  files.filter(({ text }) => !isGood(text)).map(({ file }) => file)

describe('the source', () => {
  it('has files of 90 lines or less in the middle', () => {
    expect(medianOf(SOURCE.map(({ text }) => linesOf(text).length))).toBeLessThanOrEqual(90)
  })

  it('has no file over 250 lines', () => {
    expect(refused(SOURCE, (text) => linesOf(text).length <= 250)).toEqual([])
  })

  it('begins every file with a header of one to four lines', () => {
    expect(refused(SOURCE, hasHeader)).toEqual([])
  })

  it('documents every export', () => {
    expect(findings(SOURCE, undocumentedExportsOf)).toEqual([])
  })

  it('is comment for 20 to 35 lines of a hundred', () => {
    const share = commentShareOf(SOURCE.map(({ text }) => text))
    expect(share).toBeGreaterThanOrEqual(0.2)
    expect(share).toBeLessThanOrEqual(0.35)
  })

  it('has no any, no class and no enum', () => {
    expect(findings(SOURCE, forbiddenIn)).toEqual([])
  })

  it('leaves nothing for later', () => {
    expect(refused([...SOURCE, ...TESTS], (text) => !hasPlan(text))).toEqual([])
  })
})

describe('the tests', () => {
  it('are 1.2 to 2 times as long as the source', () => {
    // Instruments and the kit are as long as the numbers that they have to reach want them, not as the source is.
    const tests = TESTS.filter(
      ({ file }) => !/^test\/(proof|soak|mutants|rules|corpora|wycheproof|support)\//.test(file),
    )
    const ratio = countLines(tests) / countLines(SOURCE)
    expect(ratio).toBeGreaterThanOrEqual(1.2)
    expect(ratio).toBeLessThanOrEqual(2)
  })

  it('say what is, not what is wished for', () => {
    expect(findings(TESTS, wishesIn)).toEqual([])
  })

  it('begin every file with a header of one to four lines', () => {
    expect(refused(TESTS, hasHeader)).toEqual([])
  })
})

describe('the repository', () => {
  it('names no folder of one machine and no address of a registry', () => {
    expect(findings(FILES, machinePlacesIn)).toEqual([])
  })
})

describe('the checks', () => {
  it('count comment lines among those that are not blank', () => {
    expect(commentShareOf(['/** a */\n\n// b\nconst c = 1 // d\n', ' * e\nconst f = 2'])).toBe(0.6)
    expect(codeOf('/**\n * a\n */\nconst b = 1 * 2\n  // c\n')).toBe('const b = 1 * 2')
  })

  it.each([
    { numbers: [3, 1, 2], median: 2 },
    { numbers: [4, 1, 2, 9], median: 3 },
    { numbers: [7], median: 7 },
  ])('find $median in the middle of $numbers', ({ numbers, median }) => {
    expect(medianOf(numbers)).toBe(median)
  })

  it.each([
    { name: 'one line', text: '/**\n * One line.\n */\nconst a = 1', isHeader: true },
    { name: 'four lines', text: '/**\n * 1\n * 2\n * 3\n * 4\n */\n', isHeader: true },
    { name: 'five lines', text: '/**\n * 1\n * 2\n * 3\n * 4\n * 5\n */\n', isHeader: false },
    { name: 'a late comment', text: "import 'a'\n/**\n * Late.\n */", isHeader: false },
    { name: 'a line comment', text: '// A line.\n', isHeader: false },
  ])('take $name for a header: $isHeader', ({ text, isHeader }) => {
    expect(hasHeader(text)).toBe(isHeader)
  })

  it.each([
    'export function a() {}',
    'export async function a() {}',
    'export const a = 1',
    'export interface A {}',
    'export type A = 1',
    'export default {}',
  ])('see that %s is not documented', (line) => {
    expect(undocumentedExportsOf(`const b = 1\n${line}`)).toEqual([line])
    expect(undocumentedExportsOf(`/** Documented. */\n${line}`)).toEqual([])
  })

  it.each([
    { code: 'const a: any = 1', names: ['any'] },
    { code: 'const a = b as any', names: ['any'] },
    { code: 'type A = Map<string, any>', names: ['any'] },
    { code: 'export class A {}', names: ['class'] },
    { code: 'export const enum A {}', names: ['enum'] },
    { code: 'const anybody = (company: string) => company // any class', names: [] },
  ])('find $names in "$code"', ({ code, names }) => {
    expect(forbiddenIn(code)).toEqual(names)
  })

  it('see plans, wishes, folders and registries', () => {
    const later = ['TO', 'DO'].join('')
    const wish = ['sho', 'uld'].join('')
    const folders = [
      ['', 'work', 'main'],
      ['', 'home', 'ada', 'x'],
    ].map((one) => one.join('/'))
    expect(hasPlan(`// ${later}: later`)).toBe(true)
    expect(wishesIn(`it('${wish} work', () => {})`)).toEqual([`'${wish} work'`])
    expect(folders.flatMap(machinePlacesIn)).toEqual(folders)
    expect(machinePlacesIn(`https://${'registry'}.example.test/a`)).toHaveLength(1)
    expect(machinePlacesIn('see https://example.test/work/ and ../root/x')).toEqual([])
  })
})
