/**
 * The way of every change: read, decide, commit, and again if what was read no longer held. No I/O of its own, no
 * clock: it goes through the ports, and `now` is one per request (rule T12).
 */
import { commitOf, type CommittedRequest } from './command-commit.ts'
import { decideCommand, type DecidedRequest } from './command-decision.ts'
import type { AnswerCopies, ClaimMark, KeptAnswer } from './idempotency.ts'
import type { Snapshot, SnapshotQuery, UserStore, WantedKey, WantedNames } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { fail, succeed, type Result } from './result.ts'

/** How often a request that lost a race reads and decides anew. */
export const MAX_ATTEMPTS = 10

/** How often a request whose commit got no clear answer is tried again (rule I7). */
export const MAX_RETRIES = 3

/** A store that gives no clear answer needs more time than a lost race does. */
const UNCLEAR_PAUSE_FACTOR = 10

/** A request that would change something. */
export interface Command extends DecidedRequest, CommittedRequest {
  readonly names: WantedNames | null
  readonly key: WantedKey | null
  readonly roleNames: readonly string[]
  /** Lets work outlive the answer. */
  readonly defer: (work: Promise<void>) => void
}

/** What a request is answered, and whether that answer was given before. */
export interface Outcome {
  readonly answer: KeptAnswer
  readonly isReplay: boolean
}

/** Runs commands on a store. */
export type CommandRunner = (command: Command) => Promise<Result<Outcome, Refusal>>

/** A commit that got no clear answer: it may have happened, and may happen yet. */
interface Doubt {
  readonly commitId: string
  readonly answer: KeptAnswer
}

/**
 * Makes the runner. Refuses with whatever the decision refuses with, `user_action_used` or `last_holder` where the
 * batch found out, and `unavailable` after `MAX_ATTEMPTS` lost races or `MAX_RETRIES` commits without a clear answer.
 *
 * @param outside.pause - waits a moment, longer with every attempt and never the same for two requests.
 * @param outside.newEventId - makes ids of audit events, which name commits too.
 */
export function createCommandRunner(outside: {
  readonly store: UserStore
  readonly copies: AnswerCopies
  readonly newEventId: () => string
  readonly pause: (attempt: number) => Promise<void>
}): CommandRunner {
  const { store, copies } = outside
  return async (command) => {
    const { claim, now } = command
    // Beside the first reading, and awaited only where there is something to repeat.
    const copy = claim ? copies.find(claim.scopeHash) : null
    const doubts: Doubt[] = []
    let unclear = 0
    const give = (answer: KeptAnswer) => {
      if (claim) command.defer(copies.keep({ ...claim, ...answer }, now))
      return succeed({ answer, isReplay: false })
    }
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (attempt > 1) await outside.pause((attempt - 1) * (unclear > 0 ? UNCLEAR_PAUSE_FACTOR : 1))
      // Everything that the decision needs, in one round trip. Commits in doubt are read back with it (rule I7).
      const reading = store.readSnapshot(queryOf(command, doubts))
      const snapshot = doubts.length > 0 ? await reading.catch(() => null) : await reading
      const done = doubts.find(({ commitId }) => snapshot?.committedIds.includes(commitId))
      if (done) return give(done.answer)
      if (unclear > MAX_RETRIES) return fail({ reason: 'unavailable', cause: 'commit_unclear' })
      if (snapshot === null) {
        unclear += 1
        continue
      }
      const proof = await confirmProof(command.proof, snapshot)
      const decision = decideCommand({ ...command, proof }, snapshot)
      // A refusal leaves nothing behind, so that an honest retry may succeed (rule I8).
      if (!decision.ok) return decision
      if (decision.value.do === 'repeat') {
        const answer = await findAnswer(store, decision.value, copy)
        if (answer) return succeed({ answer, isReplay: true })
        continue
      }
      const answer = command.answer(decision.value.change.after)
      const commit = commitOf(command, snapshot, decision.value, answer, outside.newEventId())
      const outcome = await store.commit(commit)
      if (outcome === 'committed') return give(answer)
      if (outcome === 'unclear') {
        doubts.push({ commitId: commit.id, answer })
        unclear += 1
      }
      // What stands in the way may be this very request's own commit that was in doubt, or the other thing that is
      // spent: the next reading tells.
      const isPuzzling = outcome === 'proof_used' && command.challenge !== null
      if (outcome === 'stale' || isPuzzling || doubts.length > 0) continue
      return fail({ reason: outcome === 'last_holder' ? 'last_holder' : 'user_action_used' })
    }
    return fail({ reason: 'unavailable', cause: 'contention' })
  }
}

const queryOf = (command: Command, doubts: readonly Doubt[]): SnapshotQuery => ({
  principal: command.principal,
  proof: command.proof?.ok
    ? {
        usedHash: command.proof.value.usedHash,
        credentialId: command.proof.value.evidence.credentialId,
      }
    : null,
  claim: command.claim && { scopeHash: command.claim.scopeHash, now: command.now },
  targetId: command.targetId,
  names: command.names,
  key: command.key,
  challengeHash: command.challenge?.usedHash ?? null,
  wantsCredentials: command.isOfCaller,
  roleNames: command.roleNames,
  doubtfulIds: doubts.map(({ commitId }) => commitId),
})

/** Asks of a user action what only its credential's row tells (2.5.6); the decision then refuses it in its turn. */
async function confirmProof(
  proof: Command['proof'],
  { credential }: Snapshot,
): Promise<Command['proof']> {
  if (!proof?.ok || !credential) return proof
  const cause = (await proof.value.confirm?.(credential)) ?? null
  return cause === null ? proof : fail({ reason: 'user_action_invalid', cause })
}

/**
 * Finds the answer of a claim: a copy spares the store a reading, and counts only if it is of that very claim (rule
 * I13).
 *
 * @returns null where the claim has just expired.
 */
async function findAnswer(
  store: UserStore,
  { scopeHash, mark }: { readonly scopeHash: string; readonly mark: ClaimMark },
  copy: ReturnType<AnswerCopies['find']> | null,
): Promise<KeptAnswer | null> {
  const found = await copy
  const isSame = found?.fingerprint === mark.fingerprint && found.expiresAt === mark.expiresAt
  return isSame ? found : store.readAnswer(scopeHash, mark)
}
