/**
 * `Activate-Reason`: kept on record by every change of a user's state, and shown in no answer.
 */
import { describe, expect, it } from 'vitest'
import { call } from '../support/api.ts'
import { forgeUserAction } from '../support/forged.ts'
import { expectDone, expectRefusal, setChange, STATE_CHANGES } from '../support/idempotency.ts'
import { callWithoutTrace } from '../support/refusals.ts'
import { readAuditEvents } from '../support/world.ts'

const REASONS = [
  { name: 'one sign', reason: '~' },
  { name: '256 signs', reason: 'Left the company: see "HR-7" ~'.padEnd(256, '!') },
]
const NO_REASON = ['Activate-Reason', 'is not 1 to 256 printable ASCII characters'] as const

describe.each(STATE_CHANGES)('$name', (route) => {
  it.each(REASONS)(
    'keeps a reason of $name with its one event, and refuses what is none',
    async ({ reason }) => {
      const { actor, ids, request, sent, targetId } = await setChange(route)
      const because = (text: string) => ({ ...sent, headers: { 'activate-reason': text } })
      // The platform warns of letters beyond ASCII, each time.
      const beyond = route === STATE_CHANGES[0] ? ['é'] : []
      for (const bad of ['', '!'.repeat(257), 'a\tb', 'a\x7fb', 'a\x1bb', ...beyond]) {
        expectRefusal(route, await callWithoutTrace(ids, because(bad)), NO_REASON)
      }
      const { headers, text } = expectDone(route, await call(because(reason)))
      expect(`${text} ${[...headers].join()}`).not.toContain(reason)
      const [event, ...others] = await readAuditEvents(targetId)
      const evidence = { reason, userAction: expect.any(Object) as unknown }
      expect([JSON.parse(String(event?.['evidence'])), others]).toEqual([evidence, []])
      // What is so already is no event, and its reason is none either.
      const userAction = await forgeUserAction(actor, request)
      expect((await call({ ...because(reason), userAction })).status).toBe(route.again)
      expect(await readAuditEvents(targetId)).toEqual([event])
    },
  )
})
