/**
 * Idempotency keys (rules I1-I13) of all changes of all dialects, and what belongs to the store or to one dialect.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newSecret } from '../../src/auth/random.ts'
import { call, signAction } from '../support/api.ts'
import { readRow, runSql } from '../support/commits.ts'
import { forgeUserAction } from '../support/forged.ts'
import * as kit from '../support/idempotency.ts'
import { logIn } from '../support/login.ts'
import { recordDatabase } from '../support/recording-database.ts'
import { callWithoutTrace, setScene } from '../support/refusals.ts'
import { ALL_DFNS, ALL_RINNE, createWorld, readAuditEvents } from '../support/world.ts'
import { expectRinneError } from './rinne/answers.ts'
import * as rinne from './rinne/routes.ts'

const {
  CHANGES,
  CREDENTIAL_CHANGES,
  expectDone,
  expectReplay,
  keyed,
  readTotals,
  setChange,
  withWorker,
} = kit

describe.each([...CHANGES, ...CREDENTIAL_CHANGES])('$name', kit.describeIdempotency)

/** KV in memory, counted: no look-up of it is ever too slow. */
function openCopies() {
  const texts = new Map<string, string>()
  const calls = { gets: 0, puts: 0 }
  const namespace = {
    get: async (key: string) => ((calls.gets += 1), texts.get(key) ?? null),
    put: async (key: string, text: string) => void ((calls.puts += 1), texts.set(key, text)),
  }
  return { texts, calls, IDEMPOTENCY: namespace as unknown as KVNamespace }
}

describe.each(CHANGES.filter(({ name }) => name.endsWith('/activate')))(
  'a key of $name',
  (route) => {
    it('costs a look-up and a copy, and no further round trip (I13)', async () => {
      const { texts, calls, IDEMPOTENCY } = openCopies()
      const { binding: DB, roundTrips } = recordDatabase(env.DB)
      const { key, sent } = await setChange(route)
      const costOf = async (request: typeof sent) => {
        const before = { ...calls, trips: roundTrips() }
        await call(request)
        const { gets, puts } = calls
        return [gets - before.gets, puts - before.puts, roundTrips() - before.trips]
      }
      const keyless = (await setChange(route)).sent
      await withWorker({ bindings: { DB, IDEMPOTENCY } }, async () => {
        expect(await costOf(keyless)).toEqual([0, 0, 2])
        expect(await costOf(keyed(sent, key))).toEqual([1, 1, 2])
        expect(await costOf(keyed(sent, key))).toEqual([1, 0, 1])
        texts.clear()
        expect(await costOf(keyed(sent, key))).toEqual([1, 0, 2])
      })
    })

    it('is answered alike, and runs anew, whatever KV holds (I13)', async () => {
      const { ids, key, sent } = await setChange(route)
      await withWorker({}, async () => {
        const first = expectDone(route, await call(keyed(sent, key)))
        const row = await readRow('SELECT * FROM idempotency_records ORDER BY rowid DESC LIMIT 1')
        const { scope_hash: hash, expires_at: expiresAt, headers, claimed_by, ...kept } = row ?? {}
        expect(claimed_by).toMatch(/^uj-/)
        const copy = { ...kept, expiresAt, headers: JSON.parse(String(headers)) as object }
        expect(await env.IDEMPOTENCY.get(String(hash), 'json')).toEqual(copy)
        const forged = { ...copy, body: '{"message":"forged"}', fingerprint: 'another' }
        for (const text of [JSON.stringify(forged), '{"status":200,"bo', '']) {
          await env.IDEMPOTENCY.put(String(hash), text)
          expectReplay(await callWithoutTrace(ids, keyed(sent, key)), first)
        }
        await env.IDEMPOTENCY.delete(String(hash))
        expectReplay(await callWithoutTrace(ids, keyed(sent, key)), first)
        await env.IDEMPOTENCY.put(String(hash), JSON.stringify(copy))
        await runSql('DELETE FROM idempotency_records WHERE scope_hash = ?', hash)
        route.expectations.userActionUsed(await call(keyed(sent, key)))
      })
    })

    it('stands for its answer until the millisecond that it expires in (I12)', async () => {
      const { actor, key, request, targetId, world } = await setChange(route)
      const end = Date.now()
      let now = end - 86_400_000
      const send = async () => {
        const userAction = await forgeUserAction(actor, request, { now })
        return call(keyed({ ...request, token: await actor.issueToken({ now }), userAction }, key))
      }
      await withWorker({ clock: () => now }, async () => {
        const first = expectDone(route, await send())
        const { claims } = await readTotals(world.organizationId)
        await runSql('UPDATE users SET suspended_at = 1 WHERE id = ?', targetId)
        now = end - 1
        expectReplay(await send(), first)
        now = end
        const second = expectDone(route, await send())
        expect(await readTotals(world.organizationId)).toMatchObject({ claims, events: 2 })
        expectReplay(await send(), second)
      })
    })
  },
)

/** Changes that are none, because their target is there already. */
const UNCHANGING = CHANGES.filter(({ again, target }) => again === 200 && target).map((route) => {
  const suspendedAt = route.target?.suspendedAt ? null : 1
  return { ...route, target: { suspendedAt, isSsoRequired: true } }
})

describe.each(UNCHANGING)('$name of a user that is so already', (route) => {
  it('is kept under its key too, without an event', async () => {
    const { ids, key, sent, targetId } = await setChange(route)
    const first = expectDone(route, await call(keyed(sent, key)))
    expectReplay(await callWithoutTrace(ids, keyed(sent, key)), first)
    expect(first.headers.get('etag')).toBe('"1"')
    expect(await readAuditEvents(targetId)).toEqual([])
  })
})

describe('one key', () => {
  it('is another one for every operation (I2)', async () => {
    const world = await createWorld({ requireUserAction: true })
    const powers = { operations: [...ALL_DFNS, ...ALL_RINNE], isSuperuser: true }
    const actor = await world.addActor(powers)
    for (const route of [...CHANGES, ...CREDENTIAL_CHANGES]) {
      const { sent } = await setChange(route, { actor, world })
      expectDone(route, await call(keyed(sent, 'one-key')))
    }
  })

  it('is no business of logging in, signing and logging out', async () => {
    const actor = await (await createWorld()).addActor()
    const { claims } = await readTotals(actor.organizationId)
    const action = { method: 'PUT', path: `/auth/users/${actor.userId}/activate` }
    const logout = { method: 'PUT', path: '/auth/logout', token: actor.token }
    await withWorker({ headers: { 'idempotency-key': newSecret() } }, async () => {
      const [one, two] = [await logIn(actor), await logIn(actor)]
      expect([one.status, two.status, one.text === two.text]).toEqual([200, 200, false])
      expect(await signAction(actor, action)).not.toBe(await signAction(actor, action))
      expect([(await call(logout)).status, (await call(logout)).status]).toEqual([200, 401])
    })
    expect(await readTotals(actor.organizationId)).toMatchObject({ claims })
  })
})

describe('Rinne', () => {
  it('takes a path with /core and without for one request', async () => {
    const { actor, request, world } = await setScene(rinne.ACTIVATE)
    const sent = keyed({ ...request, token: actor.token }, newSecret())
    const first = await call({ ...sent, path: `/core${request.path}` })
    expectReplay(await callWithoutTrace([world.organizationId], sent), first)
  })

  it('takes request_id for a key, if no header goes before it', async () => {
    const { actor, world } = await setScene(rinne.CREATE)
    const ids = [world.organizationId]
    const prepare = async () => {
      const { body, ...request } = await rinne.CREATE.prepare({ actor, targetId: '' })
      return { ...request, body: { ...body, request_id: actor.userId }, token: actor.token }
    }
    const [one, two] = [await prepare(), await prepare()]
    const byHeader = expectDone(rinne.CREATE, await call(keyed(one, newSecret())))
    const taken = 'A user with this identifier already exists'
    expectRinneError(await callWithoutTrace(ids, one), 409, taken)
    const byBody = expectDone(rinne.CREATE, await call(two))
    expectReplay(await callWithoutTrace(ids, two), byBody)
    expect(byBody.json['id']).not.toBe(byHeader.json['id'])
    kit.expectRefusal(rinne.CREATE, await callWithoutTrace(ids, one), 422)
  })
})
