/**
 * What a request leaves in the log: one line, what it asked of the stores (DESIGN section 4), and nothing of what it
 * carried (V7).
 */
import { describe, expect, it, vi } from 'vitest'
import { newSecret } from '../../src/auth/random.ts'
import { call, type Call, type Reply } from '../support/api.ts'
import { readDocument } from '../support/declared.ts'
import { forgeUserAction } from '../support/forged.ts'
import { withWorker } from '../support/idempotency.ts'
import { ALL_DFNS, ALL_RINNE, createWorld } from '../support/world.ts'

/** Sends a request to a Worker that logs, and reads its lines back. */
async function log(request: Call, level = 'info') {
  const lines: string[] = []
  const replies: Reply[] = []
  // Read before, for answers are checked against it, and it would be a line of its own.
  await readDocument()
  const bindings = { LOG_LEVEL: level } as Partial<Env>
  await withWorker({ bindings }, async () => {
    const spy = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
    replies.push(await call(request).finally(() => spy.mockRestore()))
  })
  const [reply] = replies
  if (!reply) throw new Error('no reply')
  return { reply, text: lines.join('\n'), lines: lines.map((one) => JSON.parse(one) as object) }
}

const setUp = async () => {
  const world = await createWorld()
  const operations = [...ALL_DFNS, ...ALL_RINNE]
  const actor = await world.addActor({ operations, isSuperuser: true })
  const targetId = await world.addUser({ suspendedAt: 1 })
  const path = `/auth/users/${targetId}/activate`
  const userAction = await forgeUserAction(actor, { method: 'PUT', path })
  return { actor, targetId, request: { method: 'PUT', path, token: actor.token, userAction } }
}

describe('the log', () => {
  it('has one line for an activation: who, what, and two round trips to D1', async () => {
    const { actor, request } = await setUp()
    const { lines, reply } = await log(request)
    expect(lines).toEqual([
      {
        level: 'info',
        requestId: reply.headers.get('x-request-id'),
        dialect: 'dfns',
        method: 'PUT',
        route: '/auth/users/{userId}/activate',
        status: 200,
        subjectId: actor.userId,
        milliseconds: expect.any(Number),
        d1Calls: 2,
        d1Milliseconds: expect.any(Number),
        kvCalls: 0,
        kvMilliseconds: 0,
      },
    ])
  })

  it('counts one call of KV before and one after an answer that is kept', async () => {
    const { request } = await setUp()
    const headers = { 'idempotency-key': newSecret() }
    expect((await log({ ...request, headers })).lines).toMatchObject([{ d1Calls: 2, kvCalls: 2 }])
    // The copy spares the second reading.
    expect((await log({ ...request, headers })).lines).toMatchObject([{ d1Calls: 1, kvCalls: 1 }])
  })

  it.each([
    { name: 'a page of users', path: '/auth/users', dialect: 'dfns' },
    { name: 'the caller', path: '/users/me', dialect: 'timbu' },
    { name: 'the caller below the base path', path: '/core/v1/auth/me', dialect: 'rinne' },
  ])('counts one round trip for $name', async ({ path, dialect }) => {
    const { actor } = await setUp()
    const { lines } = await log({ path, token: actor.token })
    expect(lines).toMatchObject([{ dialect, status: 200, d1Calls: 1, kvCalls: 0 }])
  })

  it('says why a request was refused, and asks no store about a forged token', async () => {
    const { lines } = await log({ path: '/auth/users', token: 'forged' })
    expect(lines).toMatchObject([
      { status: 401, reason: 'token_invalid', cause: 'not_three_segments', d1Calls: 0 },
    ])
    expect(lines[0]).not.toHaveProperty('subjectId')
  })

  it('tells what was wrong with a token, and no answer does', async () => {
    const { actor } = await setUp()
    const twoHoursAgo = Date.now() - 7_200_000
    const tokens = [
      { token: null, reason: 'token_missing' },
      { token: 'malformed', reason: 'token_invalid', cause: 'not_three_segments' },
      {
        token: await actor.issueToken({ now: twoHoursAgo }),
        ...{ reason: 'token_invalid', cause: 'ERR_JWT_EXPIRED' },
      },
      {
        token: await actor.issueToken({ issuer: 'https://nobody.example' }),
        ...{ reason: 'token_invalid', cause: 'issuer_unknown' },
      },
    ]
    for (const path of ['/auth/users', '/users/me', '/core/v1/users']) {
      const bodies = new Set<string>()
      for (const { token, ...why } of tokens) {
        const { lines, reply } = await log({ path, token })
        const { status } = reply
        expect(lines).toEqual([expect.objectContaining({ status, ...why })])
        expect(reply.text).not.toMatch(/expired|issuer|malformed|segments/i)
        // Ids of errors and requests, and times, are of each answer alone.
        bodies.add(`${status} ${reply.text.replace(/"(id|requestId|timestamp)":"[^"]*"/g, '')}`)
      }
      expect([...bodies]).toHaveLength(1)
    }
  })

  it('names neither token, user action, address nor what was sent', async () => {
    const { actor, request, targetId } = await setUp()
    const headers = { 'x-request-id': 'client-request', 'user-agent': 'agent', cookie: 'c=cookie' }
    for (const one of [
      { ...request, headers },
      { ...request, headers, path: `${request.path}?name=query` },
      { method: 'PATCH', path: '/nothing/but/words', headers },
    ]) {
      const { text, lines } = await log(one, 'debug')
      expect(lines).toHaveLength(1)
      expect(text).toContain('client-request')
      const secrets = [actor.token, request.userAction, actor.username, targetId]
      for (const secret of [...secrets, 'agent', 'cookie', 'query', 'words']) {
        expect(text).not.toContain(secret)
      }
      expect(text).not.toMatch(/D1_|SQLITE|eyJ|-----BEGIN|@/)
    }
  })

  it('is silent on the level error, and answers tell their timing on the level debug alone', async () => {
    const { actor } = await setUp()
    const request = { path: '/auth/users', token: actor.token }
    const quiet = await log(request, 'error')
    expect([quiet.lines.length, quiet.reply.headers.has('server-timing')]).toEqual([0, false])
    const usual = await log(request)
    expect([usual.lines.length, usual.reply.headers.has('server-timing')]).toEqual([1, false])
    const { reply } = await log(request, 'debug')
    const timing = /^total;dur=\d+, d1;dur=\d+;desc="1 calls", kv;dur=0;desc="0 calls"$/
    expect(reply.headers.get('server-timing')).toMatch(timing)
  })
})
