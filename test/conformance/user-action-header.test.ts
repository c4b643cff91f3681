/**
 * `X-DFNS-USERACTION` on operations that read none: refused, and not left aside (rule U6).
 */
import { describe, expect, it } from 'vitest'
import { call, type Call } from '../support/api.ts'
import { readDocument } from '../support/declared.ts'
import { forgeUserAction } from '../support/forged.ts'
import { callWithoutTrace } from '../support/refusals.ts'
import { forgeRegistration } from '../support/registration.ts'
import { ALL_DFNS, ALL_RINNE, createWorld } from '../support/world.ts'

/** Operations without a user action, each with a request that is good but for the header. */
const PLAIN: readonly (Call & {
  readonly path: string
  /** Whether nobody has to be anybody for it, or has to have a token of its own. */
  readonly isOpen?: boolean
  readonly isRegistration?: boolean
})[] = [
  { method: 'GET', path: '/auth/users' },
  { method: 'GET', path: '/auth/users/{userId}' },
  { method: 'PUT', path: '/auth/logout' },
  {
    method: 'POST',
    path: '/auth/login/init',
    body: { username: 'a', orgId: 'or-00000-00000-0000000000000000' },
    isOpen: true,
  },
  {
    method: 'POST',
    path: '/auth/login',
    body: {
      challengeIdentifier: 'a',
      firstFactor: {
        kind: 'Key',
        credentialAssertion: { credId: 'a', clientData: 'a', signature: 'a' },
      },
    },
    isOpen: true,
  },
  {
    method: 'POST',
    path: '/auth/action/init',
    body: {
      userActionPayload: '',
      userActionHttpMethod: 'PUT',
      userActionHttpPath: '/auth/logout',
    },
  },
  {
    method: 'POST',
    path: '/auth/action',
    body: {
      challengeIdentifier: 'a',
      firstFactor: {
        kind: 'Key',
        credentialAssertion: { credId: 'a', clientData: 'a', signature: 'a' },
      },
    },
  },
  { method: 'GET', path: '/auth/credentials' },
  { method: 'POST', path: '/auth/credentials/init', body: { kind: 'Key' } },
  {
    method: 'POST',
    path: '/auth/registration/init',
    body: { username: 'a', orgId: 'or-00000-00000-0000000000000000', registrationCode: 'a' },
    isOpen: true,
  },
  {
    method: 'POST',
    path: '/auth/registration',
    body: {
      firstFactorCredential: {
        credentialKind: 'Key',
        credentialInfo: { credId: 'a', clientData: 'a', attestationData: 'a' },
      },
    },
    isRegistration: true,
  },
  { method: 'GET', path: '/users/me' },
  { method: 'GET', path: '/organizations/{organization_id}/users' },
  { method: 'GET', path: '/v1/users' },
  { method: 'GET', path: '/v1/users/{userId}' },
  { method: 'GET', path: '/v1/roles' },
  { method: 'GET', path: '/v1/auth/me' },
]

describe('an operation that reads no user action', () => {
  it('is every one that does not declare it', async () => {
    const { paths } = await readDocument()
    const plain = Object.entries(paths).flatMap(([path, pages]) =>
      Object.entries(pages).flatMap(([method, page]) => {
        const { security } = page as unknown as { security: Record<string, unknown>[] }
        const isDeclared = security.some((one) => 'userActionSignature' in one)
        return isDeclared ? [] : [`${method.toUpperCase()} ${path}`]
      }),
    )
    expect(PLAIN.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
      plain.toSorted(),
    )
  })

  it.each(PLAIN)(
    'refuses garbage, and one that is bound to it: $method $path',
    async ({ isOpen, isRegistration, ...plain }) => {
      const actor = await (
        await createWorld()
      ).addActor({ operations: [...ALL_DFNS, ...ALL_RINNE], isSuperuser: true })
      const path = plain.path
        .replace('{userId}', actor.userId)
        .replace('{organization_id}', actor.organizationId)
      const registration = await forgeRegistration(actor, 'first')
      const token = isRegistration ? registration.token : actor.token
      const request = { ...plain, path, token: isOpen ? null : token }
      const bound = await forgeUserAction(actor, {
        method: plain.method ?? 'GET',
        path,
        ...(plain.body === undefined ? {} : { body: plain.body as never }),
      })
      for (const userAction of ['garbage', bound, 'a'.repeat(5_000)]) {
        const reply = await callWithoutTrace([actor.organizationId], { ...request, userAction })
        expect(reply.status).toBe(403)
        expect(reply.text).toContain('user action signature is missing or invalid')
      }
      // Without it the same request gets further.
      expect((await call(request)).status).not.toBe(403)
      expect((await call({ ...request, userAction: '' })).status).not.toBe(403)
    },
  )
})
