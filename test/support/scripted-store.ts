/**
 * The core's ports, answered from a script: what was asked is kept, so that a test can count it. No I/O.
 */
import type {
  AnswerCopies,
  ClaimMark,
  IdempotencyClaim,
  KeptAnswer,
} from '../../src/core/idempotency.ts'
import type {
  Account,
  AccountStore,
  Commit,
  CommitOutcome,
  NumberedPage,
  NumberedPageQuery,
  Page,
  PageQuery,
  RolePageQuery,
  Snapshot,
  SnapshotQuery,
  UserStore,
} from '../../src/core/ports.ts'
import type { Role, User } from '../../src/core/user.ts'
import { sampleSnapshot } from './sample.ts'

/** A store of users that remembers what it was asked. */
export interface ScriptedUserStore extends UserStore {
  readonly asked: {
    readonly snapshots: SnapshotQuery[]
    readonly pages: (PageQuery | NumberedPageQuery | RolePageQuery)[]
    readonly commits: Commit[]
    readonly answers: { readonly scopeHash: string; readonly mark: ClaimMark }[]
  }
}

/** What a store of users answers. */
export interface UsersScript {
  /** One a reading, the last one again and again; null for a reading that fails. */
  readonly snapshots?: readonly (Snapshot | null)[]
  readonly page?: Page
  readonly numberedPage?: NumberedPage<User>
  readonly rolePage?: NumberedPage<Role>
  /** One a commit, the last one again and again; `committed` where nothing is said. */
  readonly outcomes?: readonly CommitOutcome[]
  /** One a reading of a kept answer. */
  readonly answers?: readonly (KeptAnswer | null)[]
}

/** Makes a store of users. */
export function createScriptedUsers(script: UsersScript = {}): ScriptedUserStore {
  const { snapshots = [sampleSnapshot()], outcomes = ['committed'] } = script
  const asked: ScriptedUserStore['asked'] = { snapshots: [], pages: [], commits: [], answers: [] }
  return {
    asked,
    readSnapshot: async (query) => {
      asked.snapshots.push(query)
      const snapshot = at(snapshots, asked.snapshots.length)
      if (!snapshot) throw new Error('D1_ERROR: Network connection lost.')
      return snapshot
    },
    readPage: async (query) => {
      asked.pages.push(query)
      return script.page ?? { caller: null, isBearerRevoked: false, users: [], next: null }
    },
    readNumberedPage: async (query) => {
      asked.pages.push(query)
      return script.numberedPage ?? EMPTY_PAGE
    },
    readRolePage: async (query) => {
      asked.pages.push(query)
      return script.rolePage ?? EMPTY_PAGE
    },
    commit: async (commit) => {
      asked.commits.push(commit)
      return at(outcomes, asked.commits.length)
    },
    readAnswer: async (scopeHash, mark) => {
      asked.answers.push({ scopeHash, mark })
      return script.answers ? at(script.answers, asked.answers.length) : null
    },
  }
}

const EMPTY_PAGE = { caller: null, isBearerRevoked: false, items: [], total: 0 }

/** The n-th of a list, counted from one; beyond the end the last. */
const at = <T>(list: readonly T[], n: number): T => list[Math.min(n, list.length) - 1] as T

/** Copies of answers that remember what they were asked; one copy at most, which is found whatever is asked for. */
export function createScriptedCopies(copy: Awaited<ReturnType<AnswerCopies['find']>> = null) {
  const asked: { readonly found: string[]; readonly kept: IdempotencyClaim[] } = {
    found: [],
    kept: [],
  }
  const copies: AnswerCopies = {
    find: async (scopeHash) => {
      asked.found.push(scopeHash)
      return copy
    },
    keep: async (claim) => void asked.kept.push(claim),
  }
  return { ...copies, asked }
}

/** A store of accounts that remembers which tokens it ended. */
export interface ScriptedAccountStore extends AccountStore {
  readonly revoked: { readonly key: string; readonly expiresAt: number }[]
  readonly asked: { organizationId: string; username: string }[]
}

/** Makes a store of accounts with at most one account, which it answers whatever it is asked. */
export function createScriptedAccounts(
  account: Account | null,
  isBearerRevoked = false,
): ScriptedAccountStore {
  const revoked: ScriptedAccountStore['revoked'] = []
  const asked: ScriptedAccountStore['asked'] = []
  return {
    revoked,
    asked,
    readAccount: async (organizationId, username) => {
      asked.push({ organizationId, username })
      return account
    },
    readSigner: async () => ({ account, isBearerRevoked }),
    readCredentials: async () => ({
      caller: account,
      isBearerRevoked,
      credentials: account?.credentials ?? [],
    }),
    revokeToken: async (key, expiresAt) => {
      revoked.push({ key, expiresAt })
    },
  }
}
