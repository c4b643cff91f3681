/**
 * wrangler.toml as an operator has it who has made everything that the placeholders of `eu` stand for.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { DeployEnvironment } from '../../../src/cli/deploy-environment.ts'

/** The file of this repository. */
export const REPOSITORY_TOML = readFileSync(
  path.join(import.meta.dirname, '..', '..', '..', 'wrangler.toml'),
  'utf8',
)

/** Where the service of the tests is; nobody asks there. */
export const ORIGIN = 'https://eu.activate-tests.net'

/** Ids of the form that Cloudflare gives. */
export const DATABASE_ID = '3f1c7a52-8d0e-4b6f-9a3d-2c5e7f1b9d04'
export const NAMESPACE_ID = '9b2f4c6d8e0a1b3c5d7e9f0a2b4c6d8e'

/** A counter as it is bound. */
export const limit = (name: string, namespaceId: string, count: number, periodSeconds = 60) => ({
  ...{ name, namespaceId, periodSeconds },
  limit: count,
})

const VARIABLES = {
  PUBLIC_ORIGIN: ORIGIN,
  ISSUER: ORIGIN,
  AUDIENCE: 'activate',
  WEBAUTHN_ORIGINS: '',
  RATE_LIMITS: 'on',
  RATE_LIMIT_REQUESTS: '1000',
  RATE_LIMIT_SIGNING: '300',
  RATE_LIMIT_FAILURES: '60',
}

/** An environment that has no fault. */
export const COMPLETE: DeployEnvironment = {
  name: 'eu',
  workerName: 'activate-eu',
  variables: VARIABLES,
  knownVariables: Object.keys(VARIABLES),
  databaseName: 'activate-eu',
  databaseId: DATABASE_ID,
  namespaceId: NAMESPACE_ID,
  routes: [{ pattern: new URL(ORIGIN).hostname, isCustomDomain: true }],
  isOnWorkersDev: false,
  limits: [
    limit('RATE_LIMITER', '1201', 1000),
    limit('RATE_LIMITER_LOGIN', '1202', 300),
    limit('RATE_LIMITER_FAILURES', '1203', 60),
  ],
  own: ['name activate-eu', `database_id ${DATABASE_ID}`, 'namespace_id 1201', 'namespace_id 1202'],
  taken: { uae: ['name activate-uae', 'namespace_id 1301'] },
}

/** The file with `eu` filled in. */
export const FILLED_TOML = REPOSITORY_TOML.replaceAll(
  'eu.activate.example',
  new URL(ORIGIN).hostname,
)
  .replace('00000000-0000-4000-8000-000000000002', DATABASE_ID)
  .replace('00000000000000000000000000000002', NAMESPACE_ID)
