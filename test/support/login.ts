/**
 * Logging in as the official client does: a challenge for a name, its signature, a token.
 */
import { call, type Reply } from './api.ts'
import type { Authenticator } from './authenticator.ts'
import { answerByPasskey, type PasskeyAnswer } from './registration.ts'
import type { Signer } from './signer.ts'
import type { Actor } from './world.ts'

/** What a key signs, as `Signer.assert` makes it. */
export type Assertion = Awaited<ReturnType<Signer['assert']>> & { readonly algorithm?: string }

/** Asks for a login challenge. */
export const initiateLogin = (name: Pick<Actor, 'organizationId' | 'username'>): Promise<Reply> =>
  call({
    method: 'POST',
    path: '/auth/login/init',
    body: { username: name.username, orgId: name.organizationId },
  })

/** What a key or a passkey answers a challenge with. */
export interface FirstFactor {
  readonly kind: 'Key' | 'Fido2'
  readonly credentialAssertion: Readonly<Record<string, unknown>>
}

/** Answers a login challenge by a key. */
export const completeLogin = (
  challengeIdentifier: unknown,
  credentialAssertion: Assertion,
): Promise<Reply> => completeLoginBy(challengeIdentifier, { kind: 'Key', credentialAssertion })

/** Answers a login challenge by either kind. */
export const completeLoginBy = (
  challengeIdentifier: unknown,
  firstFactor: FirstFactor,
): Promise<Reply> =>
  call({ method: 'POST', path: '/auth/login', body: { challengeIdentifier, firstFactor } })

/**
 * Logs in.
 *
 * @param members - of the client data, besides type and challenge or in their place.
 */
export async function logIn(
  actor: Pick<Actor, 'organizationId' | 'username' | 'signer'>,
  members?: Readonly<Record<string, unknown>>,
): Promise<Reply> {
  const { json } = await initiateLogin(actor)
  const assertion = await actor.signer.assert(String(json['challenge']), members)
  return completeLogin(json['challengeIdentifier'], assertion)
}

/** Logs in by a passkey. */
export async function logInByPasskey(
  named: Pick<Actor, 'organizationId' | 'username'>,
  authenticator: Authenticator,
  options?: PasskeyAnswer,
): Promise<Reply> {
  const { challenge, challengeIdentifier } = (await initiateLogin(named)).json
  const factor = await answerByPasskey(authenticator, challenge, options)
  return completeLoginBy(challengeIdentifier, factor)
}
