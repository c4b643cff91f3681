/**
 * Calls an app, and keeps what was asked and answered, for the invariants and the checker of histories to judge. Knows
 * neither platform nor test framework. No clock: times are places in one count of invocations and returns.
 */

/** A request without who sends it and what proves it. */
export interface JournalRequest {
  readonly dialect: 'dfns' | 'timbu' | 'rinne'
  /** `activate`, `deactivate`, `archive`, `update` as on record, `read`, `sign`, or whatever else a test does. */
  readonly operation: string
  /** Name of the operation in the service's document. */
  readonly operationId: string
  readonly targetId: string | null
  readonly method: string
  readonly path: string
  /** Sent as JSON; undefined for none. */
  readonly body?: unknown
}

/** Who sends a request, and by what proof. */
export interface Sender {
  readonly who: { readonly userId: string; readonly organizationId: string; readonly token: string }
  readonly key?: string | null
  readonly userAction?: string | null
  /** Further headers, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A call, and what came of it. */
export interface Entry extends JournalRequest, Required<Omit<Sender, 'headers'>> {
  /** The sender's further headers. */
  readonly sent: Readonly<Record<string, string>>
  /** Its own `X-Request-Id`, by which the record can be asked for it. */
  readonly requestId: string
  readonly invokedAt: number
  /** Where no answer came: when it was known that none would. */
  readonly returnedAt: number
  /** Null where no answer came. */
  readonly status: number | null
  /** Of the answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as it came; what was thrown instead, where no answer came. */
  readonly text: string
}

/** What a test does to a user. */
export type Verb = 'activate' | 'deactivate' | 'archive' | 'read'

type Route = readonly [operationId: string, method: string, path: string, isActive?: boolean]

/** Where each dialect has each verb; `isActive` goes into Timbu's body. */
const ROUTES: Readonly<Record<JournalRequest['dialect'], Partial<Record<Verb, Route>>>> = {
  dfns: {
    activate: ['activateUser', 'PUT', '/auth/users/{id}/activate'],
    deactivate: ['deactivateUser', 'PUT', '/auth/users/{id}/deactivate'],
    archive: ['archiveUser', 'DELETE', '/auth/users/{id}'],
    read: ['getUser', 'GET', '/auth/users/{id}'],
  },
  timbu: {
    activate: ['timbuActivateUser', 'PUT', '/users/{id}/activate', true],
    deactivate: ['timbuDeactivateUser', 'PUT', '/users/{id}/deactivate', false],
  },
  rinne: {
    activate: ['rinneActivateUser', 'POST', '/v1/users/{id}/activate'],
    deactivate: ['rinneSuspendUser', 'POST', '/v1/users/{id}/suspend'],
    read: ['rinneGetUser', 'GET', '/v1/users/{id}'],
  },
}

/** Writes a request as its dialect has it; the address is for Timbu, which wants it too. */
export function requestOf(
  dialect: JournalRequest['dialect'],
  operation: Verb,
  { id, email }: { readonly id: string; readonly email: string },
): JournalRequest {
  const route = ROUTES[dialect][operation]
  if (!route) throw new Error(`${dialect} cannot ${operation}`)
  const [operationId, method, template, isActive] = route
  const path = template.replace('{id}', id)
  const request = { dialect, operation, operationId, targetId: id, method, path }
  return isActive === undefined ? request : { ...request, body: { email, is_active: isActive } }
}

/**
 * Begins a journal of an app, wherever it runs: in this isolate, or behind a server's address. Entries are in the order
 * of their returns.
 */
export function createJournal(
  send: (request: Request) => Promise<Response>,
  origin = 'http://localhost:8787',
) {
  const entries: Entry[] = []
  let count = 0
  const call = async (request: JournalRequest, sender: Sender): Promise<Entry> => {
    const { who, key = null, userAction = null, headers: sent = {} } = sender
    const requestId = `call-${crypto.randomUUID()}`
    const { method, path, body } = request
    const headers = {
      ...sent,
      authorization: `Bearer ${who.token}`,
      'x-request-id': requestId,
      ...(key === null ? {} : { 'idempotency-key': key }),
      ...(userAction === null ? {} : { 'x-dfns-useraction': userAction }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const invokedAt = count++
    const answer = await send(new Request(`${origin}${path}`, { method, headers, ...content }))
      .then(async (response) => ({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await response.text(),
      }))
      .catch((error: unknown) => ({ status: null, headers: {}, text: String(error) }))
    const times = { invokedAt, returnedAt: count++ }
    const entry = { ...request, who, key, userAction, sent, requestId, ...times, ...answer }
    entries.push(entry)
    return entry
  }
  return { entries: entries as readonly Entry[], call }
}

/** Tells whether a request was done, now or before. */
export const isDone = ({ status }: Entry): boolean => Math.floor((status ?? 0) / 100) === 2

/** Tells whether an answer was given before. */
export const isReplay = ({ headers }: Entry): boolean => headers['idempotent-replayed'] === 'true'

/** Reads the JSON of an answer; the text itself where it is none. */
export function jsonOf({ text }: Entry): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** Reads the version that an answer names; null where it names none. */
export function versionOf({ headers }: Entry): number | null {
  const [, digits] = /^"(\d+)"$/.exec(headers['etag'] ?? '') ?? []
  return digits === undefined ? null : Number(digits)
}

/**
 * Reads what an answer says of its user; null where it says nothing: a fault, a lost answer, any other refusal. Timbu
 * names a state only where it refuses to change nothing; elsewhere what was done is what was asked.
 */
export function stateIn(entry: Entry): { isActive: boolean; version: number | null } | null {
  const version = versionOf(entry)
  const { dialect, operation, text } = entry
  const [, unchanged] = /this user is already (active|inactive)/.exec(text) ?? []
  if (unchanged !== undefined) return { isActive: unchanged === 'active', version }
  if (!isDone(entry)) return null
  if (dialect === 'timbu') return { isActive: operation === 'activate', version }
  const user = jsonOf(entry) as { readonly isActive?: unknown; readonly suspended_at?: unknown }
  const isActive = dialect === 'dfns' ? user.isActive === true : user.suspended_at === undefined
  return { isActive, version }
}
