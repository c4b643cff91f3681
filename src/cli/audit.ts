/**
 * `npm run audit`: `show <userId>` prints what was done to a user, oldest first; `verify` checks the whole record.
 * Reads only. Local unless told otherwise.
 */
import { isUserId } from '../core/id.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { readArguments, runCommand, type Command } from './arguments.ts'
import { parsePage, writePageQuery } from './audit-page.ts'
import {
  escapeText,
  parseRecord,
  writeRecordJson,
  writeRecordQuery,
  writeRecordText,
  type UserRecord,
} from './audit-record.ts'
import { isAllGood, writeVerdict, type Verdict } from './audit-verdict.ts'
import { verifyRecord } from './audit-verify.ts'
import { queryD1 } from './d1-execute.ts'
import { parsePlace, PLACE_OPTIONS, type DatabasePlace } from './database-place.ts'

/** Whose record, from where and in which form. */
export interface AuditOptions extends DatabasePlace {
  /** Null for the record of everybody, which is verified. */
  readonly userId: string | null
  readonly isJson: boolean
}

/** What the command prints and its exit code; null where it prints nothing. */
export interface AuditAnswer {
  readonly stdout: string | null
  readonly stderr: string | null
  readonly exitCode: number
}

// What was not read is neither good nor bad.
const UNREAD_EXIT_CODE = 2

/** The command. */
export const AUDIT_COMMAND: Command<AuditOptions> = {
  usage: 'Usage: npm run audit -- show <userId> | verify [--json] [--remote] [--env NAME]',
  parse: parseAuditArguments,
  run: runAudit,
}

/**
 * Parses the arguments. Only what can be a user id passes, so that it may stand in SQL.
 *
 * @returns what is asked for, or a sentence that names what is missing or wrong.
 */
export function parseAuditArguments(argv: readonly string[]): Result<AuditOptions, string> {
  const options = { json: { type: 'boolean', default: false }, ...PLACE_OPTIONS } as const
  const parsed = readArguments({ args: [...argv], options, allowPositionals: true })
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  const whose = parseVerb(positionals)
  if (!whose.ok) return whose
  const place = parsePlace(values)
  return place.ok ? succeed({ userId: whose.value, isJson: values.json, ...place.value }) : place
}

/** Reads whose record is asked for: a user's to be shown, everybody's to be verified. */
function parseVerb([verb, userId = '', ...rest]: readonly string[]): Result<string | null, string> {
  if (verb === 'verify') return userId === '' ? succeed(null) : fail('verify takes no user.')
  if (verb !== 'show') return fail('What is to be done? show or verify.')
  const isOneUser = isUserId(userId) && rest.length === 0
  return isOneUser ? succeed(userId) : fail('show takes the id of one user, us-...')
}

/** Asks the store and prints the answer. */
async function runAudit(options: AuditOptions): Promise<number> {
  const { userId, isJson } = options
  const { stdout, stderr, exitCode } =
    userId === null
      ? await verifyStore(options)
      : answerRecord(parseRecord(await queryD1(options, writeRecordQuery(userId))), {
          userId,
          isJson,
        })
  if (stdout !== null) console.log(stdout)
  if (stderr !== null) console.error(stderr)
  return exitCode
}

/** Chooses form and exit code: 1 for an id that neither a user has nor the record knows. */
export function answerRecord(
  { isKnown, events }: UserRecord,
  { userId, isJson }: { readonly userId: string; readonly isJson: boolean },
): AuditAnswer {
  if (events.length > 0) {
    const stdout = isJson ? writeRecordJson(events) : writeRecordText(events)
    return { stdout, stderr: null, exitCode: 0 }
  }
  if (!isKnown) return { stdout: null, stderr: `No user has the id ${userId}.`, exitCode: 1 }
  const stderr = `Nothing was done to ${userId} that is on record.`
  return { stdout: isJson ? '[]' : null, stderr, exitCode: 0 }
}

/** Reads the record page by page, so that none is larger than wrangler and D1 carry. */
async function verifyStore(options: AuditOptions): Promise<AuditAnswer> {
  const readPage = async (after: number) => parsePage(await queryD1(options, writePageQuery(after)))
  try {
    return answerVerdict(await verifyRecord(readPage), options)
  } catch (error) {
    const stderr = error instanceof Error ? error.message : String(error)
    return { stdout: null, stderr, exitCode: UNREAD_EXIT_CODE }
  }
}

/** Chooses form and exit code: 1 where an event fails or cannot be checked, which is an answer and no trouble. */
export function answerVerdict(
  verdict: Verdict,
  { isJson }: Pick<AuditOptions, 'isJson'>,
): AuditAnswer {
  const text = isJson ? JSON.stringify(verdict, null, 2) : writeVerdict(verdict)
  const stdout = text.split('\n').map(escapeText).join('\n')
  return { stdout, stderr: null, exitCode: isAllGood(verdict) ? 0 : 1 }
}

if (import.meta.main) await runCommand(AUDIT_COMMAND)
