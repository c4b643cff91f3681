/**
 * Login tells nobody who exists, and lets in nobody who may not come in.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import type { Reply } from '../../support/api.ts'
import { dumpTables } from '../../support/dump.ts'
import { readClaims } from '../../support/forged.ts'
import { completeLogin, initiateLogin, logIn } from '../../support/login.ts'
import { createWorld, type Actor, type World } from '../../support/world.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { expectDfnsError } from './answers.ts'

type Named = Pick<Actor, 'organizationId' | 'username' | 'signer'>

/** Names that get a decoy: somebody with a key and a name, who may not come in. */
const DECOYS: readonly { name: string; make: (world: World) => Promise<Named> }[] = [
  {
    name: 'an unknown user',
    make: async (world) => ({ ...(await world.addActor()), username: 'nobody@example.test' }),
  },
  {
    name: 'a user of an unknown organization',
    make: async (world) => ({
      ...(await world.addActor()),
      organizationId: newId('organization'),
    }),
  },
  {
    name: 'a user of another organization',
    make: async (world) => ({
      ...(await world.addActor()),
      organizationId: (await createWorld()).organizationId,
    }),
  },
  { name: 'an inactive user', make: (world) => world.addActor({ suspendedAt: 1 }) },
  {
    name: 'a user who is not registered',
    make: (world) => world.addActor({ isRegistered: false }),
  },
  {
    name: 'an archived user',
    make: (world) => world.addActor({ suspendedAt: 1, archivedAt: 1 }),
  },
  {
    name: 'a user whose only credential is deactivated',
    make: async (world) => {
      const actor = await world.addActor()
      await deactivateCredentials(actor)
      return actor
    },
  },
]

const deactivateCredentials = (actor: Actor) =>
  env.DB.prepare('UPDATE credentials SET deactivated_at = 1 WHERE user_id = ?')
    .bind(actor.userId)
    .run()

/** The ids that a challenge lists, of both kinds: how many of which there are is drawn for each name. */
function idsOf(reply: Reply): string[] {
  const { key, webauthn } = reply.json['allowCredentials'] as unknown as Record<
    'key' | 'webauthn',
    { id: string }[]
  >
  return [...key, ...webauthn].map(({ id }) => id)
}

/** Everything of a challenge but what is random or named. */
const shapeOf = (reply: Reply) => {
  const identifier = String(reply.json['challengeIdentifier'])
  const claims = readClaims(identifier)
  return {
    status: reply.status,
    headers: [...reply.headers.keys()],
    members: Object.keys(reply.json),
    claims: Object.entries(claims).map(([name, value]) =>
      name === 'epoch' || name === 'nonce' ? `${name}:${String(value).length}` : name,
    ),
  }
}

const idOf = (reply: Reply): unknown => idsOf(reply)[0]

describe('POST /auth/login/init', () => {
  it.each(DECOYS)('answers $name as it answers a user who may log in', async ({ make }) => {
    const world = await createWorld()
    const named = await make(world)
    const before = await dumpTables(world.organizationId)
    const reply = await initiateLogin(named)
    expect(await dumpTables(world.organizationId)).toEqual(before)
    expect(shapeOf(reply)).toEqual(shapeOf(await initiateLogin(await world.addActor())))
    expect(idOf(reply)).not.toBe(named.signer.credentialId)
    expectApiHeaders(reply)
  })

  it('answers one name with one decoy in any case, and another name with another', async () => {
    const { organizationId } = await createWorld()
    const ask = async (username: string) => idOf(await initiateLogin({ organizationId, username }))
    const decoy = await ask('nobody@example.test')
    expect(await ask('Nobody@Example.test')).toBe(decoy)
    expect(await ask('no-one@example.test')).not.toBe(decoy)
    const elsewhere = { ...(await createWorld()), username: 'nobody@example.test' }
    expect(idOf(await initiateLogin(elsewhere))).not.toBe(decoy)
  })
})

describe('POST /auth/login', () => {
  it.each(DECOYS.filter(({ name }) => name !== 'an inactive user'))(
    'refuses $name, whatever signs',
    async ({ make }) => {
      const world = await createWorld()
      const named = await make(world)
      const before = await dumpTables(world.organizationId)
      expectDfnsError(await logIn(named), 401, 'Not Authorized.')
      expect(await dumpTables(world.organizationId)).toEqual(before)
    },
  )

  it('refuses the decoy itself as a credential', async () => {
    const world = await createWorld()
    const { signer } = await world.addActor()
    const unknown = { organizationId: world.organizationId, username: 'nobody@example.test' }
    const challenge = await initiateLogin(unknown)
    const assertion = await signer.assert(String(challenge.json['challenge']))
    const answer = { ...assertion, credId: String(idOf(challenge)) }
    const reply = await completeLogin(challenge.json['challengeIdentifier'], answer)
    expectDfnsError(reply, 401, 'Not Authorized.')
  })

  it('tells an inactive user so when the signature is its own, and nobody else', async () => {
    const world = await createWorld()
    const inactive = await world.addActor({ suspendedAt: 1 })
    const { signer } = await world.addActor()
    const before = await dumpTables(world.organizationId)
    expectDfnsError(await logIn(inactive), 400, 'User account has been deactivated.')
    expectDfnsError(await logIn({ ...inactive, signer }), 401, 'Not Authorized.')
    expect(await dumpTables(world.organizationId)).toEqual(before)
  })

  it('refuses a user who must log in by SSO when the signature is its own, and tells nobody else', async () => {
    const world = await createWorld()
    const actor = await world.addActor({ isSsoRequired: true })
    const { signer } = await world.addActor()
    const before = await dumpTables(world.organizationId)
    expectDfnsError(await logIn(actor), 403, 'the user must log in by SSO')
    expectDfnsError(await logIn({ ...actor, signer }), 401, 'Not Authorized.')
    expect(await dumpTables(world.organizationId)).toEqual(before)
  })

  it('refuses a user whose organization has the dialect off', async () => {
    const world = await createWorld({ dialects: ['timbu', 'rinne'] })
    const reply = await logIn(await world.addActor())
    expectDfnsError(reply, 403, 'this API is not enabled for the organization')
  })

  it('refuses a credential that is deactivated between challenge and answer', async () => {
    const world = await createWorld()
    const actor = await world.addActor()
    const { json } = await initiateLogin(actor)
    await deactivateCredentials(actor)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const reply = await completeLogin(json['challengeIdentifier'], assertion)
    expectDfnsError(reply, 401, 'Not Authorized.')
  })

  it('refuses a credential that is registered after the challenge', async () => {
    const world = await createWorld()
    const actor = await world.addActor()
    const { json } = await initiateLogin(actor)
    await env.DB.prepare('UPDATE credentials SET created_at = ? WHERE user_id = ?')
      .bind(Date.now() + 2_000, actor.userId)
      .run()
    const assertion = await actor.signer.assert(String(json['challenge']))
    const reply = await completeLogin(json['challengeIdentifier'], assertion)
    expectDfnsError(reply, 401, 'Not Authorized.')
  })
})
