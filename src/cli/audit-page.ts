/**
 * The whole record in pages: the SQL that asks for one, with the credentials that its events name, and the reading of
 * the answer. Runs nothing, and judges nothing.
 */
import type { JsonObject } from '../core/strict-json.ts'
import { createShapeError, parseAnswer } from './d1-execute.ts'

/** A row of `audit_events`, the evidence unread. */
export interface StoredEvent {
  readonly sequence: number
  readonly id: string
  /** Unix milliseconds. */
  readonly at: number
  readonly organizationId: string
  readonly actorId: string
  readonly targetId: string
  readonly action: string
  readonly fromState: string | null
  readonly toState: string | null
  readonly dialect: string
  readonly evidence: string
}

/** What a row of `credentials` says for the check of a signature. */
export interface StoredCredential {
  /** Our id. */
  readonly id: string
  readonly organizationId: string
  /** The id that its owner knows. */
  readonly credentialId: string
  readonly userId: string
  readonly kind: string
  readonly publicKeyPem: string
  /** Unix milliseconds. */
  readonly createdAt: number
  /** Where a passkey was registered; null for keys. */
  readonly relyingPartyId: string | null
  readonly origin: string | null
  readonly isBackupEligible: boolean
}

/** Events in the order of commit, as rows, and the credentials that they name, in no order. */
export interface RecordPage {
  /** The highest sequence that the store ever gave away, as it says itself. */
  readonly counted: number
  readonly rows: readonly JsonObject[]
  readonly credentials: readonly StoredCredential[]
}

/** Whoever sits between two pages: below every sequence. */
export const BEFORE_ALL = Number.MIN_SAFE_INTEGER

// 2 to 3 MB with signatures; one answer of everything would not fit into memory, or into an answer of D1.
const PAGE_EVENTS = 2_000

/**
 * Asks for the events that follow a sequence, and for the credentials that they name. Rows are only ever appended, so
 * that both statements see the same events, but for new ones at the end. The count comes first: what is appended in
 * between must not look as if it were missing.
 *
 * @see https://www.sqlite.org/autoinc.html (sqlite_sequence)
 */
export function writePageQuery(after: number, size = PAGE_EVENTS): string {
  const page = `FROM audit_events WHERE sequence > ${after} ORDER BY sequence LIMIT ${size}`
  // What is no JSON is for the check to name; here it would end the query.
  const named = (path: string) =>
    `iif(json_valid(evidence), json_extract(evidence, '$.${path}'), NULL) ${page}`
  const isNamed = (member: string) =>
    `(organization_id, credential_id) IN (SELECT organization_id, ${named(`${member}.credentialId`)})`
  return (
    `SELECT seq FROM sqlite_sequence WHERE name = 'audit_events'; ` +
    `SELECT * ${page}; ` +
    `SELECT * FROM credentials WHERE ${isNamed('userAction')} OR ${isNamed('credential')} ` +
    `OR id IN (SELECT ${named('credential.id')})`
  )
}

/**
 * Reads the answer to `writePageQuery`.
 *
 * @throws Error when it is anything else: what was not read is not verified.
 */
export function parsePage(stdout: string): RecordPage {
  const [counts, rows, credentials] = parseAnswer(stdout)
  if (counts === undefined || rows === undefined || credentials === undefined) {
    throw createShapeError()
  }
  // There is no row before the first event.
  const counted = counts[0]?.['seq'] ?? 0
  if (typeof counted !== 'number') throw createShapeError()
  return { counted, rows, credentials: credentials.map(readCredential) }
}

/** Reads an event; null for one whose columns are of other types than the service writes. */
export function readEvent(row: JsonObject): StoredEvent | null {
  const event = {
    sequence: row['sequence'],
    id: row['id'],
    at: row['at'],
    organizationId: row['organization_id'],
    actorId: row['actor_id'],
    targetId: row['target_id'],
    action: row['action'],
    fromState: row['from_state'],
    toState: row['to_state'],
    dialect: row['dialect'],
    evidence: row['evidence'],
  }
  const { sequence, at, fromState, toState, ...texts } = event
  const hasStates = [fromState, toState].every((state) => state === null || isText(state))
  const hasNumbers = [sequence, at].every(Number.isSafeInteger)
  return hasStates && hasNumbers && Object.values(texts).every(isText)
    ? (event as StoredEvent)
    : null
}

const isText = (value: unknown): boolean => typeof value === 'string'

/** Reads a credential; of a column that is not as it was written, nothing verifies. */
const readCredential = (row: JsonObject): StoredCredential => ({
  id: String(row['id']),
  organizationId: String(row['organization_id']),
  credentialId: String(row['credential_id']),
  userId: String(row['user_id']),
  kind: String(row['kind']),
  publicKeyPem: String(row['public_key_pem']),
  createdAt: Number(row['created_at']),
  relyingPartyId: readOptional(row['relying_party_id']),
  origin: readOptional(row['origin']),
  isBackupEligible: row['is_backup_eligible'] === 1,
})

const readOptional = (value: unknown): string | null => (typeof value === 'string' ? value : null)
