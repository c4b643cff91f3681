/**
 * The explorer in a real browser: it loads, authorizes, calls the API in every dialect, and reaches for nothing else.
 */
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { hasBrowser, launchBrowser } from './support/browser.ts'
import { suspendTarget } from './support/call-as.ts'

const demo = inject('demo')
const token = demo.actors['admin']?.token ?? ''
const { userId = '', email = '' } = demo.targets['inactive6'] ?? {}

/** The documents in the order of the selector. */
const DOCUMENTS = {
  All: '/openapi.json',
  Dfns: '/openapi/dfns.json',
  Timbu: '/openapi/timbu.json',
  Rinne: '/openapi/rinne.json',
}
type DocumentName = keyof typeof DOCUMENTS
const NAMES = Object.keys(DOCUMENTS) as DocumentName[]

describe.skipIf(!hasBrowser('the explorer was'))('GET /docs in Chromium', () => {
  let browser: Browser
  let page: Page
  const foreign: string[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    await suspendTarget(demo, 'inactive6')
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } })
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url())
      if (origin !== demo.baseUrl && protocol !== 'data:') foreign.push(request.url())
    })
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(() => browser?.close())

  it('offers every document, and shows all operations first', async () => {
    await page.goto(`${demo.baseUrl}/docs`)
    await page.waitForSelector('.opblock')
    expect(await page.locator('.topbar select option').allTextContents()).toEqual(NAMES)
    await expectOperations(page, 'All')
  })

  it.each(NAMES)('shows the operations of %s and no others when it is chosen', async (name) => {
    await choose(page, name === 'All' ? 'Rinne' : 'All')
    await choose(page, name)
    await takePicture(page, `docs-${name}`)
  })

  it('authorizes with both schemes of Dfns and sends what they say', async () => {
    await choose(page, 'Dfns')
    await authorize(page, { authenticationToken: token, userActionSignature: 'no-user-action' })
    const activation = await open(page, 'Auth-activateUser')
    const [request] = await Promise.all([
      page.waitForRequest((one) => one.method() === 'PUT'),
      execute(activation, { userId }),
    ])
    expect(request.headers()['authorization']).toBe(`Bearer ${token}`)
    expect(request.headers()['x-dfns-useraction']).toBe('no-user-action')
    await expectStatus(activation, '403')
  })

  it('reads a user of Dfns by Try it out', async () => {
    const reading = await open(page, 'Auth-getUser')
    await execute(reading, { userId })
    await expectStatus(reading, '200')
  })

  it('activates a user of Dfns by Try it out, with a user action from npm run token', async () => {
    await suspendTarget(demo, 'inactive6')
    const request = `PUT /auth/users/${userId}/activate`
    const userAction = execFileSync(
      process.execPath,
      ['src/cli/token.ts', 'admin', '--user-action', request],
      { cwd: inject('folder'), encoding: 'utf8' },
    ).trim()
    // The viewer forgets what it was told, as it does for everybody who comes back.
    await page.goto(`${demo.baseUrl}/docs`)
    await choose(page, 'Dfns')
    await authorize(page, { authenticationToken: token, userActionSignature: userAction })
    const activation = await open(page, 'Auth-activateUser')
    await execute(activation, { userId })
    await expectStatus(activation, '200')
    await takePicture(page, 'dfns-activated')
  })

  it('activates a user of Timbu by Try it out', async () => {
    await suspendTarget(demo, 'inactive6')
    await choose(page, 'Timbu')
    await authorize(page, { accessToken: token })
    const activation = await open(page, 'User-timbuActivateUser')
    await execute(activation, { user_id: userId }, { email, is_active: true })
    await expectStatus(activation, '200')
    await takePicture(page, 'timbu-activated')
  })

  it('activates a user of Rinne by Try it out', async () => {
    await suspendTarget(demo, 'inactive6')
    await choose(page, 'Rinne')
    await authorize(page, { BearerAuth: token })
    const activation = await open(page, 'Users-rinneActivateUser')
    await execute(activation, { userId })
    await expectStatus(activation, '200')
    await takePicture(page, 'rinne-activated')
  })

  it('reads the caller of Rinne below its base path by Try it out', async () => {
    const reading = await open(page, 'Authentication-rinneGetCurrentUser')
    const [request] = await Promise.all([
      page.waitForRequest((one) => one.url().endsWith('/v1/auth/me')),
      execute(reading),
    ])
    expect(request.url()).toBe(`${demo.baseUrl}/core/v1/auth/me`)
    await expectStatus(reading, '200')
    await takePicture(page, 'rinne-caller')
  })

  it('sends no request to another origin', () => {
    expect(foreign).toEqual([])
  })

  it('leaves the console clean but for the refusal that was provoked', () => {
    const provoked = complaints.filter((text) => text.includes('403 (Forbidden)'))
    expect(provoked).toHaveLength(1)
    expect(complaints).toEqual(provoked)
  })
})

type Locator = ReturnType<Page['locator']>

/** Expects that what is shown is what the document declares, as `METHOD path`. */
async function expectOperations(page: Page, name: DocumentName): Promise<void> {
  const document = (await (await fetch(`${demo.baseUrl}${DOCUMENTS[name]}`)).json()) as {
    paths: Record<string, object>
  }
  const declared = Object.entries(document.paths).flatMap(([route, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${route}`),
  )
  const readShown = async () => {
    const methods = await page.locator('.opblock-summary-method').allTextContents()
    const routes = await page
      .locator('.opblock-summary-path')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-path')))
    return methods.map((method, at) => `${method} ${routes[at]}`).sort()
  }
  // The page draws itself anew, which takes a busy machine its time.
  await expect.poll(readShown, { timeout: 20_000 }).toEqual(declared.sort())
}

async function choose(page: Page, name: DocumentName): Promise<void> {
  await page.locator('.topbar select').selectOption({ label: name })
  await expectOperations(page, name)
}

async function authorize(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  await page.locator('.btn.authorize').first().click()
  for (const [scheme, value] of Object.entries(values)) {
    // The whole name, for one scheme's can be a part of another's.
    const name = page.getByText(scheme, { exact: true })
    const container = page.locator('.auth-container', { has: name })
    await container.locator('input').fill(value)
    await container.locator('button[type=submit]').click()
  }
  await page.locator('.btn-done').first().click()
}

async function open(page: Page, id: string): Promise<Locator> {
  const operation = page.locator(`#operations-${id}`)
  await operation.locator('.opblock-summary-control').click()
  return operation
}

async function execute(
  operation: Locator,
  parameters: Readonly<Record<string, string>> = {},
  body?: object,
): Promise<void> {
  const tryOut = operation.locator('.try-out__btn')
  if ((await tryOut.textContent()) === 'Try it out') await tryOut.click()
  for (const [name, value] of Object.entries(parameters)) {
    await operation.locator(`tr[data-param-name=${name}] input`).fill(value)
  }
  if (body) await operation.locator('.body-param__text').fill(JSON.stringify(body))
  await operation.locator('.execute').click()
}

const expectStatus = (operation: Locator, status: string) =>
  expect
    .poll(
      () => operation.locator('.live-responses-table .response-col_status').last().textContent(),
      { timeout: 20_000 },
    )
    .toContain(status)

async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOT_FOLDER']
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true })
}
