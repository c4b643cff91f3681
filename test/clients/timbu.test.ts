/**
 * A client that openapi-typescript generates from Timbu's contract against `npm run dev`.
 */
import createClient from 'openapi-fetch'
import { describe, expect, it } from 'vitest'
import contract from '../vectors/timbu.contract.json' with { type: 'json' }
import { demo, speakAs, targetOf } from './demo.ts'
import type { paths } from './generated/timbu.ts'

const client = createClient<paths>({ baseUrl: demo.baseUrl })
const { userId, email } = targetOf('inactive')

const activate = (actor: string) =>
  client.PUT('/users/{user_id}/activate', {
    params: { path: { user_id: userId } },
    body: { email, is_active: true },
    headers: speakAs(actor),
  })

const { responses } = contract.paths['/users/{user_id}/activate'].put
const successes = responses['200'].content['application/json'].examples
const refusals = responses['403'].content['application/json'].examples

describe('the client generated from the contract of Timbu', () => {
  it('is refused to the letter when the caller is no superuser', async () => {
    const { data, error, response } = await activate('employee')
    expect(response.status).toBe(403)
    expect(data).toBeUndefined()
    expect(error?.detail).toBe(refusals.forbidden.value.detail)
  })

  it('activates a user, and is refused to the letter when it does so again', async () => {
    const first = await activate('admin')
    expect(first.response.status).toBe(200)
    expect(first.data).toEqual(successes.success.value)
    const second = await activate('admin')
    expect(second.response.status).toBe(403)
    expect(second.error?.detail).toBe(refusals.active.value.detail)
  })
})
