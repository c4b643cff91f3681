/**
 * Whether a call that failed may have been done all the same: so as soon as one request got no clear answer, whatever
 * came after it.
 */
import { describe, expect, it } from 'vitest'
import {
  CALLS,
  createClientDouble,
  DFNS_USER,
  failureOf,
  type Fate,
} from '../../support/fetch-double.ts'

const REFUSED = [400, 401, 403, 404, 409, 412, 422].map((status) => ({ status }))
const LIMITED = { status: 429 }

const UNCLEAR: readonly { readonly name: string; readonly fate: Fate }[] = [
  { name: 'a lost connection', fate: 'lost' },
  { name: 'no answer in time', fate: 'silent' },
  ...[502, 503, 504].map((status) => ({ name: `a ${status}`, fate: { status } })),
]

const FINAL: readonly { readonly name: string; readonly fate: Fate }[] = [
  { name: 'a 500', fate: { status: 500 } },
  { name: 'a page of somebody else', fate: { status: 200, body: '<html></html>' } },
  { name: 'a redirect', fate: { status: 302 } },
]

/** Fails by these fates, the last of which ends the call. */
async function failBy(fates: readonly Fate[]) {
  const options = { timeoutMilliseconds: 20, maxRetries: fates.length - 1 }
  const { client, sent } = createClientDouble(fates, options)
  const error = await failureOf(CALLS.dfns(client))
  expect(sent).toHaveLength(fates.length)
  return error
}

describe('mayHaveBeenDone', () => {
  it.each([...REFUSED, LIMITED])('is false after a $status alone', async (refusal) => {
    expect(await failBy([refusal])).toMatchObject({ attempts: 1, mayHaveBeenDone: false })
    expect(await failBy([LIMITED, refusal])).toMatchObject({ attempts: 2, mayHaveBeenDone: false })
  })

  it.each(UNCLEAR)('is true after $name, and stays so after any refusal', async ({ fate }) => {
    expect(await failBy([fate])).toMatchObject({ mayHaveBeenDone: true })
    for (const refusal of REFUSED) {
      const error = await failBy([fate, LIMITED, refusal])
      expect(error).toMatchObject({ ...refusal, attempts: 3, mayHaveBeenDone: true })
    }
  })

  it.each(FINAL)('is true after $name', async ({ fate }) => {
    expect(await failBy([fate])).toMatchObject({ mayHaveBeenDone: true, isRetryable: false })
  })

  it('is true for a call that its caller ends after it was sent, and false before', async () => {
    for (const [fates, mayHaveBeenDone] of [
      [['silent'], true],
      [['lost'], true],
      [[LIMITED], false],
    ] as const) {
      const caller = new AbortController()
      const sleep = async () => caller.abort()
      const { client, sent } = createClientDouble(fates, { sleep })
      const call = failureOf(client.dfns.activateUser('us-1', { signal: caller.signal }))
      while (sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      if (fates[0] === 'silent') caller.abort()
      expect(await call).toMatchObject({ code: 'aborted', attempts: 1, mayHaveBeenDone })
    }
  })

  it('is settled by the answer of the contract', async () => {
    const { client } = createClientDouble(['lost', { status: 200, body: DFNS_USER }])
    expect(await CALLS.dfns(client)).toEqual(DFNS_USER)
  })

  it('is false where nothing was sent', async () => {
    const { client } = createClientDouble([], { signer: undefined })
    for (const call of [CALLS.dfns(client), client.rinne.activateUser('..')]) {
      expect(await failureOf(call)).toMatchObject({ attempts: 0, mayHaveBeenDone: false })
    }
  })
})
