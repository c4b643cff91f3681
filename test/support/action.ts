/**
 * The two halves of user action signing, one by one.
 */
import { call, type Reply } from './api.ts'
import type { Authenticator } from './authenticator.ts'
import { answerByPasskey, type PasskeyAnswer } from './registration.ts'
import type { Assertion, FirstFactor } from './login.ts'

/** A request as a client announces it. */
export interface Announcement {
  readonly method: string
  readonly path: string
  readonly payload?: string
}

/** The announcement as the official clients write it. */
export const writeAnnouncement = ({ method, path, payload = '' }: Announcement) => ({
  userActionPayload: payload,
  userActionHttpMethod: method,
  userActionHttpPath: path,
  userActionServerKind: 'Api',
})

/** Asks for the challenge of a request. */
export const initiateAction = (token: string, announcement: Announcement): Promise<Reply> =>
  call({
    method: 'POST',
    path: '/auth/action/init',
    token,
    body: writeAnnouncement(announcement),
  })

/** Answers the challenge of a request by a key. */
export const completeAction = (
  token: string,
  challengeIdentifier: unknown,
  credentialAssertion: Assertion,
): Promise<Reply> =>
  completeActionBy(token, challengeIdentifier, { kind: 'Key', credentialAssertion })

/** Answers the challenge of a request by either kind. */
export const completeActionBy = (
  token: string,
  challengeIdentifier: unknown,
  firstFactor: FirstFactor,
): Promise<Reply> =>
  call({ method: 'POST', path: '/auth/action', token, body: { challengeIdentifier, firstFactor } })

/** Signs a request by a passkey. */
export async function signByPasskey(
  token: string,
  authenticator: Authenticator,
  announcement: Announcement,
  options?: PasskeyAnswer,
): Promise<Reply> {
  const { challenge, challengeIdentifier } = (await initiateAction(token, announcement)).json
  const factor = await answerByPasskey(authenticator, challenge, options)
  return completeActionBy(token, challengeIdentifier, factor)
}
