/**
 * How an action's binding is spelled in the claims of our tokens: short names, for the tokens travel in headers.
 */
import type { JsonObject } from '../core/strict-json.ts'
import type { ChallengeEvidence } from '../core/user-action.ts'

/** A binding together with the nonce of its challenge. */
type Bound = ChallengeEvidence['binding']

/** Spells a binding as claims. */
export const writeBinding = (binding: Bound) => ({
  org: binding.organizationId,
  idh: binding.identity,
  htm: binding.method,
  htp: binding.path,
  bh: binding.payloadHash,
  nonce: binding.nonce,
})

/** Reads a binding from claims; null when one is missing, which no token of ours lacks. */
export function readBinding(claims: JsonObject): Bound | null {
  const { org, idh, htm, htp, bh, nonce } = claims
  if (typeof org !== 'string' || typeof idh !== 'string' || typeof htm !== 'string') return null
  if (typeof htp !== 'string' || typeof bh !== 'string' || typeof nonce !== 'string') return null
  return {
    organizationId: org,
    identity: idh,
    method: htm,
    path: htp,
    payloadHash: bh,
    nonce,
  }
}
