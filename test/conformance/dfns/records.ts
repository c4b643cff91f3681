/**
 * What a change leaves behind: its event, and nothing but it.
 */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { Reply } from '../../support/api.ts'
import { readAuditEvents, type Actor } from '../../support/world.ts'

/** Fails unless a user's record is exactly one event of a change by an actor; returns it. */
export async function expectOneEvent(
  targetId: string,
  actor: Actor,
  event: { readonly action: string; readonly from: string | null; readonly to: string | null },
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
      dialect: 'dfns',
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

/** Reads the id that a user's answer names. */
export const userIdOf = (reply: Reply): string => String(reply.json['userId'])
