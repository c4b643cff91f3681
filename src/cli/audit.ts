/**
 * `npm run audit -- show <userId>`: prints what was done to a user, oldest first. Reads only. Local unless told
 * otherwise.
 */
import { isUserId } from '../core/id.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { readArguments, runCommand, type Command } from './arguments.ts'
import {
  parseRecord,
  writeRecordJson,
  writeRecordQuery,
  writeRecordText,
  type UserRecord,
} from './audit-record.ts'
import { queryD1 } from './d1-execute.ts'
import { parsePlace, PLACE_OPTIONS, type DatabasePlace } from './database-place.ts'

/** Whose record, from where and in which form. */
export interface AuditOptions extends DatabasePlace {
  readonly userId: string
  readonly isJson: boolean
}

/** What the command prints and its exit code; null where it prints nothing. */
export interface AuditAnswer {
  readonly stdout: string | null
  readonly stderr: string | null
  readonly exitCode: number
}

/** The command. */
export const AUDIT_COMMAND: Command<AuditOptions> = {
  usage: 'Usage: npm run audit -- show <userId> [--json] [--remote] [--env NAME]',
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
  const [verb, userId = '', ...rest] = positionals
  if (verb !== 'show') return fail('What is to be done? show.')
  if (!isUserId(userId) || rest.length > 0) return fail('show takes the id of one user, us-...')
  const place = parsePlace(values)
  return place.ok ? succeed({ userId, isJson: values.json, ...place.value }) : place
}

async function runAudit(options: AuditOptions): Promise<number> {
  const answer = await queryD1(options, writeRecordQuery(options.userId))
  const { stdout, stderr, exitCode } = answerRecord(parseRecord(answer), options)
  if (stdout !== null) console.log(stdout)
  if (stderr !== null) console.error(stderr)
  return exitCode
}

/** Chooses form and exit code: 1 for an id that neither a user has nor the record knows. */
export function answerRecord(
  { isKnown, events }: UserRecord,
  { userId, isJson }: Pick<AuditOptions, 'userId' | 'isJson'>,
): AuditAnswer {
  if (events.length > 0) {
    const stdout = isJson ? writeRecordJson(events) : writeRecordText(events)
    return { stdout, stderr: null, exitCode: 0 }
  }
  if (!isKnown) return { stdout: null, stderr: `No user has the id ${userId}.`, exitCode: 1 }
  const stderr = `Nothing was done to ${userId} that is on record.`
  return { stdout: isJson ? '[]' : null, stderr, exitCode: 0 }
}

if (import.meta.main) await runCommand(AUDIT_COMMAND)
