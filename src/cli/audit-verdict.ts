/**
 * What became of the check of a record, and how it is said to people. Pure.
 */
import type { RecordedKey } from './audit-history.ts'

/** What became of the check. */
export interface Verdict {
  /** With how many events nothing is wrong, from the first on. */
  readonly events: number
  /** Sequences of those among them that cannot be checked, for their key is gone. */
  readonly uncheckedEvents: readonly number[]
  /** Keys that signed them, and whose registration is on no event. */
  readonly unregisteredKeys: readonly RecordedKey[]
  /** The first event with which something is. */
  readonly failure: {
    readonly sequence: number | string
    /** Null for an event that is not there. */
    readonly id: string | null
    /** What is wrong, as the end of a sentence that begins with the event. */
    readonly problem: string
  } | null
}

/** Tells whether every event was checked, and none fails. */
export const isAllGood = ({ failure, uncheckedEvents }: Verdict): boolean =>
  failure === null && uncheckedEvents.length === 0

/** Writes the verdict for people. */
export function writeVerdict(verdict: Verdict): string {
  const { events, uncheckedEvents, unregisteredKeys, failure } = verdict
  const unchecked = uncheckedEvents.length
  const gone = 'cannot be checked, for their key is gone'
  if (failure !== null) {
    const { sequence, id, problem } = failure
    const name = id === null ? `Event ${sequence}` : `Event ${sequence}, ${id},`
    const before =
      unchecked === 0
        ? `${events} events before it are good`
        : `of ${events} events before it, ${unchecked} ${gone}`
    return `${name} ${problem}.\nIt is the first that fails; ${before}.`
  }
  const said = unchecked === 0 ? 'all good' : `${unchecked} of which ${gone}`
  return `${events} events, ${said}${describeKeys(unregisteredKeys.length)}`
}

/** Says how many keys have to be trusted: seeds, bootstrap and stores of old leave some. */
function describeKeys(count: number): string {
  if (count === 0) return ''
  const keys = count === 1 ? 'signing key has' : 'signing keys have'
  return `; ${count} ${keys} no registration on record`
}
