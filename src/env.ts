/**
 * Bindings and configuration, read once an isolate. Fails closed: what is missing or wrong is named to the operator's
 * log, and the service answers 503 until it is mended (invariant 10).
 */
import { z } from 'zod'
import { ID_PATTERNS } from './core/id.ts'
import type { LimitName } from './core/refusal.ts'
import { fail, succeed, type Result } from './core/result.ts'
import type { TrustedIssuer } from './core/trusted-issuer.ts'

/** Configuration in the types that the code works with. */
export interface Config {
  readonly publicOrigin: string
  readonly issuer: string
  readonly audience: string
  readonly trustedIssuers: readonly TrustedIssuer[]
  readonly deniedKids: readonly string[]
  readonly accessTokenSeconds: number
  readonly challengeSeconds: number
  readonly userActionSeconds: number
  readonly clockSkewSeconds: number
  readonly idempotencySeconds: number
  /** JSON text of the private keys; read by auth/key-ring.ts only. */
  readonly signingKeys: string
  readonly logLevel: LogLevel
  /** Origins whose pages may read answers; none where nothing is said. */
  readonly corsOrigins: readonly string[]
  /** Requests a minute by what is counted, as the bindings have them; null where nothing is counted. */
  readonly rateLimits: Readonly<Record<LimitName, number>> | null
  /** The site that passkeys are bound to, and the origins of its pages that may use them (rules W5, W7). */
  readonly relyingParty: { readonly id: string; readonly origins: readonly string[] }
  /** Whether clients come over https: no demo key and no demo data is served to them then. */
  readonly isProduction: boolean
}

/** How much is logged: each level holds those before it. */
export type LogLevel = z.infer<typeof LOG_LEVELS>

const LOG_LEVELS = z.enum(['error', 'info', 'debug'])

const seconds = (least: number, most: number, usual: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'is not a whole number of seconds')
    .default(String(usual))
    .transform(Number)
    .pipe(z.number().min(least).max(most))

const quota = (usual: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/, 'is not a whole number of requests')
    .default(String(usual))
    .transform(Number)
    .pipe(z.number().min(1))

const list = (text: string) => text.split(',').flatMap((one) => one.trim() || [])

const isLoopback = (url: URL) => ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null)

const ORIGIN = z.string().refine((text) => {
  const url = parseUrl(text)
  // http is for the machine that it runs on; anywhere else a token on the wire would be a token lost.
  const isLocal = url?.protocol === 'http:' && isLoopback(url)
  return url?.origin === text && (url.protocol === 'https:' || isLocal)
}, 'is not an https origin, or an http origin of this machine, without a path')

/** Only asymmetric algorithms whose keys we check; the classical RSA ones are for whom the operator lists (rule T4). */
const ALGORITHMS = z.enum(['EdDSA', 'Ed25519', 'ES256', 'ES384', 'RS256', 'PS256'])

const TRUSTED_ISSUER = z.strictObject({
  issuer: z.string().min(1).max(512),
  jwksUrl: z.url(),
  audience: z.string().min(1).max(512),
  algorithms: z.array(ALGORITHMS).min(1).default(['ES256', 'EdDSA', 'Ed25519']),
  organizationId: z.string().regex(ID_PATTERNS.organization),
  typ: z.string().min(1).max(64).default('at+jwt'),
  userClaim: z.string().min(1).max(128).default('sub'),
  maxTokenAgeSeconds: z.int().min(60).max(86_400).default(3_600),
})

const TRUSTED_ISSUERS = z
  .string()
  .default('[]')
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue('is not JSON')
      return z.NEVER
    }
  })
  .pipe(z.array(TRUSTED_ISSUER).max(20))

const VARIABLES = z
  .object({
    PUBLIC_ORIGIN: ORIGIN,
    // Short enough for a user action, which carries both, to fit its header (rule U6).
    ISSUER: z.string().min(1).max(128),
    AUDIENCE: z.string().min(1).max(64),
    TRUSTED_ISSUERS,
    DENIED_KIDS: z.string().default('').transform(list),
    ACCESS_TOKEN_SECONDS: seconds(60, 3_600, 3_600),
    CHALLENGE_SECONDS: seconds(60, 600, 300),
    USER_ACTION_SECONDS: seconds(60, 600, 300),
    CLOCK_SKEW_SECONDS: seconds(0, 60, 30),
    IDEMPOTENCY_SECONDS: seconds(60, 604_800, 86_400),
    SIGNING_KEYS: z.string().min(2, 'is missing: the secret with the signing keys'),
    LOG_LEVEL: LOG_LEVELS.default('info'),
    CORS_ORIGINS: z.string().default('').transform(list).pipe(z.array(ORIGIN).max(50)),
    WEBAUTHN_RP_ID: z
      .string()
      .regex(/^$|^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'is not a domain in lower case')
      .default(''),
    WEBAUTHN_ORIGINS: z.string().default('').transform(list).pipe(z.array(ORIGIN).max(20)),
    RATE_LIMITS: z.enum(['on', 'off']).default('on'),
    RATE_LIMIT_REQUESTS: quota(1_000),
    RATE_LIMIT_SIGNING: quota(300),
    RATE_LIMIT_FAILURES: quota(60),
  })
  .superRefine((variables, context) => {
    const own = parseUrl(variables.PUBLIC_ORIGIN)
    const issuers = variables.TRUSTED_ISSUERS.map((one) => one.issuer)
    // T8: an issuer is one entry, and nobody else speaks in our name.
    if (new Set([...issuers, variables.ISSUER]).size !== issuers.length + 1) {
      context.addIssue('TRUSTED_ISSUERS names an issuer twice, or names ISSUER')
    }
    const { id, origins } = relyingPartyOf(variables)
    // A browser takes a passkey to a page of its domain only, so any other would be an origin that opens nothing.
    const isOf = (host: string) => host === id || host.endsWith(`.${id}`)
    if (!origins.every((origin) => isOf(parseUrl(origin)?.hostname ?? ''))) {
      context.addIssue('WEBAUTHN_ORIGINS has an origin that is not of WEBAUTHN_RP_ID')
    }
    for (const { jwksUrl } of variables.TRUSTED_ISSUERS) {
      const url = parseUrl(jwksUrl)
      // J1: plain http only between two services of one developer's machine.
      const isLocal = url !== null && own !== null && isLoopback(url) && isLoopback(own)
      if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLocal)) {
        context.addIssue('TRUSTED_ISSUERS has a jwksUrl that is not https')
      }
    }
  })

/** Where nothing is said, the pages of the service's own origin are the site. */
function relyingPartyOf(variables: {
  readonly PUBLIC_ORIGIN: string
  readonly WEBAUTHN_RP_ID: string
  readonly WEBAUTHN_ORIGINS: readonly string[]
}): Config['relyingParty'] {
  const { PUBLIC_ORIGIN, WEBAUTHN_RP_ID, WEBAUTHN_ORIGINS } = variables
  const origins = WEBAUTHN_ORIGINS.length > 0 ? WEBAUTHN_ORIGINS : [PUBLIC_ORIGIN]
  return { id: WEBAUTHN_RP_ID || (parseUrl(origins[0] ?? '')?.hostname ?? ''), origins }
}

/**
 * Reads the Worker's variables.
 *
 * @returns the configuration, or one sentence that names every variable that is missing or wrong, and no value.
 */
export function readConfig(env: Readonly<Record<string, unknown>>): Result<Config, string> {
  const parsed = VARIABLES.safeParse(env)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) =>
      [issue.path.join('.'), issue.message].filter((part) => part).join(' '),
    )
    return fail(`Configuration: ${faults.join('; ')}.`)
  }
  const variables = parsed.data
  return succeed({
    publicOrigin: variables.PUBLIC_ORIGIN,
    issuer: variables.ISSUER,
    audience: variables.AUDIENCE,
    trustedIssuers: variables.TRUSTED_ISSUERS,
    deniedKids: variables.DENIED_KIDS,
    accessTokenSeconds: variables.ACCESS_TOKEN_SECONDS,
    challengeSeconds: variables.CHALLENGE_SECONDS,
    userActionSeconds: variables.USER_ACTION_SECONDS,
    clockSkewSeconds: variables.CLOCK_SKEW_SECONDS,
    idempotencySeconds: variables.IDEMPOTENCY_SECONDS,
    signingKeys: variables.SIGNING_KEYS,
    logLevel: variables.LOG_LEVEL,
    corsOrigins: variables.CORS_ORIGINS,
    rateLimits:
      variables.RATE_LIMITS === 'off'
        ? null
        : {
            requests: variables.RATE_LIMIT_REQUESTS,
            signing: variables.RATE_LIMIT_SIGNING,
            failures: variables.RATE_LIMIT_FAILURES,
          },
    relyingParty: relyingPartyOf(variables),
    isProduction: variables.PUBLIC_ORIGIN.startsWith('https:'),
  })
}
