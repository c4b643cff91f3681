/**
 * What the events before one leave behind, and what is wrong with an event in the light of it. Knows no signature.
 */
import { MAX_DISTANCE_SECONDS } from './audit-evidence.ts'
import type { StoredEvent } from './audit-page.ts'
import { isAction, isOfItself, requestsFor, TRANSITIONS } from './audit-requests.ts'

/** A key, as the record names it. */
export interface RecordedKey {
  readonly organizationId: string
  /** The id that its owner knows. */
  readonly credentialId: string
}

/** What the events before one leave behind. */
export interface History {
  /** Sequence of the last event; 0 before the first. */
  lastSequence: number
  /** The latest time of an event, in Unix milliseconds. */
  latestAt: number
  readonly ids: Set<string>
  /** User actions that were used up, by what makes each unique. */
  readonly spent: Set<string>
  /** By target: its state after its last transition; null while none is on record. */
  readonly states: Map<string, string | null>
  /** By actor and target: where it is a user. */
  readonly organizations: Map<string, string>
  /** Keys that were registered, and keys that signed, by what names each. */
  readonly registered: Set<string>
  readonly signers: Map<string, RecordedKey>
}

// 130 random bits, spelled by core/id.ts.
const EVENT_ID = /^uj-[a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{14,16}$/

/** Begins with nothing. */
export const createHistory = (): History => ({
  lastSequence: 0,
  latestAt: Number.NEGATIVE_INFINITY,
  ids: new Set(),
  spent: new Set(),
  states: new Map(),
  organizations: new Map(),
  registered: new Set(),
  signers: new Map(),
})

/**
 * Follows the order of commit, and tells events by their ids. A batch that is rolled back consumes no sequence, and
 * nothing takes an event away, so that there is no gap.
 *
 * @see https://www.sqlite.org/autoinc.html
 */
export function findPlaceProblem(event: StoredEvent, history: History): string | null {
  const { sequence, id, at } = event
  const expected = history.lastSequence + 1
  if (sequence !== expected) return `stands where event ${expected} is to be`
  history.lastSequence = sequence
  if (!EVENT_ID.test(id)) return 'has an id that no event has'
  if (history.ids.has(id)) return 'has the id of an event before it'
  history.ids.add(id)
  // Each edge has a clock of its own.
  if (at < history.latestAt - MAX_DISTANCE_SECONDS * 1000) {
    return `is more than ${MAX_DISTANCE_SECONDS} s older than an event before it`
  }
  history.latestAt = Math.max(history.latestAt, at)
  return null
}

/** Follows who is whose: a user is of one organization for good, and its credentials are its own business. */
export function findActorProblem(event: StoredEvent, { organizations }: History): string | null {
  const { action, organizationId, actorId, targetId } = event
  for (const userId of [actorId, targetId]) {
    const known = organizations.get(userId) ?? organizationId
    if (known !== organizationId) return `is of another organization than user ${userId} is`
    organizations.set(userId, organizationId)
  }
  const isByAnother = isAction(action) && isOfItself(action) && actorId !== targetId
  return isByAnother ? `says ${action} of another user than the one who did it` : null
}

/** Follows the states of the target (TESTS.md, V1). */
export function findStateProblem(event: StoredEvent, { states }: History): string | null {
  const { action, fromState, toState, targetId, dialect } = event
  if (!isAction(action)) return `has the action "${action}", which the service does not know`
  if (requestsFor(dialect, action) === null) {
    return `says ${action} through "${dialect}", which cannot do that`
  }
  const { from, to } = TRANSITIONS[action]
  if (toState !== to || !from.some((state) => state === fromState)) {
    return `leads from ${fromState} to ${toState}, which is not what ${action} does`
  }
  // Undefined for a user without event, null for one without transition.
  const known = states.get(targetId)
  if (action === 'create' && known !== undefined) {
    return 'creates a user that has an event before it'
  }
  // Users that were seeded begin anywhere: seeding writes no event (DESIGN section 8).
  if (fromState !== null && typeof known === 'string' && known !== fromState) {
    return `leads from ${fromState}, but the event before left the user ${known}`
  }
  states.set(targetId, toState ?? known ?? null)
  return null
}

/** Notes that a user action was used. A copied one verifies; that it is a copy shows here (TESTS.md, V4). */
export function findUseProblem(key: RecordedKey, use: string, { spent }: History): string | null {
  const once = `${nameOf(key)}\n${use}`
  if (spent.has(once)) return 'has the user action of an event before it'
  spent.add(once)
  return null
}

/** Notes that a key has signed. */
export const noteSigner = (key: RecordedKey, { signers }: History): unknown =>
  signers.set(nameOf(key), key)

/** Notes that a key was registered: once, and before it signs. */
export function findRegistrationProblem(key: RecordedKey, history: History): string | null {
  const name = nameOf(key)
  const said = `registers credential "${key.credentialId}", which`
  if (history.registered.has(name)) return `${said} an event before it registers`
  if (history.signers.has(name)) return `${said} has signed already`
  history.registered.add(name)
  return null
}

/** Lists the keys that signed, and whose registration is on no event. */
export const listUnregisteredKeys = ({ registered, signers }: History): RecordedKey[] =>
  [...signers].filter(([name]) => !registered.has(name)).map(([, key]) => key)

const nameOf = ({ organizationId, credentialId }: RecordedKey): string =>
  `${organizationId}\n${credentialId}`
