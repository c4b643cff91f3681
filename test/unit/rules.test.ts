/**
 * Every rule is cited where it is kept, and broken there by a mutant that a suite notices; and that the checker sees
 * what is missing.
 */
import { describe, expect, it } from 'vitest'
import { MUTANTS, type Mutant } from '../mutants/mutants.ts'
import { readRules, RULES } from '../rules/rules.ts'
import { readRepository } from '../support/repository.ts'

describe('the rules', () => {
  it('are cited in the source and broken by mutants, without a gap', () => {
    const { rows, gaps } = readRules(RULES, readRepository(), MUTANTS)
    expect(gaps).toEqual([])
    console.log(`rules: ${rows.length}, mutants: ${MUTANTS.length}`)
    expect(rows.length).toBeGreaterThanOrEqual(40 + 15)
    expect(MUTANTS.length).toBeGreaterThanOrEqual(75)
  })
})

const RULE = { T1: 'one thing' }
const MUTANT: Mutant = {
  rule: 'T1',
  fault: 'another thing',
  file: 'src/a.ts',
  find: 'const a',
  replace: 'const b',
  suite: 'test/a.test.ts',
}
const SUITE = { file: 'test/a.test.ts', text: '' }

/** What is found missing when the source is one file. */
const gapsOf = (text: string, mutants: readonly Mutant[] = [MUTANT], file = 'src/a.ts') =>
  readRules(RULE, [SUITE, { file, text }], mutants).gaps

describe('readRules', () => {
  it.each([
    '// T1: because.\nconst a = 1',
    '/** One thing (rule T1). */\nconst a = 1',
    '/**\n * Two things (rules T2, T1).\n */\nconst a = 1',
    "const a = 'https://a.example' // rule T1",
  ])('takes the citation in %j', (text) => {
    expect(readRules(RULE, [SUITE, { file: 'src/a.ts', text }], [MUTANT])).toEqual({
      rows: [{ rule: 'T1', what: 'one thing', code: ['src/a.ts'], tests: ['test/a.test.ts'] }],
      gaps: [],
    })
  })

  it.each([
    { name: 'a text', text: "const a = 'T1'" },
    { name: 'an address in a text', text: "const a = 'https://a.example/T1'" },
    { name: 'a name', text: 'const a = T1' },
    { name: 'another id', text: '// T10, T11, AT1, T1-T15\nconst a = 1' },
  ])('takes no citation in $name', ({ text }) => {
    expect(gapsOf(text)).toEqual(['T1 is cited nowhere', 'T1 is not cited in src/a.ts'])
  })

  const CITED = '// T1\nconst a = 1'
  it.each<{ name: string; gaps: readonly string[]; expected: readonly string[] }>([
    { name: 'without a mutant', gaps: gapsOf(CITED, []), expected: ['T1 has no mutant'] },
    {
      name: 'whose mutant breaks a file that does not cite it',
      gaps: readRules(
        RULE,
        [SUITE, { file: 'src/a.ts', text: 'const a = 1' }, { file: 'src/b.ts', text: '// T1' }],
        [MUTANT],
      ).gaps,
      expected: ['T1 is not cited in src/a.ts'],
    },
    {
      name: 'whose mutant has no place',
      gaps: gapsOf('// T1\nlet a = 1'),
      expected: ['"another thing" has 0 places in src/a.ts'],
    },
    {
      name: 'whose mutant has two places',
      gaps: gapsOf(`${CITED}\nconst ab = 2`),
      expected: ['"another thing" has 2 places in src/a.ts'],
    },
    {
      name: 'whose suite is no file',
      gaps: gapsOf(CITED, [{ ...MUTANT, suite: 'test/b.test.ts' }]),
      expected: ['"another thing" is to be noticed by test/b.test.ts, which is no file'],
    },
    {
      name: 'that only a test cites',
      gaps: gapsOf(CITED, [{ ...MUTANT, file: 'test/b.ts' }], 'test/b.ts'),
      expected: ['T1 is cited nowhere', 'T1 is not cited in test/b.ts'],
    },
    {
      name: 'that there is not',
      gaps: gapsOf(CITED, [MUTANT, { ...MUTANT, rule: 'T99' }]),
      expected: ['T99 is no rule'],
    },
    {
      name: 'that is a planted bug',
      gaps: gapsOf(CITED, [MUTANT, { ...MUTANT, rule: 'bug 1' }]),
      expected: [],
    },
  ])('names a rule $name', ({ gaps, expected }) => {
    expect(gaps).toEqual(expected)
  })
})
