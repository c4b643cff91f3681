/**
 * Reading one user: what is asked of the store, and in which order it is refused.
 */
import { describe, expect, it } from 'vitest'
import { getUser } from '../../../src/core/get-user.ts'
import type { Snapshot } from '../../../src/core/ports.ts'
import {
  ORGANIZATION_ID,
  sampleCaller,
  samplePrincipal,
  sampleRule,
  sampleSnapshot,
  sampleUser,
  userId,
} from '../../support/sample.ts'
import { createScriptedUsers } from '../../support/scripted-store.ts'

const principal = samplePrincipal()
const rule = sampleRule({ isMutation: false })
const targetId = userId('target')

/** Reads the target from a store that holds a snapshot. */
async function read(snapshot: Partial<Snapshot>) {
  const store = createScriptedUsers({ snapshots: [sampleSnapshot(snapshot)] })
  return { store, result: await getUser(store, { principal, rule, userId: targetId }) }
}

describe('getUser', () => {
  it('answers with the user in one reading that asks for nothing else', async () => {
    const target = sampleUser()
    const { store, result } = await read({ target })
    expect(result).toEqual({ ok: true, value: target })
    expect(store.asked.snapshots).toEqual([
      {
        principal,
        targetId,
      },
    ])
    expect(store.asked.commits).toEqual([])
  })

  it('refuses with user_not_found and both ids when the store finds nobody', async () => {
    const { result } = await read({ target: null })
    expect(result).toEqual({
      ok: false,
      failure: { reason: 'user_not_found', userId: targetId, organizationId: ORGANIZATION_ID },
    })
  })

  it('refuses the caller before the target, dead before not allowed', async () => {
    const reasonOf = async (snapshot: Partial<Snapshot>) => {
      const { result } = await read({ target: null, ...snapshot })
      return result.ok ? 'read' : result.failure.reason
    }
    const unentitled = sampleCaller({ assignments: [] })
    expect([
      await reasonOf({ caller: null }),
      await reasonOf({ caller: unentitled, isBearerRevoked: true }),
      await reasonOf({ caller: sampleCaller({ assignments: [], suspendedAt: 1 }) }),
      await reasonOf({ caller: unentitled }),
      await reasonOf({}),
    ]).toEqual([
      'caller_unknown',
      'token_invalid',
      'caller_inactive',
      'permission_missing',
      'user_not_found',
    ])
  })
})
