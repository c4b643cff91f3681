/**
 * Tokens of an outside issuer, with a JWKS over real HTTP (rules J1-J5, T8; DESIGN section 2).
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { suspendTarget } from './support/call-as.ts'
import { startIssuer, type OutsideIssuer } from './support/issuer.ts'

const demo = inject('demo')
const admin = demo.actors['admin']
const adminId = admin?.userId ?? ''

describe('a token of an outside issuer', () => {
  let issuer: OutsideIssuer

  beforeAll(async () => {
    issuer = await startIssuer('activate', inject('issuerPort'))
  })
  afterAll(() => issuer.stop())

  const read = (token: string) =>
    fetch(`${demo.baseUrl}/auth/users/${adminId}`, {
      headers: { authorization: `Bearer ${token}` },
    })

  it('is 503, not 401 and not 200, while its keys cannot be had', async () => {
    issuer.setMode('failing')
    const answer = await read(await issuer.issue({ sub: adminId }))
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    // The host is asked again after its cooldown only, so this part of the story comes first and the rest waits.
    expect(issuer.requests()).toBe(1)
    expect((await read(await issuer.issue({ sub: adminId }))).status).toBe(503)
    expect(issuer.requests()).toBe(1)
  })

  it('speaks for the user that it names once its keys can be had', async () => {
    issuer.setMode('well')
    await expect
      .poll(async () => (await read(await issuer.issue({ sub: adminId }))).status, {
        timeout: 50_000,
        interval: 2_000,
      })
      .toBe(200)
    expect(issuer.requests()).toBe(2)
  })

  it('is refused for a user of another organization', async () => {
    const sub = demo.actors['foreignAdmin']?.userId
    expect((await read(await issuer.issue({ sub }))).status).toBe(401)
  })

  it.each([
    { name: 'the audience is another', options: { audience: 'somebody-else' } },
    { name: 'the type is another', options: { typ: 'JWT' } },
    { name: 'the key is unknown', options: { kid: 'outside-9' } },
    { name: 'it lives too long', options: { lifetimeSeconds: 90_000 } },
  ])('is refused when $name', async ({ options }) => {
    const token = await issuer.issue({ sub: adminId }, options)
    expect((await read(token)).status).toBe(401)
  })

  it('cannot be logged out here', async () => {
    const token = await issuer.issue({ sub: adminId, jti: 'outside-token' })
    const answer = await fetch(`${demo.baseUrl}/auth/logout`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(answer.status).toBe(400)
    expect((await read(token)).status).toBe(200)
  })

  it('signs a user action of its own, and acts with it', async () => {
    const { createClient } = await import('./support/client.ts')
    const token = await issuer.issue({ sub: adminId })
    const client = createClient(demo, admin as NonNullable<typeof admin>, { token })
    const userId = await suspendTarget(demo, 'inactive5')
    expect(await client.auth.activateUser({ userId })).toMatchObject({ isActive: true })
  })
})
