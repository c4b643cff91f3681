/**
 * Which request a user action is good for, and the challenge that commits a signature to it. Pure but for SHA-256.
 */
import { canonicalJson } from '../core/canonical-json.ts'
import { identityOf, type Principal } from '../core/principal.ts'
import type { JsonValue } from '../core/strict-json.ts'
import type { ActionBinding } from '../core/user-action.ts'
import { decodeBase64Url, encodeBase64Url } from './base64url.ts'
import { isEqualConstantTime, sha256, sha256Base64Url } from './digest.ts'

/** A request as far as a user action binds it. */
export interface BoundRequest {
  readonly principal: Principal
  readonly method: string
  /** Decoded path without query. */
  readonly path: string
  /** The JSON value of the body; undefined for none. */
  readonly payload: JsonValue | undefined
}

/** Names the request that a user action is good for (rules U1, U2). */
export async function bindAction(request: BoundRequest): Promise<ActionBinding> {
  return {
    organizationId: request.principal.organizationId,
    identity: await hashIdentity(request.principal),
    method: request.method,
    path: request.path,
    payloadHash: await hashPayload(request.payload),
  }
}

/**
 * Hashes who a bearer speaks for: the subject of an outside issuer may be an email address, and this goes on record
 * (invariant 7).
 */
export const hashIdentity = (principal: Principal): Promise<string> =>
  sha256Base64Url(identityOf(principal))

/**
 * Hashes the JSON value of a body. No body and `{}` are one value, for the official clients differ in exactly that
 * (rule U4).
 *
 * @see RFC 8785 (canonical JSON), FACTS 1.0 numbers 1 and 2
 */
export const hashPayload = (payload: JsonValue | undefined): Promise<string> =>
  sha256Base64Url(canonicalJson(payload === undefined ? {} : payload))

/**
 * Computes the challenge of an action: the nonce, and a hash over nonce and binding. Whoever signs it signs the
 * request itself, and an auditor can compute it again from the record.
 *
 * @param nonce - unpadded base64url of 32 random bytes (rule U1).
 * @returns 86 characters of unpadded base64url.
 */
export async function challengeOf(nonce: string, binding: ActionBinding): Promise<string> {
  const commitment = await sha256([nonce, ...membersOf(binding)].join('\n'))
  return encodeBase64Url(
    new Uint8Array([...(decodeBase64Url(nonce) ?? new Uint8Array()), ...commitment]),
  )
}

/** Compares two bindings in constant time (rules U2, S6); the texts hold no line feed, being paths, ids and hashes. */
export const isSameBinding = (a: ActionBinding, b: ActionBinding): Promise<boolean> =>
  isEqualConstantTime(membersOf(a).join('\n'), membersOf(b).join('\n'))

const membersOf = (binding: ActionBinding): string[] => [
  binding.organizationId,
  binding.identity,
  binding.method,
  binding.path,
  binding.payloadHash,
]
