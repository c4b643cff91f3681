/**
 * The user-action token of the challenge flow: what `POST /auth/action` hands out and `X-DFNS-USERACTION` brings back.
 * It carries its own evidence, so that using it needs no table. No store.
 */
import type { Refusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import type { JsonObject } from '../core/strict-json.ts'
import type { ChallengeEvidence, UserAction } from '../core/user-action.ts'
import { bindAction, isSameBinding, type BoundRequest } from './action-binding.ts'
import { readBinding, writeBinding } from './binding-claims.ts'
import {
  issuePurposeToken,
  verifyPurposeToken,
  type PurposeTokenSettings,
} from './purpose-token.ts'

/**
 * Signs a user action for one request, after its challenge was signed by the caller.
 *
 * @param epoch - `token_epoch` of the signer: the action dies with it (invariant 5).
 * @param options.now - Unix time in milliseconds.
 */
export const issueUserAction = (
  settings: PurposeTokenSettings,
  evidence: ChallengeEvidence,
  epoch: number,
  options: { readonly now: number; readonly lifetimeSeconds: number },
): Promise<string> =>
  issuePurposeToken(
    settings,
    'user-action',
    {
      // A hash, for a header that passes through proxies and logs should name nobody.
      sub: evidence.binding.identity,
      epoch,
      ...writeBinding(evidence.binding),
      cid: evidence.credentialId,
      ckd: evidence.credentialKind,
      cda: evidence.clientData,
      sig: evidence.signature,
      ...(evidence.authenticatorData === undefined ? {} : { adt: evidence.authenticatorData }),
    },
    options,
  )

/**
 * Verifies signature and binding of a user action; whether it was used, and whether its signer is alive, the store
 * says.
 * Refuses with `user_action_invalid`.
 *
 * @param now - Unix time in milliseconds.
 */
export async function verifyUserActionToken(
  settings: PurposeTokenSettings,
  token: string,
  request: BoundRequest,
  now: number,
): Promise<Result<UserAction, Refusal>> {
  const verified = await verifyPurposeToken(settings, 'user-action', token, now)
  if (!verified.ok) return invalid(verified.failure)
  const { claims, usedHash, expiresAt } = verified.value
  const evidence = readEvidence(claims)
  const { epoch } = claims
  if (!evidence || typeof epoch !== 'number') return invalid('claims_invalid')
  // U2: caller, organization, method, path and body, all at once and in constant time.
  if (!(await isSameBinding(evidence.binding, await bindAction(request)))) {
    return invalid('bound_to_another_request')
  }
  return succeed({ usedHash, purpose: 'user-action', expiresAt, epoch, evidence })
}

const invalid = (cause: string) => fail({ reason: 'user_action_invalid' as const, cause })

function readEvidence(claims: JsonObject): ChallengeEvidence | null {
  const binding = readBinding(claims)
  const { cid, ckd, cda, sig, adt } = claims
  if (!binding || typeof cid !== 'string' || (ckd !== 'Key' && ckd !== 'Fido2')) return null
  if (typeof cda !== 'string' || typeof sig !== 'string') return null
  if (adt !== undefined && typeof adt !== 'string') return null
  return {
    credentialId: cid,
    credentialKind: ckd,
    clientData: cda,
    signature: sig,
    ...(adt === undefined ? {} : { authenticatorData: adt }),
    binding,
  }
}
