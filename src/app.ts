/**
 * Composition root: builds stores and keys from the bindings, mounts the dialects, and what belongs to none.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import { createDecoys } from './auth/decoy.ts'
import { createKeyRing } from './auth/key-ring.ts'
import { newId } from './auth/random.ts'
import { createRemoteKeySet } from './auth/remote-key-set.ts'
import { createBearerVerifier } from './auth/verify-bearer.ts'
import type { StoreHealth } from './core/ports.ts'
import { fail, succeed, type Result } from './core/result.ts'
import { createCommandRunner } from './core/run-command.ts'
import type { Dialect, Services } from './dialects/dialect.ts'
import { dfns } from './dialects/dfns/index.ts'
import { rinne } from './dialects/rinne/index.ts'
import { timbu } from './dialects/timbu/index.ts'
import { readConfig, type Config } from './env.ts'
import type { AppEnv } from './http/app-env.ts'
import { createCorsWriter } from './http/cors.ts'
import { mountExplorer } from './http/explorer.ts'
import { createFailsafe } from './http/failsafe.ts'
import { createHygiene, refuse, type FamilyFinder } from './http/hygiene.ts'
import { createLogger, type Logger } from './http/log.ts'
import { mountOperations } from './http/mount.ts'
import { mountPublicPages } from './http/public-pages.ts'
import { createRateLimits, NO_LIMITS, type RateLimits } from './http/rate-limits.ts'
import { PROBLEM_FORM } from './http/refusal-form.ts'
import { observeStore } from './http/usage.ts'
import { createD1AccountStore } from './store/d1-account-store.ts'
import { createD1StoreHealth } from './store/d1-store-health.ts'
import { createD1UserStore } from './store/d1-user-store.ts'
import { openDatabase } from './store/database.ts'
import { createKvAnswerCopies } from './store/kv-answer-copies.ts'
import { purgeExpired } from './store/purge.ts'
import { isStoreFailure } from './store/store-failure.ts'

/** The dialects that the service speaks; a further one is one line here. */
export const DIALECTS: readonly Dialect[] = [dfns, timbu, rinne]

/** A deterministic ceiling with a random place below it keeps requests that collided from colliding again. */
const PAUSE_MILLISECONDS = 8

/** The app as Hono runs it. */
export type App = OpenAPIHono<AppEnv>

/** What is built once an isolate. */
interface Parts {
  readonly services: Services
  readonly limits: RateLimits
  readonly health: StoreHealth
  readonly config: Config
  readonly publicKeySet: { readonly keys: readonly unknown[] }
}

const apps = new WeakMap<Env, Promise<App>>()

/** Finds the app of these bindings, which is built once an isolate. */
export function appFor(env: Env): Promise<App> {
  const known = apps.get(env)
  if (known) return known
  const built = buildApp(env, DIALECTS)
  apps.set(env, built)
  return built
}

/** Removes what has expired; the cron trigger's work. */
export const runScheduled = async (env: Env, now: number): Promise<void> => {
  await purgeExpired(openDatabase(env.DB), now)
}

/** Builds an app: the whole service, or one that answers 503 and logs why (invariant 10). */
export async function buildApp(
  env: Env,
  dialects: readonly Dialect[],
  clock: () => number = Date.now,
): Promise<App> {
  const parts = await readParts(env)
  const config = parts.ok ? parts.value.config : null
  const log = createLogger(config?.logLevel ?? 'error')
  const app: App = new OpenAPIHono<AppEnv>({ strict: true })
  const familyOf = createFamilyFinder(dialects)
  app.use(
    createHygiene({
      ...{ familyOf, log, clock },
      writeCors: createCorsWriter(config?.corsOrigins ?? []),
      limitPolicy: parts.ok ? parts.value.limits.policy : null,
      tellsTiming: config?.logLevel === 'debug',
    }),
  )
  app.onError(createFailsafe(familyOf, log, isStoreFailure))
  app.notFound((c) =>
    refuse(c, { reason: 'route_not_found' }, familyOf(c.get('context').path).form),
  )
  mountExplorer(app, (request) => env.ASSETS.fetch(request))
  if (parts.ok) mountService(app, dialects, parts.value)
  else mountUnavailable(app, familyOf, log, parts.failure)
  return app
}

function mountService(app: App, dialects: readonly Dialect[], parts: Parts): void {
  const pages = dialects.map((dialect) => {
    const operations = dialect.createOperations(parts.services)
    const { form, basePaths = [''] } = dialect
    for (const basePath of basePaths) {
      mountOperations(app, operations, form, parts.limits, basePath)
    }
    return { ...dialect, basePaths, operations }
  })
  mountPublicPages(app, {
    origin: parts.config.publicOrigin,
    dialects: pages,
    publicKeySet: parts.publicKeySet,
    limits: parts.limits,
    findFault: () => parts.health.findFault(!parts.config.isProduction),
  })
}

function mountUnavailable(app: App, familyOf: FamilyFinder, log: Logger, reason: string): void {
  app.all('*', (c) => {
    log.fault(c, new Error(reason))
    const refusal = { reason: 'unavailable', cause: 'configuration' } as const
    return refuse(c, refusal, familyOf(c.get('context').path).form)
  })
}

const createFamilyFinder =
  (dialects: readonly Dialect[]): FamilyFinder =>
  (path) => {
    const dialect = dialects.find(({ prefixes }) =>
      prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
    )
    return { dialect: dialect?.name ?? null, form: dialect?.form ?? PROBLEM_FORM }
  }

async function readParts(env: Env): Promise<Result<Parts, string>> {
  const config = readConfig(env as unknown as Record<string, unknown>)
  if (!config.ok) return config
  try {
    return await createParts(env, config.value)
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'SIGNING_KEYS cannot be used.')
  }
}

async function createParts(env: Env, config: Config): Promise<Result<Parts, string>> {
  const keyRing = await createKeyRing(config.signingKeys, new Set(config.deniedKids))
  if (config.isProduction && keyRing.hasDemoKey) {
    return fail('SIGNING_KEYS holds a demo key (kid dev-...), and PUBLIC_ORIGIN is https.')
  }
  const limits = readLimits(env, config)
  if (!limits) return fail('RATE_LIMITS is on, and a binding RATE_LIMITER... is missing.')
  const database = openDatabase(env.DB, observeStore('d1', Date.now))
  const users = createD1UserStore(database, { allowsDemoData: !config.isProduction })
  const accounts = createD1AccountStore(database, { allowsDemoData: !config.isProduction })
  const { issuer, audience, challengeSeconds, userActionSeconds, accessTokenSeconds } = config
  const { relyingParty, publicOrigin, clockSkewSeconds: skewSeconds } = config
  const tokens = { keyRing, issuer, audience }
  const services: Services = {
    verifyBearer: createBearerVerifier({
      ...tokens,
      skewSeconds,
      outsideIssuers: new Map(
        config.trustedIssuers.map((one) => [
          one.issuer,
          { ...one, keys: keysOf(one.jwksUrl, config) },
        ]),
      ),
    }),
    users,
    accounts,
    runCommand: createCommandRunner({
      store: users,
      copies: createKvAnswerCopies(env.IDEMPOTENCY, observeStore('kv', Date.now)),
      newEventId: () => newId('auditEvent'),
      pause,
    }),
    login: {
      ...tokens,
      users,
      accounts,
      decoys: createDecoys(keyRing),
      challengeSeconds,
      accessTokenSeconds,
      relyingParty,
    },
    actions: { ...tokens, users, accounts, challengeSeconds, userActionSeconds, relyingParty },
    registration: { ...tokens, users, accounts, challengeSeconds, relyingParty },
    userActions: { ...tokens, publicOrigin, skewSeconds },
    newId,
    idempotencySeconds: config.idempotencySeconds,
  }
  return succeed({
    services,
    limits,
    health: createD1StoreHealth(database),
    config,
    publicKeySet: keyRing.publicKeySet,
  })
}

/** Null where something is to be counted, and nothing counts it. */
function readLimits(env: Env, { rateLimits }: Config): RateLimits | null {
  if (!rateLimits) return NO_LIMITS
  const { RATE_LIMITER, RATE_LIMITER_LOGIN, RATE_LIMITER_FAILURES } = env as Partial<Env>
  if (!RATE_LIMITER || !RATE_LIMITER_LOGIN || !RATE_LIMITER_FAILURES) return null
  return createRateLimits({
    requests: { counter: RATE_LIMITER, quota: rateLimits.requests },
    signing: { counter: RATE_LIMITER_LOGIN, quota: rateLimits.signing },
    failures: { counter: RATE_LIMITER_FAILURES, quota: rateLimits.failures },
  })
}

const keysOf = (url: string, config: Config) =>
  createRemoteKeySet({
    url,
    fetch: (input, init) => fetch(input, init),
    deniedKids: config.deniedKids,
  })

const pause = (attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE_MILLISECONDS * attempt))
