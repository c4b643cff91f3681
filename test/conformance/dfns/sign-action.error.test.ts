/**
 * `POST /auth/action/init` and `POST /auth/action`: announcements that are none, answers that do not fit.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { completeAction, initiateAction, writeAnnouncement } from '../../support/action.ts'
import type { Reply } from '../../support/api.ts'
import { dumpTables } from '../../support/dump.ts'
import { breakSignature, forgeExpiredChallenge, readClaims } from '../../support/forged.ts'
import { initiateLogin } from '../../support/login.ts'
import { callWithoutTrace } from '../../support/refusals.ts'
import { createWorld, type Actor } from '../../support/world.ts'
import { expectDfnsError, expectInputError } from './answers.ts'

let actor: Actor
beforeAll(async () => {
  actor = await (await createWorld()).addActor()
})

const ANNOUNCEMENT = { method: 'PUT', path: `/auth/users/${newId('user')}/activate` }

const ANNOUNCEMENTS = [
  ...[
    'auth/users',
    'http://localhost/auth/users',
    '',
    '/auth/%',
    '/auth/%ff',
    '/auth/%0Ausers',
  ].map((path) => ({ name: `the path "${path}"`, member: 'userActionHttpPath', value: path })),
  {
    name: 'a path of 2,049 characters',
    member: 'userActionHttpPath',
    value: `/${'a'.repeat(2_048)}`,
  },
  {
    name: 'a path of 129 characters, longer than any that there is',
    member: 'userActionHttpPath',
    value: `/${'a'.repeat(128)}`,
  },
  ...['{', 'undefined', '{"a":1,"a":2}', '{"__proto__":1}', '\uFEFF{}', '1e400'].map((payload) => ({
    name: `the payload ${JSON.stringify(payload)}`,
    member: 'userActionPayload',
    value: payload,
  })),
  ...['PATCH', 'put', '', 'OPTIONS'].map((method) => ({
    name: `the method "${method}"`,
    member: 'userActionHttpMethod',
    value: method,
  })),
  { name: 'a server that there is not', member: 'userActionServerKind', value: 'Robot' },
]

describe('POST /auth/action/init', () => {
  it.each(ANNOUNCEMENTS)('refuses $name', async ({ member, value }) => {
    const body = { ...writeAnnouncement(ANNOUNCEMENT), [member]: value }
    const { token, organizationId } = actor
    const path = '/auth/action/init'
    const reply = await callWithoutTrace([organizationId], { method: 'POST', path, token, body })
    expectInputError(reply, { location: 'body', path: [member] })
  })
})

/** Fails unless an attempt is refused and leaves no trace. */
async function refuse(attempt: () => Promise<Reply>): Promise<Reply> {
  const before = await dumpTables(actor.organizationId)
  const reply = await attempt()
  expect(await dumpTables(actor.organizationId)).toEqual(before)
  return reply
}

const INVALID_CHALLENGE = 'Challenge token is not valid.'

const IDENTIFIERS: readonly { name: string; make: (issued: string) => Promise<string> | string }[] =
  [
    { name: 'garbage', make: () => 'garbage' },
    { name: 'a challenge with another signature', make: breakSignature },
    {
      name: 'a challenge that is expired',
      make: (issued) => {
        const { sub, epoch, org, idh, htm, htp, bh, nonce } = readClaims(issued)
        const claims = { sub: String(sub), epoch, org, idh, htm, htp, bh, nonce }
        return forgeExpiredChallenge('action-challenge', claims)
      },
    },
    {
      name: 'the challenge of a login',
      make: async () => String((await initiateLogin(actor)).json['challengeIdentifier']),
    },
    { name: 'an access token', make: () => actor.token },
  ]

const CLIENT_DATA: readonly { name: string; members: Record<string, unknown> }[] = [
  { name: 'another challenge', members: { challenge: 'another' } },
  { name: 'the type of a passkey', members: { type: 'webauthn.get' } },
  { name: 'crossOrigin true', members: { crossOrigin: true } },
]

describe('POST /auth/action', () => {
  it.each(IDENTIFIERS)('refuses $name as challenge identifier', async ({ make }) => {
    const { json } = await initiateAction(actor.token, ANNOUNCEMENT)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const identifier = await make(String(json['challengeIdentifier']))
    const reply = await refuse(() => completeAction(actor.token, identifier, assertion))
    expectDfnsError(reply, 400, INVALID_CHALLENGE)
  })

  it.each(CLIENT_DATA)('refuses client data with $name', async ({ members }) => {
    const { json } = await initiateAction(actor.token, ANNOUNCEMENT)
    const { challenge, challengeIdentifier } = json
    const assertion = await actor.signer.assert(String(challenge), members)
    const reply = await refuse(() => completeAction(actor.token, challengeIdentifier, assertion))
    expectDfnsError(reply, 401, 'Not Authorized.')
  })

  it('refuses a challenge that is used', async () => {
    const { json } = await initiateAction(actor.token, ANNOUNCEMENT)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const answer = () => completeAction(actor.token, json['challengeIdentifier'], assertion)
    expect((await answer()).status).toBe(200)
    expectDfnsError(await refuse(answer), 400, INVALID_CHALLENGE)
  })

  it('hands out one user action when twenty answers bring one challenge', async () => {
    const { json } = await initiateAction(actor.token, ANNOUNCEMENT)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        completeAction(actor.token, json['challengeIdentifier'], assertion),
      ),
    )
    const losers = replies.filter((reply) => reply.status !== 200)
    expect(losers).toHaveLength(19)
    for (const reply of losers) expectDfnsError(reply, 400, INVALID_CHALLENGE)
  })

  it('takes a challenge that was answered wrongly before', async () => {
    const { json } = await initiateAction(actor.token, ANNOUNCEMENT)
    const assertion = await actor.signer.assert(String(json['challenge']))
    const wrong = { ...assertion, signature: 'AA' }
    const answer = (one: typeof assertion) =>
      completeAction(actor.token, json['challengeIdentifier'], one)
    expectDfnsError(await refuse(() => answer(wrong)), 401, 'Not Authorized.')
    expect((await answer(assertion)).status).toBe(200)
  })
})
