/**
 * Clients that change and read users by three dialects, repeat themselves at once and much later, and retry honestly.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createKeySigner } from '../e2e/support/client.ts'
import type { DemoActor } from '../e2e/support/dev-server.ts'
import { seededRandom } from '../support/faults.ts'
import { isDone, jsonOf, requestOf } from '../support/journal.ts'
import type { createJournal, JournalRequest, Sender } from '../support/journal.ts'

/** Shares of what clients do; the rest are changes, of which so many have a key. */
const SHARE = { reads: 0.15, repetitions: 0.2, keyed: 0.6 }
/** So many of the last requests with a key may be under way. */
const RECENT = 16
const MAX_SENDINGS = 5

const DIALECTS = ['dfns', 'timbu', 'rinne'] as const

/** Somebody who may change everybody. */
export type Admin = DemoActor & { readonly organizationId: string }

/** Makes clients, which go on until it is over, one request at a time; `seed` is where their choices begin. */
export function createLoad(
  journal: ReturnType<typeof createJournal>,
  admins: readonly Admin[],
  targets: readonly { readonly id: string; readonly email: string }[],
  options: { readonly clients: number; readonly seed: number },
) {
  const keyed: (readonly [JournalRequest, Sender])[] = []

  /** Sends until the outcome is clear. A change without key and user action may not be tried again: it stays unknown. */
  const send = async (request: JournalRequest, sender: Sender, isRead = false) => {
    const isSafe = isRead || Boolean(sender.key ?? sender.userAction)
    for (let sending = 1; ; sending++) {
      const entry = await journal.call(request, sender)
      const isClear = entry.status !== null && entry.status !== 503
      if (isClear || !isSafe || sending === MAX_SENDINGS) return entry
      await sleep(Number(entry.headers['retry-after'] ?? 1) * 1000)
    }
  }

  /** Signs a request as the official client does; null where the service gives no user action. */
  const sign = async (who: Admin, { method, path }: JournalRequest): Promise<string | null> => {
    const post = async (to: string, operationId: string, body: unknown, isSafe: boolean) => {
      const form = { dialect: 'dfns', operation: 'sign', method: 'POST', targetId: null } as const
      const entry = await send({ ...form, operationId, path: to, body }, { who }, isSafe)
      return isDone(entry) ? (jsonOf(entry) as Record<string, string>) : null
    }
    const announced = { userActionHttpMethod: method, userActionHttpPath: path }
    const body = { ...announced, userActionPayload: '' }
    const challenge = await post('/auth/action/init', 'createUserActionChallenge', body, true)
    if (!challenge) return null
    const firstFactor = await createKeySigner(who).sign(challenge as never)
    const answer = { challengeIdentifier: challenge['challengeIdentifier'], firstFactor }
    const signed = await post('/auth/action', 'createUserActionSignature', answer, false)
    return signed?.['userAction'] ?? null
  }

  const goOn = async (random: () => number, isOver: () => boolean) => {
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
    while (!isOver()) {
      const [roll, who, dialect] = [random(), pick(admins), pick(DIALECTS)]
      // Some users are asked for by many at once, the last ones by hardly anybody.
      const target = pick(targets.slice(0, Math.ceil(random() * targets.length)))
      if (roll < SHARE.reads) {
        // Timbu reads no single user.
        const path = `/organizations/${who.organizationId}/users?size=5`
        const list = { operation: 'list', operationId: 'timbuListOrganizationUsers', path }
        const request =
          dialect === 'timbu'
            ? { ...list, dialect, method: 'GET', targetId: null }
            : requestOf(dialect, 'read', target)
        await send(request, { who }, true)
      } else if (roll < SHARE.reads + SHARE.repetitions && keyed.length > 0) {
        await send(...pick(random() < 0.5 ? keyed.slice(-RECENT) : keyed))
      } else {
        const request = requestOf(dialect, pick(['activate', 'deactivate'] as const), target)
        const key = random() < SHARE.keyed ? crypto.randomUUID() : null
        const userAction = dialect === 'dfns' ? await sign(who, request) : null
        if (dialect === 'dfns' && userAction === null) continue
        const sender = { who, key, userAction }
        if (key !== null) keyed.push([request, sender])
        await send(request, sender)
      }
    }
  }

  const sources = Array.from({ length: options.clients }, (_, place) =>
    seededRandom(options.seed + place),
  )
  return (isOver: () => boolean) => Promise.all(sources.map((random) => goOn(random, isOver)))
}
