/**
 * Plain calls for somebody of the demo: a token, perhaps a body, and nothing more.
 */
import type { Demo } from './dev-server.ts'

/** What came back. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Calls the API with the token of an actor. */
export async function callAs(
  demo: Demo,
  actor: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<Answer> {
  const answer = await fetch(`${demo.baseUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${demo.actors[actor]?.token}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return { status: answer.status, body: await answer.json() }
}

/**
 * Makes a target inactive, whatever other tests did to it, and returns its id. Rinne answers 200 to a suspension
 * that changes nothing.
 */
export async function suspendTarget(demo: Demo, name: string): Promise<string> {
  const userId = demo.targets[name]?.userId ?? ''
  const { status } = await callAs(demo, 'admin', 'POST', `/core/v1/users/${userId}/suspend`)
  if (status !== 200) throw new Error(`${name} was not suspended: ${status}`)
  return userId
}
