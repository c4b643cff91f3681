/**
 * Outside issuers whose keys come over real HTTP (rules J1-J5, T6-T8, T13; DESIGN section 2), in all three dialects. The
 * clock is the test's, so that hours pass; each app has a cache of its own, as each isolate has.
 */
import { describe, expect, inject, it } from 'vitest'
import { newId, newSecret } from '../../src/auth/random.ts'
import type { TrustedIssuer } from '../../src/core/trusted-issuer.ts'
import { expectDfnsError } from '../conformance/dfns/answers.ts'
import * as dfns from '../conformance/dfns/routes.ts'
import * as rinne from '../conformance/rinne/routes.ts'
import { expectDetail } from '../conformance/timbu/answers.ts'
import * as timbu from '../conformance/timbu/routes.ts'
import { expectApiHeaders } from '../support/api-headers.ts'
import { call, change, type Reply } from '../support/api.ts'
import { dumpTables } from '../support/dump.ts'
import { expectDone, withWorker } from '../support/idempotency.ts'
import type { HostAnswer } from '../support/issuer-server.ts'
import { createTestKey, writeJws, type TestKey } from '../support/jws.ts'
import type { AuthenticatedRoute } from '../support/refusals.ts'
import { createWorld, readAuditEvents, type Actor, type World } from '../support/world.ts'

const HOST = inject('issuerHost')
const SECOND = 1_000
const MINUTE = 60 * SECOND
const OPERATIONS = ['Auth:Users:Read', 'Auth:Users:Activate', 'user.edit']

/** One route a dialect that tells its caller who it is. */
const READS: readonly AuthenticatedRoute[] = [dfns.GET, timbu.ME, rinne.ME]

/** What becomes of a token: its user is known, it is nobody's, or its issuer cannot be asked. */
type Outcome = 'known' | 'refused' | 'down'

const KEY = createTestKey('shared')
const NEXT_KEY = createTestKey('next')

const setOf = (...keys: readonly Readonly<Record<string, unknown>>[]): string =>
  JSON.stringify({ keys })

const control = (path: string, init?: RequestInit) =>
  fetch(`${HOST}/control${path}`, init).then((response) => response.text())
const answer = (path: string, given: HostAnswer) =>
  control(path, { method: 'PUT', body: JSON.stringify(given) })
const countVisits = async (path: string) => Number(await control(path))

/** An issuer that an organization trusts, published at a path of its own. */
function createIssuer({ organizationId }: World, members: Partial<TrustedIssuer> = {}) {
  const path = `/${newSecret(8)}/jwks.json`
  const issuer = `https://${newSecret(8)}.example.test/`
  return {
    path,
    trusted: { issuer, jwksUrl: HOST + path, audience: 'activate', organizationId, ...members },
    publish: (...keys: TestKey[]) =>
      answer(path, { body: setOf(...keys.map((key) => key.publicJwk)) }),
    /** Writes a token of now that is good for ten minutes, but for what is said. */
    issue: (now: number, claims: object, key: TestKey = KEY, header: object = {}) => {
      const iat = Math.floor(now / SECOND)
      const usual = { iss: issuer, aud: 'activate', iat, exp: iat + 600 }
      const head = { alg: 'EdDSA', typ: 'at+jwt', kid: key.kid, ...header }
      return writeJws(key, head, { ...usual, ...claims })
    },
  }
}

/** A Worker that trusts one issuer or more, with a user whom the first one speaks for, and time that stands still. */
async function setUp(members: Partial<TrustedIssuer> = {}) {
  const world = await createWorld()
  const externalId = newSecret(8)
  const actor = await world.addActor({ operations: OPERATIONS, isSuperuser: true, externalId })
  const issuer = createIssuer(world, members)
  await issuer.publish(KEY)
  const clock = { now: Date.now() }
  const issue = (claims: object = {}, key?: TestKey, header?: object) =>
    issuer.issue(clock.now, { sub: actor.userId, ...claims }, key, header)
  const run = (test: () => Promise<void>, others: readonly object[] = [], denied = '') => {
    const trusted = JSON.stringify([issuer.trusted, ...others])
    // The types of these two are what wrangler.toml says in their places.
    const bindings = { TRUSTED_ISSUERS: trusted as never, DENIED_KIDS: denied as never }
    return withWorker({ bindings, clock: () => clock.now }, test)
  }
  return { world, actor, externalId, issuer, clock, issue, run }
}

function expectDown({ expectations: { dialect } }: AuthenticatedRoute, reply: Reply): void {
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '1'])
  if (dialect === 'dfns') expectDfnsError(reply, 503, 'Service Unavailable')
  else if (dialect === 'timbu') expectDetail(reply, 503, 'Service Unavailable')
  else expect(reply.json).toMatchObject({ error: { code: 'SERVICE_UNAVAILABLE', status: 503 } })
  expect(reply.headers.has('www-authenticate')).toBe(false)
  expectApiHeaders(reply)
}

/** Asks every dialect who the bearer is, and fails unless all say the same and nothing is written. */
async function expectEverywhere(actor: Actor, token: string, outcome: Outcome): Promise<void> {
  const before = await dumpTables(actor.organizationId)
  for (const route of READS) {
    const request = await route.prepare({ targetId: actor.userId, actor })
    const reply = await call({ ...request, token })
    if (outcome === 'down') expectDown(route, reply)
    else if (outcome === 'refused') route.expectations.unauthenticated(reply, { hasToken: true })
    else expect([reply.status, reply.text]).toEqual([200, expect.stringContaining(actor.userId)])
  }
  expect(await dumpTables(actor.organizationId)).toEqual(before)
}

describe('the users whom an outside issuer speaks for', () => {
  it.each<{ name: string; userClaim?: string; claimsOf: (id: string) => object }>([
    { name: 'user id', claimsOf: () => ({}) },
    { name: 'external id', claimsOf: (sub) => ({ sub }) },
    {
      name: 'external id in a claim that the operator chose',
      userClaim: 'employee',
      claimsOf: (employee) => ({ sub: 'somebody|1', employee }),
    },
  ])('are known by their $name', async ({ userClaim = 'sub', claimsOf }) => {
    const { actor, externalId, issue, run } = await setUp({ userClaim })
    await run(() => expectEverywhere(actor, issue(claimsOf(externalId)), 'known'))
  })

  it('act in every dialect, on record under their own ids', async () => {
    const { actor, issue, run, world } = await setUp()
    await run(async () => {
      for (const route of [dfns.ACTIVATE, timbu.ACTIVATE, rinne.ACTIVATE]) {
        const targetId = await world.addUser({ suspendedAt: 1 })
        const request = await route.prepare({ targetId, actor })
        expectDone(route, await change({ ...actor, token: issue() }, request))
        const event = { action: 'activate', actor_id: actor.userId }
        expect(await readAuditEvents(targetId)).toMatchObject([event])
      }
    })
  })

  it('are those of one organization', async () => {
    const [home, foreign] = [await setUp(), await setUp()]
    const orgId = foreign.world.organizationId
    await home.run(async () => {
      for (const sub of [foreign.actor.userId, foreign.externalId]) {
        const token = home.issue({ sub, 'https://custom/app_metadata': { orgId } })
        await expectEverywhere(foreign.actor, token, 'refused')
      }
      const sub = home.actor.userId
      await expectEverywhere(home.actor, foreign.issue({ sub }), 'refused')
      await expectEverywhere(foreign.actor, foreign.issue(), 'known')
    }, [foreign.issuer.trusted])
  })

  it.each([
    { name: 'nobody has the id', claims: { sub: newId('user') } },
    { name: 'nobody has the external id', claims: { sub: newSecret() } },
    { name: 'the claim is missing', members: { userClaim: 'employee' } },
    { name: 'it is a number', members: { userClaim: 'employee' }, claims: { employee: 7 } },
    { name: 'it is empty', members: { userClaim: 'employee' }, claims: { employee: '' } },
    { name: 'the audience is another', claims: { aud: 'somebody-else' } },
    { name: 'the token lives too long', claims: { exp: 4_000_000_000 } },
    { name: 'its type is another', header: { typ: 'JWT' } },
    { name: "its algorithm is none of the issuer's", members: { algorithms: ['ES256'] } },
  ])('are nobody when $name', async ({ members, claims, header }) => {
    const { actor, issue, run } = await setUp(members)
    await run(() => expectEverywhere(actor, issue(claims, KEY, header), 'refused'))
  })

  it('are nobody by what was issued before they were switched off, and for the skew after it', async () => {
    const { actor, clock, issue, run, world } = await setUp()
    const operations = [...OPERATIONS, 'Auth:Users:Deactivate']
    const admin = await world.addActor({ isSuperuser: true, operations })
    const early = issue()
    await run(async () => {
      await expectEverywhere(actor, early, 'known')
      clock.now += SECOND
      for (const verb of ['deactivate', 'activate']) {
        const path = `/auth/users/${actor.userId}/${verb}`
        expect(await change(admin, { method: 'PUT', path })).toMatchObject({ status: 200 })
        await expectEverywhere(actor, early, 'refused')
        await expectEverywhere(actor, issue(), 'refused')
      }
      clock.now += 30 * SECOND
      await expectEverywhere(actor, issue(), 'refused')
      clock.now += SECOND
      await expectEverywhere(actor, issue(), 'known')
      await expectEverywhere(actor, early, 'refused')
    })
  })
})

describe('the keys of an outside issuer', () => {
  it('are never those of another one, under one kid or two (T8)', async () => {
    const [home, other] = [await setUp(), await setUp()]
    const otherKey = createTestKey(KEY.kid)
    await other.issuer.publish(otherKey, NEXT_KEY)
    await home.run(async () => {
      await expectEverywhere(home.actor, home.issue(), 'known')
      await expectEverywhere(other.actor, other.issue({}, otherKey), 'known')
      await expectEverywhere(home.actor, home.issue({}, otherKey), 'refused')
      await expectEverywhere(other.actor, other.issue(), 'refused')
      await expectEverywhere(home.actor, home.issue({}, NEXT_KEY), 'refused')
    }, [other.issuer.trusted])
  })

  it('are asked for at no place that a token names (T6)', async () => {
    const { actor, issue, issuer, run, world } = await setUp()
    const elsewhere = createIssuer(world)
    const attacker = createTestKey('attacker')
    await elsewhere.publish(attacker)
    const place = HOST + elsewhere.path
    const embedded = [{ jwk: attacker.publicJwk }, { x5c: ['AA'] }]
    await run(async () => {
      for (const header of [{ jku: place }, { x5u: place }, { kid: place }, ...embedded]) {
        await expectEverywhere(actor, issue({}, attacker, header), 'refused')
      }
      // Whoever is not trusted is asked for nothing.
      await expectEverywhere(actor, issue({ iss: place }, attacker), 'refused')
    })
    expect(await countVisits(elsewhere.path)).toBe(0)
    expect(await countVisits(issuer.path)).toBe(0)
  })

  it('change: a new one is fetched, an old one lives with its copy, a removed one dies with it (J3, J4)', async () => {
    const { actor, clock, issue, issuer, run } = await setUp()
    await run(async () => {
      await expectEverywhere(actor, issue(), 'known')
      await issuer.publish(KEY, NEXT_KEY)
      clock.now += MINUTE
      await expectEverywhere(actor, issue({}, NEXT_KEY), 'known')
      await expectEverywhere(actor, issue(), 'known')
      await issuer.publish(NEXT_KEY)
      clock.now += 10 * MINUTE - 1
      await expectEverywhere(actor, issue(), 'known')
      clock.now += 1
      await expectEverywhere(actor, issue(), 'refused')
      await expectEverywhere(actor, issue({}, NEXT_KEY), 'known')
    })
    expect(await countVisits(issuer.path)).toBe(3)
  })

  it('are asked for once in 30 seconds, however many unknown ones come (J3)', async () => {
    const { actor, clock, issue, issuer, run } = await setUp()
    const before = await dumpTables(actor.organizationId)
    const wrong: string[] = []
    let sent = 0
    const flood = async () => {
      const route = READS[sent % READS.length] as AuthenticatedRoute
      const request = await route.prepare({ targetId: actor.userId, actor })
      const token = issue({}, KEY, { kid: `unknown-${(sent += 1)}` })
      const { status } = await call({ ...request, token })
      if (status !== (route === timbu.ME ? 403 : 401)) wrong.push(`${route.name}: ${status}`)
    }
    await run(async () => {
      // All at once while nothing is cached: one asks, the others wait.
      await Promise.all(Array.from({ length: 50 }, flood))
      expect(await countVisits(issuer.path)).toBe(1)
      for (let seconds = 1; seconds <= 150; seconds += 1) {
        clock.now += SECOND
        await flood()
        if (seconds % 25 !== 0) continue
        await expectEverywhere(actor, issue(), 'known')
        expect(await countVisits(issuer.path)).toBe(1 + Math.floor(seconds / 30))
      }
      clock.now += 30 * SECOND
      await Promise.all(Array.from({ length: 50 }, flood))
    })
    expect(wrong).toEqual([])
    expect(await dumpTables(actor.organizationId)).toEqual(before)
    const visits = await countVisits(issuer.path)
    console.log(`unknown kids: ${sent} requests, ${visits} fetches in 180 s`)
    expect([sent, visits]).toEqual([250, 7])
  })

  it('are refused at once when the operator denies them, cached or not (J4)', async () => {
    const { actor, clock, issue, issuer, run } = await setUp()
    await issuer.publish(KEY, NEXT_KEY)
    const test = async () => {
      await expectEverywhere(actor, issue({}, NEXT_KEY), 'refused')
      expect(await countVisits(issuer.path)).toBe(0)
      await expectEverywhere(actor, issue(), 'known')
      await answer(issuer.path, { status: 500, body: '' })
      clock.now += 20 * MINUTE
      await expectEverywhere(actor, issue(), 'known')
      await expectEverywhere(actor, issue({}, NEXT_KEY), 'refused')
    }
    await run(test, [], `another,${NEXT_KEY.kid}`)
  })
})

/** A set whose keys would do, if the answer were one. */
const GOOD = setOf(KEY.publicJwk)
const ELSEWHERE = `/${newSecret(8)}/jwks.json`
const spares = Array.from({ length: 50 }, (_, at) => ({ kty: 'x', kid: `k${at}` }))
const twin = { ...NEXT_KEY.publicJwk, kid: KEY.kid }

/** Answers that are no key set; where nothing is said, they hold a good one. workerd complains of the two that break off. */
const OUTAGES: readonly (Partial<HostAnswer> & { readonly name: string })[] = [
  { name: 'is silent for two seconds', fault: 'silent' },
  { name: 'stops in the middle for two seconds', fault: 'stalled' },
  { name: 'closes the connection', fault: 'reset' },
  { name: 'closes it in the middle', fault: 'cut' },
  { name: 'answers 500', status: 500 },
  { name: 'redirects to a good set', status: 302, headers: { location: ELSEWHERE } },
  { name: 'answers HTML', headers: { 'content-type': 'text/html' } },
  { name: 'answers a byte over 64 KiB', body: GOOD.padEnd(65_537) },
  { name: 'answers 51 keys', body: setOf(KEY.publicJwk, ...spares) },
  { name: 'answers half of a JSON', body: GOOD.slice(0, -2) },
  { name: 'has one kid twice', body: setOf(KEY.publicJwk, twin) },
  { name: 'tells a private key', body: setOf(KEY.publicJwk, NEXT_KEY.privateJwk) },
]

describe('a token whose issuer', () => {
  it.each(OUTAGES)('$name is 503 but for an hour after a copy (J1-J5)', async (row) => {
    const { actor, clock, issue, issuer, run } = await setUp()
    const outage = { body: GOOD, ...row }
    await answer(ELSEWHERE, { body: GOOD })
    await answer(issuer.path, outage)
    await run(async () => {
      await expectEverywhere(actor, issue(), 'down')
      await issuer.publish(KEY)
      clock.now += 30 * SECOND - 1
      await expectEverywhere(actor, issue(), 'down')
      clock.now += 1
      await expectEverywhere(actor, issue(), 'known')
      expect(await countVisits(issuer.path)).toBe(2)

      await answer(issuer.path, outage)
      clock.now += 10 * MINUTE
      await expectEverywhere(actor, issue(), 'known')
      await expectEverywhere(actor, issue({}, NEXT_KEY), 'down')
      clock.now += 50 * MINUTE
      await expectEverywhere(actor, issue(), 'known')
      clock.now += 1
      await expectEverywhere(actor, issue(), 'down')
      expect(await countVisits(issuer.path)).toBe(4)

      await issuer.publish(KEY)
      clock.now += 30 * SECOND
      await expectEverywhere(actor, issue(), 'known')
    })
    expect(await countVisits(ELSEWHERE)).toBe(0)
  })
})
