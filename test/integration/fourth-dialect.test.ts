/**
 * A dialect that the service does not know: it mounts through dialect.ts, and nothing else changes for it.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { buildApp, DIALECTS } from '../../src/app.ts'
import { toy } from '../support/toy-dialect.ts'
import { createWorld, readAuditEvents, readUserRow } from '../support/world.ts'

const app = await buildApp(env, [...DIALECTS, toy])

const send = (path: string, token?: string, method = 'POST') =>
  app.request(`http://localhost:8787${path}`, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })

/** An organization that has the toy on, with somebody who may, and somebody to switch on. */
async function setToyScene(dialects: string[] = ['toy'], firstName = 'Grace') {
  const world = await createWorld({ dialects })
  const actor = await world.addActor({ firstName })
  const target = await world.addUser({ suspendedAt: 1 })
  return { actor, target, path: `/toy/${target}/on` }
}

describe('a fourth dialect', () => {
  it('activates a user by its own route and answer, on record under its own name', async () => {
    const { actor, target, path } = await setToyScene()
    const response = await send(path, actor.token)
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 201,
      body: { on: true },
    })
    expect(await readUserRow(target)).toMatchObject({ suspended_at: null })
    expect(await readAuditEvents(target)).toEqual([
      expect.objectContaining({ action: 'activate', dialect: 'toy', actor_id: actor.userId }),
    ])
  })

  it.each([
    { name: 'nobody', dialects: ['toy'], firstName: 'Grace', isSent: false, why: 'token_missing' },
    {
      name: 'a caller whom its own rule does not let',
      dialects: ['toy'],
      firstName: 'Ada',
      isSent: true,
      why: 'permission_missing',
    },
    {
      name: 'a caller whose organization has it off',
      dialects: ['dfns', 'timbu', 'rinne'],
      firstName: 'Grace',
      isSent: true,
      why: 'dialect_off',
    },
  ])('refuses $name in its own form', async ({ dialects, firstName, isSent, why }) => {
    const { actor, target, path } = await setToyScene(dialects, firstName)
    const response = await send(path, isSent ? actor.token : undefined)
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 418,
      body: { why },
    })
    expect(await readUserRow(target)).toMatchObject({ suspended_at: 1, version: 1 })
  })

  it('refuses an unknown path and a wrong method below its prefix in its own form', async () => {
    for (const [method, why] of [
      ['POST', 'route_not_found'],
      ['GET', 'method_not_allowed'],
    ] as const) {
      const path = method === 'POST' ? '/toy/nothing' : '/toy/x/on'
      expect(await (await send(path, undefined, method)).json()).toEqual({ why })
    }
  })

  it('has a document of its own, and its operation in the document of all', async () => {
    for (const path of ['/openapi/toy.json', '/openapi.json']) {
      const response = await send(path, undefined, 'GET')
      const document = (await response.json()) as { paths: object }
      expect(document.paths).toHaveProperty(['/toy/{name}/on', 'post', 'responses', '201'])
    }
  })

  it('leaves the other dialects as they are', async () => {
    const world = await createWorld()
    const actor = await world.addActor({ isSuperuser: true })
    expect((await send('/users/me', actor.token, 'GET')).status).toBe(200)
    expect((await send('/v1/auth/me', actor.token, 'GET')).status).toBe(200)
  })
})
