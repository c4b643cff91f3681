/**
 * A user action for the explorer and for curl: the challenge flow of Dfns, done with a demo actor's own key. Asks the
 * running server, as a client does.
 */
import { sign } from 'node:crypto'
import { CANONICAL_PATH } from '../core/canonical-path.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { isJsonObject, parseStrictJson } from '../core/strict-json.ts'
import type { DemoFileActor } from './demo-file.ts'

/** The request that is meant. */
export interface MeantRequest {
  readonly method: string
  readonly path: string
  /** JSON; empty for none. */
  readonly body: string
}

const METHODS = ['POST', 'PUT', 'DELETE']

/**
 * Parses `METHOD PATH`, as the explorer and the README print it, and the body that goes with it.
 *
 * @returns the request, or a sentence.
 */
export function parseMeantRequest(text: string, body: string): Result<MeantRequest, string> {
  const [method = '', path = '', ...rest] = text.split(' ')
  if (rest.length > 0 || !METHODS.includes(method) || !path.startsWith('/')) {
    return fail('--user-action takes "METHOD /path", say "PUT /auth/users/<id>/activate".')
  }
  // A challenge for any other is handed out, too, but no request could ever use it (rule P2).
  if (path === '/' || !CANONICAL_PATH.test(path)) {
    return fail(
      '--user-action takes a path as requests have it: ids filled in, no percent sign, no query, no slash at the end.',
    )
  }
  if (body !== '' && !parseStrictJson(body).ok) return fail('--body takes JSON.')
  return succeed({ method, path, body })
}

/**
 * Has the server challenge an actor, and exchanges the signed challenge for a user action.
 *
 * @param send - the platform's fetch.
 * @throws an error that says what the server answered, or that there is none.
 */
export async function prepareUserAction(
  baseUrl: string,
  actor: Pick<DemoFileActor, 'credential'> & { readonly token: string },
  request: MeantRequest,
  send: typeof fetch = fetch,
): Promise<string> {
  const post = (path: string, body: object) => postJson(send, baseUrl, actor.token, path, body)
  const { challenge, challengeIdentifier } = await post('/auth/action/init', {
    userActionHttpMethod: request.method,
    userActionHttpPath: request.path,
    userActionPayload: request.body,
  })
  const { credId, algorithm, privateKeyPem } = actor.credential
  const clientData = Buffer.from(JSON.stringify({ type: 'key.get', challenge }))
  const digest = algorithm === 'Ed25519' ? null : 'sha256'
  const credentialAssertion = {
    credId,
    clientData: clientData.toString('base64url'),
    signature: sign(digest, clientData, privateKeyPem).toString('base64url'),
  }
  const firstFactor = { kind: 'Key', credentialAssertion }
  const { userAction } = await post('/auth/action', { challengeIdentifier, firstFactor })
  if (typeof userAction === 'string') return userAction
  throw new Error(`${baseUrl} gave no user action: is it "npm run dev" that answers there?`)
}

async function postJson(
  send: typeof fetch,
  baseUrl: string,
  token: string,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  const init = {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const answer = await send(`${baseUrl}${path}`, init).catch(() => null)
  if (!answer) throw new Error(`Nothing answers at ${baseUrl}: start "npm run dev".`)
  const said: unknown = await answer.json().catch(() => null)
  if (answer.ok && isJsonObject(said)) return said
  const error = isJsonObject(said) && isJsonObject(said['error']) ? said['error'] : {}
  throw new Error(`POST ${path} was answered ${answer.status}: ${String(error['message'] ?? '')}`)
}
