/**
 * Client-signed user actions (RULES.md section 2.5): one request in every dialect, what it leaves on record, and what it
 * costs.
 */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { runScheduled } from '../../src/app.ts'
import { newSecret } from '../../src/auth/random.ts'
import { verifyProofSignature } from '../../src/auth/user-action-proof.ts'
import { createOutsideIssuers } from '../corpora/support/mint.ts'
import { call } from '../support/api.ts'
import { readRow } from '../support/commits.ts'
import { CHANGES, expectDone, withWorker } from '../support/idempotency.ts'
import { createProofSigner } from '../support/proofs.ts'
import { addProver, hashOfProof, proveRequest, setProof } from '../support/provers.ts'
import { recordDatabase } from '../support/recording-database.ts'
import { callWithoutTrace, type GuardedRoute } from '../support/refusals.ts'
import { sendKey } from '../support/registration.ts'
import { createWorld, readAuditEvents } from '../support/world.ts'
import * as rinne from './rinne/routes.ts'

const ACTIVATIONS = CHANGES.filter(({ name }) => name.endsWith('/activate'))

const ALGORITHMS = [
  { algorithm: 'EdDSA', key: 'Ed25519' },
  { algorithm: 'ES256', key: 'P-256' },
  { algorithm: 'ES384', key: 'P-384' },
  { algorithm: 'RS256', key: 'RSA' },
  { algorithm: 'PS256', key: 'RSA' },
] as const

const SETTINGS = [{ requireUserAction: true }, { requireUserAction: false }]

const readUse = (hash: string) => readRow('SELECT * FROM used_tokens WHERE hash = ?', hash)

/** Reads the user action of the one event of a target. */
async function readEvidence(targetId: string) {
  const [event, ...others] = await readAuditEvents(targetId)
  expect(others).toEqual([])
  const { userAction } = JSON.parse(String(event?.['evidence'])) as Record<string, unknown>
  return { event, userAction }
}

describe.each(ACTIVATIONS)('$name with a proof', (route) => {
  it.each(ALGORITHMS)(
    'is done by one request in two round trips, whatever the setting asks for, by $algorithm',
    async ({ algorithm, key }) => {
      for (const setting of SETTINGS) {
        const signer = await createProofSigner(key)
        const { actor, sent, targetId } = await setProof(route, { ...setting, signer })
        const forgery = { header: { alg: algorithm }, signedAs: algorithm }
        const userAction = await proveRequest(actor, sent, forgery)
        const recording = recordDatabase(env.DB)
        await withWorker({ bindings: { DB: recording.binding } }, async () => {
          expectDone(route, await call({ ...sent, userAction }))
        })
        expect(recording.roundTrips()).toBe(2)
        const { event, userAction: evidence } = await readEvidence(targetId)
        const { credentialId } = signer
        expect(evidence).toEqual({ credentialId, credentialKind: 'Key', proof: userAction })
        // Whoever has the public key can tell later who meant what.
        const { publicKeyPem } = signer
        expect(await verifyProofSignature(userAction, algorithm, publicKeyPem)).toBeNull()
        const use = await readUse(await hashOfProof(actor, userAction))
        expect(use).toMatchObject({ purpose: 'ua-proof', used_by: event?.['id'] })
      }
    },
  )

  it('is done beside a bearer of an outside issuer, whose proof names the user by our id', async () => {
    const { actor, ids, sent, targetId } = await setProof(route)
    const { mints, trusting } = await createOutsideIssuers(['ES256'], actor)
    const token = await mints.ES256.write()
    await trusting(async () => {
      const sentBy = { ...sent, token }
      const stale = await proveRequest(actor, sent)
      route.expectations.userActionInvalid(
        await callWithoutTrace(ids, { ...sentBy, userAction: stale }),
      )
      const userAction = await proveRequest({ ...actor, token }, sent)
      expectDone(route, await call({ ...sentBy, userAction }))
      expect((await readEvidence(targetId)).userAction).toMatchObject({ proof: userAction })
    })
  })

  it('is done beside a bearer whose subject is an external id, and not for that subject', async () => {
    const world = await createWorld({ requireUserAction: true })
    const externalId = `employee-${newSecret(8)}`
    const actor = await addProver(world, { ...route.powers, externalId })
    const targetId = await world.addUser(route.target ?? {})
    const sent = await route.prepare({ targetId, actor })
    const { mints, trusting } = await createOutsideIssuers(['ES256'], actor)
    const token = await mints.ES256.write({ sub: externalId })
    const bearing = { ...actor, token }
    const subject = { known: { subject: externalId } }
    await trusting(async () => {
      const theirs = { ...sent, token, userAction: await proveRequest(bearing, sent, subject) }
      const request = theirs as object as Parameters<typeof call>[0]
      const reply = await callWithoutTrace([world.organizationId], request)
      route.expectations.userActionInvalid(reply)
      const userAction = await proveRequest(bearing, sent)
      expectDone(route, await call({ ...request, userAction }))
    })
  })

  it('is done whatever the case of the scheme, for the text of the bearer alone is bound', async () => {
    const { actor, sent } = await setProof(route)
    const userAction = await proveRequest(actor, sent)
    const headers = { authorization: `bEARER ${actor.token}` }
    expectDone(route, await call({ ...sent, token: null, headers, userAction }))
  })

  it('is done for the bytes that are sent, however they are spelled', async () => {
    const { actor, sent } = await setProof(route)
    const spaced = { ...sent, body: `\n${JSON.stringify(sent.body ?? {}, null, 4)}\n` }
    expectDone(route, await call({ ...spaced, userAction: await proveRequest(actor, spaced) }))
  })

  it('keeps a use for two minutes and the tolerance after the proof was made, and no longer', async () => {
    // Times are of 1970, where no other test lives.
    const now = 1_000_000_500
    const { actor, sent } = await setProof(route)
    const token = await actor.issueToken({ now })
    const userAction = await proveRequest({ ...actor, token }, sent, { known: { now } })
    await withWorker({ clock: () => now }, async () => {
      expectDone(route, await call({ ...sent, token, userAction }))
    })
    const hash = await hashOfProof(actor, userAction)
    const expiresAt = 1_000_000_000 + (60 + Number(env.CLOCK_SKEW_SECONDS) + 60) * 1_000
    expect(await readUse(hash)).toMatchObject({ expires_at: expiresAt })
    await runScheduled(env, expiresAt)
    expect(await readUse(hash)).not.toBeNull()
    await runScheduled(env, expiresAt + 1)
    expect(await readUse(hash)).toBeNull()
  })
})

describe('a proof', () => {
  it('binds the base path of Rinne as it was sent', async () => {
    const route: GuardedRoute = rinne.ACTIVATE_UNDER_CORE
    const { actor, ids, sent } = await setProof(route)
    const plain = { ...sent, path: sent.path.replace('/core', '') }
    for (const [signed, other] of [
      [plain, sent],
      [sent, plain],
    ] as const) {
      const userAction = await proveRequest(actor, signed)
      const reply = await callWithoutTrace(ids, { ...other, userAction })
      route.expectations.userActionInvalid(reply)
    }
    expectDone(route, await call({ ...sent, userAction: await proveRequest(actor, sent) }))
  })

  it('adds a key of its signer, and the new key switches the old one off and on', async () => {
    const actor = await addProver(await createWorld())
    const second = { ...actor, signer: await createProofSigner('P-256') }
    const prove = async (who: typeof actor, method: string, path: string, body: object) => {
      const sent = { method, path, body }
      return call({ ...sent, token: actor.token, userAction: await proveRequest(who, sent) })
    }
    const asking = { method: 'POST', path: '/auth/credentials/init', token: actor.token }
    const init = await call({ ...asking, body: { kind: 'Key' } })
    const { challenge, challengeIdentifier } = init.json
    const key = await sendKey(second.signer, String(challenge))
    const body = { ...key, credentialName: 'Second', challengeIdentifier }
    const added = await prove(actor, 'POST', '/auth/credentials', body)
    expect([added.status, added.json['credentialId']]).toEqual([200, second.signer.credentialId])
    const { json } = await call({ path: '/auth/credentials', token: actor.token })
    const [first] = json['items'] as unknown as { credentialUuid: string }[]
    const uuid = { credentialUuid: first?.credentialUuid }
    const turn = async (who: typeof actor, verb: string) =>
      (await prove(who, 'PUT', `/auth/credentials/${verb}`, uuid)).status
    expect(await turn(second, 'deactivate')).toBe(200)
    expect(await turn(actor, 'activate')).toBe(403)
    expect(await turn(second, 'activate')).toBe(200)
  })
})
