/**
 * The shape of a signing key and of the ring that holds them. Types and their two guards only.
 */
import type { JWK } from 'jose'

/** One of the service's Ed25519 keys, imported once. */
export interface OwnKey {
  readonly kid: string
  readonly publicJwk: JWK
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  /** The private scalar as the JWK spells it; only ever hashed, to derive other secrets from it. */
  readonly secret: string
}

/** The service's keys: the one that signs, and all that verify. */
export interface KeyRing {
  readonly signer: OwnKey
  /** Finds a verifying key by its exact `kid` (rule T7). */
  readonly find: (kid: string) => OwnKey | null
  /** What `/.well-known/jwks.json` answers: public halves only. */
  readonly publicKeySet: { readonly keys: readonly JWK[] }
  /** Whether a key of the demo is among them, which a production origin refuses (invariant 10). */
  readonly hasDemoKey: boolean
}

/** Tells whether a value is an object with members, not a list and not null. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads a key's `kid` in the only syntax that tokens may name (rule T7).
 *
 * @throws Error with a sentence for the operator when it is missing or written otherwise.
 */
export function readKid(jwk: JWK): string {
  if (typeof jwk.kid !== 'string' || !/^[A-Za-z0-9._~:-]{1,128}$/.test(jwk.kid)) {
    throw new Error('Every key of SIGNING_KEYS needs a kid of 1-128 characters A-Za-z0-9._~:-')
  }
  return jwk.kid
}
