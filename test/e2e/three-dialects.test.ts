/**
 * One user store behind three wire contracts, over real HTTP: what one of them changes, the others show.
 */
import { describe, expect, inject, it } from 'vitest'
import { callAs, suspendTarget } from './support/call-as.ts'
import { readAuditActions } from './support/read-audit-actions.ts'

const demo = inject('demo')

const call = (method: 'GET' | 'POST' | 'PUT', path: string, body?: object) =>
  callAs(demo, 'admin', method, path, body)

/** The calls that a story about one user is told by. */
function speakOf(name: string) {
  const { userId = '', email = '' } = demo.targets[name] ?? {}
  return {
    userId,
    readByDfns: () => call('GET', `/auth/users/${userId}`),
    readByRinne: () => call('GET', `/core/v1/users/${userId}`),
    suspendByRinne: () => call('POST', `/core/v1/users/${userId}/suspend`),
    activateByTimbu: () => call('PUT', `/users/${userId}/activate`, { email, is_active: true }),
    readActions: () => readAuditActions(inject('folder'), userId),
  }
}

describe('a user of three dialects', () => {
  it('is active in all of them once Timbu activated it, until Rinne suspends it', async () => {
    const user = speakOf('inactive3')
    const { userId } = user
    const before = user.readActions()
    expect(await user.readByRinne()).toMatchObject({ body: { suspended_at: expect.any(String) } })
    expect(await user.activateByTimbu()).toEqual({ status: 200, body: { message: 'success' } })
    const active = { status: 200, body: { userId, isActive: true } }
    expect(await user.readByDfns()).toMatchObject(active)
    const shown = await user.readByRinne()
    expect(shown).toMatchObject({ status: 200, body: { id: userId } })
    expect(shown.body).not.toHaveProperty('suspended_at')
    const suspended = { status: 200, body: { id: userId, suspended_at: expect.any(String) } }
    expect(await user.suspendByRinne()).toMatchObject(suspended)
    const inactive = { status: 200, body: { userId, isActive: false } }
    expect(await user.readByDfns()).toMatchObject(inactive)
    expect(user.readActions()).toEqual([...before, 'activate', 'deactivate'])
  })
})

describe('fifty parallel activations by Timbu', () => {
  it('make one transition and one audit row, and 49 are told that it is made', async () => {
    const user = speakOf('inactive5')
    await suspendTarget(demo, 'inactive5')
    const before = user.readActions()
    const answers = await Promise.all(Array.from({ length: 50 }, () => user.activateByTimbu()))
    const refusal = { status: 403, body: { detail: 'this user is already active' } }
    expect(answers.sort((a, b) => a.status - b.status)).toEqual([
      { status: 200, body: { message: 'success' } },
      ...Array.from({ length: 49 }, () => refusal),
    ])
    expect(user.readActions()).toEqual([...before, 'activate'])
  })
})
