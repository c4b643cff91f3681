/**
 * Passkeys in real Chromium with a virtual authenticator: a web app on an origin of its own registers one, logs in with
 * it and activates a user; the same app on another origin is refused everything, though the browser signs for it.
 */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { suspendTarget } from './support/call-as.ts'
import { hasBrowser, launchBrowser } from './support/browser.ts'
import { createClient } from './support/client.ts'
import { startDevServer, type DemoActor, type DevServer } from './support/dev-server.ts'
import { inviteUser, type InvitedUser } from './support/invite-user.ts'
import { actOn, serveWebApp, type PageActions, type WebApp } from './support/passkey-page.ts'
import { withStore } from './support/store.ts'
import { createWorkspace, removeWorkspace } from './support/workspace.ts'

/** What a machine with a fingerprint reader is to a browser. */
const AUTHENTICATOR = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const

describe.skipIf(!hasBrowser('passkeys were'))('a web app with passkeys in Chromium', () => {
  let folder: string
  let server: DevServer
  let ours: WebApp
  let strange: WebApp
  let browser: Browser
  let page: Page
  let devTools: CDPSession
  let authenticatorId: string
  let user: InvitedUser
  let token: string
  let orgId: string

  const admin = () => createClient(server.demo, server.demo.actors['admin'] as DemoActor)
  /** Has the app on one of the origins do something. */
  const act = <Name extends keyof PageActions>(app: WebApp, name: Name, given: PageActions[Name]) =>
    actOn(page, app.origin, server.baseUrl, name, given)
  const readCredentials = (userId: string) =>
    withStore(folder, (database) =>
      database.prepare('SELECT * FROM credentials WHERE user_id = ?').all(userId),
    )
  const readEvents = (userId: string) =>
    withStore(folder, (database) =>
      database
        .prepare('SELECT * FROM audit_events WHERE actor_id = ?1 OR target_id = ?1')
        .all(userId),
    )
  /** The counts of every passkey that the authenticator has. */
  const readCounts = async () => {
    const { credentials } = await devTools.send('WebAuthn.getCredentials', { authenticatorId })
    return credentials.map(({ signCount }) => signCount)
  }

  beforeAll(async () => {
    ;[ours, strange] = await Promise.all([serveWebApp(), serveWebApp()])
    folder = await createWorkspace()
    server = await startDevServer(folder, {
      vars: {
        WEBAUTHN_ORIGINS: ours.origin,
        // Both may read answers, so that nothing but the origin in the client data keeps the second out.
        CORS_ORIGINS: `${ours.origin},${strange.origin}`,
        RATE_LIMITS: 'off',
      },
    })
    orgId = server.demo.organization.orgId
    user = await inviteUser(admin())
    browser = await launchBrowser()
    page = await browser.newPage()
    devTools = await page.context().newCDPSession(page)
    await devTools.send('WebAuthn.enable')
    const added = await devTools.send('WebAuthn.addVirtualAuthenticator', {
      options: AUTHENTICATOR,
    })
    authenticatorId = added.authenticatorId
  }, 150_000)

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await Promise.all([ours?.stop(), strange?.stop()])
    if (folder) await removeWorkspace(folder)
  })

  it('registers a passkey with the code of an administrator', async () => {
    const { username, code, userId } = user
    const registered = await act(ours, 'register', { orgId, username, code })
    expect(registered).toEqual({
      status: 200,
      body: {
        credential: {
          uuid: expect.stringMatching(/^cr-/),
          kind: 'Fido2',
          name: 'Passkey of a page',
        },
        user: { id: userId, username, orgId },
      },
    })
    const row = { kind: 'Fido2', algorithm: 'P-256', deactivated_at: null, suspected_at: null }
    const site = { relying_party_id: 'localhost', origin: ours.origin }
    expect(readCredentials(userId)).toMatchObject([{ ...row, ...site }])
  })

  it('logs in with the passkey, and activates a user, while the count rises', async () => {
    const { username, userId } = user
    grantRoles(folder, server.demo.actors['admin']?.userId ?? '', userId)
    const target = await suspendTarget(server.demo, 'inactive10')

    const loggedIn = await act(ours, 'logIn', { orgId, username })
    expect(loggedIn).toMatchObject({
      status: 200,
      clientData: { type: 'webauthn.get', origin: ours.origin },
    })
    token = String(loggedIn.body['token'])
    expect(readCredentials(userId)).toMatchObject([{ sign_count: loggedIn.signCount }])

    const activated = await act(ours, 'activate', { token, userId: target })
    expect(activated).toMatchObject({ status: 200, body: { userId: target, isActive: true } })
    expect(activated.signCount).toBeGreaterThan(loggedIn.signCount ?? Infinity)
    expect(await readCounts()).toEqual([activated.signCount])
    expect(readCredentials(userId)).toMatchObject([{ sign_count: activated.signCount }])

    const event = readEvents(target).at(-1)
    expect(event).toMatchObject({ action: 'activate', actor_id: userId, dialect: 'dfns' })
    expect(JSON.parse(String(event?.['evidence']))).toMatchObject({
      userAction: { credentialKind: 'Fido2', authenticatorData: expect.any(String) },
    })
  })

  it('is refused a login on another origin, and the passkey stays good', async () => {
    const { username, userId } = user
    const before = [readCredentials(userId), readEvents(userId)]
    const refused = await act(strange, 'logIn', { orgId, username })
    // The browser signed: the domain is the same. What keeps the page out is the service.
    expect(refused).toMatchObject({
      status: 401,
      body: { error: { message: 'Not Authorized.' } },
      clientData: { type: 'webauthn.get', origin: strange.origin },
    })
    expect([readCredentials(userId), readEvents(userId)]).toEqual(before)
    expect(await act(ours, 'logIn', { orgId, username })).toMatchObject({ status: 200 })
  })

  it('is refused a user action on another origin, even with a token of ours', async () => {
    const target = await suspendTarget(server.demo, 'inactive9')
    const before = [readCredentials(user.userId), readEvents(target)]
    const refused = await act(strange, 'activate', { token, userId: target })
    expect(refused).toMatchObject({
      status: 401,
      clientData: { type: 'webauthn.get', origin: strange.origin },
    })
    expect([readCredentials(user.userId), readEvents(target)]).toEqual(before)
    expect(await act(ours, 'activate', { token, userId: target })).toMatchObject({ status: 200 })
  })

  it('is refused a registration on another origin, and the code stays good', async () => {
    const { username, code, userId } = await inviteUser(admin())
    const before = readEvents(userId)
    const known = (await readCounts()).length
    const refused = await act(strange, 'register', { orgId, username, code })
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('the credential cannot be registered') } },
    })
    // The browser made a passkey: it is the service that wants none of it.
    expect(await readCounts()).toHaveLength(known + 1)
    expect(readCredentials(userId)).toEqual([])
    expect(readEvents(userId)).toEqual(before)
    expect(await act(ours, 'register', { orgId, username, code })).toMatchObject({ status: 200 })
  })

  it('leaves a record that anybody can check afterwards', () => {
    const argv = ['src/cli/audit.ts', 'verify']
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
      cwd: folder,
      encoding: 'utf8',
    })
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: expect.stringMatching(
        /^\d+ events, all good; 1 signing key has no registration on record\n$/,
      ),
      stderr: '',
    })
  })
})

/** Gives a user the roles of another, as an operator does by SQL: no route grants roles to whoever exists. */
function grantRoles(folder: string, from: string, to: string): void {
  withStore(
    folder,
    (database) => {
      const granted = database
        .prepare(
          `INSERT INTO role_assignments (id, role_id, user_id, created_at)
             SELECT ? || role_id, role_id, ?, 0 FROM role_assignments WHERE user_id = ?`,
        )
        .run(`as-${randomUUID()}-`, to, from)
      expect(granted.changes).toBeGreaterThan(0)
      database.prepare('UPDATE users SET version = version + 1 WHERE id = ?').run(to)
    },
    { readOnly: false },
  )
}
