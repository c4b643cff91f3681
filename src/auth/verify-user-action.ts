/**
 * The proof of intent that came with a request, in either of its two forms, and one answer for both. No store.
 */
import type { Principal } from '../core/principal.ts'
import type { Refusal } from '../core/refusal.ts'
import type { Result } from '../core/result.ts'
import type { JsonValue } from '../core/strict-json.ts'
import type { UserAction } from '../core/user-action.ts'
import type { PurposeTokenSettings } from './purpose-token.ts'
import { isProof, readProof } from './user-action-proof.ts'
import { verifyUserActionToken } from './user-action-token.ts'
import { parseBearer } from './verify-bearer.ts'

/** What both forms are verified with. */
export interface UserActionSettings extends PurposeTokenSettings {
  readonly publicOrigin: string
  readonly skewSeconds: number
}

/** The request that the proof came with. */
export interface ProvenRequest {
  readonly principal: Principal
  /** The header that the principal was read from; a client-signed proof names its very token. */
  readonly authorization: string | null
  readonly method: string
  /** The path as it was sent: equal to the canonical one (rule P2). */
  readonly path: string
  /** The JSON value of the body, which the token of a challenge binds; undefined for none. */
  readonly payload: JsonValue | undefined
  /** The bytes of the body, which a client-signed proof binds (rule U4). */
  readonly body: Uint8Array
  /** Unix time in milliseconds. */
  readonly now: number
}

/**
 * Verifies everything of a user action that needs no store. Refuses with `user_action_invalid`.
 *
 * @param text - value of the header; which form it has, it says by its `typ`.
 */
export async function verifyUserAction(
  settings: UserActionSettings,
  text: string,
  request: ProvenRequest,
): Promise<Result<UserAction, Refusal>> {
  const { principal, authorization, method, path, now } = request
  if (!isProof(text)) return verifyUserActionToken(settings, text, request, now)
  const bearer = parseBearer(authorization)
  if (!bearer.ok) return bearer
  const { publicOrigin, audience, skewSeconds } = settings
  // 2.5.9, 2.5.12: our origin, whatever host the client called, and the token as it was sent, without its scheme.
  return readProof(text, {
    principal,
    bearer: bearer.value,
    method,
    url: `${publicOrigin}${path}`,
    body: request.body,
    audience,
    now,
    skewSeconds,
  })
}
