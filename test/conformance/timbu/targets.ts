/**
 * Targets that neither change of state takes: not found, named by a wrong address, or where the change would lead.
 */
import { describe, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { call, signAction } from '../../support/api.ts'
import { callWithoutTrace, setScene, signable } from '../../support/refusals.ts'
import { describeTargets } from '../../support/targets.ts'
import { createWorld, type World } from '../../support/world.ts'
import { expectAnswer, expectDetail, expectSuccess, SAMPLES } from './answers.ts'
import { addIdentifier, removeIdentifiers, setUser } from './rows.ts'
import { writeChange, type StateRoute } from './routes.ts'

/** Addresses that are not the target's. */
const ADDRESSES: readonly {
  readonly name: string
  readonly make: (targetId: string, world: World) => Promise<string> | string
}[] = [
  { name: 'an unknown address', make: () => 'nobody@example.test' },
  { name: "another user's", make: async (_, world) => `${await world.addUser()}@example.test` },
  { name: 'its own with a tag', make: (id) => `${id}+a@example.test` },
  { name: 'its own at a subdomain', make: (id) => `${id}@mail.example.test` },
  { name: 'a pattern', make: () => '%@example.test' },
  {
    name: 'what it is called by, but not reached at',
    make: async (id) => {
      await setUser(id, `username = 'name-${id}@example.test'`)
      return `name-${id}@example.test`
    },
  },
  {
    name: 'its own, which is taken from it',
    make: async (id) => {
      await removeIdentifiers(id)
      return `${id}@example.test`
    },
  },
  {
    name: 'an address among its numbers',
    make: async (id) => {
      await addIdentifier(id, 'phone', `phone-${id}@example.test`)
      return `phone-${id}@example.test`
    },
  },
]

/** Refuses them, in both states, and does not tell which it is to whoever does not know the address. */
export function describeTimbuTargets(route: StateRoute): void {
  const [before, after] = route.isActive ? ['1', 'NULL'] : ['NULL', '1']

  describeTargets(route)
  describe(route.name, () => {
    it.each(ADDRESSES)('answers 404 for $name, whatever the state', async ({ make }) => {
      const { actor, request, targetId, world } = await setScene(route)
      const body = { ...writeChange(targetId, route.isActive), email: await make(targetId, world) }
      for (const suspendedAt of [before, after]) {
        await setUser(targetId, `suspended_at = ${suspendedAt}`)
        const sent = { ...request, token: actor.token, body }
        const reply = await callWithoutTrace([world.organizationId], sent)
        expectDetail(reply, 404, 'user not found')
      }
    })

    it('refuses a change that is none, and leaves its user action good', async () => {
      const place = await createWorld({ requireUserAction: true })
      const { actor, request, targetId } = await setScene(route, route.powers, place)
      const userAction = await signAction(actor, signable(request))
      const sent = { ...request, token: actor.token, userAction }
      await setUser(targetId, `suspended_at = ${after}`)
      const reply = await callWithoutTrace([place.organizationId], sent)
      if (route.isActive) expectAnswer(reply, 403, SAMPLES.active)
      else expectDetail(reply, 403, 'this user is already inactive')
      await setUser(targetId, `suspended_at = ${before}`)
      expectSuccess(await call(sent))
    })

    it('tells a caller who may not nothing of any target', async () => {
      const { actor, request, targetId, world } = await setScene(route, {})
      const stranger = { ...writeChange(targetId, route.isActive), email: 'nobody@example.test' }
      for (const suspendedAt of [before, after]) {
        await setUser(targetId, `suspended_at = ${suspendedAt}`)
        for (const sent of [
          request,
          { ...request, body: stranger },
          { ...request, path: request.path.replace(targetId, newId('user')) },
        ]) {
          const { token } = actor
          const reply = await callWithoutTrace([world.organizationId], { ...sent, token })
          expectAnswer(reply, 403, SAMPLES.forbidden)
        }
      }
    })
  })
}
