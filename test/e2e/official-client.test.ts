/**
 * The vendor's own client and key signer, unmodified, against `npm run dev`: what clients written for Dfns do.
 */
import { createHash } from 'node:crypto'
import { DfnsError } from '@dfns/sdk'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { createClient, generateKey, logIn } from './support/client.ts'
import type { DemoActor } from './support/dev-server.ts'

const demo = inject('demo')
const actor = (name: string): DemoActor => {
  const found = demo.actors[name]
  if (!found) throw new Error(`no demo actor ${name}`)
  return found
}
const target = (name: string): string => demo.targets[name]?.userId ?? ''

/** Asserts that a call is refused with a status and a message. */
async function expectRefusal(call: Promise<unknown>, status: number, message: string) {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(DfnsError)
  expect({
    status: (error as DfnsError).httpStatus,
    message: (error as DfnsError).message,
  }).toEqual({ status, message })
}

describe('the official client', () => {
  const admin = createClient(demo, actor('admin'))

  it.each([
    { name: 'admin', algorithm: 'Ed25519' },
    { name: 'serviceAccount', algorithm: 'P-256' },
    { name: 'secondAdmin', algorithm: 'P-384' },
    { name: 'employee', algorithm: 'secp256k1' },
    { name: 'endUser', algorithm: 'RSA' },
  ])('logs in with the $algorithm key of $name', async ({ name, algorithm }) => {
    expect(actor(name).credential.algorithm).toBe(algorithm)
    const token = await logIn(demo, actor(name))
    const [, payload = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
      string,
      unknown
    >
    expect(claims['sub']).toBe(actor(name).userId)
    expect(claims['https://custom/app_metadata']).toMatchObject({
      userId: actor(name).userId,
      orgId: demo.organization.orgId,
      tokenKind: 'Token',
    })
  })

  it.each(['Ed25519', 'P-256', 'P-384', 'secp256k1', 'RSA'] as const)(
    'creates a user with a public key of the type %s, who then logs in',
    async (algorithm) => {
      const key = generateKey(algorithm)
      const email = `${algorithm.toLowerCase()}-${Date.now()}@keys.example`
      const user = await admin.auth.createUser({
        body: { email, kind: 'CustomerEmployee', publicKey: key.publicKeyPem },
      })
      expect(user).toMatchObject({ username: email, isActive: true, isRegistered: true })
      const spki = Buffer.from(key.publicKeyPem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
      const credId = createHash('sha256').update(spki).digest('base64url')
      const credential = { credId, algorithm, privateKeyPem: key.privateKeyPem }
      const token = await logIn(demo, { ...actor('employee'), username: email, credential })
      expect(token.split('.')).toHaveLength(3)
    },
  )

  it('deactivates, activates and reads a user with every kind of key that may', async () => {
    for (const name of ['admin', 'serviceAccount', 'secondAdmin']) {
      const client = createClient(demo, actor(name))
      const userId = target('inactive1')
      expect(await client.auth.activateUser({ userId })).toMatchObject({ userId, isActive: true })
      expect(await client.auth.getUser({ userId })).toMatchObject({ userId, isActive: true })
      expect(await client.auth.deactivateUser({ userId })).toMatchObject({ isActive: false })
      expect(await client.auth.getUser({ userId })).toMatchObject({ isActive: false })
    }
  })

  it('lists every user once over several pages', async () => {
    const seen: string[] = []
    let paginationToken: string | undefined
    let pages = 0
    do {
      const query = { limit: 4, ...(paginationToken ? { paginationToken } : {}) }
      const page = await admin.auth.listUsers({ query })
      expect(page.items.length).toBeLessThanOrEqual(4)
      seen.push(...page.items.map((user) => user.userId))
      paginationToken = page.nextPageToken
      pages += 1
    } while (paginationToken)
    expect(pages).toBeGreaterThan(3)
    expect(new Set(seen).size).toBe(seen.length)
    const own = Object.entries(demo.actors).filter(([name]) => name !== 'foreignAdmin')
    for (const [, { userId }] of own) expect(seen).toContain(userId)
    expect(seen).not.toContain(target('foreign'))
    expect(seen).not.toContain(actor('foreignAdmin').userId)
  })

  it('archives a user, who is not found afterwards', async () => {
    const userId = target('inactive2')
    expect(await admin.auth.archiveUser({ userId })).toMatchObject({ userId, isActive: false })
    await expectRefusal(admin.auth.getUser({ userId }), 404, 'user not found')
    await expectRefusal(admin.auth.archiveUser({ userId }), 404, 'user not found')
  })

  it('updates whether a user must log in by SSO', async () => {
    const userId = target('inactive3')
    const body = { isSSORequired: true }
    expect(await admin.auth.updateUser({ userId, body })).toMatchObject({ isSSORequired: true })
  })

  it('logs out, and its token is dead', async () => {
    const token = await logIn(demo, actor('admin'))
    const client = createClient(demo, actor('admin'), { token })
    const userId = target('inactive')
    expect(await client.auth.getUser({ userId })).toMatchObject({ userId })
    expect(await client.auth.logout({ body: undefined })).toEqual({ message: 'success' })
    await expectRefusal(client.auth.getUser({ userId }), 401, 'Not Authorized.')
  })

  it('refuses to send anything when its orgId is another', async () => {
    const orgId = 'or-00000-00000-00000000000000'
    const client = createClient(demo, actor('admin'), { orgId })
    await expect(client.auth.getUser({ userId: target('inactive') })).rejects.toThrow(
      `Provided auth token is not scoped to org ID ${orgId}`,
    )
  })
})

describe('the official client of somebody who may not', () => {
  const userId = target('inactive4')
  let admin: ReturnType<typeof createClient>
  beforeAll(() => {
    admin = createClient(demo, actor('admin'))
  })

  it.each([
    { name: 'personalAccessToken', kind: 'CustomerEmployee' },
    { name: 'endUser', kind: 'EndUser' },
    { name: 'employee', kind: 'CustomerEmployee' },
  ])('is refused the activation when it is the $name', async ({ name, kind }) => {
    const client = createClient(demo, actor(name))
    await expectRefusal(
      client.auth.activateUser({ userId }),
      403,
      `${kind} ${actor(name).userId} is not authorized to perform operation (Auth:Users:Activate)`,
    )
    expect(await admin.auth.getUser({ userId })).toMatchObject({ isActive: false })
  })

  it('is told nothing of a foreign user when it is a foreign administrator', async () => {
    const client = createClient(demo, actor('foreignAdmin'))
    await expectRefusal(client.auth.activateUser({ userId }), 404, 'user not found')
    expect(await admin.auth.getUser({ userId })).toMatchObject({ isActive: false })
  })

  it('reads with the rights of its owner when it is a personal access token', async () => {
    const client = createClient(demo, actor('personalAccessToken'))
    expect(await client.auth.getUser({ userId })).toMatchObject({ userId })
  })
})
