/**
 * The refusals that every guarded route owes its callers, for any dialect: a route says how it is asked and what it
 * asks for, a dialect says what its refusals look like. A prepared request has no place for credentials.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/auth/random.ts'
import type { JsonObject } from '../../src/core/strict-json.ts'
import type { UserKind } from '../../src/core/user.ts'
import { call, signAction, type Reply } from './api.ts'
import { LIVING_CALLERS_WITHOUT_POWER, UNUSABLE_CALLERS, type CallerCase } from './callers.ts'
import { dumpTables } from './dump.ts'
import { createSigner } from './signer.ts'
import { addCredential, createWorld, type Actor, type World } from './world.ts'

/** What an actor or a target is given, besides what everybody has. */
export type Given = NonNullable<Parameters<World['addActor']>[0]>

/** A request without any credential: the kit adds them, so that no test can let one slip in. */
export interface PreparedRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: JsonObject
  readonly token?: never
  readonly userAction?: never
  readonly headers?: Readonly<Record<string, string>> & {
    readonly authorization?: never
    readonly Authorization?: never
    readonly 'x-dfns-useraction'?: never
    readonly 'X-DFNS-USERACTION'?: never
  }
}

/** What a dialect's refusals look like; each expects status, body and headers. */
export interface RefusalExpectations {
  readonly dialect: string
  /** Whether every change needs a user action, or only where the organization's setting says so. */
  readonly userAction: 'always' | 'by_setting'
  readonly unauthenticated: (reply: Reply, sent: { readonly hasToken: boolean }) => void
  readonly notAllowed: (
    reply: Reply,
    caller: { readonly userId: string; readonly kind: UserKind; readonly operation: string },
  ) => void
  readonly dialectOff: (reply: Reply) => void
  readonly notFound: (reply: Reply, userId: string, organizationId: string) => void
  readonly selfChange: (reply: Reply) => void
  readonly lastHolder: (reply: Reply) => void
  readonly userActionInvalid: (reply: Reply) => void
  readonly userActionUsed: (reply: Reply) => void
  /** The answer's text without what differs between any two answers. */
  readonly mask: (reply: Reply) => string
}

/** A route that asks who its caller is. */
export interface AuthenticatedRoute {
  /** As the reader knows it: `PUT /auth/users/{userId}/activate`. */
  readonly name: string
  /** What lets a caller through, and nothing more. */
  readonly powers: Given
  /** Whether it changes anything, and so refuses personal access tokens. */
  readonly isChange: boolean
  /** Status of its answer; 200 where nothing is said. */
  readonly success?: number
  /** What its target is given; null where no user is its target. */
  readonly target: Given | null
  readonly prepare: (scene: {
    readonly targetId: string
    readonly actor: Actor
  }) => PreparedRequest | Promise<PreparedRequest>
  readonly expectations: RefusalExpectations
}

/** A route that asks, too, what its caller may. */
export interface GuardedRoute extends AuthenticatedRoute {
  /** The operation as the dialect's refusals spell it. */
  readonly operation: string
  /** Powers that are not the right one. */
  readonly insufficient: readonly { readonly name: string; readonly given: Given }[]
}

/** Whether a request of a route needs a user action where the organization's setting says nothing. */
const needsAction = (route: AuthenticatedRoute): boolean =>
  route.isChange && route.expectations.userAction === 'always'

/** A caller in front of a target, everything valid. */
export interface Scene {
  readonly world: World
  readonly actor: Actor
  readonly targetId: string
  readonly request: PreparedRequest
}

/** Sets up a caller of a route; `signer` makes it sign with a certain key. */
export async function setScene(
  route: AuthenticatedRoute,
  given: Given = route.powers,
  world?: World,
): Promise<Scene> {
  const place = world ?? (await createWorld())
  const actor = await place.addActor(given)
  const { operations: _operations, signer: _signer, ...target } = route.target ?? {}
  const targetId = route.target ? await place.addUser(target) : newId('user')
  return {
    world: place,
    actor,
    targetId,
    request: await route.prepare({ targetId, actor }),
  }
}

/** Sends a request and fails if it left a trace in the tables of the organizations. */
export async function callWithoutTrace(
  organizationIds: readonly string[],
  ...request: Parameters<typeof call>
): Promise<Reply> {
  const before = await dumpTables(...organizationIds)
  const reply = await call(...request)
  expect(await dumpTables(...organizationIds)).toEqual(before)
  return reply
}

/** Signs a change, sends it, and fails if it left a trace. */
export async function changeWithoutTrace(actor: Actor, request: PreparedRequest): Promise<Reply> {
  const userAction = await signAction(actor, signable(request))
  const { token, organizationId } = actor
  return callWithoutTrace([organizationId], { ...request, token, userAction })
}

/** Refuses whoever cannot prove to be somebody alive. */
export function describeUnusableCallers(route: AuthenticatedRoute): void {
  describe(route.name, () => {
    it.each(UNUSABLE_CALLERS)('refuses $name', (row) => expectUnauthenticated(route, row))
  })
}

/** The whole matrix of callers. */
export function describeCallers(route: GuardedRoute): void {
  describeUnusableCallers(route)
  describe(route.name, () => {
    it('refuses a caller that is suspended, whose token has the current epoch', () =>
      expectUnauthenticated(route, {
        name: '',
        authorize: async (actor) => {
          await env.DB.prepare('UPDATE users SET suspended_at = 1 WHERE id = ?')
            .bind(actor.userId)
            .run()
          return `Bearer ${actor.token}`
        },
      }))

    it.each([...LIVING_CALLERS_WITHOUT_POWER, ...route.insufficient])(
      'refuses $name',
      async ({ given }) => {
        const { operations = [], ...members } = given
        const withPowers = given.kind === 'EndUser' ? { ...route.powers, ...members } : null
        const scene = await setScene(route, withPowers ?? { operations, ...members })
        const reply = await sendSigned(route, scene)
        const { userId } = scene.actor
        const kind = given.kind ?? 'CustomerEmployee'
        route.expectations.notAllowed(reply, { userId, kind, operation: route.operation })
      },
    )

    it('refuses a caller whose organization has the dialect off', () => expectDialectOff(route))

    it('lets an employee through who has the one right power', async () => {
      const { actor, request } = await setScene(route)
      const userAction = await signFor(route, actor, request)
      const reply = await call({ ...request, token: actor.token, userAction })
      expect(reply.status).toBe(route.success ?? 200)
    })

    it('lets a service account through who has the one right power', async () => {
      const { actor, request } = await setScene(route, { ...route.powers, isServiceAccount: true })
      const token = await actor.issueToken({ tokenKind: 'service_account' })
      const userAction = await signFor(route, { ...actor, token }, request)
      const reply = await call({ ...request, token, userAction })
      expect(reply.status).toBe(route.success ?? 200)
    })

    it(`${route.isChange ? 'refuses' : 'lets through'} a personal access token whose owner may`, () =>
      expectPersonalAccessToken(route))

    if (route.target) {
      it('answers a foreign user like an unknown one, byte for byte', () => expectForeign(route))
    }
  })
}

/** Whoever is alive asks for itself, whatever its kind and its rights. */
export function describeOpenRoute(route: AuthenticatedRoute): void {
  describeUnusableCallers(route)
  describe(route.name, () => {
    it('refuses a caller whose organization has the dialect off', () => expectDialectOff(route))

    it.each([
      { name: 'an employee without a role', given: {}, tokenKind: 'user' as const },
      { name: 'an end user', given: { kind: 'EndUser' as const }, tokenKind: 'user' as const },
      {
        name: 'a service account',
        given: { isServiceAccount: true },
        tokenKind: 'service_account' as const,
      },
      {
        name: 'a personal access token',
        given: {},
        tokenKind: 'personal_access_token' as const,
      },
    ])('lets $name through, and changes nothing', async ({ given, tokenKind }) => {
      const { actor, request, world } = await setScene(route, given)
      const token = await actor.issueToken({ tokenKind })
      const reply = await callWithoutTrace([world.organizationId], { ...request, token })
      expect(reply.status).toBe(200)
    })
  })
}

async function expectDialectOff(route: AuthenticatedRoute): Promise<void> {
  const { dialect } = route.expectations
  const dialects = ['dfns', 'timbu', 'rinne'].filter((name) => name !== dialect)
  const scene = await setScene(route, route.powers, await createWorld({ dialects }))
  route.expectations.dialectOff(await sendSigned(route, scene))
}

/** The payload as the client signs it. */
export const signable = (request: PreparedRequest) => ({
  ...request,
  payload: request.body === undefined ? '' : JSON.stringify(request.body),
})

/** Signs a request where its route asks for it. */
const signFor = async (
  route: AuthenticatedRoute,
  actor: Pick<Actor, 'token' | 'signer'>,
  request: PreparedRequest,
): Promise<string | null> => (needsAction(route) ? signAction(actor, signable(request)) : null)

/** Signs where the route asks for it, sends, and expects no trace. */
async function sendSigned(route: AuthenticatedRoute, scene: Scene): Promise<Reply> {
  const { actor, request, world } = scene
  const userAction = await signFor(route, actor, request)
  const { token } = actor
  return callWithoutTrace([world.organizationId], { ...request, token, userAction })
}

async function expectUnauthenticated(route: AuthenticatedRoute, row: CallerCase): Promise<void> {
  const { actor, request, world } = await setScene(route)
  // A user action that would be good: it is the bearer that the request is refused for.
  const userAction = await signFor(route, actor, request)
  const authorization = await row.authorize(actor)
  const headers = { ...request.headers, ...(authorization === null ? {} : { authorization }) }
  const sent = { ...request, headers, userAction } as Parameters<typeof call>[0]
  const reply = await callWithoutTrace([world.organizationId], sent)
  route.expectations.unauthenticated(reply, { hasToken: authorization !== null })
}

async function expectPersonalAccessToken(route: GuardedRoute): Promise<void> {
  const { actor, request, world } = await setScene(route)
  const tokenId = newId('credential')
  const token = await actor.issueToken({ tokenKind: 'personal_access_token', tokenId })
  if (!route.isChange) {
    expect((await call({ ...request, token })).status).toBe(200)
    return
  }
  const signer = await createSigner('Ed25519')
  await addCredential(world.organizationId, actor.userId, signer, tokenId)
  const userAction = await signFor(route, { token, signer }, request)
  const reply = await callWithoutTrace([world.organizationId], { ...request, token, userAction })
  const { userId } = actor
  const kind = 'CustomerEmployee' as const
  route.expectations.notAllowed(reply, { userId, kind, operation: route.operation })
}

async function expectForeign(route: GuardedRoute): Promise<void> {
  const home = await setScene(route)
  const foreign = await setScene(route)
  const unknownId = newId('user')
  const ids = [home.world.organizationId, foreign.world.organizationId]
  const { actor } = foreign
  const texts: string[] = []
  for (const targetId of [home.targetId, unknownId]) {
    const request = await route.prepare({ targetId, actor })
    const userAction = await signFor(route, actor, request)
    const sent = { ...request, token: actor.token, userAction }
    const reply = await callWithoutTrace(ids, sent)
    route.expectations.notFound(reply, targetId, actor.organizationId)
    const headers = [...reply.headers.keys()].join()
    texts.push(`${headers} ${route.expectations.mask(reply).replaceAll(targetId, '<id>')}`)
  }
  expect(texts[0]).toBe(texts[1])
}
