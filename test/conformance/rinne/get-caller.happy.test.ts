/**
 * `GET /v1/auth/me`: what it tells a caller of itself.
 */
import { describe, expect, it } from 'vitest'
import { call } from '../../support/api.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { addRole } from '../../support/world.ts'
import { expectUser } from './answers.ts'
import { GET, ME } from './routes.ts'

describe(ME.name, () => {
  it('answers an end user as others read it, with every permission once', async () => {
    const { actor: reader, world } = await setScene(GET)
    const operations = ['user.read', 'Auth:Users:Read']
    const { userId, token } = await world.addActor({ kind: 'EndUser', operations })
    await addRole(world.organizationId, userId, ['*.*', 'user.read'])
    const { json: user } = await call({ path: `/v1/users/${userId}`, token: reader.token })
    for (const path of ['/v1/auth/me', '/core/v1/auth/me']) {
      const reply = await callWithoutTrace([world.organizationId], { path, token })
      const permissions = reply.json['auth']?.['permissions'] as unknown as string[]
      const auth = { method: 'jwt', auth_method: 'client_platform', permissions }
      const body = { user, auth: { ...auth, current_company_id: world.organizationId } }
      expect({ status: reply.status, body: reply.json }).toEqual({ status: 200, body })
      expect(permissions.toSorted()).toEqual(['*.*', 'Auth:Users:Read', 'user.read'])
      expectUser(reply.json['user'], { id: userId })
      expectApiHeaders(reply)
    }
  })
})
