/**
 * Tokens that no client could make: signed by the service's own ring, wrong in one chosen thing.
 */
import { env } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import { bindAction } from '../../src/auth/action-binding.ts'
import { issuePurposeToken } from '../../src/auth/purpose-token.ts'
import { newSecret } from '../../src/auth/random.ts'
import { issueUserAction } from '../../src/auth/user-action-token.ts'
import type { Principal } from '../../src/core/principal.ts'
import type { JsonValue } from '../../src/core/strict-json.ts'
import type { ChallengeEvidence } from '../../src/core/user-action.ts'
import { keyRing, type Actor } from './world.ts'

/** The settings that the Worker under test signs with. */
export const TOKEN_SETTINGS = { keyRing, issuer: env.ISSUER, audience: env.AUDIENCE }

/** What is otherwise than it ought to be. */
export interface Forgery {
  /** Unix milliseconds; the token lives 300 s from then. */
  readonly now?: number
  readonly binding?: Partial<ChallengeEvidence['binding']>
  readonly credentialId?: string
  readonly epoch?: number
  readonly audience?: string
}

/** Issues a user action for a request as if its challenge had been signed, but for what is said. */
export async function forgeUserAction(
  actor: Pick<Actor, 'userId' | 'organizationId' | 'signer'>,
  request: { readonly method: string; readonly path: string; readonly body?: JsonValue },
  forgery: Forgery = {},
): Promise<string> {
  const principal = {
    issuer: env.ISSUER,
    subject: actor.userId,
    organizationId: actor.organizationId,
  } as Principal
  const bound = await bindAction({ ...request, principal, payload: request.body })
  return issueUserAction(
    { ...TOKEN_SETTINGS, audience: forgery.audience ?? env.AUDIENCE },
    {
      credentialId: forgery.credentialId ?? actor.signer.credentialId,
      credentialKind: 'Key',
      clientData: newSecret(),
      signature: newSecret(64),
      binding: { ...bound, nonce: newSecret(), ...forgery.binding },
    },
    forgery.epoch ?? 0,
    { now: forgery.now ?? Date.now(), lifetimeSeconds: 300 },
  )
}

/** Issues a challenge of one of the two flows, ten minutes old: dead by its time alone. */
export const forgeExpiredChallenge = (
  purpose: 'login-challenge' | 'action-challenge',
  claims: { readonly sub: string } & Readonly<Record<string, unknown>>,
): Promise<string> =>
  issuePurposeToken(TOKEN_SETTINGS, purpose, claims, {
    now: Date.now() - 600_000,
    lifetimeSeconds: 300,
  })

/** Reads the claims of a token, unverified. */
export const readClaims = (token: string): Record<string, unknown> => {
  const text = token.split('.')[1] ?? ''
  return JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>
}

/** Signs the claims of a token again after changing them; undefined takes a claim out. */
export const forgeAccessToken = (
  token: string,
  changes: Readonly<Record<string, unknown>>,
  typ = 'at+jwt',
): Promise<string> =>
  new SignJWT(JSON.parse(JSON.stringify({ ...readClaims(token), ...changes })) as object as never)
    .setProtectedHeader({ alg: 'EdDSA', typ, kid: keyRing.signer.kid })
    .sign(keyRing.signer.privateKey)

/** Changes one character inside of the signature, so that its spelling stays canonical. */
export const breakSignature = (token: string): string => {
  const at = token.lastIndexOf('.') + 5
  return token.slice(0, at) + (token.charAt(at) === 'A' ? 'B' : 'A') + token.slice(at + 1)
}
