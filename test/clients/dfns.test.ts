/**
 * A client that openapi-typescript generates from Dfns' document, as it is, against `npm run dev`.
 */
import { sign } from 'node:crypto'
import createClient from 'openapi-fetch'
import { describe, expect, it } from 'vitest'
import { actorOf, demo, speakAs, targetOf } from './demo.ts'
import type { components, paths } from './generated/dfns.ts'

const client = createClient<paths>({ baseUrl: demo.baseUrl })
const { userId, email } = targetOf('inactive1')

const activate = (headers: Readonly<Record<string, string>>) =>
  client.PUT('/auth/users/{userId}/activate', { params: { path: { userId } }, headers })

/** Calls an operation of the signing flow, which the document leaves to the client. */
async function post(path: string, body: object): Promise<Record<string, string>> {
  const headers = { ...speakAs('admin'), 'content-type': 'application/json' }
  const options = { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = await fetch(`${demo.baseUrl}${path}`, options)
  return (await answer.json()) as Record<string, string>
}

/** Signs the activation by nothing but node:crypto, as the README's curl lines do. */
async function signActivation(): Promise<string> {
  const { challenge, challengeIdentifier } = await post('/auth/action/init', {
    userActionHttpMethod: 'PUT',
    userActionHttpPath: `/auth/users/${userId}/activate`,
    userActionPayload: '',
  })
  const { credId, privateKeyPem } = actorOf('admin').credential
  const clientData = Buffer.from(JSON.stringify({ type: 'key.get', challenge }))
  const credentialAssertion = {
    credId,
    clientData: clientData.toString('base64url'),
    signature: sign(null, clientData, privateKeyPem).toString('base64url'),
  }
  const firstFactor = { kind: 'Key', credentialAssertion }
  const { userAction = '' } = await post('/auth/action', { challengeIdentifier, firstFactor })
  return userAction
}

describe('the client generated from the document of Dfns', () => {
  // The document declares no refusal, so these have no type: clients know them by their status.
  it.each([
    { name: 'the token is missing', headers: {}, status: 401 },
    { name: 'the user action is missing', headers: speakAs('admin'), status: 403 },
  ])('is refused when $name', async ({ headers, status }) => {
    const { data, response } = await activate(headers)
    expect(data).toBeUndefined()
    expect(response.status).toBe(status)
  })

  it('activates a user with a bearer and a signed user action', async () => {
    const headers = { ...speakAs('admin'), 'x-dfns-useraction': await signActivation() }
    const { data, response } = await activate(headers)
    expect(response.status).toBe(200)
    expect(data).toMatchObject({
      userId,
      username: email,
      name: 'Ina Still 1',
      kind: 'CustomerEmployee',
      isActive: true,
      isServiceAccount: false,
      orgId: demo.organization.orgId,
      permissionAssignments: [],
    } satisfies Partial<components['schemas']['User']>)
  })
})
