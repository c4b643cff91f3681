/**
 * The page of a web app with passkeys, on origins of its own, and what a test has it do.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { Page } from 'playwright-core'

const HTML = readFileSync(path.join(import.meta.dirname, 'passkey-page.html'))

/** A web app that is served. */
export interface WebApp {
  readonly origin: string
  readonly stop: () => Promise<void>
}

/** What the page got for an answer; where an authenticator signed for it, with its count and the page's client data. */
export interface PageAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly signCount?: number
  readonly clientData?: { readonly type: string; readonly origin: string }
}

/** What the page can do; the names are those of its functions. */
export interface PageActions {
  readonly register: { readonly orgId: string; readonly username: string; readonly code: string }
  readonly logIn: { readonly orgId: string; readonly username: string }
  readonly activate: { readonly token: string; readonly userId: string }
}

/** Serves the page on an origin of its own. */
export async function serveWebApp(): Promise<WebApp> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(HTML)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Has the page of an origin do something with the service, in a tab that may come from another one. */
export async function actOn<Name extends keyof PageActions>(
  page: Page,
  origin: string,
  api: string,
  name: Name,
  given: PageActions[Name],
): Promise<PageAnswer> {
  await page.goto(`${origin}/?api=${encodeURIComponent(api)}`)
  return page.evaluate(`${name}(${JSON.stringify(given)})`)
}
