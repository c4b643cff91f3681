/**
 * A fetch that answers from a list and remembers what it was asked, and a client that uses it: what the client does is
 * seen without a service, a clock or chance.
 */
import {
  createActivateClient,
  createKeySigner,
  type ActivateClient,
  type ActivateClientOptions,
  type ActivateError,
} from '../../src/client/index.ts'
import { OWN } from './bearers.ts'
import { readSegment } from './jws.ts'
import { NOW } from './sample.ts'

/** What becomes of one request: an answer, none because the connection broke, or none at all. */
export type Fate =
  | { readonly status: number; readonly body?: unknown; readonly headers?: object }
  | 'lost'
  | 'silent'

/** A request as it went on the wire. */
export interface SentRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: string
  readonly redirect: string | undefined
  readonly hasSignal: boolean
}

/** An answer of Rinne's contract; the shortest that is one. */
export const RINNE_USER = { id: 'us-1', identifiers: [], auth_methods: ['client_platform'] }

/** An answer of Dfns' contract; the shortest that the client takes. */
export const DFNS_USER = { userId: 'us-1', isActive: true }

const wait = (signal: AbortSignal | null | undefined) =>
  new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })

/** Makes a fetch; a request beyond the list is a fault of the test. */
export function createFetchDouble(fates: readonly Fate[]) {
  const sent: SentRequest[] = []
  const fetchDouble = async (url: string, init: RequestInit): Promise<Response> => {
    const { method = 'GET', redirect, signal } = init
    const body = new TextDecoder().decode((init.body ?? new Uint8Array()) as Uint8Array)
    const headers = new Headers(init.headers)
    sent.push({ url, method, headers, body, redirect, hasSignal: signal instanceof AbortSignal })
    const fate = fates[sent.length - 1]
    if (fate === undefined) throw new Error('one request too many')
    if (fate === 'silent') return await wait(signal)
    if (fate === 'lost') {
      throw new TypeError(`fetch failed: ${headers.get('authorization')}`, {
        cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
      })
    }
    const text = typeof fate.body === 'string' ? fate.body : JSON.stringify(fate.body)
    return new Response(text, { status: fate.status, headers: { ...fate.headers } })
  }
  return { fetch: fetchDouble, sent }
}

const keyPair = (await crypto.subtle.generateKey('Ed25519', true, [
  'sign',
  'verify',
])) as CryptoKeyPair

/** The key that verifies what the client of the tests signs. */
export const { publicKey } = keyPair

/** The signer of the tests. */
export const SIGNER = createKeySigner({ credentialId: 'cr-1', privateKey: keyPair.privateKey })

/** The bearer of the tests. */
export const TOKEN = OWN.write()

/** Makes a client of a list of fates. It waits for nothing, and says how long it would have. */
export function createClientDouble(
  fates: readonly Fate[],
  options: Partial<ActivateClientOptions> = {},
) {
  const { fetch: fetchDouble, sent } = createFetchDouble(fates)
  const delays: number[] = []
  const client = createActivateClient({
    baseUrl: 'https://api.example.test',
    token: TOKEN,
    signer: SIGNER,
    fetch: fetchDouble,
    now: () => NOW + sent.length * 1_000,
    random: () => 0.5,
    sleep: async (milliseconds) => void delays.push(milliseconds),
    ...options,
  })
  return { client, sent, delays }
}

/** Reads the proof of a request, or a part of it. */
export const proofOf = (request: SentRequest | undefined): string =>
  request?.headers.get('x-dfns-useraction') ?? ''

/** Reads what a proof claims. */
export const claimsOf = (request: SentRequest | undefined) => readSegment(proofOf(request), 1)

/** A call of each contract, by the contract's name. */
export const CALLS: Readonly<
  Record<'dfns' | 'timbu' | 'rinne', (client: ActivateClient) => Promise<unknown>>
> = {
  dfns: (client) => client.dfns.activateUser('us-1'),
  timbu: (client) => client.timbu.activateUser({ userId: 'us-1', email: 'a@example.test' }),
  rinne: (client) => client.rinne.activateUser('us-1'),
}

/** Waits for a call to fail, and returns what it threw. */
export async function failureOf(call: Promise<unknown>): Promise<ActivateError> {
  const thrown: unknown = await call.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  )
  return thrown as ActivateError
}
