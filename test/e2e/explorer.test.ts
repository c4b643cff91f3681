/**
 * The explorer in a real browser: it loads, authorizes with both schemes, calls the API, and reaches for nothing else.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const hasBrowser = existsSync(CHROMIUM)
if (!hasBrowser) console.error(`SKIPPED: no browser at ${CHROMIUM}; the explorer was not tried.`)

const demo = inject('demo')

describe.skipIf(!hasBrowser)('GET /docs in Chromium', () => {
  let browser: Browser
  let page: Page
  const foreign: string[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
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

  it('shows every operation of the document', async () => {
    await page.goto(`${demo.baseUrl}/docs`)
    await page.waitForSelector('.opblock')
    const document = (await (await fetch(`${demo.baseUrl}/openapi.json`)).json()) as {
      paths: Record<string, object>
    }
    const declared = Object.values(document.paths).flatMap((methods) => Object.keys(methods))
    expect(await page.locator('.opblock').count()).toBe(declared.length)
    const screenshot = process.env['SCREENSHOT_FOLDER']
    if (screenshot) await page.screenshot({ path: path.join(screenshot, 'docs.png') })
  })

  it('authorizes with both schemes and sends what they say', async () => {
    await page.locator('.btn.authorize').first().click()
    const token = demo.actors['admin']?.token ?? ''
    for (const [scheme, value] of [
      ['authenticationToken', token],
      ['userActionSignature', 'not-a-user-action'],
    ] as const) {
      const container = page.locator('.auth-container', { hasText: scheme })
      await container.locator('input').fill(value)
      await container.locator('button[type=submit]').click()
    }
    await page.locator('.btn-done').first().click()
    const activation = page.locator('#operations-Auth-activateUser')
    await activation.locator('.opblock-summary-control').click()
    const [request] = await Promise.all([
      page.waitForRequest((one) => one.method() === 'PUT'),
      executeWith(activation, demo.targets['inactive6']?.userId ?? ''),
    ])
    expect(request.headers()['authorization']).toBe(`Bearer ${token}`)
    expect(request.headers()['x-dfns-useraction']).toBe('not-a-user-action')
    await expectStatus(activation, '403')
  })

  it('reads a user by Try it out', async () => {
    const reading = page.locator('#operations-Auth-getUser')
    await reading.locator('.opblock-summary-control').click()
    await executeWith(reading, demo.targets['inactive6']?.userId ?? '')
    await expectStatus(reading, '200')
  })

  it('sends no request to another origin', () => {
    expect(foreign).toEqual([])
  })

  it('leaves the console clean but for the refusal that was provoked', () => {
    expect(complaints.filter((text) => !text.includes('403 (Forbidden)'))).toEqual([])
  })
})

type Locator = ReturnType<Page['locator']>

async function executeWith(operation: Locator, userId: string): Promise<void> {
  const tryOut = operation.locator('.try-out__btn')
  if ((await tryOut.textContent()) === 'Try it out') await tryOut.click()
  await operation.locator('tr[data-param-name=userId] input').fill(userId)
  await operation.locator('.execute').click()
}

const expectStatus = (operation: Locator, status: string) =>
  expect
    .poll(() =>
      operation.locator('.live-responses-table .response-col_status').last().textContent(),
    )
    .toContain(status)
