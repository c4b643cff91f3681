/**
 * Asks a deployed service, from outside and without a token, whether it is the one that was deployed and ready to serve.
 * Knows no wrangler.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { isJsonObject, type JsonObject } from '../core/strict-json.ts'
import { readJson } from './read-json.ts'

/** What is expected, and where. */
export interface SmokeTarget {
  readonly origin: string
  /** Version of package.json, which the document tells, too. */
  readonly version: string
}

/** What the test reaches the world with. */
export interface SmokeTools {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly sleep: (milliseconds: number) => Promise<unknown>
  /** Milliseconds since anything. */
  readonly now: () => number
}

/** A new version is everywhere within seconds, a new domain takes longer. */
const PATIENCE_MS = 120_000
const PAUSE_MS = 5_000
const ANSWER_TIMEOUT_MS = 10_000

/** For some seconds the version before may still answer: it may be well where the new one is not. */
const GOOD_TRIES = 3

/** Members of a JWK that are not for the public: RFC 7518 sections 6.2.2, 6.3.2 and 6.4, RFC 8037 section 2. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

const WORLD: SmokeTools = { fetch, sleep: wait, now: () => performance.now() }

/**
 * Tries until all is well three times in a row, or two minutes are over.
 *
 * @returns what was wrong at the last try, one line each; none when all is well.
 */
export async function runSmokeTest(
  { origin, version }: SmokeTarget,
  tools: SmokeTools = WORLD,
): Promise<readonly string[]> {
  const end = tools.now() + PATIENCE_MS
  for (let good = 0; ; ) {
    const found = await Promise.all([
      ask(tools, `${origin}/ready`, findReadyFault),
      ask(tools, `${origin}/.well-known/jwks.json`, findKeyFault),
      ask(tools, `${origin}/openapi.json`, (body) => findVersionFault(body, version)),
    ])
    const faults = found.filter((fault) => fault !== null)
    good = faults.length === 0 ? good + 1 : 0
    if (good === GOOD_TRIES || (good === 0 && tools.now() >= end)) return faults
    await tools.sleep(PAUSE_MS)
  }
}

type FindFault = (body: JsonObject) => string | null

const findReadyFault: FindFault = ({ status }) =>
  status === 'ready' ? null : 'does not say that it is ready'

function findKeyFault({ keys }: JsonObject): string | null {
  if (!Array.isArray(keys) || keys.length === 0) return 'has no key'
  const isPublic = keys.every(
    (key) => isJsonObject(key) && PRIVATE_MEMBERS.every((member) => !Object.hasOwn(key, member)),
  )
  return isPublic ? null : 'shows a private key: rotate SIGNING_KEYS'
}

function findVersionFault({ info }: JsonObject, version: string): string | null {
  const served = isJsonObject(info) ? info['version'] : undefined
  return served === version ? null : `has version ${JSON.stringify(served)}, not "${version}"`
}

/** Asks one page; a fault begins with its address. */
async function ask(tools: SmokeTools, url: string, findFault: FindFault): Promise<string | null> {
  try {
    const response = await tools.fetch(url, {
      headers: { accept: 'application/json' },
      // Where the service is, nobody else may answer for it.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    const text = await response.text()
    if (response.status !== 200) return `${url} answers ${response.status}`
    const fault = findFault(readObject(text))
    return fault === null ? null : `${url} ${fault}`
  } catch (error) {
    return `${url} does not answer: ${describeCause(error)}`
  }
}

function readObject(text: string): JsonObject {
  const value = readJson(text)
  return isJsonObject(value) ? value : {}
}

/** Node's fetch says only that it failed; its cause says whether it was the name, the certificate or the connection. */
function describeCause(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message : String(cause)
}
