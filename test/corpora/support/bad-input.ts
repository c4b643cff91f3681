/**
 * One organization that is sent what no honest client sends, and the judgement of every answer: V6, V7 and V9 at once,
 * V10 after each block, all of them at the end.
 */
import { env } from 'cloudflare:workers'
import { expect, vi } from 'vitest'
import type { JsonValue } from '../../../src/core/strict-json.ts'
import { SECURITY_HEADERS } from '../../support/api-headers.ts'
import { faultsOfAnswer, faultsOfValue, FORBIDDEN } from '../../support/declared-answer.ts'
import { readDocument, type Document } from '../../support/declared.ts'
import { dumpTables } from '../../support/dump.ts'
import { forgeUserAction } from '../../support/forged.ts'
import { expectInvariants, type InvariantOptions } from '../../support/invariants.ts'
import { isDone, jsonOf, type Entry, type JournalRequest } from '../../support/journal.ts'
import { openService, readStore } from '../../support/proof.ts'
import { ALL_DFNS, ALL_RINNE, createWorld } from '../../support/world.ts'

/** A request as it is sent; `body` goes as JSON, `raw` as it is. */
export interface Bad extends Omit<JournalRequest, 'body' | 'operationId'> {
  /** For whatever has a key. */
  readonly operationId?: string
  readonly body?: JsonValue
  readonly raw?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly key?: string
  readonly userAction?: string | null
  /** The caller's where nothing is said. */
  readonly token?: string | null
}

/** Forms of refusals, by the beginnings of the paths that have them. */
const FORMS: readonly (readonly [prefix: RegExp, schemaOf: (status: number) => string])[] = [
  [/^\/auth(\/|$)/, () => 'DfnsError'],
  [/^\/(users|organizations)(\/|$)/, (is) => (is === 422 ? 'TimbuValidationError' : 'TimbuError')],
  [/^\/(core|v1)(\/|$)/, () => 'ErrorResponse'],
]

/** Lists what no answer may be, whatever was asked. */
export function faultsOfReply(document: Document, entry: Entry): string[] {
  const { status, method, path, headers, text } = entry
  if (status === null || status >= 500) return [`${status} ${text}`]
  const json = jsonOf(entry)
  const [, schemaOf] = FORMS.find(([prefix]) => prefix.test(path)) ?? []
  const schema = schemaOf && document.components.schemas[schemaOf(status)]
  const wanted = { ...SECURITY_HEADERS, ...(status === 302 ? {} : { 'cache-control': 'no-store' }) }
  const isEmpty = [204, 302, 304].includes(status) || method === 'HEAD'
  return [
    ...faultsOfAnswer(document, method, path, { status, json, text }),
    ...(status >= 400 && schema ? faultsOfValue(schema, document.components, json) : []),
    ...Object.entries(wanted).flatMap(([name, value]) => (headers[name] === value ? [] : [name])),
    ...(/^[A-Za-z0-9_-]{8,64}$/.test(headers['x-request-id'] ?? '') ? [] : ['x-request-id']),
    ...(isEmpty ||
    /^application\/(problem\+)?json; charset=utf-8$/.test(headers['content-type'] ?? '')
      ? []
      : ['content-type']),
    ...(isEmpty || typeof json === 'object' ? [] : ['no JSON']),
    ...(FORBIDDEN.test(text) ? ['tells of its inside'] : []),
  ]
}

/** Opens the scene: an administrator of everything, another organization full of canaries, the service, its log. */
export async function openScene(settings: { readonly requireUserAction?: boolean } = {}) {
  const canary = 'Canary-of-another-organization'
  const [world, foreign] = [await createWorld(settings), await createWorld()]
  const foreignId = await foreign.addUser({
    firstName: canary,
    lastName: canary,
    externalId: canary,
  })
  const actor = await world.addActor({ operations: [...ALL_DFNS, ...ALL_RINNE], isSuperuser: true })
  const others = {
    before: await ownedBy(foreign.organizationId),
    read: () => ownedBy(foreign.organizationId),
  }
  const document = await readDocument()
  const logLines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line) => void logLines.push(String(line)))
  const deferred: Promise<unknown>[] = []
  const send = await openService({}, (work) => void deferred.push(work))
  const entries: Entry[] = []
  const targets: Record<string, { state: string; version: number }> = {
    [actor.userId]: { state: 'active', version: 1 },
  }
  const faults: string[] = []

  /** Sends one request; null where no client could: a header or a URL cannot be made of it. */
  const ask = async (request: Bad): Promise<Entry | null> => {
    const { body, raw, key = null, userAction = null, token = actor.token, ...what } = request
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const sent: Record<string, string> = {
      'x-request-id': `bad-${crypto.randomUUID()}`,
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(userAction === null ? {} : { 'x-dfns-useraction': userAction }),
      ...(key === null ? {} : { 'idempotency-key': key }),
      ...what.headers,
    }
    // The platform takes what the Fetch standard, and so every other client, refuses: more than bytes.
    if (Object.values(sent).some((value) => /[^\0-\xff]/.test(value))) return null
    const { method } = what
    const sender = { who: { ...actor, token: token ?? '' }, key, userAction, sent }
    const asked = { operationId: '', ...what, ...sender, requestId: sent['x-request-id'] ?? '' }
    const message = makeRequest(`http://localhost:8787${what.path}`, method, sent, content)
    if (message === null) return null
    const path = new URL(message.url).pathname
    const response = await send(message)
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text: await response.text(),
    }
    const times = { invokedAt: entries.length, returnedAt: entries.length }
    const entry: Entry = { ...asked, path, body, ...times, ...answer }
    const { userId, id } = jsonOf(entry) as Record<string, string>
    const isCreated = what.operation === 'create' && isDone(entry)
    const targetId = isCreated ? String(userId ?? id) : what.targetId
    // Nobody was there before: the first row of the record goes from null.
    if (isCreated) targets[targetId ?? ''] = { state: null as unknown as string, version: 0 }
    entries.push({ ...entry, targetId })
    const shown = content instanceof Uint8Array ? String(content) : content
    const said = JSON.stringify([
      method,
      what.path,
      what.headers,
      shown,
      answer.status,
      answer.text,
    ])
    faults.push(...faultsOfReply(document, entry).map((fault) => `${fault}: ${said}`))
    return { ...entry, targetId }
  }

  return {
    ...{ world, actor, document, foreignId, ask, faults, entries: entries as readonly Entry[] },
    foreignOrganizationId: foreign.organizationId,
    /** Adds a user who is inactive, or not. */
    addTarget: async (state: 'active' | 'inactive'): Promise<string> => {
      const id = await world.addUser({ suspendedAt: state === 'active' ? null : 1 })
      targets[id] = { state, version: 1 }
      return id
    },
    /** Proves a request by a user action of its own. */
    prove: ({ method, path, body }: Pick<Bad, 'method' | 'path' | 'body'>) =>
      forgeUserAction(actor, { method, path, ...(body === undefined ? {} : { body }) }),
    /** Fails where something changed while some work was done. */
    expectUnchangedBy: async (work: () => Promise<unknown>): Promise<void> => {
      const before = await dumpTables(world.organizationId, foreign.organizationId)
      await work()
      expect(await dumpTables(world.organizationId, foreign.organizationId)).toEqual(before)
    },
    /** Asserts that no answer had a fault, and V1 to V10; returns what was looked at. */
    close: async () => {
      await Promise.all(deferred)
      vi.restoreAllMocks()
      expect(faults).toEqual([])
      const options: InvariantOptions = {
        ...{ issuer: env.ISSUER, targets, hasFaults: false, document, logLines },
        // V10 is asserted of each block, with everything that there is.
        own: { before: null, read: () => Promise.resolve(null) },
        foreign: { ...others, canaries: [canary, `${foreignId}@example.test`] },
      }
      return expectInvariants({ entries }, readStore, options)
    },
  }
}

/** The rows of one organization; what belongs to none grows with others. */
async function ownedBy(organizationId: string) {
  const { users, user_identifiers, role_assignments, credentials } =
    await dumpTables(organizationId)
  return { users, user_identifiers, role_assignments, credentials }
}

/** Makes a request as it would arrive; null where it cannot be made. */
function makeRequest(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string | Uint8Array | undefined,
): Request | null {
  try {
    return new Request(url, { method, headers, ...(body === undefined ? {} : { body }) })
  } catch {
    return null
  }
}
