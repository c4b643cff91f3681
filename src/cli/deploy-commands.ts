/**
 * The lines of a shell that an operator is told: how to get what is missing, and the way back. wrangler.toml has those
 * that make databases and namespaces, too. No I/O.
 */

/**
 * Where the stores of an environment are made, which is chosen once and for good. Others are made near whoever runs the
 * command.
 *
 * @see https://developers.cloudflare.com/d1/configuration/data-location/ (read on 2026-11-22): jurisdictions are eu, us
 *   and fedramp, hints wnam, enam, weur, eeur, apac and oc.
 * @see https://developers.cloudflare.com/kv/reference/data-location/ (read on 2026-11-22): jurisdictions of KV are in
 *   private beta, and what is stored in one may be cached outside of it.
 */
const PLACES: Readonly<Record<string, { readonly database: string; readonly namespace: string }>> =
  {
    eu: { database: ' --jurisdiction eu', namespace: ' --jurisdiction eu' },
    uae: { database: ' --location eeur', namespace: '' },
  }

// wrangler would offer to write the id itself, but beside the placeholder and not in its place.
const QUIETLY = '--no-update-config'

/** Makes the database of an environment. */
export const writeCreateDatabase = (environment: string, databaseName: string): string =>
  `npx wrangler d1 create ${databaseName}${PLACES[environment]?.database ?? ''} ${QUIETLY}`

/** Makes the namespace for the copies of answers. */
export const writeCreateNamespace = (environment: string, workerName: string): string =>
  `npx wrangler kv namespace create ${workerName}-idempotency${PLACES[environment]?.namespace ?? ''} ${QUIETLY}`

/** Where the keys of an environment are suggested to be kept: out of the project's folder, which may be published. */
const keysFileOf = (environment: string): string => `~/activate-${environment}-keys.json`

/** Makes a signing key. */
export const writeMakeKey = (environment: string): string =>
  `npm run deploy -- --new-key ${keysFileOf(environment)}`

/** Gives the keys of a file to the Worker, and makes the Worker where there is none. */
export const writePutKeys = (environment: string, file = keysFileOf(environment)): string =>
  `npx wrangler secret put SIGNING_KEYS --env ${environment} < ${file}`

/** Serves the version before the current one again. */
export const writeRollback = (environment: string): string =>
  `npx wrangler rollback --env ${environment}`
