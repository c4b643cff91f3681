/**
 * What holds at the end of every race, whatever failed on the way: V1 to V10. It reads the store by SQL and the journal
 * of what clients saw; knows neither platform nor test framework.
 */
import { createClaim } from '../../src/auth/idempotency-claim.ts'
import { faultsOfAnswer, FORBIDDEN, type Document } from './declared-answer.ts'
import { isDone, isReplay, jsonOf, stateIn, versionOf, type Entry } from './journal.ts'

type Row = Readonly<Record<string, unknown>>

/** Runs a statement on the service's database, which it may write to: V3 tries. */
export type Store = (sql: string, ...params: string[]) => Promise<readonly Row[]>

/** Rows that must be as they were: what they were, and how to read them again. */
interface Kept {
  readonly before: unknown
  readonly read: () => Promise<unknown>
}

/** What a journal is held against. */
export interface InvariantOptions {
  readonly issuer: string
  /** Every user that the journal is about: what it was before its first row of the record. */
  readonly targets: Readonly<Record<string, { readonly state: string; readonly version: number }>>
  /** Whether something failed on purpose, so that 503 and lost answers may be. */
  readonly hasFaults: boolean
  /** An organization that no caller is of, and texts that stand nowhere but in its rows. */
  readonly foreign: Kept & { readonly canaries: readonly string[] }
  /** What a journal of nothing but refusals must leave as it was. */
  readonly own: Kept
  readonly document: Document
  readonly logLines: readonly string[]
}

/** A row of the record, a null of the request or of the proof where it names none. */
type Event = Readonly<
  Record<'id' | 'targetId' | 'actorId' | 'action' | 'dialect', string> &
    Record<'fromState' | 'toState' | 'requestId' | 'proof', string | null>
>

/** The record of a user; `states` are those of each version from the initial one, `now` is what the store has. */
interface History {
  readonly version: number
  readonly events: readonly Event[]
  readonly states: readonly string[]
  readonly now: unknown
}

type Facts = InvariantOptions & {
  readonly entries: readonly Entry[]
  readonly store: Store
  readonly events: readonly Event[]
  readonly histories: ReadonlyMap<string | null, History>
}

const STATES = new Map([
  ['activate', 'active'],
  ['deactivate', 'inactive'],
  ['archive', 'archived'],
])

const TOKEN = /(?<![\w-])eyJ[\w-]{10,}\./

/** Each fails with and without the triggers, so that it harms no record that has lost them. */
const FORGERIES = [
  'UPDATE audit_events SET at = NULL WHERE id = ?',
  'DELETE FROM audit_events WHERE id = ? RETURNING json(id)',
  'INSERT OR REPLACE INTO audit_events (sequence, id) SELECT sequence, id FROM audit_events WHERE id = ?',
]

const when = (isBroken: boolean, text: string): string[] => (isBroken ? [text] : [])

/** Lists texts that stand in a list more than once; null is none. */
const repeatedIn = (texts: readonly (string | null)[]): string[] =>
  [...Map.groupBy(texts, (text) => text)].flatMap(([text, same]) =>
    text === null ? [] : when(same.length > 1, text),
  )

const nameOf = ({ requestId, dialect, operation, targetId, status }: Entry) =>
  `${requestId} (${dialect} ${operation} ${targetId}: ${status})`

/** Nobody knows whether it was done, but whoever reads the store. */
const isUnclear = ({ status }: Entry) => status === null || status === 503
const isRefused = ({ status }: Entry) => status !== null && status >= 400 && status < 500

const isChanged = async ({ before, read }: Kept) =>
  JSON.stringify(before) !== JSON.stringify(await read())

type Check = (facts: Facts) => readonly string[] | Promise<readonly string[]>

const CHECKS: Readonly<Record<string, Check>> = {
  V1: ({ histories, entries }) => [
    ...[...histories].flatMap(([id, { version, events, states, now }]) => {
      const recorded = `${states.at(-1)} ${version + events.length}`
      return [
        ...events.flatMap(({ fromState: from, toState: to }, at) => {
          const isMove = to !== null && from !== to && from === states[at]
          return when((from ?? to) !== null && !isMove, `${id} goes from ${from} to ${to}`)
        }),
        ...when(now !== recorded, `${id} is ${String(now)}, on record ${recorded}`),
      ]
    }),
    ...entries.flatMap((entry) => {
      const { version = 0, events = [] } = histories.get(entry.targetId) ?? {}
      return when((versionOf(entry) ?? 0) > version + events.length, `${nameOf(entry)} saw more`)
    }),
  ],

  V2: ({ histories, entries, events, hasFaults }) => {
    const calls = new Map<string | null, Entry>(entries.map((one) => [one.requestId, one]))
    const recorded = new Set(events.map(({ requestId }) => requestId))
    return [
      ...entries.flatMap((entry) => {
        const asked = STATES.get(entry.operation)
        if (asked === undefined || !isDone(entry)) return []
        const history = histories.get(entry.targetId)
        const place = (versionOf(entry) ?? NaN) - (history?.version ?? NaN)
        const isSaid = stateIn(entry)?.isActive === (asked === 'active')
        const isOnRecord = history?.events[place - 1]?.requestId === entry.requestId
        // Timbu says that something changed, or refuses; elsewhere the record tells who changed something.
        const isChange = entry.dialect === 'timbu' || recorded.has(entry.requestId)
        return [
          ...when(history?.states[place] !== asked || !isSaid, `${nameOf(entry)} was not so then`),
          ...when(!isReplay(entry) && isChange && !isOnRecord, `${nameOf(entry)} is not on record`),
        ]
      }),
      ...events.flatMap(({ id, requestId, action, targetId, dialect, actorId }) => {
        const call = calls.get(requestId)
        const mayBeDone = call && (isDone(call) || (hasFaults && isUnclear(call)))
        const asked = call && [call.operation, call.targetId, call.dialect, call.who.userId]
        const isCalled = mayBeDone && `${asked}` === `${[action, targetId, dialect, actorId]}`
        return when(!isCalled, `${id} is not of its call: ${call ? nameOf(call) : requestId}`)
      }),
      ...repeatedIn(events.map(({ requestId }) => requestId)).map((one) => `${one} is done twice`),
    ]
  },

  V3: async ({ store, events: [event] }) => {
    const attempts = FORGERIES.map(async (sql) => {
      if (!event) return []
      const answer = await store(sql, event.id).then(() => 'done', String)
      return when(!answer.includes('append-only'), `${sql}: ${answer}`)
    })
    return (await Promise.all(attempts)).flat()
  },

  V4: async ({ store, events, entries }) => {
    const proven = events.filter(({ proof }) => proof !== null).map(({ id }) => id)
    const [hashes, spent] = await Promise.all([
      store('SELECT hash FROM used_tokens GROUP BY hash HAVING count(*) > 1'),
      store(
        'SELECT used_by FROM used_tokens WHERE used_by IN (SELECT value FROM json_each(?))',
        JSON.stringify(proven),
      ),
    ])
    const spenders = new Set(spent.map((row) => row['used_by']))
    const fresh = entries.filter((entry) => isDone(entry) && !isReplay(entry))
    const twice = [
      ...hashes.map((row) => String(row['hash'])),
      ...repeatedIn(events.map(({ proof }) => proof)),
      ...repeatedIn(fresh.map(({ userAction }) => userAction)),
    ]
    return [
      ...twice.map((one) => `${one} is used twice`),
      ...proven.flatMap((id) => when(!spenders.has(id), `${id} used up no token`)),
    ]
  },

  V5: async ({ entries, foreign }) => [
    ...entries.flatMap((entry) => {
      const text = JSON.stringify([entry.headers, entry.text])
      const found = foreign.canaries.filter((one) => text.includes(one))
      return found.map((one) => `${nameOf(entry)} holds ${one}`)
    }),
    ...when(await isChanged(foreign), 'the foreign organization is changed'),
  ],

  V6: ({ entries, hasFaults }) =>
    entries.flatMap((entry) => {
      const { status, headers, text } = entry
      const isHonest = isUnclear(entry) && (status === null || 'retry-after' in headers)
      const isFault = status === null || status >= 500
      return when(isFault && !(hasFaults && isHonest), `${nameOf(entry)} ${text}`)
    }),

  V7: ({ entries, logLines }) => [
    ...entries.flatMap((entry) => {
      const text = [entry.text, ...Object.values(entry.headers)].join('\n')
      // What a signer is answered are tokens.
      const isBad = FORBIDDEN.test(text) || (entry.operation !== 'sign' && TOKEN.test(text))
      return when(entry.status !== null && isBad, `${nameOf(entry)} ${text}`)
    }),
    ...logLines.filter((line) => FORBIDDEN.test(line) || TOKEN.test(line)),
  ],

  V8: verifyRepetitions,

  V9: ({ entries, document }) =>
    entries.flatMap((entry) => {
      const { status, method, path, text } = entry
      if (status === null) return []
      return faultsOfAnswer(document, method, path, { status, json: jsonOf(entry), text })
    }),

  V10: async ({ entries, own }) =>
    when(entries.every(isRefused) && (await isChanged(own)), 'refusals changed something'),
}

/** One key, one request, one answer: the one that is kept, and once without saying that it was given before. */
async function verifyRepetitions({ entries, store, issuer, hasFaults }: Facts): Promise<string[]> {
  const keyed = entries.filter(({ key }) => key !== null)
  const claims = await Promise.all(keyed.map((entry) => claimOf(entry, issuer)))
  const rows = await store(
    'SELECT * FROM idempotency_records WHERE scope_hash IN (SELECT value FROM json_each(?))',
    JSON.stringify([...new Set(claims.map(({ scopeHash }) => scopeHash))]),
  )
  const records = new Map(rows.map((row) => [row['scope_hash'], row]))
  return [...Map.groupBy(claims, ({ scopeHash }) => scopeHash)].flatMap(([scopeHash, sendings]) => {
    const kept = records.get(scopeHash)
    const headers = Object.entries(JSON.parse(String(kept?.['headers'] ?? '{}')) as object)
    const done = sendings.filter(({ entry }) => isDone(entry))
    const fresh = done.filter(({ entry }) => !isReplay(entry)).length
    const isLost = hasFaults && sendings.some(({ entry }) => isUnclear(entry))
    const isRight = done.length === 0 || fresh === 1 || (fresh === 0 && isLost)
    return [
      ...done.flatMap(({ entry, fingerprint }) => {
        const isKept =
          kept?.['fingerprint'] === fingerprint &&
          kept['status'] === entry.status &&
          kept['body'] === entry.text &&
          headers.every(([name, value]) => entry.headers[name] === value)
        return when(!isKept, `${nameOf(entry)} is not the answer that is kept`)
      }),
      ...when(!isRight, `${sendings[0]?.entry.key} was answered ${fresh} times as if it were new`),
    ]
  })
}

/** Computes what the store knows a request by. */
export async function claimOf(entry: Entry, issuer: string) {
  const { who, key, body, path } = entry
  // As they arrive: without blanks at their ends (RFC 9110 section 5.5).
  const sent = new Headers(entry.sent)
  const claim = await createClaim(
    {
      ...entry,
      key: key ?? '',
      principal: { issuer, subject: who.userId, organizationId: who.organizationId },
      path: path.replace(/^\/core(?=\/v1\/)/, ''),
      body: new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body)),
      conditions: [sent.get('if-match'), sent.get('activate-reason')],
    },
    0,
  )
  return { entry, ...claim }
}

/** Reads the record of the targets, and whatever else names a call of the journal. */
async function readRecord(entries: readonly Entry[], store: Store, options: InvariantOptions) {
  const targetIds = JSON.stringify(Object.keys(options.targets))
  const rows = await store(
    `SELECT id, target_id AS targetId, actor_id AS actorId, action, dialect, from_state AS fromState,
       to_state AS toState, evidence ->> '$.clientRequestId' AS requestId,
       coalesce(evidence ->> '$.userAction.proof', (evidence ->> '$.userAction.signature')
         || ' ' || (evidence ->> '$.userAction.binding.nonce')) AS proof
     FROM audit_events WHERE target_id IN (SELECT value FROM json_each(?1))
       OR evidence ->> '$.clientRequestId' IN (SELECT value FROM json_each(?2)) ORDER BY sequence`,
    targetIds,
    JSON.stringify(entries.map(({ requestId }) => requestId)),
  )
  const users = await store(
    `SELECT id, iif(archived_at IS NOT NULL, 'archived', iif(suspended_at IS NULL, 'active', 'inactive'))
       || ' ' || version AS now FROM users WHERE id IN (SELECT value FROM json_each(?))`,
    targetIds,
  )
  const events = rows as readonly Event[]
  const known = new Map(users.map((row) => [row['id'], row['now']]))
  const records = Map.groupBy(events, ({ targetId }) => targetId)
  const histories = new Map<string | null, History>()
  for (const [id, { state, version }] of Object.entries(options.targets)) {
    const own = records.get(id) ?? []
    const states = [state]
    for (const { toState } of own) states.push(toState ?? states.at(-1) ?? state)
    histories.set(id, { version, events: own, states, now: known.get(id) })
  }
  return { events, histories }
}

/**
 * Asserts V1 to V10, and counts what it looked at.
 *
 * @throws an error that lists every violation under its number.
 * @see the catalogue of tests, section 4.2
 */
export async function expectInvariants(
  { entries }: { readonly entries: readonly Entry[] },
  store: Store,
  options: InvariantOptions,
) {
  const facts = { ...options, entries, store, ...(await readRecord(entries, store, options)) }
  const violations: string[] = []
  for (const [name, check] of Object.entries(CHECKS)) {
    violations.push(...(await check(facts)).map((text) => `${name}: ${text}`))
  }
  if (violations.length > 0) throw new Error(['Violations:', ...violations].join('\n'))
  return {
    requests: entries.length,
    transitions: facts.events.filter(({ toState }) => toState !== null).length,
    auditRows: facts.events.length,
    refusals: entries.filter(isRefused).length,
    replays: entries.filter(isReplay).length,
    /** Answers 503, and answers that never came. */
    unavailable: entries.filter(isUnclear).length,
    violations: 0,
  }
}
