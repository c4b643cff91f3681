/**
 * What must hold over real HTTP against `wrangler dev` and its D1: one user action, one transition, one row.
 */
import { BaseAuthApi } from '@dfns/sdk/baseAuthApi'
import { describe, expect, inject, it } from 'vitest'
import { suspendTarget } from './support/call-as.ts'
import { createKeySigner } from './support/client.ts'
import type { DemoActor } from './support/dev-server.ts'
import { readAuditActions } from './support/read-audit-actions.ts'

const demo = inject('demo')
const admin = demo.actors['admin'] as DemoActor
const headers = { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' }

/** Signs one request as the official client does. */
async function signAction(method: 'PUT', requestPath: string): Promise<string> {
  const options = { baseUrl: demo.baseUrl, authToken: admin.token }
  const challenge = await BaseAuthApi.createUserActionChallenge(
    {
      userActionHttpMethod: method,
      userActionHttpPath: requestPath,
      userActionPayload: '',
      userActionServerKind: 'Api',
    },
    options,
  )
  const firstFactor = await createKeySigner(admin).sign(challenge)
  const { challengeIdentifier } = challenge
  const signed = await BaseAuthApi.signUserActionChallenge(
    { challengeIdentifier, firstFactor },
    options,
  )
  return signed.userAction
}

describe('fifty parallel requests with one user action', () => {
  it('make one transition and one audit row, and 49 are told that it was used', async () => {
    const userId = await suspendTarget(demo, 'inactive5')
    const before = readAuditActions(inject('folder'), userId)
    const requestPath = `/auth/users/${userId}/activate`
    const action = await signAction('PUT', requestPath)
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const answer = await fetch(`${demo.baseUrl}${requestPath}`, {
          method: 'PUT',
          headers: { ...headers, 'x-dfns-useraction': action },
        })
        return { status: answer.status, body: await answer.text() }
      }),
    )
    const refused = answers.filter(({ status }) => status === 400)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(refused).toHaveLength(49)
    for (const { body } of refused) expect(body).toContain('user action has already been used')
    expect(readAuditActions(inject('folder'), userId)).toEqual([...before, 'activate'])
  })
})

describe('a request that is too large for the edge', () => {
  it.each([
    { name: 'a token of 100 KB', length: 100_000, status: 431 },
    { name: 'a token of 10 KB', length: 10_000, status: 401 },
  ])('is refused in the form of the dialect when it has $name', async ({ length, status }) => {
    const answer = await fetch(`${demo.baseUrl}/auth/users`, {
      headers: { authorization: `Bearer ${'a'.repeat(length)}` },
    })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error: { status } })
  })

  // A connection that is closed while it is written to loses the answer in one of four requests of this size.
  it.each([
    { name: '1 MB', bytes: 1_000_000 },
    { name: '3 MB', bytes: 3_000_000 },
  ])('is refused in the form of the dialect when it has a body of $name', async ({ bytes }) => {
    const body = JSON.stringify({ userActionPayload: 'a'.repeat(bytes) })
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const answer = await fetch(`${demo.baseUrl}/auth/action/init`, {
          method: 'POST',
          headers,
          body,
        })
        return { status: answer.status, body: await answer.json() }
      }),
    )
    const error = { status: 413, message: 'the body is larger than 16384 bytes' }
    for (const answer of answers) expect(answer).toMatchObject({ status: 413, body: { error } })
  })
})
