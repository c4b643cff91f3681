/**
 * Reading the caller itself: one reading, and no answer to a token that is dead.
 */
import { describe, expect, it } from 'vitest'
import { getCaller } from '../../../src/core/get-caller.ts'
import type { Snapshot } from '../../../src/core/ports.ts'
import { sampleCaller, samplePrincipal, sampleRule, sampleSnapshot } from '../../support/sample.ts'
import { createScriptedUsers } from '../../support/scripted-store.ts'

const principal = samplePrincipal({ tokenKind: 'personal_access_token' })
const rule = sampleRule({ isMutation: false, callers: 'anybody', grant: () => ({ by: 'itself' }) })

/** Asks a store that holds a snapshot. */
async function ask(snapshot: Partial<Snapshot> = {}) {
  const store = createScriptedUsers({ snapshots: [sampleSnapshot(snapshot)] })
  return { asked: store.asked, result: await getCaller(store, { principal, rule }) }
}

describe('getCaller', () => {
  it('answers an end user without roles, by a personal access token, in one reading', async () => {
    const caller = sampleCaller({ kind: 'EndUser', assignments: [] })
    const { asked, result } = await ask({ caller })
    expect(result).toMatchObject({ ok: true, value: caller })
    expect(asked).toEqual({ snapshots: [{ principal }], pages: [], commits: [], answers: [] })
  })

  it.each([
    { reason: 'caller_unknown', snapshot: { caller: null } },
    { reason: 'token_invalid', snapshot: { isBearerRevoked: true } },
    { reason: 'caller_inactive', snapshot: { caller: sampleCaller({ suspendedAt: 1 }) } },
    { reason: 'dialect_off', snapshot: { caller: sampleCaller({}, { dialects: ['timbu'] }) } },
  ])('refuses with $reason', async ({ reason, snapshot }) => {
    expect((await ask(snapshot)).result).toMatchObject({ ok: false, failure: { reason } })
  })
})
