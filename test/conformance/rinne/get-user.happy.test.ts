/**
 * `GET /v1/users/{userId}`: how a user looks to whoever may read it.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { expectUserAnswer } from './answers.ts'
import { GET } from './routes.ts'

const CREATED = '2023-11-14T22:13:20.000Z'
const PHONE = { type: 'phone', value: '+5511999999999', verified: true }

/** Reads a user whose row was made by `world`, after some SQL with its id. */
async function readUser(username: string | null, sql: string) {
  const { actor, world } = await setScene(GET)
  const members = username === null ? {} : { username }
  const userId = await world.addUser({ createdAt: Date.parse(CREATED), ...members })
  await env.DB.prepare(sql).bind(userId).run()
  const request = { path: `/core/v1/users/${userId}`, token: actor.token }
  const reply = await callWithoutTrace([world.organizationId], request)
  expectUserAnswer(reply, { id: userId })
  return { userId, reply }
}

describe(GET.name, () => {
  it('answers a verified identifier with its date, the oldest first', async () => {
    const id = newId('identifier')
    const { userId, reply } = await readUser(
      null,
      `INSERT INTO user_identifiers (id, user_id, organization_id, type, value, verified_at, created_at)
        SELECT '${id}', id, organization_id, 'phone', '+5511999999999', 2000, 1000
        FROM users WHERE id = ?`,
    )
    const dates = {
      created_at: '1970-01-01T00:00:01.000Z',
      verified_at: '1970-01-01T00:00:02.000Z',
    }
    const value = `${userId}@example.test`
    const email = { id: expect.any(String), type: 'email', value, verified: false }
    expect(reply.json['identifiers']).toEqual([
      { ...PHONE, ...dates, id },
      { ...email, created_at: CREATED },
    ])
    expect(reply.json['primary_identifier']).toEqual({ ...PHONE, ...dates, id })
  })

  it('answers the username in place of an identifier, and nothing else that it does not know', async () => {
    const sql = 'DELETE FROM user_identifiers WHERE user_id = ?'
    const { userId, reply } = await readUser('nameless', sql)
    const standIn = { id: userId, type: 'email', value: 'nameless', verified: false }
    expect(reply.json).toEqual({
      id: userId,
      identifiers: [],
      primary_identifier: { ...standIn, created_at: CREATED },
      roles: [],
      auth_methods: ['client_platform'],
      created_at: CREATED,
      updated_at: CREATED,
      metadata: null,
    })
  })
})
