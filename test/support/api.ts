/**
 * Calls of the API as a client makes them, over the Worker's own fetch. Every answer is checked against what the
 * service itself declares, so that no test has to ask for it (invariant 9, V7, V9).
 */
import { exports } from 'cloudflare:workers'
import { expect } from 'vitest'
import { FORBIDDEN } from './declared-answer.ts'
import { expectDeclaredAnswer } from './declared.ts'
import type { Actor } from './world.ts'

/** What a test says of a request. */
export interface Call {
  readonly method?: string
  readonly path: string
  readonly token?: string | null
  readonly userAction?: string | null
  /** Sent as JSON; a text or bytes are sent as they are. */
  readonly body?: unknown
  /** `application/json` where nothing is said; null sends the body without a type. */
  readonly contentType?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

/** What came back. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Tests read answers member by member; what shape they have is asserted, not assumed.
  readonly json: Record<string, never> & Record<string, unknown>
}

const ORIGIN = 'http://localhost:8787'

/** Sends a request and reads the answer. */
export async function call(request: Call): Promise<Reply> {
  const {
    method = 'GET',
    path,
    token,
    userAction,
    body,
    contentType = 'application/json',
  } = request
  const headers = new Headers(request.headers)
  if (token) headers.set('authorization', `Bearer ${token}`)
  if (userAction) headers.set('x-dfns-useraction', userAction)
  if (body !== undefined && contentType !== null && !headers.has('content-type')) {
    headers.set('content-type', contentType)
  }
  const response = await exports.default.fetch(`${ORIGIN}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body: writeBody(body) }),
  })
  const text = await response.text()
  expect(text).not.toMatch(FORBIDDEN)
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  const reply = {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson && text !== '' ? JSON.parse(text) : {}) as Reply['json'],
  }
  await expectDeclaredAnswer(method, path, reply)
  return reply
}

/** Always bytes: a text would bring a Content-Type of its own. */
function writeBody(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Has an actor sign one request by the challenge flow, as the official client does, and returns the user action. */
export async function signAction(
  actor: Pick<Actor, 'token' | 'signer'>,
  action: { readonly method: string; readonly path: string; readonly payload?: string },
): Promise<string> {
  const init = await call({
    method: 'POST',
    path: '/auth/action/init',
    token: actor.token,
    body: {
      userActionPayload: action.payload ?? '{}',
      userActionHttpMethod: action.method,
      userActionHttpPath: action.path,
      userActionServerKind: 'Api',
    },
  })
  expect(init.status).toBe(200)
  const assertion = await actor.signer.assert(String(init.json['challenge']))
  const complete = await call({
    method: 'POST',
    path: '/auth/action',
    token: actor.token,
    body: {
      challengeIdentifier: init.json['challengeIdentifier'],
      firstFactor: { kind: 'Key', credentialAssertion: assertion },
    },
  })
  expect(complete.status).toBe(200)
  return String(complete.json['userAction'])
}

/** Signs and sends one change, as the official client does. */
export async function change(
  actor: Actor,
  request: { readonly method: string; readonly path: string; readonly body?: unknown },
): Promise<Reply> {
  const payload = request.body === undefined ? '' : JSON.stringify(request.body)
  const userAction = await signAction(actor, { ...request, payload })
  return call({ ...request, token: actor.token, userAction })
}
