/**
 * The rules of RULES.md that the service keeps: which code cites each, which mutants break that code, and which suites
 * notice. Texts in, table out. No I/O.
 */
import type { Mutant } from '../mutants/mutants.ts'
import type { RepositoryFile } from '../support/repository.ts'

/** The rules by id, each in a few words. */
export const RULES: Readonly<Record<string, string>> = {
  T1: 'size and form come before any decoding',
  T2: 'one spelling of each segment',
  T3: 'one reading of each segment',
  T4: 'configuration chooses the algorithm',
  T5: 'a type for each kind of token',
  T6: 'no keys and no extensions by header',
  T7: 'a kid is an exact name of one fitting key',
  T8: 'one issuer, one key set',
  T9: 'times are numbers, lives have an end',
  T10: 'one audience, ours',
  T11: 'subjects and ids are texts',
  T12: 'one clock, little tolerance',
  T13: 'the caller is alive',
  T14: 'one answer to every bad token',
  T15: 'a throw is a refusal',
  J1: 'keys come from configured addresses',
  J2: 'time, size and type of a key set',
  J3: 'one fetch for many tokens',
  J4: 'rotation and denial',
  J5: 'no keys, no answer',
  K1: 'types and sizes of keys',
  K2: 'no weak Ed25519 key',
  K3: 'points on their curve, and public only',
  K4: 'one key, one user',
  U1: 'a challenge is random, bound, and used once',
  U2: 'a user action is good for one request',
  U3: 'it is consumed with its effect',
  U4: 'bodies are compared by value',
  U5: 'what client data says',
  U6: 'size of a user action, and none is ignored',
  '2.5.1': 'one proof in the header',
  '2.5.2': 'a proof has one spelling and one reading',
  '2.5.3': 'every claim is there, and no other',
  '2.5.4': 'the type of a proof is ours',
  '2.5.5': 'the algorithm is asymmetric, and fits the key',
  '2.5.6': 'the registered key verifies',
  '2.5.7': 'a proof brings no key',
  '2.5.8': 'the method is bound',
  '2.5.9': 'the address is bound',
  '2.5.10': 'no nonce is issued',
  '2.5.11': 'a proof is a minute old at most',
  '2.5.12': 'bearer, user, body and service are bound',
  W1: 'the passkey belongs to the caller',
  W2: 'one reading of the client data',
  W3: 'an assertion is no registration',
  W4: 'the challenge is the one that was issued',
  W5: 'the origin is on the list',
  W6: 'no page within a page',
  W7: 'the site is ours',
  W8: 'user there and verified, flags that agree',
  W9: 'the count rises',
  W10: 'the stored key and its algorithm alone',
  W11: 'unknown extensions say nothing',
  W12: 'nothing is noted before all is well',
  S1: 'one DER spelling',
  S2: 'high s is valid, and no key',
  S3: 'Ed25519 has S below the order',
  S4: "RSA-PSS has its digest's salt",
  S5: 'sizes come before arithmetic',
  S6: 'secrets are compared in constant time',
  P1: 'ids in paths have a pattern',
  P2: 'a path has one spelling',
  P3: 'changes take no query',
  P4: 'no header says what was asked',
  I1: 'syntax of a key',
  I2: 'whose key it is',
  I3: 'what makes another request',
  I4: 'a key is good for one request',
  I5: 'a lost race is answered',
  I6: 'one batch',
  I7: 'what is unclear is read back',
  I8: 'refusals are not kept',
  I9: 'repeated to whom it is meant for',
  I10: 'a repetition says so',
  I11: 'repeated before the use is asked',
  I12: 'a key lives and expires',
  I13: 'copies are only copies',
  I14: 'what decides is read from the primary',
  I15: 'overload is not made worse',
}

/** A rule with where it is kept and who notices when it is not. */
export interface RuleRow {
  readonly rule: string
  readonly what: string
  /** Files of `src/` that cite it. */
  readonly code: readonly string[]
  /** Suites that fail when it is broken. */
  readonly tests: readonly string[]
}

/**
 * Makes the table.
 *
 * @returns the rows, and one sentence for everything that is missing; none where every rule is cited where it is kept,
 *   and broken there by a mutant that has its place and its suite.
 */
export function readRules(
  rules: Readonly<Record<string, string>>,
  files: readonly RepositoryFile[],
  mutants: readonly Mutant[],
): { readonly rows: readonly RuleRow[]; readonly gaps: readonly string[] } {
  const texts = new Map(files.map(({ file, text }) => [file, text]))
  const source = files.filter(({ file }) => /^src\/.*\.ts$/.test(file))
  const comments = source.map(({ file, text }) => ({ file, text: commentsOf(text) }))
  const rows = Object.entries(rules).map(([rule, what]) => {
    const tests = mutants.filter((one) => one.rule === rule).map(({ suite }) => suite)
    const citing = comments.filter(({ text }) => isCited(rule, text)).map(({ file }) => file)
    return { rule, what, code: citing, tests: [...new Set(tests)] }
  })
  const gaps = [
    ...rows.filter(({ code }) => code.length === 0).map(({ rule }) => `${rule} is cited nowhere`),
    ...rows.filter(({ tests }) => tests.length === 0).map(({ rule }) => `${rule} has no mutant`),
    ...mutants.flatMap(({ rule, fault, file, find, suite }) => {
      const row = rows.find((one) => one.rule === rule)
      const places = (texts.get(file) ?? '').split(find).length - 1
      return [
        ...(row || /^(bug|section) \d$/.test(rule) ? [] : [`${rule} is no rule`]),
        ...(!row || row.code.includes(file) ? [] : [`${rule} is not cited in ${file}`]),
        ...(places === 1 ? [] : [`"${fault}" has ${places} places in ${file}`]),
        ...(texts.has(suite) ? [] : [`"${fault}" is to be noticed by ${suite}, which is no file`]),
      ]
    }),
  ]
  return { rows, gaps: [...new Set(gaps)] }
}

/** Texts and comments, whichever begins first: an address in a text is no comment. */
const TEXT_OR_COMMENT =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g

const commentsOf = (text: string): string =>
  (text.match(TEXT_OR_COMMENT) ?? []).filter((one) => one.startsWith('/')).join('\n')

/** A range, such as that of a file's header, says nothing of where one of its rules is kept. */
const isCited = (rule: string, comments: string): boolean =>
  new RegExp(`(?<![\\w-])${rule}(?![\\w-])`).test(comments)
