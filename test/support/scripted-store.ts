/**
 * The core's ports, answered from a script: what was asked is kept, so that a test can count it. No I/O.
 */
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
  }
}

/**
 * Makes a store of users.
 *
 * @param script.snapshots - one a reading, the last one again and again.
 * @param script.outcomes - one a commit, the last one again and again; `committed` where nothing is said.
 */
export function createScriptedUsers(
  script: {
    readonly snapshots?: readonly Snapshot[]
    readonly page?: Page
    readonly numberedPage?: NumberedPage<User>
    readonly rolePage?: NumberedPage<Role>
    readonly outcomes?: readonly CommitOutcome[]
  } = {},
): ScriptedUserStore {
  const { snapshots = [sampleSnapshot()], outcomes = ['committed'] } = script
  const asked: ScriptedUserStore['asked'] = { snapshots: [], pages: [], commits: [] }
  return {
    asked,
    readSnapshot: async (query) => {
      asked.snapshots.push(query)
      return at(snapshots, asked.snapshots.length)
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
  }
}

const EMPTY_PAGE = { caller: null, isBearerRevoked: false, items: [], total: 0 }

/** The n-th of a list, counted from one; beyond the end the last. */
const at = <T>(list: readonly T[], n: number): T => list[Math.min(n, list.length) - 1] as T

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
    revokeToken: async (key, expiresAt) => {
      revoked.push({ key, expiresAt })
    },
  }
}
