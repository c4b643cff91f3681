/**
 * What logging in and signing read and write on D1: accounts with their keys, revoked tokens.
 */
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Account, AccountStore } from '../core/ports.ts'
import { keyHolderOf, type Principal } from '../core/principal.ts'
import { selectActiveCredentials, selectOwnCredentials, toCredential } from './credential-view.ts'
import { runBatch, type Database } from './database.ts'
import { assertServable, type StoreOptions } from './demo-data.ts'
import { organizations, revokedTokens, users } from './schema.ts'
import { isNamedBy, selectCaller, selectUsers, toAsker, toUser } from './user-view.ts'

/**
 * Makes the store of accounts.
 *
 * @param options.allowsDemoData - as of the store of users.
 */
export const createD1AccountStore = (database: Database, options: StoreOptions): AccountStore => ({
  readAccount: async (organizationId, username) => {
    const account = await readAccount(database, organizationId, username)
    assertServable(account?.organization, options)
    return account
  },
  readSigner: async (principal) => {
    const signer = await readSigner(database, principal)
    assertServable(signer.account?.organization, options)
    return signer
  },
  readCredentials: async (principal) => {
    const read = await readCredentials(database, principal)
    assertServable(read.caller?.organization, options)
    return read
  },
  revokeToken: (hash, expiresAt) => revokeToken(database, hash, expiresAt),
})

/** Reads an account by its name: organization, user and keys in one round trip, whether there is one or not. */
async function readAccount(
  database: Database,
  organizationId: string,
  username: string,
): Promise<Account | null> {
  const named = and(
    eq(users.organizationId, organizationId),
    sql`lower(${users.username}) = lower(${username})`,
    isNull(users.archivedAt),
  )
  const answers = await runBatch(database, {
    organization: database.select().from(organizations).where(eq(organizations.id, organizationId)),
    user: selectUsers(database, named),
    credentials: selectActiveCredentials(database, named, null),
  })
  const [organization] = answers.organization
  const [user] = answers.user
  if (!organization || !user) return null
  return {
    organization,
    user: toUser(user),
    credentials: answers.credentials.map((row) => toCredential(row.credential)),
  }
}

/** Writes the row, or sees it there: a second time changes nothing, and so does a retry after a lost answer. */
async function revokeToken(database: Database, hash: string, expiresAt: number): Promise<void> {
  const { revoked } = await runBatch(database, {
    revoked: database
      .insert(revokedTokens)
      .values({ hash, expiresAt })
      .onConflictDoUpdate({ target: revokedTokens.hash, set: { hash } })
      .returning({ hash: revokedTokens.hash }),
  })
  if (revoked[0]?.hash !== hash) throw new Error('D1 did not write a revocation')
}

/** Reads a caller by its token, with the keys that this very kind of token may sign with. */
async function readSigner(database: Database, principal: Principal) {
  const answers = await runBatch(database, {
    caller: selectCaller(database, principal),
    credentials: selectActiveCredentials(database, isNamedBy(principal), keyHolderOf(principal)),
  })
  const { caller, isBearerRevoked } = toAsker(answers.caller[0])
  const credentials = answers.credentials.map((one) => toCredential(one.credential))
  return { account: caller && { ...caller, credentials }, isBearerRevoked }
}

/** Reads a caller by its token, with every key of its own. */
async function readCredentials(database: Database, principal: Principal) {
  const answers = await runBatch(database, {
    caller: selectCaller(database, principal),
    credentials: selectOwnCredentials(database, isNamedBy(principal)),
  })
  const credentials = answers.credentials.map((one) => toCredential(one.credential))
  return { ...toAsker(answers.caller[0]), credentials }
}
