/**
 * Client-signed user actions and idempotency keys, for every change of every dialect (rules U3, I8 to I11).
 */
import { describe, expect, it } from 'vitest'
import { newSecret } from '../../src/auth/random.ts'
import { call } from '../support/api.ts'
import { readRow } from '../support/commits.ts'
import {
  CHANGES,
  CREDENTIAL_CHANGES,
  expectDone,
  expectRefusal,
  expectReplay,
  keyed,
} from '../support/idempotency.ts'
import { hashOfProof, proveRequest, setProof } from '../support/provers.ts'
import { callWithoutTrace } from '../support/refusals.ts'

const isUsed = async (hash: string) =>
  (await readRow('SELECT 1 FROM used_tokens WHERE hash = ?', hash)) !== null

describe.each([...CHANGES, ...CREDENTIAL_CHANGES])('$name with a proof and a key', (route) => {
  const { expectations } = route

  it('is done once, and repeated for the same proof and for a fresh one, which stays unused', async () => {
    const { actor, ids, sent } = await setProof(route)
    const [key, first, fresh] = [
      newSecret(),
      await proveRequest(actor, sent),
      await proveRequest(actor, sent),
    ]
    const [one, other] = [
      { ...sent, userAction: first },
      { ...sent, userAction: fresh },
    ]
    const done = expectDone(route, await call(keyed(one, key)))
    expectReplay(await callWithoutTrace(ids, keyed(one, key)), done)
    expectReplay(await callWithoutTrace(ids, keyed(other, key)), done)
    expect(await isUsed(await hashOfProof(actor, first))).toBe(true)
    expect(await isUsed(await hashOfProof(actor, fresh))).toBe(false)
    expectations.userActionUsed(await callWithoutTrace(ids, keyed(one, newSecret())))
    expectations.userActionUsed(await callWithoutTrace(ids, one))
    const again = await call(keyed(other, newSecret()))
    expect([again.status, again.headers.has('idempotent-replayed')]).toEqual([route.again, false])
    // What was refused for another reason, or changed nothing and was refused for that, used nothing up.
    expect(await isUsed(await hashOfProof(actor, fresh))).toBe(again.status === 200)
  })

  it('shows nothing for a proof that is not good, and keeps nothing of it', async () => {
    const { actor, ids, sent } = await setProof(route)
    const key = newSecret()
    const stale = await proveRequest(actor, sent, { known: { now: Date.now() - 61_000 } })
    const bad = keyed({ ...sent, userAction: stale }, key)
    expectations.userActionInvalid(await callWithoutTrace(ids, bad))
    const good = keyed({ ...sent, userAction: await proveRequest(actor, sent) }, key)
    const done = expectDone(route, await call(good))
    expectations.userActionInvalid(await callWithoutTrace(ids, bad))
    expectReplay(await callWithoutTrace(ids, good), done)
  })

  it('is repeated beside another bearer for a proof of that bearer alone', async () => {
    const { actor, ids, sent } = await setProof(route)
    const key = newSecret()
    const userAction = await proveRequest(actor, sent)
    const done = expectDone(route, await call(keyed({ ...sent, userAction }, key)))
    const token = await actor.issueToken()
    const refreshed = keyed({ ...sent, token, userAction }, key)
    expectations.userActionInvalid(await callWithoutTrace(ids, refreshed))
    const anew = { ...refreshed, userAction: await proveRequest({ ...actor, token }, sent) }
    expectReplay(await callWithoutTrace(ids, anew), done)
  })

  it('refuses the key of another request, whose proof stays good', async () => {
    const { actor, ids, sent } = await setProof(route)
    const key = newSecret()
    const userAction = await proveRequest(actor, sent)
    expectDone(route, await call(keyed({ ...sent, userAction }, key)))
    const spaced = { ...sent, body: ` ${JSON.stringify(sent.body ?? {})}` }
    const proof = await proveRequest(actor, spaced)
    const reused = keyed({ ...spaced, userAction: proof }, key)
    expectRefusal(route, await callWithoutTrace(ids, reused), 422)
    const again = await call({ ...spaced, userAction: proof })
    expect(again.status).toBe(route.again)
  })
})
