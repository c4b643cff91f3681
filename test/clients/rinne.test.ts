/**
 * A client that openapi-typescript generates from Rinne's document, as it is, against `npm run dev`.
 */
import createClient from 'openapi-fetch'
import { describe, expect, it } from 'vitest'
import { demo, speakAs, targetOf } from './demo.ts'
import type { paths } from './generated/rinne.ts'

// As the servers of the document end.
const client = createClient<paths>({ baseUrl: `${demo.baseUrl}/core` })
const { userId, email } = targetOf('inactive2')

const activate = (headers: Readonly<Record<string, string>>, id = userId) =>
  client.POST('/v1/users/{userId}/activate', { params: { path: { userId: id } }, headers })

describe('the client generated from the document of Rinne', () => {
  it.each([
    {
      name: 'the token is missing',
      headers: {},
      error: {
        code: 'AUTHENTICATION_ERROR',
        message: 'Authentication required to access this resource',
        status: 401,
        details: { reason: expect.any(String) },
      },
    },
    {
      name: 'the caller may not',
      headers: speakAs('employee'),
      error: {
        code: 'AUTHORIZATION_ERROR',
        message: "You need 'user.edit' permissions to access this resource",
        status: 403,
      },
    },
    {
      name: 'the user is unknown',
      headers: speakAs('admin'),
      id: 'user123',
      error: {
        code: 'RESOURCE_NOT_FOUND',
        message: "User with ID 'user123' not found",
        status: 404,
      },
    },
  ])('is refused in the declared form when $name', async ({ headers, id = userId, error }) => {
    const refused = await activate(headers, id)
    expect(refused.response.status).toBe(error.status)
    expect(refused.data).toBeUndefined()
    expect(refused.error?.error).toEqual({
      ...error,
      path: `/v1/users/${id}/activate`,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      requestId: expect.any(String),
    })
  })

  it('activates a user with a bearer alone', async () => {
    const { data, response } = await activate(speakAs('admin'))
    expect(response.status).toBe(200)
    expect(data).toMatchObject({ id: userId, first_name: 'Ina', last_name: 'Still 2' })
    expect(data?.primary_identifier).toMatchObject({ type: 'email', value: email })
    expect(data?.suspended_at).toBeUndefined()
    expect(data?.auth_methods).toEqual(['client_platform'])
  })
})
