/**
 * Accounts on D1: who logs in, who signs, and with which keys.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newSecret } from '../../src/auth/random.ts'
import { createD1AccountStore } from '../../src/store/d1-account-store.ts'
import { openDatabase } from '../../src/store/database.ts'
import { principalOf, readRow, runSql } from '../support/commits.ts'
import { createSigner } from '../support/signer.ts'
import { addCredential, createWorld } from '../support/world.ts'

const accounts = createD1AccountStore(openDatabase(env.DB), { allowsDemoData: true })

/** A user with a key of its own, and a key of one of its personal access tokens. */
async function setUp() {
  const world = await createWorld()
  const actor = await world.addActor({ externalId: 'hr-17' })
  const tokenKey = await createSigner('Ed25519')
  await addCredential(world.organizationId, actor.userId, tokenKey, 'pat-1')
  return { world, actor, tokenKey }
}

type Scene = Awaited<ReturnType<typeof setUp>>

const readAccount = ({ actor }: Scene, username = actor.username) =>
  accounts.readAccount(actor.organizationId, username)

/** Lists the keys that an answer offers, as clients know them. */
const idsOf = (account: { credentials: readonly { credentialId: string }[] } | null) =>
  account?.credentials.map(({ credentialId }) => credentialId) ?? null

describe('readAccount', () => {
  it('finds a user by its name in any case, with its organization', async () => {
    const scene = await setUp()
    const account = await readAccount(scene, scene.actor.username.toUpperCase())
    expect(account?.user.id).toBe(scene.actor.userId)
    expect(account?.organization.id).toBe(scene.actor.organizationId)
  })

  it('never offers the key of a personal access token for logging in', async () => {
    const scene = await setUp()
    expect(idsOf(await readAccount(scene))).toEqual([scene.actor.signer.credentialId])
  })

  it('leaves deactivated keys out', async () => {
    const scene = await setUp()
    await runSql('UPDATE credentials SET deactivated_at = 1 WHERE user_id = ?', scene.actor.userId)
    expect(idsOf(await readAccount(scene))).toEqual([])
  })

  it('reads an inactive user, for the flow decides what that means', async () => {
    const scene = await setUp()
    await runSql('UPDATE users SET suspended_at = 7 WHERE id = ?', scene.actor.userId)
    expect((await readAccount(scene))?.user.suspendedAt).toBe(7)
  })

  it('finds nobody by an unknown name, in another organization, or when archived', async () => {
    const scene = await setUp()
    const other = await createWorld()
    expect(await readAccount(scene, 'nobody@example.test')).toBeNull()
    expect(await accounts.readAccount(other.organizationId, scene.actor.username)).toBeNull()
    expect(await accounts.readAccount('or-none', scene.actor.username)).toBeNull()
    await runSql('UPDATE users SET archived_at = 1 WHERE id = ?', scene.actor.userId)
    expect(await readAccount(scene)).toBeNull()
  })

  it('finds the living user when an archived one had the name before', async () => {
    const scene = await setUp()
    const { actor, world } = scene
    await runSql('UPDATE users SET archived_at = 1 WHERE id = ?', actor.userId)
    await runSql('UPDATE user_identifiers SET released_at = 1 WHERE user_id = ?', actor.userId)
    const id = await world.addUser({ username: actor.username })
    const account = await readAccount(scene)
    expect(account?.user.id).toBe(id)
    expect(idsOf(account)).toEqual([])
  })
})

describe('readSigner', () => {
  it("offers a user's own keys to its own token", async () => {
    const { actor } = await setUp()
    const { account, isBearerRevoked } = await accounts.readSigner(principalOf(actor))
    expect(idsOf(account)).toEqual([actor.signer.credentialId])
    expect(isBearerRevoked).toBe(false)
  })

  it('offers a personal access token its own key alone', async () => {
    const { actor, tokenKey } = await setUp()
    const members = { tokenKind: 'personal_access_token', tokenId: 'pat-1' } as const
    const { account } = await accounts.readSigner(principalOf(actor, members))
    expect(idsOf(account)).toEqual([tokenKey.credentialId])
  })

  it('offers another personal access token, or one without a jti, no key', async () => {
    const { actor } = await setUp()
    for (const tokenId of ['pat-2', null]) {
      const members = { tokenKind: 'personal_access_token', tokenId } as const
      const { account } = await accounts.readSigner(principalOf(actor, members))
      expect(idsOf(account)).toEqual([])
    }
  })

  it('finds the user of an outside issuer by its external id', async () => {
    const { actor } = await setUp()
    const reference = { by: 'external_id', externalId: 'hr-17' } as const
    const { account } = await accounts.readSigner(principalOf(actor, { reference }))
    expect(account?.user.id).toBe(actor.userId)
    expect(idsOf(account)).toEqual([actor.signer.credentialId])
  })

  it('finds nobody in another organization', async () => {
    const { actor } = await setUp()
    const { organizationId } = await createWorld()
    const { account } = await accounts.readSigner(principalOf(actor, { organizationId }))
    expect(account).toBeNull()
  })
})

describe('revokeToken', () => {
  it('ends a token for every later reading', async () => {
    const { actor } = await setUp()
    const principal = principalOf(actor, { revocationKey: newSecret() })
    expect((await accounts.readSigner(principal)).isBearerRevoked).toBe(false)
    await accounts.revokeToken(principal.revocationKey ?? '', 9_999_999_999_999)
    expect((await accounts.readSigner(principal)).isBearerRevoked).toBe(true)
  })

  it('changes nothing when the token is dead already', async () => {
    const hash = newSecret()
    await accounts.revokeToken(hash, 9_999_999_999_999)
    await accounts.revokeToken(hash, 1)
    expect(await readRow('SELECT expires_at FROM revoked_tokens WHERE hash = ?', hash)).toEqual({
      expires_at: 9_999_999_999_999,
    })
  })
})
