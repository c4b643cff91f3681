/**
 * The second half of the refusals kit: user actions that no changing route takes, whoever brings them.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../src/auth/random.ts'
import { call, signAction } from './api.ts'
import { dumpTables } from './dump.ts'
import { breakSignature, forgeAccessToken, forgeUserAction, type Forgery } from './forged.ts'
import {
  callWithoutTrace,
  setScene,
  signable,
  type GuardedRoute,
  type PreparedRequest,
  type Scene,
} from './refusals.ts'
import { createWorld } from './world.ts'

/** One row: makes the header's value; `token` replaces the caller's where the row needs another. */
interface UserActionCase {
  readonly name: string
  readonly make: (
    scene: Scene & { readonly route: GuardedRoute },
  ) => Promise<{ readonly userAction: string | null; readonly token?: string }>
}

const signed =
  (change: (request: PreparedRequest) => Partial<PreparedRequest>): UserActionCase['make'] =>
  async ({ actor, request }) => ({
    userAction: await signAction(actor, signable({ ...request, ...change(request) })),
  })

const forged =
  (forgery: () => Forgery): UserActionCase['make'] =>
  async ({ actor, request }) => ({
    userAction: await forgeUserAction(actor, request, forgery()),
  })

const verbatim =
  (write: (scene: Scene) => string | null): UserActionCase['make'] =>
  (scene) =>
    Promise.resolve({ userAction: write(scene) })

/** Signs, and then changes what the signature leaned on. */
const signedBefore =
  (sql: string, bind: (scene: Scene) => string): UserActionCase['make'] =>
  async (scene) => {
    const { actor, request } = scene
    const userAction = await signAction(actor, signable(request))
    await env.DB.prepare(sql).bind(bind(scene)).run()
    return { userAction }
  }

const ROWS: readonly UserActionCase[] = [
  { name: 'a request without a user action', make: verbatim(() => null) },
  { name: 'a garbage user action', make: verbatim(() => 'garbage') },
  { name: 'a user action of 5,000 characters', make: verbatim(() => 'a'.repeat(5_000)) },
  { name: 'the bearer as user action', make: verbatim(({ actor }) => actor.token) },
  {
    name: 'two user actions at once',
    make: async ({ actor, request }) => {
      const one = await signAction(actor, signable(request))
      return { userAction: `${one}, ${one}` }
    },
  },
  {
    name: 'a user action with another signature',
    make: async ({ actor, request }) => ({
      userAction: breakSignature(await signAction(actor, signable(request))),
    }),
  },
  { name: 'an expired user action', make: forged(() => ({ now: Date.now() - 301_000 })) },
  { name: 'a user action from the future', make: forged(() => ({ now: Date.now() + 60_000 })) },
  {
    name: 'a user action for another audience',
    make: forged(() => ({ audience: 'another-service' })),
  },
  {
    name: 'a user action for another method',
    make: signed(({ method }) => ({ method: method === 'PUT' ? 'DELETE' : 'PUT' })),
  },
  { name: 'a user action for another path', make: signed(({ path }) => ({ path: `${path}x` })) },
  {
    name: 'a user action for another body',
    make: signed(({ body }) => ({ body: { ...body, another: true } })),
  },
  {
    name: 'a user action of another organization',
    make: forged(() => ({ binding: { organizationId: newId('organization') } })),
  },
  {
    name: 'a token of another type for the audience of user actions',
    make: async ({ actor, request }) => ({
      userAction: await forgeAccessToken(await forgeUserAction(actor, request), {}),
    }),
  },
  {
    name: "a user action for another caller by the caller's own credential",
    make: forged(() => ({ binding: { identity: newSecret() } })),
  },
  {
    name: 'a user action of another caller',
    make: async ({ world, route, request }) => {
      const other = await world.addActor(route.powers)
      return { userAction: await signAction(other, signable(request)) }
    },
  },
  {
    name: "a user action by another user's credential",
    make: async ({ world, actor, request }) => {
      const { signer } = await world.addActor()
      const forgery = { credentialId: signer.credentialId }
      return { userAction: await forgeUserAction(actor, request, forgery) }
    },
  },
  {
    name: 'a user action by a credential that there is not',
    make: forged(() => ({ credentialId: newId('credential') })),
  },
  {
    name: 'a user action by a credential that is deactivated since',
    make: signedBefore(
      'UPDATE credentials SET deactivated_at = 1 WHERE user_id = ?',
      (scene) => scene.actor.userId,
    ),
  },
  {
    name: 'a user action from before a deactivation, after the reactivation',
    make: async (scene) => {
      const sql = 'UPDATE users SET token_epoch = 1 WHERE id = ?'
      const { userAction } = await signedBefore(sql, ({ actor }) => actor.userId)(scene)
      return { userAction, token: await scene.actor.issueToken({ tokenEpoch: 1 }) }
    },
  },
]

/** The whole matrix of user actions, in an organization whose setting asks for them. */
export function describeUserActions(route: GuardedRoute): void {
  const { expectations, success = 200 } = route
  const setGuardedScene = async () =>
    setScene(route, route.powers, await createWorld({ requireUserAction: true }))

  describe(route.name, () => {
    it.each(ROWS)('refuses $name', async ({ make }) => {
      const scene = await setGuardedScene()
      const { userAction, token = scene.actor.token } = await make({ ...scene, route })
      const ids = [scene.world.organizationId]
      const reply = await callWithoutTrace(ids, { ...scene.request, token, userAction })
      expectations.userActionInvalid(reply)
    })

    it('refuses an empty user action', async () => {
      const { actor, request, world } = await setGuardedScene()
      const headers = { 'x-dfns-useraction': '' }
      const sent = { ...request, token: actor.token, headers } as Parameters<typeof call>[0]
      expectations.userActionInvalid(await callWithoutTrace([world.organizationId], sent))
    })

    it('refuses a user action that is used, and does nothing twice', async () => {
      const { actor, request, world } = await setGuardedScene()
      const userAction = await signAction(actor, signable(request))
      const sent = { ...request, token: actor.token, userAction }
      expect((await call(sent)).status).toBe(success)
      expectations.userActionUsed(await callWithoutTrace([world.organizationId], sent))
    })

    it('takes a user action in which nothing is forged but the signing', async () => {
      // Without this, the forged rows above could be refused for another reason than theirs.
      const { actor, request, world } = await setGuardedScene()
      const before = await dumpTables(world.organizationId)
      const userAction = await forgeUserAction(actor, request)
      const reply = await call({ ...request, token: actor.token, userAction })
      expect(reply.status).toBe(success)
      expect(await dumpTables(world.organizationId)).not.toEqual(before)
    })

    if (expectations.userAction === 'by_setting') {
      it('asks for none where the setting does not', async () => {
        const { actor, request } = await setScene(route)
        expect((await call({ ...request, token: actor.token })).status).toBe(success)
      })

      it('refuses a bad one where the setting asks for none', async () => {
        const { actor, request, world } = await setScene(route)
        const sent = { ...request, token: actor.token, userAction: 'garbage' }
        expectations.userActionInvalid(await callWithoutTrace([world.organizationId], sent))
      })
    }
  })
}
