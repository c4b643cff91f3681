/**
 * `PUT /auth/logout`: ends the presented token, and no other.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { revocationKeyOf } from '../../../src/auth/revocation.ts'
import { call } from '../../support/api.ts'
import { dumpTables } from '../../support/dump.ts'
import { readClaims } from '../../support/forged.ts'
import { ALL_DFNS, createWorld } from '../../support/world.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { DFNS_REFUSALS } from './answers.ts'

const LOGOUT = { method: 'PUT', path: '/auth/logout' }

const setActor = async () => (await createWorld()).addActor({ operations: ALL_DFNS })

describe('PUT /auth/logout', () => {
  it.each([
    { name: 'no body', body: undefined },
    { name: '{}', body: {} },
    { name: 'allSessions false', body: { allSessions: false } },
  ])('ends the token for good when it comes with $name', async ({ body }) => {
    const actor = await setActor()
    const { token } = actor
    const before = await dumpTables(actor.organizationId)
    const reply = await call({ ...LOGOUT, token, body })
    expect({ status: reply.status, body: reply.json }).toEqual({
      status: 200,
      body: { message: 'success' },
    })
    expectApiHeaders(reply)
    const dead = await call({ path: '/auth/users', token })
    DFNS_REFUSALS.unauthenticated(dead, { hasToken: true })
    const { revoked_tokens: _revoked, ...rows } = await dumpTables(actor.organizationId)
    expect(before).toMatchObject(rows)
  })

  it('remembers the token, as a hash, until it has expired by any clock', async () => {
    const { token } = await setActor()
    expect((await call({ ...LOGOUT, token })).status).toBe(200)
    const { jti, exp } = readClaims(token)
    const hash = await revocationKeyOf(env.ISSUER, String(jti))
    const row = await env.DB.prepare('SELECT * FROM revoked_tokens WHERE hash = ?')
      .bind(hash)
      .first<{ expires_at: number }>()
    expect(row).toEqual({ hash, expires_at: expect.any(Number) })
    expect(row?.expires_at).toBeGreaterThan(Number(exp) * 1000 + 60_000)
  })

  it('leaves the other tokens of the user alive', async () => {
    const actor = await setActor()
    const other = await actor.issueToken()
    expect((await call({ ...LOGOUT, token: actor.token })).status).toBe(200)
    expect((await call({ path: '/auth/users', token: other })).status).toBe(200)
  })

  it.each([
    { name: 'a personal access token', tokenKind: 'personal_access_token' as const },
    { name: 'the token of a service account', tokenKind: 'service_account' as const },
  ])('ends $name', async ({ tokenKind }) => {
    const actor = await setActor()
    const token = await actor.issueToken({ tokenKind, lifetimeSeconds: 86_400 })
    expect((await call({ ...LOGOUT, token })).status).toBe(200)
    const dead = await call({ path: '/auth/users', token })
    DFNS_REFUSALS.unauthenticated(dead, { hasToken: true })
  })
})
