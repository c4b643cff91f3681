/**
 * `npm run bootstrap`: the first organization and administrator of a real deployment. Local unless told otherwise;
 * both go the same way, through `wrangler d1 execute`. Writes no audit row: nobody has asked yet.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePublicKey, type PublicKey } from '../auth/public-key.ts'
import { refuseUsage, runCommand, type Command } from './arguments.ts'
import { parseBootstrapArguments, type BootstrapOptions } from './bootstrap-arguments.ts'
import {
  planBootstrap,
  writeConflictQuery,
  type BootstrapConflicts,
  type BootstrapIds,
} from './bootstrap-sql.ts'
import { createShapeError, executeD1, parseAnswer, queryD1 } from './d1-execute.ts'

const USAGE =
  'Usage: npm run bootstrap -- --organization NAME --username NAME --public-key FILE ' +
  '--dialects dfns[,timbu,rinne] [--require-user-action] [--remote] [--env NAME]'

/** The command. */
export const BOOTSTRAP_COMMAND: Command<BootstrapOptions> = {
  usage: USAGE,
  parse: parseBootstrapArguments,
  run: runBootstrap,
}

async function runBootstrap(options: BootstrapOptions): Promise<number> {
  const publicKey = await readPublicKey(options.publicKeyFile)
  if (typeof publicKey === 'string') return refuseUsage(publicKey, USAGE)

  const conflicts = await readConflicts(options, publicKey)
  if (conflicts.organizations > 0) {
    throw new Error(`An organization called "${options.organization}" exists: nothing was changed.`)
  }
  if (conflicts.keys > 0) throw new Error('The key belongs to a user already: nothing was changed.')

  const { ids, sql } = await planBootstrap(options, publicKey, Date.now())
  await executeFile(options, sql)
  console.log(describeAccount(options, ids))
  return 0
}

/** Reads and checks the key as a registration does; a text says what is wrong with it. */
async function readPublicKey(file: string): Promise<PublicKey | string> {
  let pem: string
  try {
    pem = await readFile(file, 'utf8')
  } catch {
    return `--public-key: ${file} cannot be read.`
  }
  const parsed = await parsePublicKey(pem)
  return parsed.ok ? parsed.value : `--public-key: ${file} is refused: ${parsed.failure}.`
}

async function readConflicts(
  options: BootstrapOptions,
  publicKey: PublicKey,
): Promise<BootstrapConflicts> {
  const query = writeConflictQuery(options.organization, publicKey)
  return parseConflicts(await queryD1(options, query))
}

/**
 * Reads the one row of the answer.
 *
 * @throws Error when it is anything else, so that nothing is written over what was not seen.
 */
export function parseConflicts(stdout: string): BootstrapConflicts {
  const { organizations, keys } = parseAnswer(stdout)[0]?.[0] ?? {}
  if (typeof organizations === 'number' && typeof keys === 'number') return { organizations, keys }
  throw createShapeError()
}

async function executeFile(options: BootstrapOptions, sql: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'activate-'))
  try {
    const file = join(folder, 'bootstrap.sql')
    await writeFile(file, sql, { mode: 0o600 })
    // `--yes`: there is no terminal to answer that the database may be busy for a moment.
    await executeD1(options, ['--yes', '--file', file])
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Says what was made and how to go on. */
export function describeAccount(options: BootstrapOptions, ids: BootstrapIds): string {
  const place = options.environment === null ? '' : ` --env ${options.environment}`
  return [
    `Organization "${options.organization}" with its first administrator "${options.username}".`,
    '',
    `orgId         ${ids.orgId}`,
    `tenantId      ${ids.tenantId}`,
    `userId        ${ids.userId}`,
    `credentialId  ${ids.credentialId}`,
    `dialects      ${options.dialects.join(', ')}`,
    '',
    `Next: give the Worker its signing keys (wrangler secret put SIGNING_KEYS${place}), then log in:`,
    'POST /auth/login/init with this orgId and username, sign the challenge with the private key,',
    'and POST /auth/login with this credentialId.',
  ].join('\n')
}

if (import.meta.main) await runCommand(BOOTSTRAP_COMMAND)
