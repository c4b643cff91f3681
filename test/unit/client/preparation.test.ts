/**
 * What goes wrong on the caller's side while a request is made: it tells the same before the first try as later, and
 * never loses the key or that something was sent.
 */
import { describe, expect, it } from 'vitest'
import { createActivateError } from '../../../src/client/activate-error.ts'
import { isActivateError, type ActivateClientOptions } from '../../../src/client/index.ts'
import {
  CALLS,
  createClientDouble,
  failureOf,
  SIGNER,
  TOKEN,
  type Fate,
} from '../../support/fetch-double.ts'

const OWN = new Error(`no login with ${TOKEN}`)
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

/** A signer or a token function that works for some tries, and then no more. */
const goodFor = <T>(tries: number, good: T, fault: () => T) => {
  let asked = 0
  return () => (asked++ < tries ? good : fault())
}
const throwing = (thrown: unknown) => (): never => {
  throw thrown
}
const signerOf = (tries: number, fault: () => Promise<never>) => ({
  ...SIGNER,
  sign: async (...bytes: Parameters<typeof SIGNER.sign>) =>
    await goodOnce(tries, () => SIGNER.sign(...bytes), fault),
})

let signed = 0
const goodOnce = <T>(tries: number, good: () => T, fault: () => T) =>
  signed++ < tries ? good() : fault()

const FAULTS: readonly {
  readonly name: string
  readonly options: (tries: number) => Partial<ActivateClientOptions>
  readonly code: string
  readonly message: string
  readonly cause?: unknown
}[] = [
  {
    name: 'an empty token',
    options: (tries) => ({ token: goodFor(tries, TOKEN, () => '') }),
    code: 'misconfigured',
    message: 'the token is not printable ASCII, or is empty',
  },
  ...[undefined, null, 7, { token: TOKEN }].map((value) => ({
    name: `a token that is no text but ${JSON.stringify(value)}`,
    options: (tries: number) => ({ token: goodFor(tries, TOKEN, () => value as never) }),
    code: 'misconfigured',
    message: 'the token is not printable ASCII, or is empty',
  })),
  {
    name: 'a token of nobody',
    options: (tries) => ({ token: goodFor(tries, TOKEN, () => 'opaque') }),
    code: 'misconfigured',
    message: 'the token is no JWT with one audience and a subject',
  },
  {
    name: 'a token function that throws',
    options: (tries) => ({ token: goodFor(tries, TOKEN, throwing(OWN)) }),
    code: 'preparation_failed',
    message: 'the token function failed: its own error is the cause',
    cause: OWN,
  },
  {
    name: 'a token function that rejects',
    options: (tries) => ({
      token: goodFor(tries, Promise.resolve(TOKEN), () => Promise.reject(OWN)),
    }),
    code: 'preparation_failed',
    message: 'the token function failed: its own error is the cause',
    cause: OWN,
  },
  {
    name: 'a signer that throws',
    options: (tries) => ({ signer: signerOf(tries, throwing(OWN)) }),
    code: 'preparation_failed',
    message: 'the signer failed: its own error is the cause',
    cause: OWN,
  },
  {
    name: 'a signer that rejects with nothing',
    options: (tries) => ({ signer: signerOf(tries, () => Promise.reject(undefined)) }),
    code: 'preparation_failed',
    message: 'the signer failed: its own error is the cause',
  },
]

const TRIES: readonly { readonly fates: readonly Fate[]; readonly mayHaveBeenDone: boolean }[] = [
  { fates: [], mayHaveBeenDone: false },
  { fates: [{ status: 429 }], mayHaveBeenDone: false },
  { fates: ['lost'], mayHaveBeenDone: true },
  { fates: ['lost', { status: 429 }], mayHaveBeenDone: true },
]

describe('a request that cannot be made', () => {
  it.each(FAULTS)('tells all that was before for $name', async ({ options, ...expected }) => {
    for (const { fates, mayHaveBeenDone } of TRIES) {
      signed = 0
      const attempts = fates.length
      const { client, sent } = createClientDouble(fates, options(attempts))
      const error = await failureOf(CALLS.dfns(client))
      expect(isActivateError(error)).toBe(true)
      const { name: _name, ...told } = expected
      expect(error).toMatchObject({ ...told, attempts, mayHaveBeenDone, isRetryable: false })
      expect(error.cause).toBe(expected.cause)
      expect(error.idempotencyKey).toMatch(UUID)
      expect(new Set(sent.map(({ headers }) => headers.get('idempotency-key')))).toEqual(
        new Set(sent.map(() => error.idempotencyKey)),
      )
      expect(sent).toHaveLength(attempts)
      expect(JSON.stringify(error) + error.message).not.toContain(TOKEN)
    }
  })

  it('is told to each call by itself, when all fail for the one key', async () => {
    const shared = createActivateError('misconfigured', 'the key is no key')
    const signer = { ...SIGNER, sign: () => Promise.reject(shared) }
    const { client } = createClientDouble([], { signer })
    const errors = [await failureOf(CALLS.dfns(client)), await failureOf(CALLS.dfns(client))]
    expect(errors).toMatchObject([{ message: 'the key is no key' }, { code: 'misconfigured' }])
    expect(errors[0]?.idempotencyKey).not.toBe(errors[1]?.idempotencyKey)
    expect(shared).toMatchObject({ attempts: 0, idempotencyKey: null })
  })

  it("does not pass a token function's own refused call off as its own", async () => {
    for (const code of ['unauthorized', 'misconfigured'] as const) {
      const inner = createActivateError(code, 'no', { attempts: 4, status: 401 })
      const { client } = createClientDouble([], { token: () => Promise.reject(inner) })
      const error = await failureOf(CALLS.dfns(client))
      expect(error).toMatchObject({ code: 'preparation_failed', attempts: 0, status: null })
      expect(error.cause).toBe(inner)
    }
  })
})
