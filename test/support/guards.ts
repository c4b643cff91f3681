/**
 * Nobody ends itself, nor the last who could activate (invariant 6): rows that deactivating and archiving share.
 */
import { describe, expect, it } from 'vitest'
import { call, signAction } from './api.ts'
import {
  callWithoutTrace,
  changeWithoutTrace,
  setScene,
  signable,
  type Given,
  type GuardedRoute,
} from './refusals.ts'
import { addRole, readUserRow } from './world.ts'

/** The three powers to activate, in each spelling. */
const POWERS: readonly { name: string; dialect: string; given: Given }[] = [
  { name: 'the operation', dialect: 'dfns', given: { operations: ['Auth:Users:Activate'] } },
  { name: 'user.edit', dialect: 'rinne', given: { operations: ['user.edit'] } },
  { name: 'user.*', dialect: 'rinne', given: { operations: ['user.*'] } },
  { name: '*.*', dialect: 'rinne', given: { operations: ['*.*'] } },
  { name: 'the superuser flag', dialect: 'timbu', given: { isSuperuser: true } },
]

/** Powers that a caller of a route does not hold itself: Rinne and Timbu ask for the same one for both changes. */
const powersBesides = ({ expectations }: GuardedRoute) =>
  POWERS.filter(({ dialect }) => dialect === 'dfns' || dialect !== expectations.dialect)

/** Holders who do not count: an organization with these alone could activate nobody. */
const OTHERS: readonly { name: string; given: Given }[] = [
  { name: 'a service account', given: { isServiceAccount: true } },
  { name: 'an end user', given: { kind: 'EndUser' } },
  { name: 'an inactive employee', given: { suspendedAt: 1 } },
  { name: 'an archived employee', given: { suspendedAt: 1, archivedAt: 1 } },
]

/** Refuses to take from an organization what it cannot give itself again. */
export function describeGuards(route: GuardedRoute): void {
  const targeting = async (targetId: string, scene: Awaited<ReturnType<typeof setScene>>) =>
    route.prepare({ targetId, actor: scene.actor })

  describe(route.name, () => {
    it('refuses a caller that is its own target', async () => {
      const scene = await setScene(route)
      const reply = await changeWithoutTrace(
        scene.actor,
        await targeting(scene.actor.userId, scene),
      )
      route.expectations.selfChange(reply)
    })

    it.each(powersBesides(route))(
      'refuses when the target is the last to hold $name',
      async ({ given }) => {
        const scene = await setScene(route)
        const { userId } = await scene.world.addActor(given)
        const reply = await changeWithoutTrace(scene.actor, await targeting(userId, scene))
        route.expectations.lastHolder(reply)
      },
    )

    it.each(OTHERS)('refuses when only $name holds the power besides', async ({ given }) => {
      const scene = await setScene(route)
      const power = { operations: ['Auth:Users:Activate'] }
      const { userId } = await scene.world.addActor(power)
      await scene.world.addActor({ ...power, ...given })
      const reply = await changeWithoutTrace(scene.actor, await targeting(userId, scene))
      route.expectations.lastHolder(reply)
    })

    it('refuses when only a foreign employee holds the power besides', async () => {
      const scene = await setScene(route)
      const power = { operations: ['Auth:Users:Activate'] }
      await setScene(route, power)
      const { userId } = await scene.world.addActor(power)
      const reply = await changeWithoutTrace(scene.actor, await targeting(userId, scene))
      route.expectations.lastHolder(reply)
    })

    it('takes the user action that it refused, once another employee holds the power', async () => {
      const scene = await setScene(route)
      const { userId } = await scene.world.addActor({ operations: ['Auth:Users:Activate'] })
      const request = await targeting(userId, scene)
      const { token } = scene.actor
      const userAction = await signAction(scene.actor, signable(request))
      const sent = { ...request, token, userAction }
      const refused = await callWithoutTrace([scene.world.organizationId], sent)
      route.expectations.lastHolder(refused)
      const successor = await scene.world.addUser()
      await addRole(scene.world.organizationId, successor, ['Auth:Users:Activate'])
      const reply = await call(sent)
      expect(reply.status).toBe(200)
      expect((await readUserRow(userId))['suspended_at' as never]).not.toBeNull()
    })
  })
}
