/**
 * The service with one thing taken out of it or put wrong: a mutant or more for each rule, and the bugs that are
 * planted. Each names the suite that has to fail.
 */
import { ACTION_MUTANTS } from './actions.ts'
import { CREDENTIAL_MUTANTS } from './credentials.ts'
import { EDGE_MUTANTS } from './edge.ts'
import { IDEMPOTENCY_MUTANTS } from './idempotency.ts'
import { KEY_MUTANTS } from './keys.ts'
import { PROOF_MUTANTS } from './proofs.ts'
import { TOKEN_MUTANTS } from './tokens.ts'
import { WEBAUTHN_MUTANTS } from './webauthn.ts'

/** One change of one file of the source. */
export interface Mutant {
  /** Id of a rule of RULES.md, or a planted bug of C12. */
  readonly rule: string
  /** What the mutant does wrong. */
  readonly fault: string
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  readonly suite: string
}

/** A mutant in a list: rule, what is wrong, who must notice; file, what stands there, what stands there instead. */
export type MutantRow = readonly [
  rule: string,
  fault: string,
  suite: string,
  file: string,
  find: string,
  replace: string,
]

/** All of them. */
export const MUTANTS: readonly Mutant[] = [
  ...TOKEN_MUTANTS,
  ...KEY_MUTANTS,
  ...ACTION_MUTANTS,
  ...PROOF_MUTANTS,
  ...WEBAUTHN_MUTANTS,
  ...CREDENTIAL_MUTANTS,
  ...EDGE_MUTANTS,
  ...IDEMPOTENCY_MUTANTS,
].map(([rule, fault, suite, file, find, replace]) => ({
  rule,
  fault,
  suite,
  file,
  find,
  replace,
}))
