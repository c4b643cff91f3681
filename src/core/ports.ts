/**
 * What the core needs of the outside, in its own words. Types only; adapters say the technology.
 */
import type { Caller } from './access.ts'
import type { AuditEvent, Change } from './change.ts'
import type { NameConflicts } from './create-user.ts'
import type { ClaimMark, IdempotencyClaim, KeptAnswer } from './idempotency.ts'
import type { Power } from './powers.ts'
import type { Principal } from './principal.ts'
import type { Credential, Identifier, Organization, Role, User, UserKind } from './user.ts'

/** Names that a new user would take. */
export interface WantedNames {
  readonly username: string
  readonly identifiers: readonly Pick<Identifier, 'type' | 'value'>[]
  readonly externalId: string | null
}

/** What a new key would take: the key itself, everywhere, and its id, in the organization (rule K4). */
export interface WantedKey {
  readonly publicKeyHash: string
  readonly credentialId: string
}

/** What one decision is made of: read in one round trip. What is null or left out is not asked for. */
export interface SnapshotQuery {
  readonly principal: Principal
  /** The user action or challenge whose use is asked for, and the credential that it names. */
  readonly proof?: { readonly usedHash: string; readonly credentialId: string } | null
  /** The idempotency key whose earlier use is asked for, and the Unix milliseconds that it lives or has expired at. */
  readonly claim?: { readonly scopeHash: string; readonly now: number } | null
  /** Whose state is asked for. */
  readonly targetId?: string | null
  readonly names?: WantedNames | null
  /** A key that the caller, or the new user, would get. */
  readonly key?: WantedKey | null
  /** The hash of a challenge whose use is asked for, besides the proof's. */
  readonly challengeHash?: string | null
  /** Whether the caller's own credentials are asked for. */
  readonly wantsCredentials?: boolean
  /** Roles that would be granted, by name. */
  readonly roleNames?: readonly string[]
  /** Commits that got no clear answer, by their ids. */
  readonly doubtfulIds?: readonly string[]
}

/** The state of the store that a decision is made of. */
export interface Snapshot {
  readonly caller: Caller | null
  readonly isBearerRevoked: boolean
  readonly isProofUsed: boolean
  readonly isChallengeUsed: boolean
  readonly credential: Credential | null
  /** What an earlier request left under the same key; null where there was none, or it has expired. */
  readonly claim: ClaimMark | null
  /** Null for unknown, archived and foreign users alike. */
  readonly target: User | null
  readonly conflicts: NameConflicts
  readonly isKeyTaken: boolean
  /** Every credential of the caller itself, oldest first, without those of its personal access tokens. */
  readonly credentials: readonly Credential[]
  /** The roles of the organization that have one of the names asked for. */
  readonly roles: readonly Role[]
  /** Which of the commits in doubt were written after all. */
  readonly committedIds: readonly string[]
}

/** What was read and must still hold when the change is written (invariant 4). */
export interface Guards {
  readonly caller: Pick<User, 'id' | 'organizationId' | 'version' | 'tokenEpoch'>
  /** Whether it was the superuser flag that allowed the caller. */
  readonly needsSuperuser: boolean
  readonly revocationKey: string | null
  /** Assignments of the caller that the decision leans on. */
  readonly assignments: readonly { readonly id: string; readonly roleVersion: number }[]
  /** Roles that are granted, as they were read. */
  readonly roles: readonly Pick<Role, 'id' | 'version'>[]
  /** Row id of the credential that signed. */
  readonly credentialId: string | null
  /** The count that the passkey was read with, where it signed; null where nothing hangs on it (rule W9). */
  readonly signCount: number | null
  readonly target: Pick<User, 'id' | 'version'> | null
  /** Powers that another active employee must hold, so that the target may lose its own (invariant 6). */
  readonly sharedPowers: readonly Power[]
}

/** A single use of a token. */
export interface Consumption {
  readonly usedHash: string
  readonly purpose: string
  /** Unix milliseconds; the row may be purged afterwards. */
  readonly expiresAt: number
}

/** One transaction: all of it or nothing (invariant 2). */
export interface Commit {
  /** By which it is found again if its answer is lost (rule I7): the event's id where it has one. */
  readonly id: string
  /** The idempotency key, the answer that is kept under it, and the Unix milliseconds of the request. */
  readonly claim: (IdempotencyClaim & KeptAnswer & { readonly now: number }) | null
  readonly guards: Guards
  readonly consumption: Consumption | null
  /** A challenge that is spent besides the proof; absent where there is none. */
  readonly challenge?: Consumption | null
  readonly change: Change | null
  readonly event: AuditEvent | null
  /** What is noted of the passkey that signed: its new count, or that its count did not rise (rule W9). */
  readonly passkey?: PasskeyNote | null
}

/** A note on the row of a passkey. */
export type PasskeyNote = { readonly credentialId: string } & (
  | { readonly signCount: number }
  | { readonly suspectedAt: number }
)

/**
 * What became of a transaction. `stale` asks for another reading and another decision; `unclear` says that nobody
 * knows whether it was written, or will be.
 */
export type CommitOutcome = 'committed' | 'proof_used' | 'last_holder' | 'stale' | 'unclear'

/** One page of users, in the order of their creation. */
export interface PageQuery {
  readonly principal: Principal
  readonly kind: UserKind | null
  /** Number of users, at most 200. */
  readonly limit: number
  /** The last user of the page before. */
  readonly after: PageCursor | null
}

/** A place in the list of users. */
export interface PageCursor {
  /** Unix milliseconds. */
  readonly createdAt: number
  readonly id: string
}

/** A page and who asked for it, read in one round trip. */
export interface Page {
  readonly caller: Caller | null
  readonly isBearerRevoked: boolean
  readonly users: readonly User[]
  /** Null on the last page. */
  readonly next: PageCursor | null
}

/** One page of users by its place, with the number of all. */
export interface NumberedPageQuery {
  readonly principal: Principal
  /** Users before the page. */
  readonly offset: number
  /** Number of users, at most 200. */
  readonly limit: number
  /** By time of creation: the newest first, or the oldest. */
  readonly isNewestFirst: boolean
}

/** One page of roles by its place. */
export interface RolePageQuery {
  readonly principal: Principal
  readonly offset: number
  /** Number of roles, at most 200. */
  readonly limit: number
  /** Part of a name, ASCII letters in any case; null for all roles. */
  readonly namePart: string | null
}

/** A page that knows how many items there are in all, and who asked for it, read in one round trip. */
export interface NumberedPage<Item> {
  readonly caller: Caller | null
  readonly isBearerRevoked: boolean
  readonly items: readonly Item[]
  readonly total: number
}

/** A user who logs in, with the keys that it may sign with. */
export interface Account {
  readonly organization: Organization
  readonly user: User
  readonly credentials: readonly Credential[]
}

/** Reads and writes users. Everything goes to the primary. */
export interface UserStore {
  readonly readSnapshot: (query: SnapshotQuery) => Promise<Snapshot>
  readonly readPage: (query: PageQuery) => Promise<Page>
  readonly readNumberedPage: (query: NumberedPageQuery) => Promise<NumberedPage<User>>
  readonly readRolePage: (query: RolePageQuery) => Promise<NumberedPage<Role>>
  readonly commit: (commit: Commit) => Promise<CommitOutcome>
  /** Reads the answer that a claim keeps; null where it keeps none any longer. */
  readonly readAnswer: (scopeHash: string, mark: ClaimMark) => Promise<KeptAnswer | null>
}

/** Reads and writes what logging in and signing need. */
export interface AccountStore {
  /** Finds the account by its name; null for an unknown organization or user, and for archived users. */
  readonly readAccount: (organizationId: string, username: string) => Promise<Account | null>
  /** Reads the caller with the active keys that it may sign with, and whether its bearer was logged out. */
  readonly readSigner: (
    principal: Principal,
  ) => Promise<{ readonly account: Account | null; readonly isBearerRevoked: boolean }>
  /** Reads the caller with every credential of its own, inactive ones too, oldest first. */
  readonly readCredentials: (principal: Principal) => Promise<{
    readonly caller: Caller | null
    readonly isBearerRevoked: boolean
    readonly credentials: readonly Credential[]
  }>
  /** Ends a token before its time; a second time changes nothing. */
  readonly revokeToken: (revocationKey: string, expiresAt: number) => Promise<void>
}

/** Tells whether the store can serve. */
export interface StoreHealth {
  /** Names what is missing; null when all is well. */
  readonly findFault: (allowsDemoData: boolean) => Promise<string | null>
}
