/**
 * Targets that no route finds, and the one kind of id that is refused by its form.
 */
import { describe, it } from 'vitest'
import { setScene, type GuardedRoute } from '../../support/refusals.ts'
import { describeTargets, sendWithoutTrace } from '../../support/targets.ts'
import { expectInputError } from './answers.ts'

/** Answers 404 for ids that lead to nobody, and 400 for an id that is longer than the contract's. */
export function describeDfnsTargets(route: GuardedRoute): void {
  describeTargets(route)
  describe(route.name, () => {
    it('answers 400 for an id of 65 characters', async () => {
      const { actor } = await setScene(route)
      const request = await route.prepare({ targetId: 'a'.repeat(65), actor })
      const reply = await sendWithoutTrace(route, actor, request)
      expectInputError(reply, { location: 'path', path: ['userId'] })
    })
  })
}
