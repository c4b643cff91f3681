/**
 * A mutant for each rule on idempotency (RULES.md section 3), and the five bugs that histories must show (C12).
 */
import type { MutantRow } from './mutants.ts'

const SYNTAX = 'test/unit/http/idempotency-key.test.ts'
const RUNNER = 'test/unit/core/run-command.test.ts'
const CLAIMS = 'test/integration/claims.test.ts'
const KEYS = 'test/conformance/idempotency.test.ts'
const HISTORIES = 'test/proof/histories.test.ts'

/** Claims the key with a refusal as its answer. */
const KEPT_REFUSAL = `const { caller: sender } = snapshot
        if (claim && sender) {
          await store.commit({
            id: outside.newEventId(),
            claim: { ...claim, status: 409, body: '{}', headers: {}, now },
            guards: { caller: sender.user, needsSuperuser: false, revocationKey: null, assignments: [],
              roles: [], credentialId: null, target: null, sharedPowers: [] },
            consumption: null, change: null, event: null })
        }
        return decision`

/** Answers a user as it was up to 50 ms ago. */
const RECALL = `((fresh: ReturnType<typeof toUser> | null) => {
      const memory = globalThis as { known?: Map<string, { user: typeof fresh; until: number }> }
      const known = (memory.known ??= new Map()).get(query.targetId ?? '')
      if (known && Date.now() < known.until) return known.user
      memory.known.set(query.targetId ?? '', { user: fresh, until: Date.now() + 50 })
      return fresh
    })`

/** In the order of the rules. */
// prettier-ignore
export const IDEMPOTENCY_MUTANTS: readonly MutantRow[] = [
  [
    'I1', 'two keys in one header are one key',
    SYNTAX, 'src/http/idempotency-key.ts',
    'const BARE = /^[\\x21\\x23-\\x2b\\x2d-\\x7e]+$/',
    'const BARE = /^[\\x20-\\x7e]+$/',
  ],
  [
    'I2', 'a key is shared by all callers of an organization',
    KEYS, 'src/auth/idempotency-claim.ts',
    'principal.organizationId, identityOf(principal), operationId, key',
    'principal.organizationId, operationId, key',
  ],
  [
    'I3', 'the fingerprint leaves out If-Match and Activate-Reason',
    KEYS, 'src/auth/idempotency-claim.ts',
    'bodyHash, ...conditions]',
    'bodyHash]',
  ],
  [
    'I4', 'another request under the key is answered as the first one',
    KEYS, 'src/core/command-decision.ts',
    'return snapshot.claim.fingerprint === fingerprint',
    'return fingerprint.length > 0',
  ],
  [
    'I5', 'who loses the race for a key is refused instead of answered',
    CLAIMS, 'src/store/store-failure.ts',
    "if (table === 'idempotency_records') return 'stale'",
    "if (table === 'idempotency_records') return 'proof_used'",
  ],
  [
    'I6', 'the key is claimed in a batch of its own',
    CLAIMS, 'src/store/d1-user-store.ts',
    'const answers = await runBatch(database, statements)',
    `const { claim: alone, ...others } = statements
    const before = await runBatch(database, { claim: alone })
    const answers = { ...before, ...(await runBatch(database, others)) }`,
  ],
  [
    'I7', 'a lost answer counts as a good one',
    CLAIMS, 'src/store/d1-user-store.ts',
    "return readConflict(error) ?? 'unclear'",
    "return readConflict(error) ?? 'committed'",
  ],
  [
    'I7', 'a commit in doubt is made again without reading back',
    RUNNER, 'src/core/run-command.ts',
    'if (done) return give(done.answer)',
    'if (done && attempt < 0) return give(done.answer)',
  ],
  [
    'I8', 'a refusal takes the key too',
    KEYS, 'src/core/run-command.ts',
    'if (!decision.ok) return decision',
    `if (!decision.ok) {
${KEPT_REFUSAL}
}`,
  ],
  [
    'I9', 'an answer is repeated to whom it is no longer meant for',
    KEYS, 'src/core/command-decision.ts',
    'if (!caller.ok) return caller',
    `const { claim: early } = request
  if (early && snapshot.claim?.fingerprint === early.fingerprint) {
    return succeed({ do: 'repeat', scopeHash: early.scopeHash, mark: snapshot.claim })
  }
  if (!caller.ok) return caller`,
  ],
  [
    'I10', 'a repeated answer does not say that it is one',
    KEYS, 'src/dialects/dialect.ts',
    "isReplay ? { 'idempotent-replayed': 'true' } : change",
    'isReplay ? {} : change',
  ],
  [
    'I11', 'a retry with the user action that is used by now is refused',
    KEYS, 'src/core/command-decision.ts',
    'if (claim && snapshot.claim) {',
    'if (claim && snapshot.claim && !snapshot.isProofUsed) {',
  ],
  [
    'I12', 'a key that lives is taken over like one that has expired',
    CLAIMS, 'src/store/claim-statements.ts',
    '${claim.fingerprint}, NULL)`',
    '${claim.fingerprint}, ${claim.fingerprint})`',
  ],
  [
    'I13', 'a copy of another claim is taken for the answer',
    RUNNER, 'src/core/run-command.ts',
    'return isSame ? found',
    'return found && `${isSame}` ? found',
  ],
  [
    'I13', 'a slow copy is waited for',
    CLAIMS, 'src/store/kv-answer-copies.ts',
    'export const FIND_MILLISECONDS = 50',
    'export const FIND_MILLISECONDS = 5_000',
  ],
  [
    'I14', 'what decides is read from any replica',
    CLAIMS, 'src/store/database.ts',
    'prepare: (query: string) => binding.prepare(query)',
    "prepare: (query: string) => binding.withSession('first-unconstrained').prepare(query)",
  ],
  [
    'I15', 'an overloaded database is asked again',
    CLAIMS, 'src/store/store-failure.ts',
    '/overloaded/i.test(textsOf(error))',
    '/overburdened/i.test(textsOf(error))',
  ],
  [
    'bug 1', 'lost update: the version that was read is not asserted',
    HISTORIES, 'src/store/guard-statement.ts',
    `  target === null
    ? HOLDS
    : sql\`(SELECT 1 FROM users WHERE id = \${target.id} AND version = \${target.version})\``,
    '  target ? HOLDS : HOLDS',
  ],
  [
    'bug 2', 'stale read: a user comes from a cache of the isolate',
    HISTORIES, 'src/store/d1-user-store.ts',
    'target: target ? toUser(target) : null,',
    `target: ${RECALL}(target ? toUser(target) : null),`,
  ],
  [
    'bug 3', 'answer before the row: the commit is not waited for',
    HISTORIES, 'src/core/run-command.ts',
    'const outcome = await store.commit(commit)',
    `command.defer(store.commit(commit).then(() => undefined))
      const outcome = 'committed' as Awaited<ReturnType<typeof store.commit>>`,
  ],
  [
    'bug 4', 'double effect: no key is kept, so a retry runs again',
    HISTORIES, 'src/core/command-commit.ts',
    'claim: request.claim && { ...request.claim, ...answer, now: request.now },',
    'claim: null,',
  ],
  [
    'bug 5', 'half a batch: the change is written before its guard and its event',
    HISTORIES, 'src/store/d1-user-store.ts',
    '    const answers = await runBatch(database, statements)',
    `    if (change) await runBatch(database, changeStatements(database, change))
    const answers = await runBatch(database, statements)`,
  ],
]
