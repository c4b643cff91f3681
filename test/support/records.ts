/**
 * What a change leaves behind: its event, and nothing but it.
 */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { readAuditEvents, type Actor } from './world.ts'

/** Fails unless a user's record is exactly one event of a change by an actor; returns it. */
export async function expectOneEvent(
  targetId: string,
  actor: Actor,
  event: {
    readonly action: string
    readonly from: string | null
    readonly to: string | null
    /** Dfns where nothing is said. */
    readonly dialect?: string
  },
): Promise<Record<string, unknown>> {
  const events = await readAuditEvents(targetId)
  expect(events).toEqual([
    {
      sequence: expect.any(Number),
      id: expect.stringMatching(/^uj-[a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{14,16}$/),
      at: expect.any(Number),
      organization_id: actor.organizationId,
      actor_id: actor.userId,
      target_id: targetId,
      action: event.action,
      from_state: event.from,
      to_state: event.to,
      dialect: event.dialect ?? 'dfns',
      request_id: expect.stringMatching(/^req_[0-9a-f]{32}$/),
      evidence: expect.any(String),
    },
  ])
  return events[0] ?? {}
}

/** Reads how many users an organization counts. */
export async function readUserCount(organizationId: string): Promise<number> {
  const count = await env.DB.prepare('SELECT user_count FROM organizations WHERE id = ?')
    .bind(organizationId)
    .first<number>('user_count')
  return count ?? Number.NaN
}
