/**
 * The shape of a signing key and of the ring that holds them. Types only.
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
