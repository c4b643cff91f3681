/**
 * The client: the two changes of a user's state, by each of the three contracts, in one request each.
 */
import { createActivateError } from './activate-error.ts'
import type { ActionSigner } from './key-signer.ts'
import { sendCall, type Call, type CallOptions, type Transport } from './send-call.ts'
import { sleep } from './until-aborted.ts'
import {
  isDfnsUser,
  isRinneUser,
  isTimbuSuccess,
  type DfnsUser,
  type RinneUser,
  type TimbuSuccess,
  type TimbuTarget,
} from './wire-users.ts'

/** With the waiting between them, a minute or so beside what the service asks for. */
const MAX_RETRIES = 10

/** Longest that a timer can be: a longer one would be over at once. */
const MAX_TIMEOUT_MILLISECONDS = 2 ** 31 - 1

/** The part of fetch that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Where the service is, who calls it, and how patiently. */
export interface ActivateClientOptions {
  /** The service's public origin, to the letter: proofs are bound to it. */
  readonly baseUrl: string
  /** The bearer, or what gives one: it is asked before every request. */
  readonly token: string | (() => string | Promise<string>)
  /** Signs user actions. Dfns' contract wants one always, the others where the organization asks for it. */
  readonly signer?: ActionSigner | undefined
  /** The platform's own, unless told otherwise. */
  readonly fetch?: Fetch | undefined
  /** Requests after the first: 0 to 10; 3 unless told otherwise. */
  readonly maxRetries?: number | undefined
  /** For one request and its answer: 1 to 2,147,483,647; 10,000 unless told otherwise. */
  readonly timeoutMilliseconds?: number | undefined
  /** Clock in Unix milliseconds, chance in [0, 1) and waiting: for tests. */
  readonly now?: Transport['now'] | undefined
  readonly random?: Transport['random'] | undefined
  readonly sleep?: Transport['sleep'] | undefined
}

/** The calls, by contract. Each rejects with an `ActivateError`. */
export interface ActivateClient {
  readonly dfns: StateChanges<string, DfnsUser>
  readonly timbu: StateChanges<TimbuTarget, TimbuSuccess>
  readonly rinne: StateChanges<string, RinneUser>
}

/** The two changes, in the words of one contract. */
export interface StateChanges<Target, Answer> {
  readonly activateUser: (target: Target, options?: CallOptions) => Promise<Answer>
  readonly deactivateUser: (target: Target, options?: CallOptions) => Promise<Answer>
}

/**
 * Makes a client. Holds no connection and sends nothing by itself.
 *
 * @throws ActivateError `misconfigured` when `baseUrl` is more or less than an origin, or a number is out of its range.
 */
export function createActivateClient(options: ActivateClientOptions): ActivateClient {
  const { token, signer = null, maxRetries = 3, timeoutMilliseconds = 10_000 } = options
  const send: Fetch = options.fetch ?? ((url, init) => fetch(url, init))
  const transport: Transport = {
    origin: readOrigin(options.baseUrl),
    signer,
    readToken: typeof token === 'function' ? token : () => token,
    // Not the function itself: browsers and Workers refuse a fetch that is called as a member of something else.
    fetch: (url, init) => send(url, init),
    maxRetries: readInteger('maxRetries', maxRetries, 0, MAX_RETRIES),
    timeoutMilliseconds: readInteger(
      'timeoutMilliseconds',
      timeoutMilliseconds,
      1,
      MAX_TIMEOUT_MILLISECONDS,
    ),
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    sleep: options.sleep ?? sleep,
  }
  const dfns =
    (verb: string) =>
    async (userId: string, given: CallOptions = {}) => {
      if (!signer) {
        throw createActivateError(
          'signer_missing',
          'changes by Dfns need a signer (createKeySigner)',
        )
      }
      const path = `/auth/users/${readUserId(userId)}/${verb}`
      return await sendCall(transport, { method: 'PUT', path, isAnswer: isDfnsUser }, given)
    }
  const timbu =
    (verb: string, isActive: boolean) =>
    async ({ userId, email }: TimbuTarget, given: CallOptions = {}) => {
      const call: Call<TimbuSuccess> = {
        method: 'PUT',
        path: `/users/${readUserId(userId)}/${verb}`,
        body: { email, is_active: isActive },
        isAnswer: isTimbuSuccess,
      }
      return await sendCall(transport, call, given)
    }
  // The vendor's servers have its paths below /core, and so have we.
  const rinne =
    (verb: string) =>
    async (userId: string, given: CallOptions = {}) => {
      const path = `/core/v1/users/${readUserId(userId)}/${verb}`
      return await sendCall(transport, { method: 'POST', path, isAnswer: isRinneUser }, given)
    }
  return {
    dfns: { activateUser: dfns('activate'), deactivateUser: dfns('deactivate') },
    timbu: { activateUser: timbu('activate', true), deactivateUser: timbu('deactivate', false) },
    rinne: { activateUser: rinne('activate'), deactivateUser: rinne('suspend') },
  }
}

/** What a proof is bound to, and so it must be what the service calls itself: without path, query or user. */
function readOrigin(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin
  throw createActivateError('misconfigured', 'baseUrl is no origin such as https://api.example.com')
}

/** Rule P1: no id has anything else, and `..` would be another path. */
function readUserId(userId: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(userId)) return userId
  throw createActivateError('invalid', 'the user id is not 1-64 letters, digits, - and _')
}

/** Numbers that are none, or beyond a timer's 31 bits, would mean no waiting or no end of it. */
function readInteger(name: string, value: unknown, least: number, most: number): number {
  const isGood = typeof value === 'number' && Number.isInteger(value)
  if (isGood && value >= least && value <= most) return value
  throw createActivateError('misconfigured', `${name} is no integer from ${least} to ${most}`)
}
