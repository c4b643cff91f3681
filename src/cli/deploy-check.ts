/**
 * What keeps an environment from being deployed: every placeholder and every fault at once, each with the way to mend
 * it. Values are named where they are public, and never otherwise. No I/O.
 */
import { readConfig } from '../env.ts'
import { writeCreateDatabase, writeCreateNamespace } from './deploy-commands.ts'
import type { DeployEnvironment, LimitBinding } from './deploy-environment.ts'

/** Names for documentation and tests, which nobody can own (RFC 2606 sections 2 and 3). */
const RESERVED_HOST = /(^|\.)(example|test|invalid|localhost)$|(^|\.)example\.(com|net|org)$/

/** Long runs of zeros, as nobody is given them. */
const PLACEHOLDER_ID = /^0{8}/

/** Which binding counts what a variable tells clients. */
const LIMITS: Readonly<Record<string, string>> = {
  RATE_LIMIT_REQUESTS: 'RATE_LIMITER',
  RATE_LIMIT_SIGNING: 'RATE_LIMITER_LOGIN',
  RATE_LIMIT_FAILURES: 'RATE_LIMITER_FAILURES',
}

/**
 * Lists what is missing or wrong.
 *
 * @returns one line each; none when the environment can be deployed.
 */
export const findFaults = (environment: DeployEnvironment): string[] => [
  ...checkStores(environment),
  ...checkOrigins(environment),
  ...checkRoutes(environment),
  ...checkVariables(environment),
  ...checkLimits(environment),
  ...checkOwnThings(environment),
]

/** Keeps a line where what it asks for is not so. */
const unless = (isRight: boolean, line: string): string[] => (isRight ? [] : [line])

function checkStores(environment: DeployEnvironment): string[] {
  const { name, databaseId, databaseName, namespaceId, workerName } = environment
  const database = writeCreateDatabase(name, databaseName)
  const namespace = writeCreateNamespace(name, workerName)
  // Not everybody can make a namespace that stays in a region.
  const without = namespace.includes('--jurisdiction')
    ? '; or take the entry out, where KV has no jurisdictions for your account: D1 alone then answers repetitions'
    : ''
  return [
    ...unless(
      isGivenId(databaseId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      `[[env.${name}.d1_databases]] database_id of DB is a placeholder: make one (${database}), and write its id here`,
    ),
    // KV is never needed (invariant 3), so that none is no fault.
    ...unless(
      namespaceId === null || isGivenId(namespaceId, /^[0-9a-f]{32}$/),
      `[[env.${name}.kv_namespaces]] id of IDEMPOTENCY is a placeholder: make one (${namespace}), and write its id here${without}`,
    ),
  ]
}

const isGivenId = (id: string, form: RegExp): boolean => form.test(id) && !PLACEHOLDER_ID.test(id)

/** Reads the URL of an https address that anybody could reach. */
function parseRealUrl(value: unknown): URL | null {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null
  // A name of the public internet has a dot, and letters behind the last one; an address of this machine has not.
  const host = url?.hostname ?? ''
  const isReal = /\.[a-z][a-z0-9-]*$/.test(host) && !RESERVED_HOST.test(host)
  return url?.protocol === 'https:' && isReal ? url : null
}

function checkOrigins({ name, variables }: DeployEnvironment): string[] {
  const { PUBLIC_ORIGIN, ISSUER, WEBAUTHN_ORIGINS = '' } = variables
  const pages = String(WEBAUTHN_ORIGINS)
    .split(',')
    .flatMap((one) => one.trim() || [])
  const where = `[env.${name}.vars]`
  return [
    ...unless(
      parseRealUrl(PUBLIC_ORIGIN) !== null,
      `${where} PUBLIC_ORIGIN is not public yet: https:// and a host of a zone of your account`,
    ),
    ...unless(
      parseRealUrl(ISSUER) !== null,
      `${where} ISSUER is not public yet: the same as PUBLIC_ORIGIN`,
    ),
    ...unless(
      pages.every(parseRealUrl),
      `${where} WEBAUTHN_ORIGINS has an origin that is not public: https origins, or nothing`,
    ),
  ]
}

function checkRoutes({ name, variables, routes, isOnWorkersDev }: DeployEnvironment): string[] {
  const host = parseRealUrl(variables['PUBLIC_ORIGIN'])?.hostname ?? null
  const [route] = routes
  return [
    ...unless(
      routes.length === 1 && route?.isCustomDomain === true && route.pattern === host,
      `[env.${name}] routes is not yet [{ pattern = "${host ?? 'the host of PUBLIC_ORIGIN'}", custom_domain = true }]`,
    ),
    // Proofs and passkeys are bound to one origin; a second one would serve what none of them opens.
    ...unless(!isOnWorkersDev, `[env.${name}] workers_dev is on: workers_dev = false`),
  ]
}

function checkVariables({ name, variables, knownVariables }: DeployEnvironment): string[] {
  const where = `[env.${name}.vars]`
  const missing = knownVariables.filter((one) => !Object.hasOwn(variables, one))
  const unknown = Object.keys(variables).filter((one) => !knownVariables.includes(one))
  // The secret is not here to be read; whether it is there is asked later.
  const read = readConfig({ ...variables, SIGNING_KEYS: '[]' })
  const refused = read.ok ? [] : read.failure.replace(/^Configuration: |\.$/g, '').split('; ')
  return [
    ...missing.map((one) => `${where} ${one} is missing: as in [vars], for nothing is inherited`),
    ...unknown.map((one) =>
      one === 'SIGNING_KEYS'
        ? `${where} SIGNING_KEYS is a secret: take it out, make new keys, and put them there as a secret`
        : `${where} ${one} is no variable of the service: mend its name, or take it out`,
    ),
    ...refused.map((fault) => `${where} ${fault}`),
  ]
}

function checkLimits({ name, variables, limits }: DeployEnvironment): string[] {
  const { RATE_LIMITS = 'on' } = variables
  const where = `[[env.${name}.ratelimits]]`
  return [
    ...unless(RATE_LIMITS === 'on', `[env.${name}.vars] RATE_LIMITS is not on: RATE_LIMITS = "on"`),
    ...Object.entries(LIMITS).flatMap(([variable, binding]) => {
      const bound = limits.find((one) => one.name === binding)
      if (!bound)
        return [`${where} has no ${binding}: one as at the top level, with its own namespace_id`]
      return unless(
        isToldAs(bound, variables[variable]),
        `${where} ${binding} and ${variable} differ: simple = { limit = (the number of ${variable}), period = 60 }`,
      )
    }),
  ]
}

/** The variables tell requests a minute. */
const isToldAs = ({ limit, periodSeconds }: LimitBinding, told: unknown): boolean =>
  periodSeconds === 60 && String(limit) === told

function checkOwnThings({ name, own, taken }: DeployEnvironment): string[] {
  const kindOf = (thing: string) => thing.split(' ')[0] ?? ''
  const twice = own.filter((thing, at) => own.indexOf(thing) !== at)
  return [
    ...twice.map((thing) => `[env.${name}] has a ${kindOf(thing)} twice: one each`),
    ...Object.entries(taken).flatMap(([other, things]) =>
      own
        .filter((thing) => things.includes(thing))
        .map((thing) => `[env.${name}] shares a ${kindOf(thing)} with [env.${other}]: one each`),
    ),
  ]
}
