/**
 * Suspension that bites (invariant 5), besides what dfns/lifecycle.test.ts and the kits of refusals hold of user tokens,
 * user actions and challenges: other kinds of token, outside issuers, and the very millisecond of a reactivation.
 */
import { describe, expect, it, vi } from 'vitest'
import { call, change } from '../support/api.ts'
import { withWorker } from '../support/idempotency.ts'
import { createTestKey, writeJws } from '../support/jws.ts'
import { logIn } from '../support/login.ts'
import { ALL_DFNS, createWorld, readAuditEvents } from '../support/world.ts'
import { expectUserAnswer } from './dfns/answers.ts'

/** Sets up somebody with every power, and somebody who suspends it. */
async function setUp(given: { readonly isServiceAccount?: boolean } = {}) {
  const world = await createWorld()
  const admin = await world.addActor({ operations: ALL_DFNS })
  const actor = await world.addActor({ operations: ALL_DFNS, ...given })
  const set = async (verb: 'activate' | 'deactivate') => {
    const request = { method: 'PUT', path: `/auth/users/${actor.userId}/${verb}` }
    expectUserAnswer(await change(admin, request), { isActive: verb === 'activate' })
  }
  /** Reads the suspended by a token of its own, in all dialects. */
  const read = async (token: string) => {
    const paths = [`/auth/users/${actor.userId}`, '/users/me', '/v1/auth/me']
    return Promise.all(paths.map(async (path) => (await call({ path, token })).status))
  }
  return { world, actor, set, read }
}

const ALIVE = [200, 200, 200]
const DEAD = [401, 403, 401]

describe('deactivation', () => {
  it.each(['service_account', 'personal_access_token'] as const)(
    'ends a token of the kind %s for good',
    async (tokenKind) => {
      const isServiceAccount = tokenKind === 'service_account'
      const { actor, set, read } = await setUp({ isServiceAccount })
      const token = await actor.issueToken({ tokenKind, lifetimeSeconds: 86_400 })
      expect(await read(token)).toEqual(ALIVE)
      await set('deactivate')
      expect(await read(token)).toEqual(DEAD)
      await set('activate')
      expect(await read(token)).toEqual(DEAD)
      expect(await read(await actor.issueToken({ tokenKind, tokenEpoch: 1 }))).toEqual(ALIVE)
    },
  )

  it('ends what came before it in its own millisecond, and nothing that comes after', async () => {
    const { world, actor, set, read } = await setUp()
    const target = await world.addUser({ suspendedAt: 1 })
    const now = Date.now()
    await withWorker({ clock: () => now }, async () => {
      const before = String((await logIn(actor)).json['token'])
      await set('deactivate')
      await set('activate')
      expect(await read(before)).toEqual(DEAD)
      const token = String((await logIn(actor)).json['token'])
      expect(await read(token)).toEqual(ALIVE)
      const request = { method: 'PUT', path: `/auth/users/${target}/activate` }
      expectUserAnswer(await change({ ...actor, token }, request), { isActive: true })
    })
    expect(await readAuditEvents(target)).toMatchObject([{ at: now, actor_id: actor.userId }])
  })

  it('ends every token of an outside issuer that may be older, by the skew', async () => {
    const { world, actor, set, read } = await setUp()
    const { kid, ...key } = createTestKey('outside-1')
    const [iss, aud] = ['https://issuer.example', 'activate']
    const place = { issuer: iss, jwksUrl: `${iss}/jwks.json`, audience: aud }
    const trusted = [{ ...place, organizationId: world.organizationId }]
    const seconds = Math.floor(Date.now() / 1000)
    const readAt = (iat: number) => {
      const claims = { iss, aud, sub: actor.userId, iat, exp: iat + 600 }
      return read(writeJws({ kid, ...key }, { alg: 'EdDSA', typ: 'at+jwt', kid }, claims))
    }
    let now = seconds * 1000
    const worker = { bindings: { TRUSTED_ISSUERS: JSON.stringify(trusted) }, clock: () => now }
    const network = vi.spyOn(globalThis, 'fetch')
    network.mockImplementation(async () => Response.json({ keys: [key.publicJwk] }))
    await withWorker(worker, async () => {
      expect(await readAt(seconds)).toEqual(ALIVE)
      await set('deactivate')
      expect(await readAt(seconds)).toEqual(DEAD)
      await set('activate')
      now += 31_000
      expect(await readAt(seconds)).toEqual(DEAD)
      expect(await readAt(seconds + 30)).toEqual(DEAD)
      expect(await readAt(seconds + 31)).toEqual(ALIVE)
    }).finally(() => network.mockRestore())
  })
})
