/**
 * Our own client against a running server: one request for each change, in all three dialects, with every algorithm
 * that a demo key has; and a change whose answer is lost is made once.
 */
import { beforeAll, describe, expect, inject, it } from 'vitest'
import {
  createActivateClient,
  createKeySigner,
  type ActivateClient,
  type ActivateClientOptions,
} from '../../src/client/index.ts'
import { suspendTarget } from './support/call-as.ts'
import type { DemoActor } from './support/dev-server.ts'
import { readAuditActions } from './support/read-audit-actions.ts'

const demo = inject('demo')
const folder = inject('folder')

/** What the client calls the algorithms of the demo's keys; secp256k1 has none. */
const ALGORITHMS = { Ed25519: 'EdDSA', 'P-256': 'ES256', 'P-384': 'ES384' } as const

/** Makes the client of an actor, and a list of the requests that it sent. */
function createClient(actorName: string, options: Partial<ActivateClientOptions> = {}) {
  const { credential, token } = demo.actors[actorName] as DemoActor
  const sent: { readonly url: string; readonly headers: Headers }[] = []
  const client = createActivateClient({
    baseUrl: demo.baseUrl,
    token,
    signer: createKeySigner({
      credentialId: credential.credId,
      privateKey: credential.privateKeyPem,
      algorithm: ALGORITHMS[credential.algorithm as keyof typeof ALGORITHMS],
    }),
    ...options,
    fetch: (url, init) => {
      sent.push({ url, headers: new Headers(init.headers) })
      return (options.fetch ?? fetch)(url, init)
    },
  })
  return { client, sent }
}

const TARGET = 'inactive10'
const { userId = '', email = '' } = demo.targets[TARGET] ?? {}
const readActions = () => readAuditActions(folder, userId)

const CHANGES = {
  dfns: {
    activate: ({ dfns }: ActivateClient) => dfns.activateUser(userId),
    deactivate: ({ dfns }: ActivateClient) => dfns.deactivateUser(userId),
    active: { userId, isActive: true },
    inactive: { userId, isActive: false },
  },
  timbu: {
    activate: ({ timbu }: ActivateClient) => timbu.activateUser({ userId, email }),
    deactivate: ({ timbu }: ActivateClient) => timbu.deactivateUser({ userId, email }),
    active: { message: 'success' },
    inactive: { message: 'success' },
  },
  rinne: {
    activate: ({ rinne }: ActivateClient) => rinne.activateUser(userId),
    deactivate: ({ rinne }: ActivateClient) => rinne.deactivateUser(userId),
    active: { id: userId },
    inactive: { id: userId, suspended_at: expect.any(String) },
  },
}

const ACTORS = [
  { actor: 'admin', algorithm: 'EdDSA' },
  { actor: 'serviceAccount', algorithm: 'ES256' },
  { actor: 'secondAdmin', algorithm: 'ES384' },
]

// Only a superuser calls Timbu's contract, and a service account is none.
const CASES = Object.entries(CHANGES).flatMap(([dialect, change]) =>
  ACTORS.filter(({ actor }) => dialect !== 'timbu' || actor !== 'serviceAccount').map((one) => ({
    ...one,
    ...change,
    dialect,
  })),
)

beforeAll(async () => {
  await suspendTarget(demo, TARGET)
})

describe('the client', () => {
  it.each(CASES)(
    'activates and deactivates by $dialect, in one request each, when $actor signs by $algorithm',
    async ({ actor, activate, deactivate, active, inactive }) => {
      const before = readActions()
      const { client, sent } = createClient(actor)
      expect(await activate(client)).toMatchObject(active)
      expect(sent).toHaveLength(1)
      expect(await deactivate(client)).toMatchObject(inactive)
      expect(sent).toHaveLength(2)
      for (const { headers } of sent) {
        expect(headers.get('x-dfns-useraction')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
      }
      expect(readActions()).toEqual([...before, 'activate', 'deactivate'])
    },
  )

  it.each(Object.entries(CHANGES).map(([dialect, change]) => ({ dialect, ...change })))(
    'makes a change by $dialect once when its first answer is lost',
    async ({ activate, deactivate, active }) => {
      const before = readActions()
      let isLost = false
      const { client, sent } = createClient('admin', {
        fetch: async (url, init) => {
          const answer = await fetch(url, init)
          if (isLost) return answer
          isLost = true
          await answer.arrayBuffer()
          throw new TypeError('fetch failed')
        },
      })
      // On its own, Timbu's second activation would be 403: this user is already active.
      expect(await activate(client)).toMatchObject(active)
      expect(sent).toHaveLength(2)
      expect(readActions()).toEqual([...before, 'activate'])
      await deactivate(client)
    },
  )

  it('tells why a change is refused, after one request', async () => {
    const { client, sent } = createClient('admin')
    const stale = { ifMatch: '"0"' }
    const calls = [
      client.dfns.activateUser(userId, stale),
      client.timbu.deactivateUser({ userId, email }),
      client.rinne.activateUser('us-00000-00000-0000000000000000'),
      createClient('admin', {
        token: 'a.eyJhdWQiOiJhIiwic3ViIjoiYiJ9.b',
      }).client.rinne.activateUser(userId),
    ]
    const refusals = await Promise.allSettled(calls)
    expect(refusals.map((one) => (one.status === 'rejected' ? one.reason : one))).toMatchObject([
      { code: 'precondition_failed', status: 412, attempts: 1, mayHaveBeenDone: false },
      { code: 'conflict', status: 403, message: 'this user is already inactive' },
      { code: 'not_found', status: 404 },
      { code: 'unauthorized', status: 401, requestId: expect.any(String) },
    ])
    expect(sent).toHaveLength(3)
  })
})
