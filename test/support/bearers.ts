/**
 * A bearer verifier with our own issuer and two outside ones, and tokens of each that are good until a test says
 * otherwise. No network: the outside issuers' keys are published by a function.
 */
import { createRemoteKeySet } from '../../src/auth/remote-key-set.ts'
import { createBearerVerifier, type OutsideIssuer } from '../../src/auth/verify-bearer.ts'
import type { Principal } from '../../src/core/principal.ts'
import type { Refusal } from '../../src/core/refusal.ts'
import { fail, type Result } from '../../src/core/result.ts'
import { createTestKey, createTestRing, writeJws, type TestKey } from './jws.ts'
import { NOW, ORGANIZATION_ID, userId } from './sample.ts'

/** Tolerance of the verifier, in seconds. */
export const SKEW_SECONDS = 30

/** The clock of the verifier, in Unix seconds. */
export const NOW_SECONDS = NOW / 1000

/** Longest life that the outside issuers' tokens may have, in seconds. */
export const OUTSIDE_SECONDS = 1_800

/** Issuers by name; `down` cannot be asked for its keys. */
export const ISSUERS = {
  own: 'https://api.example.test',
  outside: 'https://issuer-a.example',
  neighbour: 'https://issuer-b.example',
  down: 'https://issuer-c.example',
} as const

/** Keys by name. Each issuer has a key under the kid `shared`, and they are not the same. */
export const KEYS = {
  own: createTestKey('shared'),
  spare: createTestKey('spare'),
  outside: createTestKey('shared'),
  outsideEc: createTestKey('ec', 'P-256'),
  outsideRsa: createTestKey('rsa', 'RSA'),
  neighbour: createTestKey('shared'),
} as const

const keySetOf = (...keys: TestKey[]) =>
  createRemoteKeySet({
    url: 'https://issuer.example/jwks.json',
    fetch: async () => Response.json({ keys: keys.map((key) => key.publicJwk) }),
    deniedKids: [],
  })

const outsideIssuer = (issuer: string, members: Partial<OutsideIssuer>): OutsideIssuer => ({
  issuer,
  jwksUrl: 'https://issuer.example/jwks.json',
  audience: 'activate-outside',
  algorithms: ['ES256', 'EdDSA'],
  organizationId: ORGANIZATION_ID,
  typ: 'at+jwt',
  userClaim: 'sub',
  maxTokenAgeSeconds: OUTSIDE_SECONDS,
  keys: keySetOf(KEYS.outside, KEYS.outsideEc, KEYS.outsideRsa),
  ...members,
})

const keyRing = await createTestRing(KEYS.own, KEYS.spare)

/** Makes a verifier; `members` configure the issuer `outside` otherwise. */
export const createVerifier = (members: Partial<OutsideIssuer> = {}) =>
  createBearerVerifier({
    keyRing,
    issuer: ISSUERS.own,
    audience: 'activate',
    skewSeconds: SKEW_SECONDS,
    outsideIssuers: new Map(
      [
        outsideIssuer(ISSUERS.outside, members),
        outsideIssuer(ISSUERS.neighbour, { keys: keySetOf(KEYS.neighbour) }),
        outsideIssuer(ISSUERS.down, { keys: { findKey: async () => fail('unavailable') } }),
      ].map((one) => [one.issuer, one]),
    ),
  })

/** What a token says; undefined takes a member out, a text is the whole JSON. */
type Part = Readonly<Record<string, unknown>> | string | Uint8Array

/** A kind of token that the verifier takes. */
export interface BearerSource {
  readonly name: string
  readonly key: TestKey
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  /** Longest life, in seconds. */
  readonly mostSeconds: number
  readonly write: (claims?: Part, header?: Part, key?: TestKey) => string
}

function createSource(
  name: string,
  key: TestKey,
  mostSeconds: number,
  claims: BearerSource['claims'],
): BearerSource {
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: key.kid }
  const whole = (usual: object, part: Part) =>
    typeof part === 'string' || part instanceof Uint8Array ? part : { ...usual, ...part }
  return {
    name,
    key,
    header,
    claims,
    mostSeconds,
    write: (changed = {}, changedHeader = {}, signer = key) =>
      writeJws(signer, whole(header, changedHeader), whole(claims, changed)),
  }
}

const TIMES = { sub: userId('admin'), iat: NOW_SECONDS - 60, exp: NOW_SECONDS + 600, jti: 'jti-1' }

/** The claim that names organization and kind in tokens of our own. */
export const appMetadata = (members: Readonly<Record<string, unknown>> = {}) => ({
  'https://custom/app_metadata': {
    orgId: ORGANIZATION_ID,
    userId: userId('admin'),
    tokenKind: 'Token',
    tenantId: 'acct-00000-00000-0000000000000000',
    ...members,
  },
})

/** Tokens of our own issuer. */
export const OWN = createSource('our own issuer', KEYS.own, 3_600, {
  ...TIMES,
  ...appMetadata(),
  iss: ISSUERS.own,
  aud: 'activate',
  epoch: 3,
})

/** Tokens of an outside issuer. */
export const OUTSIDE = createSource('an outside issuer', KEYS.outside, OUTSIDE_SECONDS, {
  ...TIMES,
  iss: ISSUERS.outside,
  aud: 'activate-outside',
})

/** Names what became of a header: `accepted`, or the reason, with its cause after a colon where it has one. */
export function outcomeOf(result: Result<Principal, Refusal>): string {
  if (result.ok) return 'accepted'
  const { failure } = result
  return 'cause' in failure ? `${failure.reason}: ${failure.cause}` : failure.reason
}
