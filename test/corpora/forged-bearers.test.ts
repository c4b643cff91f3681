/**
 * Catalogue C2: forged bearers against the whole service, in every dialect, at a read and at a change whose user action
 * would be good. Named classes, and every single-bit flip of a good token for each algorithm.
 */
import { env } from 'cloudflare:workers'
import { afterAll, describe, expect, it } from 'vitest'
import { hashIdentity } from '../../src/auth/action-binding.ts'
import type { Principal } from '../../src/core/principal.ts'
import * as dfns from '../conformance/dfns/routes.ts'
import * as rinne from '../conformance/rinne/routes.ts'
import * as timbu from '../conformance/timbu/routes.ts'
import { initiateAction } from '../support/action.ts'
import { call, type Call } from '../support/api.ts'
import { dumpTables } from '../support/dump.ts'
import { forgeUserAction, readClaims } from '../support/forged.ts'
import { initiateLogin } from '../support/login.ts'
import { createCounter } from '../support/proof.ts'
import type { AuthenticatedRoute } from '../support/refusals.ts'
import { ALL_DFNS, ALL_RINNE, createWorld, keyRing } from '../support/world.ts'
import {
  OUTSIDE_CLASSES,
  OWN_CLASSES,
  type Attempt,
  type BearerClass,
} from './support/bearer-classes.ts'
import {
  createMint,
  createOutsideIssuers,
  createPair,
  findUnusual,
  flipBits,
  looksOf,
  readPublicKey,
  SCHEMES,
  type Algorithm,
  type Mint,
} from './support/mint.ts'

const DIALECTS = [
  { dialect: 'dfns', routes: [dfns.GET, dfns.ACTIVATE] },
  { dialect: 'timbu', routes: [timbu.ME, timbu.ACTIVATE] },
  { dialect: 'rinne', routes: [rinne.GET, rinne.ACTIVATE] },
] as const
const ALGORITHMS = Object.keys(SCHEMES) as Algorithm[]

const counter = createCounter('C2 forged bearers')
afterAll(counter.print)

/** An organization that asks for user actions, who may everything in it, and all that there is to forge with. */
async function setForge() {
  const [world, other] = [await createWorld({ requireUserAction: true }), await createWorld()]
  const powers = { operations: [...ALL_DFNS, ...ALL_RINNE], isSuperuser: true }
  const [actor, foreign] = [await world.addActor(powers), await other.addActor(powers)]
  const targetId = await world.addUser({ suspendedAt: 1 })
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'test-1' }
  const good = { header, claims: readClaims(actor.token) }
  const stranger = await createPair('EdDSA')
  const { all, mints, trusting } = await createOutsideIssuers(ALGORITHMS, actor)
  const rsa = all.find(({ alg }) => alg === 'RS256') ?? stranger
  const own = await readPublicKey(keyRing.signer.publicKey)
  const action = { method: 'GET', path: '/auth/users' }
  const challenges = [await initiateLogin(actor), await initiateAction(actor.token, action)]
  const [login = '', challenge = ''] = challenges.map(({ json }) =>
    String(json['challengeIdentifier']),
  )
  const forge = {
    own: createMint(keyRing.signer.privateKey, 'EdDSA', good),
    stranger: createMint(stranger.privateKey, 'EdDSA', good),
    outside: mints,
    publicKeys: { own, stranger, rsa },
    otherTokens: { login, challenge, action: await forgeUserAction(actor, action) },
    foreign,
  }
  return {
    forge,
    trusting,
    dump: () => dumpTables(world.organizationId, other.organizationId),
    /** Prepares a request, with a user action that is good for whoever the mint speaks for. */
    prepare: async (route: AuthenticatedRoute, { claims } = forge.own): Promise<Call> => {
      const request = await route.prepare({ targetId, actor })
      if (!route.isChange) return request
      const principal = { issuer: claims['iss'], subject: claims['sub'] } as Principal
      const binding = { identity: await hashIdentity(principal) }
      return { ...request, userAction: await forgeUserAction(actor, request, { binding }) }
    },
  }
}

const bear = (token: string): Attempt => ({ headers: [['authorization', `Bearer ${token}`]] })

/** Puts an attempt on a request. A reading has no body to hide a token in. */
const attach = (request: Call, { headers, search = '', body }: Attempt): Call => ({
  ...request,
  path: `${request.path}${search}`,
  headers: Object.fromEntries(new Headers(headers.map((one) => [...one]))),
  ...(body && request.method !== 'GET' ? { body: { ...(request.body as object), ...body } } : {}),
})

/** Sends every class to the routes of a dialect; lists those that were not refused to the letter. */
async function refuseClasses(
  scene: Awaited<ReturnType<typeof setForge>>,
  routes: readonly AuthenticatedRoute[],
  classes: readonly BearerClass[],
): Promise<void> {
  const failures: string[] = []
  for (const route of routes) {
    const looks = new Set<string>()
    const request = await scene.prepare(route)
    for (const { name, make } of classes) {
      const made = await make(scene.forge)
      const attempt = typeof made === 'string' ? bear(made) : made
      const hasToken = attempt.headers.some(([header]) => header === 'authorization')
      try {
        const reply = await call(attach(request, attempt))
        route.expectations.unauthenticated(reply, { hasToken })
        if (hasToken) looks.add(looksOf(route, reply))
      } catch (error) {
        failures.push(`${name} at ${route.name}: ${String(error).slice(0, 200)}`)
      }
      counter.add({ named: 1 })
    }
    expect([...looks]).toHaveLength(1)
  }
  expect(failures).toEqual([])
}

/** Sends every flip of a token, each to one of the routes; none may be answered otherwise than what is no token at all. */
async function refuseFlips(
  sent: readonly { readonly route: AuthenticatedRoute; readonly request: Call }[],
  token: string,
): Promise<void> {
  const flips = flipBits(token)
  for (const [place, { route, request }] of sent.entries()) {
    const usual = await call({ ...request, token: 'a.b.c' })
    route.expectations.unauthenticated(usual, { hasToken: true })
    const share = flips.filter((_, at) => at % sent.length === place)
    const forgeries = share.map((flip) => ({ ...request, token: flip }))
    expect(await findUnusual(route, usual, forgeries)).toEqual([])
  }
  counter.add({ flips: flips.length, unsendable: 8 * token.length - flips.length })
}

describe('forged bearers', () => {
  it.each(DIALECTS)('are refused in every class by $dialect', async ({ routes }) => {
    const scene = await setForge()
    const before = await scene.dump()
    await refuseClasses(scene, routes, OWN_CLASSES)
    await scene.trusting(() => refuseClasses(scene, routes, OUTSIDE_CLASSES))
    expect(await scene.dump()).toEqual(before)
  })

  it.each(DIALECTS)('are refused by $dialect when one bit of our token is another', async (row) => {
    const scene = await setForge()
    const [, route] = row.routes
    const request = await scene.prepare(route)
    const token = await scene.forge.own.write()
    const before = await scene.dump()
    await refuseFlips([{ route, request }], token)
    expect(await scene.dump()).toEqual(before)
    // Token and user action are as good as before.
    expect((await call({ ...request, token })).status).toBe(200)
  })

  it.each(ALGORITHMS)('are refused when one bit of a token by %s is another', async (algorithm) => {
    const scene = await setForge()
    const mint = scene.forge.outside[algorithm]
    const sent: { route: AuthenticatedRoute; request: Call }[] = []
    for (const route of DIALECTS.flatMap((one) => one.routes as readonly AuthenticatedRoute[])) {
      sent.push({ route, request: await scene.prepare(route, mint) })
    }
    const token = await mint.write()
    const before = await scene.dump()
    await scene.trusting(async () => {
      await refuseFlips(sent, token)
      expect(await scene.dump()).toEqual(before)
      const [read, change] = sent.map(({ request }) => ({ ...request, token }))
      for (const good of [read, change]) expect((await call(good as Call)).status).toBe(200)
    })
  })

  it.each<{ name: string; write: (own: Mint) => Promise<string> }>([
    { name: 'nothing changed', write: (own) => own.write() },
    { name: 'a list of one audience', write: (own) => own.write({ aud: [env.AUDIENCE] }) },
    // RFC 9068 section 4 has resource servers take both names, and media types have no case (RFC 2045 section 5.1).
    { name: 'the whole media type', write: (own) => own.write({}, { typ: 'application/at+jwt' }) },
    { name: 'its type in upper case', write: (own) => own.write({}, { typ: 'AT+JWT' }) },
  ])('are told from a token with $name, which is taken', async ({ write }) => {
    const { forge, prepare } = await setForge()
    const token = await write(forge.own)
    for (const route of [dfns.GET, timbu.ME, rinne.GET]) {
      expect((await call({ ...(await prepare(route)), token })).status).toBe(200)
    }
  })

  it('are as many as the catalogue asks for, each class under a name of its own', () => {
    const { named = 0, flips = 0 } = counter.counts
    const names = [...OWN_CLASSES, ...OUTSIDE_CLASSES].map(({ name }) => name)
    counter.add({ classes: new Set(names).size, cases: named + flips })
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThanOrEqual(60)
    expect(named + flips).toBeGreaterThanOrEqual(10_000)
  })
})
