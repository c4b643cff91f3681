/**
 * Starts what every end-to-end test talks to, once: an outside issuer and `npm run dev` twice in one folder, the
 * second time with the issuer trusted. The first start is the one that a new user sees.
 */
import type { TestProject } from 'vitest/node'
import { findFreePort, startDevServer, type Demo } from './dev-server.ts'
import { createWorkspace, removeWorkspace } from './workspace.ts'

declare module 'vitest' {
  interface ProvidedContext {
    folder: string
    demo: Demo
    firstDemo: Demo
    firstOutput: string
    firstLimits: { status: number; retryAfter: string | null }[]
    issuerPort: number
  }
}

/** Sends more bad tokens than a minute takes, twice over, for a minute may end meanwhile. */
async function tryBadTokens(baseUrl: string) {
  const answers: { status: number; retryAfter: string | null }[] = []
  for (let left = 130; left > 0; left -= 1) {
    const headers = { authorization: 'Bearer bad' }
    const { status, headers: answered } = await fetch(`${baseUrl}/auth/users`, { headers })
    answers.push({ status, retryAfter: answered.get('retry-after') })
  }
  return answers
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await createWorkspace()
  try {
    const first = await startDevServer(folder)
    const firstOutput = first.output()
    const firstLimits = await tryBadTokens(first.baseUrl)
    await first.stop()
    const issuerPort = await findFreePort()
    const trusted = {
      issuer: 'https://login.example.test/',
      jwksUrl: `http://127.0.0.1:${issuerPort}/jwks.json`,
      audience: 'activate',
      organizationId: first.demo.organization.orgId,
      algorithms: ['ES256'],
    }
    const port = Number(new URL(first.baseUrl).port)
    const server = await startDevServer(folder, {
      port,
      // All tests have one address, and would use up what one may.
      vars: { TRUSTED_ISSUERS: JSON.stringify([trusted]), RATE_LIMITS: 'off' },
    })
    project.provide('folder', folder)
    project.provide('demo', server.demo)
    project.provide('firstDemo', first.demo)
    project.provide('firstOutput', firstOutput)
    project.provide('firstLimits', firstLimits)
    // Printed, not asserted: machines differ. The promise is 30 seconds.
    console.log(`npm run dev: first answer after ${Math.round(first.startedInMilliseconds)} ms`)
    project.provide('issuerPort', issuerPort)
    return async () => {
      await server.stop()
      await removeWorkspace(folder)
    }
  } catch (error) {
    await removeWorkspace(folder)
    throw error
  }
}
