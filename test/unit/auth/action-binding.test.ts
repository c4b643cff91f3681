/**
 * Which request a user action is good for (rules U2, U4), and the challenge that commits to it.
 */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  bindAction,
  challengeOf,
  hashPayload,
  isSameBinding,
} from '../../../src/auth/action-binding.ts'
import { newSecret } from '../../../src/auth/random.ts'
import type { JsonValue } from '../../../src/core/strict-json.ts'
import type { ActionBinding } from '../../../src/core/user-action.ts'
import { ORGANIZATION_ID, samplePrincipal, userId } from '../../support/sample.ts'

const base64Url = (text: string) => createHash('sha256').update(text).digest('base64url')

const REQUEST = {
  principal: samplePrincipal(),
  method: 'PUT',
  path: `/auth/users/${userId('target')}/activate`,
  payload: { b: 1, a: [true, null] } as JsonValue,
}

const BINDING: ActionBinding = {
  organizationId: ORGANIZATION_ID,
  identity: base64Url(`https://api.example.test\n${userId('admin')}`),
  method: 'PUT',
  path: `/auth/users/${userId('target')}/activate`,
  payloadHash: base64Url('{"a":[true,null],"b":1}'),
}

/** One changed member each. */
const CHANGES: readonly (readonly [keyof ActionBinding, string])[] = [
  ['organizationId', 'or-11111-11111-1111111111111111'],
  ['identity', base64Url('somebody else')],
  ['method', 'DELETE'],
  ['path', `/auth/users/${userId('other')}/activate`],
  ['payloadHash', base64Url('{}')],
]

describe('bindAction', () => {
  it('names organization, identity, method, path and body', async () => {
    expect(await bindAction(REQUEST)).toEqual(BINDING)
  })

  it('hashes the identity, so that the record names no subject', async () => {
    const principal = samplePrincipal({ subject: 'grace@example.test' })
    const binding = await bindAction({ ...REQUEST, principal })
    expect(JSON.stringify(binding)).not.toContain('grace')
    expect(binding.identity).toBe(base64Url('https://api.example.test\ngrace@example.test'))
  })

  it('is the same for every bearer of one issuer and subject', async () => {
    const refreshed = samplePrincipal({ tokenId: 'token-2', revocationKey: 'revocation-2' })
    expect(await bindAction({ ...REQUEST, principal: refreshed })).toEqual(BINDING)
  })

  it('differs by issuer when the subject is the same', async () => {
    const principal = samplePrincipal({ issuer: 'https://issuer.example' })
    const { identity } = await bindAction({ ...REQUEST, principal })
    expect(identity).not.toBe(BINDING.identity)
  })
})

describe('hashPayload', () => {
  it('is one value for no body and {}', async () => {
    expect(await hashPayload(undefined)).toBe(base64Url('{}'))
    expect(await hashPayload({})).toBe(base64Url('{}'))
  })

  it('is one value for members in any order, at any depth', async () => {
    const left = { a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } }
    const right = { b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 }
    expect(await hashPayload(right)).toBe(await hashPayload(left))
  })

  it.each<{ name: string; payload: JsonValue }>([
    { name: 'null', payload: null },
    { name: 'an empty list', payload: [] },
    { name: 'an empty text', payload: '' },
    { name: 'zero', payload: 0 },
    { name: 'false', payload: false },
    { name: 'a member that is null', payload: { a: null } },
  ])('tells $name from no body', async ({ payload }) => {
    expect(await hashPayload(payload)).not.toBe(await hashPayload(undefined))
  })

  it('tells lists in another order apart', async () => {
    expect(await hashPayload([1, 2])).not.toBe(await hashPayload([2, 1]))
  })

  it('tells a number from its text', async () => {
    expect(await hashPayload({ a: 1 })).not.toBe(await hashPayload({ a: '1' }))
  })
})

describe('isSameBinding', () => {
  it('takes an equal binding', async () => {
    expect(await isSameBinding(BINDING, { ...BINDING })).toBe(true)
  })

  it.each(CHANGES)('refuses another %s', async (member, value) => {
    expect(await isSameBinding(BINDING, { ...BINDING, [member]: value })).toBe(false)
  })
})

describe('challengeOf', () => {
  const nonce = newSecret()

  it('is the nonce followed by a hash over nonce and binding, so that an auditor can check it', async () => {
    const { organizationId, identity, method, path, payloadHash } = BINDING
    const committed = [nonce, organizationId, identity, method, path, payloadHash].join('\n')
    const bytes = Buffer.concat([
      Buffer.from(nonce, 'base64url'),
      createHash('sha256').update(committed).digest(),
    ])
    const challenge = await challengeOf(nonce, BINDING)
    expect(challenge).toBe(bytes.toString('base64url'))
    expect(challenge).toHaveLength(86)
  })

  it.each(CHANGES)('changes with the %s', async (member, value) => {
    const changed = await challengeOf(nonce, { ...BINDING, [member]: value })
    expect(changed).not.toBe(await challengeOf(nonce, BINDING))
    expect(changed).toHaveLength(86)
  })

  it('changes with the nonce', async () => {
    const changed = await challengeOf(newSecret(), BINDING)
    expect(changed).not.toBe(await challengeOf(nonce, BINDING))
  })
})
