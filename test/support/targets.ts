/**
 * Targets that no route finds: rows that all routes on one user share.
 */
import { describe, it } from 'vitest'
import { newId } from '../../src/auth/random.ts'
import {
  callWithoutTrace,
  changeWithoutTrace,
  setScene,
  type GuardedRoute,
  type PreparedRequest,
} from './refusals.ts'
import type { Actor, World } from './world.ts'

/** One row: makes an id that leads to nobody. */
interface TargetCase {
  readonly name: string
  readonly makeId: (world: World) => Promise<string> | string
}

const ROWS: readonly TargetCase[] = [
  { name: 'an unknown id', makeId: () => newId('user') },
  {
    name: 'an archived user',
    makeId: (world) => world.addUser({ suspendedAt: 1, archivedAt: 1 }),
  },
  { name: 'the id of an organization', makeId: (world) => world.organizationId },
  {
    name: 'an existing id in upper case',
    makeId: async (world) => (await world.addUser()).toUpperCase(),
  },
  { name: "an existing id's beginning", makeId: async (w) => (await w.addUser()).slice(0, -1) },
  { name: 'an id of another vendor', makeId: () => 'user123' },
  { name: 'a UUID', makeId: () => crypto.randomUUID() },
  { name: '64 characters without the pattern', makeId: () => 'a'.repeat(64) },
  { name: 'a name that every object inherits', makeId: () => '__proto__' },
]

/** Sends a request as its route wants it, and expects no trace. */
export const sendWithoutTrace = (route: GuardedRoute, actor: Actor, request: PreparedRequest) =>
  route.isChange
    ? changeWithoutTrace(actor, request)
    : callWithoutTrace([actor.organizationId], { ...request, token: actor.token })

/** Answers 404 for ids that lead to nobody. */
export function describeTargets(route: GuardedRoute): void {
  describe(route.name, () => {
    it.each(ROWS)('answers 404 for $name', async ({ makeId }) => {
      const { world, actor } = await setScene(route)
      const targetId = await makeId(world)
      const request = await route.prepare({ targetId, actor })
      const reply = await sendWithoutTrace(route, actor, request)
      route.expectations.notFound(reply, targetId, actor.organizationId)
    })
  })
}
