/**
 * The record of one user: the SQL that asks for it, the reading of the answer, and its two forms. Both forms are
 * printable ASCII, for stored text must not drive a terminal. Runs nothing.
 */
import {
  isJsonObject,
  parseStrictJson,
  type JsonObject,
  type JsonValue,
} from '../core/strict-json.ts'
import { createShapeError, parseAnswer } from './d1-execute.ts'
import { quoteSql } from './rows.ts'

/** A row of `audit_events` with all its columns, the evidence read. */
type EventRow = JsonObject & {
  /** Unix milliseconds. */
  readonly at: number
  readonly evidence: JsonObject
}

/** What the store knows about an id. */
export interface UserRecord {
  /** Whether a user has the id; the record outlives the row of a person who was erased. */
  readonly isKnown: boolean
  /** What was done to the user, in the order of commit. */
  readonly events: readonly EventRow[]
}

/** Asks whether a user has the id, and what was done to it. */
export function writeRecordQuery(userId: string): string {
  const id = quoteSql(userId)
  return (
    `SELECT count(*) AS users FROM users WHERE id = ${id}; ` +
    `SELECT * FROM audit_events WHERE target_id = ${id} ORDER BY sequence`
  )
}

/**
 * Reads the answer to `writeRecordQuery`.
 *
 * @throws Error when it is anything else, or one of its rows is: half a record would pass for a whole one.
 */
export function parseRecord(stdout: string): UserRecord {
  const [[count] = [], rows] = parseAnswer(stdout)
  const users = count?.['users']
  if (typeof users !== 'number' || rows === undefined) throw createShapeError()
  return { isKnown: users > 0, events: rows.map(parseEvent) }
}

const SHOWN = ['action', 'from_state', 'to_state', 'actor_id', 'dialect', 'request_id']

function parseEvent(row: JsonObject): EventRow {
  const { at } = row
  const parsed = parseStrictJson(String(row['evidence']))
  const evidence = parsed.ok ? parsed.value : null
  const hasShown = SHOWN.every((column) => Object.hasOwn(row, column))
  if (hasShown && typeof at === 'number' && isJsonObject(evidence)) return { ...row, at, evidence }
  throw createShapeError()
}

/** Writes every column, so that signatures can be checked against the client data and the public key. */
export const writeRecordJson = (events: readonly EventRow[]): string =>
  // What JSON lets stand inside of texts has an escape there of the same form.
  JSON.stringify(events, null, 2).split('\n').map(escapeText).join('\n')

/** Writes a paragraph an event, for people: who, by what, why. Neither client data nor signature. */
export const writeRecordText = (events: readonly EventRow[]): string =>
  events.map((event) => listLines(event).map(escapeText).join('\n')).join('\n\n')

function listLines(event: EventRow): string[] {
  const { clientRequestId, reason, roleIds, userAction } = event.evidence
  const { from_state: from, to_state: to } = event
  const change = from === null && to === null ? [] : [[from, '->', to].filter(Boolean).join(' ')]
  const origin = [
    `by ${say(event['actor_id'])}`,
    `through ${say(event['dialect'])}`,
    `request ${say(event['request_id'])}`,
    ...(clientRequestId === undefined ? [] : [`client request ${say(clientRequestId)}`]),
  ]
  return [
    [new Date(event.at).toISOString(), say(event['action']), ...change].join('  '),
    `  ${origin.join('   ')}`,
    ...(reason === undefined ? [] : [`  reason: ${say(reason)}`]),
    ...(roleIds === undefined ? [] : [`  roles: ${say(roleIds)}`]),
    ...(isJsonObject(userAction) ? [`  proof: ${describeProof(userAction)}`] : []),
  ]
}

const describeProof = ({ credentialId, credentialKind }: JsonObject): string =>
  `user action of credential ${say(credentialId)} (${say(credentialKind)})`

/** Spells what evidence holds; of an unexpected type it is shown all the same. */
function say(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.map(say).join(', ') : (JSON.stringify(value) ?? 'unknown')
}

/** Escapes as JSON does, each UTF-16 code unit that is not printable ASCII. */
export const escapeText = (text: string): string =>
  text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
