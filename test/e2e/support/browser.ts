/**
 * Chromium, where this machine has one.
 */
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Tells whether there is a browser, and says loudly what is not tried where there is none. */
export function hasBrowser(untried: string): boolean {
  if (existsSync(CHROMIUM)) return true
  console.error(`SKIPPED: no browser at ${CHROMIUM}; ${untried} not tried.`)
  return false
}

/** Starts the browser, which reaches for nothing by itself. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
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
