/**
 * Callers that no guarded route lets in: the rows of the refusals kit.
 */
import { env } from 'cloudflare:workers'
import { encodeBase64Url } from '../../src/auth/base64url.ts'
import { newId } from '../../src/auth/random.ts'
import { call } from './api.ts'
import { APP_METADATA_CLAIM } from '../../src/auth/access-token.ts'
import { breakSignature, forgeAccessToken, forgeUserAction, readClaims } from './forged.ts'
import type { Given } from './refusals.ts'
import type { Actor } from './world.ts'

/** One row: takes from a caller who may what makes it one, and returns the `Authorization` that it then sends. */
export interface CallerCase {
  readonly name: string
  readonly authorize: (actor: Actor) => Promise<string | null>
}

const HOUR = 3_600_000

const bearing =
  (makeToken: (actor: Actor) => Promise<string> | string) =>
  async (actor: Actor): Promise<string> =>
    `Bearer ${await makeToken(actor)}`

/** Changes the caller's row behind the API's back, and keeps the token. */
const after = (assignment: string) =>
  bearing(async (actor) => {
    await env.DB.prepare(`UPDATE users SET ${assignment} WHERE id = ?`).bind(actor.userId).run()
    return actor.token
  })

const toSegment = (value: unknown): string =>
  encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)))

/** Who is nobody, or nobody any more. */
export const UNUSABLE_CALLERS: readonly CallerCase[] = [
  { name: 'a caller without a token', authorize: () => Promise.resolve(null) },
  { name: 'a garbage token', authorize: bearing(() => 'garbage') },
  {
    name: 'a token in another scheme',
    authorize: (actor) => Promise.resolve(`Basic ${actor.token}`),
  },
  { name: 'two tokens at once', authorize: bearing(({ token }) => `${token}, Bearer ${token}`) },
  { name: 'a token with another signature', authorize: bearing((a) => breakSignature(a.token)) },
  {
    name: 'an unsigned token',
    authorize: bearing(({ token }) => {
      const header = toSegment({ alg: 'none', typ: 'at+jwt', kid: 'test-1' })
      return `${header}.${toSegment(readClaims(token))}.`
    }),
  },
  {
    name: 'an expired token',
    authorize: bearing((actor) => actor.issueToken({ now: Date.now() - 2 * HOUR })),
  },
  {
    name: 'a token from the future',
    authorize: bearing((actor) => actor.issueToken({ now: Date.now() + HOUR })),
  },
  {
    name: 'a token that lives too long',
    authorize: bearing(({ token }) =>
      forgeAccessToken(token, { exp: Math.floor(Date.now() / 1000) + 7_200 }),
    ),
  },
  {
    name: 'a token for another audience',
    authorize: bearing((actor) => actor.issueToken({ audience: 'another-service' })),
  },
  {
    name: 'a token of another type for the right audience',
    authorize: bearing(({ token }) => forgeAccessToken(token, {}, 'user-action+jwt')),
  },
  {
    name: 'a token of another issuer',
    authorize: bearing((actor) => actor.issueToken({ issuer: 'https://issuer.example' })),
  },
  {
    name: 'a token that names another organization',
    authorize: bearing(({ token }) => {
      const metadata = readClaims(token)[APP_METADATA_CLAIM] as object
      const orgId = newId('organization')
      return forgeAccessToken(token, { [APP_METADATA_CLAIM]: { ...metadata, orgId } })
    }),
  },
  {
    name: 'a token of a user that there is not',
    authorize: bearing(({ token }) => forgeAccessToken(token, { sub: newId('user') })),
  },
  {
    name: 'a user action as a bearer',
    authorize: bearing((actor) => forgeUserAction(actor, { method: 'GET', path: '/auth/users' })),
  },
  {
    name: 'a challenge as a bearer',
    authorize: bearing(async (actor) => {
      const { json } = await call({
        method: 'POST',
        path: '/auth/action/init',
        token: actor.token,
        body: {
          userActionPayload: '',
          userActionHttpMethod: 'GET',
          userActionHttpPath: '/auth/users',
        },
      })
      return String(json['challengeIdentifier'])
    }),
  },
  {
    name: 'a caller that is deactivated',
    authorize: after('suspended_at = 1, token_epoch = token_epoch + 1'),
  },
  {
    name: 'a token from before a deactivation, after the reactivation',
    authorize: after('token_epoch = token_epoch + 1'),
  },
  { name: 'a caller that is archived', authorize: after('suspended_at = 1, archived_at = 1') },
  {
    name: 'a token that is logged out',
    authorize: bearing(async ({ token }) => {
      await call({ method: 'PUT', path: '/auth/logout', token })
      return token
    }),
  },
]

/** Who is alive, and may not. */
export const LIVING_CALLERS_WITHOUT_POWER: readonly { name: string; given: Given }[] = [
  { name: 'an employee without a role', given: {} },
  { name: 'an end user who has the right power', given: { kind: 'EndUser' } },
]
