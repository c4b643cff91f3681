/**
 * `POST /auth/action/init` and `POST /auth/action`: who may sign, with which key, which challenge.
 */
import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { newSecret } from '../../../src/auth/random.ts'
import { completeAction, initiateAction, writeAnnouncement } from '../../support/action.ts'
import { callWithoutTrace, describeUnusableCallers } from '../../support/refusals.ts'
import { createSigner } from '../../support/signer.ts'
import { addCredential, createWorld, type Actor } from '../../support/world.ts'
import { DFNS_REFUSALS, expectDfnsError } from './answers.ts'

const ANNOUNCEMENT = { method: 'PUT', path: '/auth/users/us-6b58p-r53sr-rlrd3l5cj3uc4ome/activate' }

const ROUTE = { powers: {}, isChange: false, target: null, expectations: DFNS_REFUSALS }

describeUnusableCallers({
  ...ROUTE,
  name: 'POST /auth/action/init',
  prepare: () => ({
    method: 'POST',
    path: '/auth/action/init',
    body: writeAnnouncement(ANNOUNCEMENT),
  }),
})

/** Asks for a challenge and writes the request that would answer it. */
async function answerChallenge(actor: Actor, signer = actor.signer) {
  const { json } = await initiateAction(actor.token, ANNOUNCEMENT)
  const credentialAssertion = await signer.assert(String(json['challenge']))
  const challengeIdentifier = String(json['challengeIdentifier'])
  return {
    method: 'POST',
    path: '/auth/action',
    body: { challengeIdentifier, firstFactor: { kind: 'Key', credentialAssertion } },
  } as const
}

describeUnusableCallers({
  ...ROUTE,
  name: 'POST /auth/action',
  prepare: ({ actor }) => answerChallenge(actor),
})

const setActor = async () => (await createWorld()).addActor()

/** Signers that the challenge did not offer, or that are gone when the answer comes. */
const SIGNERS: readonly { name: string; choose: (actor: Actor) => Promise<Actor['signer']> }[] = [
  { name: "another user's key", choose: async () => (await setActor()).signer },
  {
    name: "the key of the caller's personal access token",
    choose: async ({ organizationId, userId }) => {
      const signer = await createSigner('Ed25519')
      await addCredential(organizationId, userId, signer, newSecret(16))
      return signer
    },
  },
  {
    name: 'a key under the id of another',
    choose: async ({ signer }) => {
      const other = await createSigner('Ed25519')
      const assert: typeof other.assert = async (...given) => ({
        ...(await other.assert(...given)),
        credId: signer.credentialId,
      })
      return { ...other, assert }
    },
  },
]

describe('POST /auth/action', () => {
  it.each(SIGNERS)('refuses $name', async ({ choose }) => {
    const actor = await setActor()
    const request = await answerChallenge(actor, await choose(actor))
    const { token, organizationId } = actor
    const reply = await callWithoutTrace([organizationId], { ...request, token })
    expectDfnsError(reply, 401, 'Not Authorized.')
  })

  it.each([
    { name: 'is deactivated', assignment: 'deactivated_at = 1' },
    { name: 'is registered', assignment: `created_at = ${Date.now() + 86_400_000}` },
  ])('refuses a credential that $name after the challenge', async ({ assignment }) => {
    const actor = await setActor()
    const request = await answerChallenge(actor)
    await env.DB.prepare(`UPDATE credentials SET ${assignment} WHERE user_id = ?`)
      .bind(actor.userId)
      .run()
    const { token, organizationId } = actor
    const reply = await callWithoutTrace([organizationId], { ...request, token })
    expectDfnsError(reply, 401, 'Not Authorized.')
  })

  it('refuses the challenge of another caller', async () => {
    const world = await createWorld()
    const [actor, other] = [await world.addActor(), await world.addActor()]
    const { json } = await initiateAction(other.token, ANNOUNCEMENT)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const reply = await completeAction(actor.token, json['challengeIdentifier'], assertion)
    expectDfnsError(reply, 400, 'Challenge token is not valid.')
  })

  it('refuses a challenge from before a deactivation, after the reactivation', async () => {
    const actor = await setActor()
    const request = await answerChallenge(actor)
    await env.DB.prepare('UPDATE users SET token_epoch = 1 WHERE id = ?').bind(actor.userId).run()
    const token = await actor.issueToken({ tokenEpoch: 1 })
    const reply = await callWithoutTrace([actor.organizationId], { ...request, token })
    expectDfnsError(reply, 400, 'Challenge token is not valid.')
  })
})

describe.each([{ name: 'POST /auth/action/init' }, { name: 'POST /auth/action' }])(
  '$name',
  ({ name }) => {
    it('tells a suspended caller so whose token has the current epoch', async () => {
      const actor = await setActor()
      const request =
        name === 'POST /auth/action'
          ? await answerChallenge(actor)
          : { method: 'POST', path: '/auth/action/init', body: writeAnnouncement(ANNOUNCEMENT) }
      await env.DB.prepare('UPDATE users SET suspended_at = 1 WHERE id = ?')
        .bind(actor.userId)
        .run()
      const { token, organizationId } = actor
      const reply = await callWithoutTrace([organizationId], { ...request, token })
      expectDfnsError(reply, 400, 'User account has been deactivated.')
    })
  },
)
