/**
 * One environment of wrangler.toml as wrangler understands it: with what it inherits, and without what it does not.
 */
import type { Unstable_Config } from 'wrangler'
import { loadWrangler } from './local-store.ts'

/** A counter of requests that wrangler.toml binds. */
export interface LimitBinding {
  readonly name: string
  readonly namespaceId: string
  readonly limit: number
  readonly periodSeconds: number
}

/** What is deployed, and how the environment is named there. */
export interface DeployEnvironment {
  readonly name: string
  readonly workerName: string
  readonly variables: Readonly<Record<string, unknown>>
  /** Those of the top level, which is complete: an environment inherits none of them. */
  readonly knownVariables: readonly string[]
  readonly databaseName: string
  /** Empty where nothing is bound. */
  readonly databaseId: string
  /** Null where nothing is bound. */
  readonly namespaceId: string | null
  readonly routes: readonly { readonly pattern: string; readonly isCustomDomain: boolean }[]
  readonly isOnWorkersDev: boolean
  readonly limits: readonly LimitBinding[]
  /** What no two environments may have in common: its kind, a blank, and its name or id. */
  readonly own: readonly string[]
  /** The same of the others, by their names. */
  readonly taken: Readonly<Record<string, readonly string[]>>
}

const CONFIGURATION_FILE = 'wrangler.toml'

/** Reads as `wrangler deploy --env` does; null stands for the top level. */
async function readWith(file: string, environment: string | null): Promise<Unstable_Config> {
  const { unstable_readConfig: readConfig } = await loadWrangler()
  // The empty name beats `CLOUDFLARE_ENV`, which would choose otherwise.
  return readConfig({ config: file, env: environment ?? '' }, { hideWarnings: true })
}

/** Lists the environments beside the top level, which stays on this machine. */
export const listEnvironments = async (file = CONFIGURATION_FILE): Promise<readonly string[]> =>
  (await readWith(file, null)).definedEnvironments ?? []

/**
 * Reads one of them.
 *
 * @throws Error in wrangler's words where the file is not what wrangler takes.
 */
export async function readEnvironment(
  name: string,
  file = CONFIGURATION_FILE,
): Promise<DeployEnvironment> {
  const config = await readWith(file, name)
  const local = await readWith(file, null)
  const taken: Record<string, readonly string[]> = {}
  for (const other of await listEnvironments(file)) {
    if (other !== name) taken[other] = listOwnThings(await readWith(file, other))
  }
  const database = config.d1_databases.find(({ binding }) => binding === 'DB')
  const namespace = config.kv_namespaces.find(({ binding }) => binding === 'IDEMPOTENCY')
  return {
    name,
    workerName: config.name ?? '',
    variables: config.vars,
    knownVariables: Object.keys(local.vars),
    databaseName: database?.database_name ?? `activate-${name}`,
    databaseId: database?.database_id ?? '',
    namespaceId: namespace ? (namespace.id ?? '') : null,
    routes: listRoutes(config),
    isOnWorkersDev: config.workers_dev !== false,
    limits: listLimits(config),
    own: listOwnThings(config),
    taken,
  }
}

function listRoutes({ routes = [] }: Unstable_Config): DeployEnvironment['routes'] {
  return routes.map((route) =>
    typeof route === 'string'
      ? { pattern: route, isCustomDomain: false }
      : { pattern: route.pattern, isCustomDomain: route.custom_domain === true },
  )
}

const listLimits = ({ ratelimits }: Unstable_Config): LimitBinding[] =>
  ratelimits.map(({ name, namespace_id: namespaceId, simple }) => ({
    name,
    namespaceId,
    limit: simple.limit,
    periodSeconds: simple.period,
  }))

/** The Worker, its stores, its counters and its domain: an environment that shared one would not be its own. */
const listOwnThings = (config: Unstable_Config): string[] => [
  `name ${config.name ?? ''}`,
  ...config.d1_databases.map((one) => `database_id ${one.database_id ?? ''}`),
  ...config.kv_namespaces.map((one) => `id ${one.id ?? ''}`),
  ...config.ratelimits.map((one) => `namespace_id ${one.namespace_id}`),
  ...listRoutes(config).map(({ pattern }) => `route ${pattern}`),
]
