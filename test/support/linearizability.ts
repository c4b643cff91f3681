/**
 * Decides whether a history of overlapping calls has an order that explains every answer, and says what an account may
 * answer. No I/O. No clock: times are places in one count of invocations and returns.
 */

/** One call, and what was seen of it. */
export interface Operation<State> {
  readonly name: string
  readonly invokedAt: number
  /** Infinity where the outcome is unknown: it takes effect at any time after its invocation, or never. */
  readonly returnedAt: number
  /** Answers the state after it; null where what was seen is impossible in this state. */
  readonly apply: (state: State) => State | null
}

/**
 * Searches for an order of the operations in which each answer is right, and none stands before one that had returned
 * when it was invoked.
 *
 * @param keyOf - a text that is equal for equal states only.
 * @returns their names in such an order, without those of unknown outcome that never took effect; null if there is none.
 * @throws RangeError on an operation that returned before it was invoked.
 * @see Wing and Gong, "Testing and Verifying Concurrent Objects" (1993); Lowe, "Testing for linearizability" (2017)
 */
export function findLinearization<State>(
  initial: State,
  operations: readonly Operation<State>[],
  keyOf: (state: State) => string,
): readonly string[] | null {
  const wrong = operations.find(({ invokedAt, returnedAt }) => !(invokedAt <= returnedAt))
  if (wrong) throw new RangeError(`${wrong.name} returned before it was invoked`)
  const steps = [...operations]
    .sort((a, b) => a.invokedAt - b.invokedAt)
    .map((one, at) => ({ ...one, bit: 1n << BigInt(at), isKnown: one.returnedAt < Infinity }))
  const goal = steps.reduce((mask, { bit, isKnown }) => (isKnown ? mask | bit : mask), 0n)
  const tried = new Set<string>()

  /** Lists what may come next: nothing still to come had returned when it was invoked. */
  const listCandidates = (done: bigint) => {
    const candidates: typeof steps = []
    let firstReturn = Infinity
    for (const step of steps) {
      if ((done & step.bit) !== 0n) continue
      if (step.invokedAt > firstReturn) break
      firstReturn = Math.min(firstReturn, step.returnedAt)
      // Of two unknown ones that do the same, the one invoked first can stand wherever the other can.
      const isSpare = !step.isKnown && candidates.some(({ apply }) => apply === step.apply)
      if (!isSpare) candidates.push(step)
    }
    return candidates
  }

  const search = (done: bigint, state: State, key: string): string[] | null => {
    if ((done & goal) === goal) return []
    // The same operations in another order that led to the same state were a dead end (Lowe).
    const place = `${done.toString(36)} ${key}`
    if (tried.has(place)) return null
    tried.add(place)
    for (const { bit, name, apply, isKnown } of listCandidates(done)) {
      const next = apply(state)
      const nextKey = next === null ? key : keyOf(next)
      // What nobody saw and what changes nothing explains nothing here; it may do so later.
      if (next === null || (!isKnown && nextKey === key)) continue
      const rest = search(done | bit, next, nextKey)
      if (rest) return [name, ...rest]
    }
    return null
  }
  return search(0n, initial, keyOf(initial))
}

/** What can be seen of one user; the version rises by one with every change, and with nothing else. */
export interface AccountState {
  readonly isActive: boolean
  readonly version: number
}

/** What an answer says of a user; null for a version that it does not say. */
export type AccountAnswer = { readonly isActive: boolean; readonly version: number | null }

/** One request, and its answer: null where it was lost or told of a fault. What was refused is left out. */
export interface Sending {
  readonly invokedAt: number
  readonly returnedAt: number
  readonly answer: AccountAnswer | null
}

/** Writes a state so that equal ones are equal texts. */
export const keyOfAccount = ({ isActive, version }: AccountState): string =>
  `${isActive ? 'active' : 'inactive'} ${version}`

const fits = (state: AccountState, { isActive, version }: AccountAnswer): boolean =>
  state.isActive === isActive && (version === null || state.version === version)

const change = (state: AccountState, isActive: boolean): AccountState =>
  state.isActive === isActive ? state : { isActive, version: state.version + 1 }

// One function for all that do the same, by which the search knows them.
const activateUnseen = (state: AccountState) => change(state, true)
const deactivateUnseen = (state: AccountState) => change(state, false)

/**
 * Describes a read by what it answered. A change that was refused because the user was in that state already, as Timbu
 * does with 403, is a read of that state.
 */
export const describeRead = (
  name: string,
  { answer, ...span }: Sending & { readonly answer: AccountAnswer },
): Operation<AccountState> => ({
  name,
  ...span,
  apply: (state) => (fits(state, answer) ? state : null),
})

/**
 * Describes an activation or a deactivation, sent once or several times under one idempotency key: one operation, begun
 * by the first sending, visible once any of them is answered, and with every answer telling of the same effect (I10).
 *
 * @param refusesUnchanged - true where an answer that is no refusal says that something changed, as with Timbu.
 */
export function describeChange(
  name: string,
  isActive: boolean,
  sendings: readonly Sending[],
  refusesUnchanged = false,
): Operation<AccountState> {
  const invokedAt = Math.min(...sendings.map((one) => one.invokedAt))
  const answered = sendings.flatMap((one) => (one.answer ? [{ ...one, answer: one.answer }] : []))
  // Of an empty list the least is Infinity: where nothing was answered, the outcome is unknown.
  const returnedAt = Math.min(...answered.map((one) => one.returnedAt))
  const applyUnseen = isActive ? activateUnseen : deactivateUnseen
  const applySeen = (state: AccountState) => {
    const next = applyUnseen(state)
    if (refusesUnchanged && next === state) return null
    return answered.every(({ answer }) => fits(next, answer)) ? next : null
  }
  return { name, invokedAt, returnedAt, apply: answered.length > 0 ? applySeen : applyUnseen }
}
