/**
 * `npm run audit -- verify`: checks every event of a store against the ones before it and against its own evidence,
 * and stops at the first that fails. Asks no database: pages come from outside.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import { isJsonObject, parseStrictJson, type JsonObject } from '../core/strict-json.ts'
import { verifyNamedCredential } from './audit-credential.ts'
import { verifyActionEvidence } from './audit-evidence.ts'
import {
  createHistory,
  findActorProblem,
  findPlaceProblem,
  findRegistrationProblem,
  findStateProblem,
  findUseProblem,
  listUnregisteredKeys,
  noteSigner,
  type History,
} from './audit-history.ts'
import {
  BEFORE_ALL,
  readEvent,
  type RecordPage,
  type StoredCredential,
  type StoredEvent,
} from './audit-page.ts'
import { isAction, mustBeMeant } from './audit-requests.ts'
import type { Verdict } from './audit-verdict.ts'

/** Whether all that the record says of an event was checked, or a key is gone that would be needed. */
type Checked = 'checked' | 'key_gone'

/**
 * Verifies all events, oldest first.
 *
 * @param readPage - gives the events that follow a sequence; none at the end.
 */
export async function verifyRecord(
  readPage: (after: number) => Promise<RecordPage>,
): Promise<Verdict> {
  const history = createHistory()
  const uncheckedEvents: number[] = []
  let events = 0
  const end = (failure: Verdict['failure']): Verdict => ({
    events,
    uncheckedEvents,
    unregisteredKeys: listUnregisteredKeys(history),
    failure,
  })
  // One after another, for each is checked against all before it.
  for (;;) {
    const page = await readPage(events === 0 ? BEFORE_ALL : history.lastSequence)
    if (page.rows.length === 0) return end(findEndProblem(page, history))
    for (const row of page.rows) {
      const verified = await verifyEvent(row, page.credentials, history)
      if (!verified.ok) {
        const { sequence, id } = row
        // Of a row that is not as it was written, whatever stands there.
        const place = typeof sequence === 'number' ? sequence : String(sequence)
        return end({ sequence: place, id: String(id), problem: verified.failure })
      }
      events += 1
      if (verified.value === 'key_gone') uncheckedEvents.push(history.lastSequence)
    }
  }
}

/** Compares the last event with what the store has counted: it does not count back when events are taken away. */
function findEndProblem({ counted }: RecordPage, { lastSequence }: History): Verdict['failure'] {
  if (counted === lastSequence) return null
  const problem =
    counted > lastSequence
      ? `is gone: the store has counted to ${counted}`
      : `is next, but the store has counted to ${counted}`
  return { sequence: lastSequence + 1, id: null, problem }
}

/** Verifies an event, and notes what it leaves to the ones that follow. */
async function verifyEvent(
  row: JsonObject,
  credentials: readonly StoredCredential[],
  history: History,
): Promise<Result<Checked, string>> {
  const event = readEvent(row)
  if (event === null) return fail('has a column of a type that the service does not write')
  const problem =
    findPlaceProblem(event, history) ??
    findStateProblem(event, history) ??
    findActorProblem(event, history)
  return problem === null ? verifyEvidence(event, credentials, history) : fail(problem)
}

/** Asks whether the actor meant it, and meant it once; and of which credential it is. */
async function verifyEvidence(
  event: StoredEvent,
  credentials: readonly StoredCredential[],
  history: History,
): Promise<Result<Checked, string>> {
  const parsed = parseStrictJson(event.evidence)
  if (!parsed.ok || !isJsonObject(parsed.value)) return fail('has evidence that is no JSON object')
  const evidence = parsed.value
  const named = await verifyNamedCredential(event, evidence, credentials)
  if (!named.ok) return named
  const action = await verifyActionEvidence(event, evidence, credentials)
  if (!action.ok) return action
  const meant = action.value
  if (meant === null && isAction(event.action) && mustBeMeant(event.dialect, event.action)) {
    return fail('has no user action, without which Dfns changes nothing')
  }
  const { registeredId, signerId, isGone } = named.value
  const keyOf = (credentialId: string) => ({ organizationId: event.organizationId, credentialId })
  const isUnsigned = meant?.isKeyGone === true
  // The signer before the registration, for no key signs for its own.
  if (meant !== null && !isUnsigned) noteSigner(keyOf(meant.credentialId), history)
  if (signerId !== null) noteSigner(keyOf(signerId), history)
  const problem =
    (meant && findUseProblem(keyOf(meant.credentialId), meant.use, history)) ??
    (registeredId === null ? null : findRegistrationProblem(keyOf(registeredId), history))
  if (problem !== null) return fail(problem)
  return succeed(isGone || isUnsigned ? 'key_gone' : 'checked')
}
