/**
 * The two halves of user action signing, one by one.
 */
import { call, type Reply } from './api.ts'
import type { Assertion } from './login.ts'

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

/** Answers the challenge of a request. */
export const completeAction = (
  token: string,
  challengeIdentifier: unknown,
  credentialAssertion: Assertion,
): Promise<Reply> =>
  call({
    method: 'POST',
    path: '/auth/action',
    token,
    body: { challengeIdentifier, firstFactor: { kind: 'Key', credentialAssertion } },
  })
