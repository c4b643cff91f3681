/**
 * An idempotency key -> what the store knows it by: hashes of who sent it with what. No I/O but WebCrypto.
 */
import type { IdempotencyClaim } from '../core/idempotency.ts'
import { identityOf, type Principal } from '../core/principal.ts'
import { sha256Hex } from './digest.ts'

/** A request as far as it must be the same to be a repetition. */
export interface RepeatableRequest {
  readonly key: string
  readonly principal: Pick<Principal, 'issuer' | 'subject' | 'organizationId'>
  readonly dialect: string
  /** Name of the operation, unique among all dialects. */
  readonly operationId: string
  readonly method: string
  /** As the operation's template spells it, so that a further base path is no difference. */
  readonly path: string
  /** The body as it was received; empty for none. */
  readonly body: Uint8Array
  /** Further headers that say what is asked for; null where one was not sent. */
  readonly conditions: readonly (string | null)[]
}

/** A body that is left out and an empty object are one value to every operation (FACTS 1.0 number 1). */
const EMPTY_OBJECT = new TextEncoder().encode('{}')

/**
 * Computes the claim. Nobody else's key is the same key, nor the same key of another operation (rule I2); what may
 * honestly differ between two sendings - bearer, user action, request id - is in neither hash (rule I3).
 *
 * @param expiresAt - Unix milliseconds.
 */
export async function createClaim(
  request: RepeatableRequest,
  expiresAt: number,
): Promise<IdempotencyClaim> {
  const { key, principal, dialect, operationId, method, path, body, conditions } = request
  const bodyHash = await sha256Hex(body.length === 0 ? EMPTY_OBJECT : body)
  const [scopeHash, fingerprint] = await Promise.all([
    hashParts([principal.organizationId, identityOf(principal), operationId, key]),
    hashParts([method, path, dialect, bodyHash, ...conditions]),
  ])
  return { scopeHash, fingerprint, expiresAt }
}

/** JSON keeps the parts apart, whatever is in them. */
const hashParts = (parts: readonly (string | null)[]): Promise<string> =>
  sha256Hex(JSON.stringify(parts))
