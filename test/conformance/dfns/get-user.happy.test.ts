/**
 * `GET /auth/users/{userId}`: what it answers whoever may.
 */
import { describe, expect, it } from 'vitest'
import { call } from '../../support/api.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { createSigner } from '../../support/signer.ts'
import { addCredential, addRole } from '../../support/world.ts'
import { expectUserAnswer } from './answers.ts'
import { GET } from './routes.ts'

describe(GET.name, () => {
  it('answers every member of a user who has them all', async () => {
    const { actor, world } = await setScene(GET)
    const { organizationId } = world
    const target = await world.addUser({ firstName: 'Grace', isSsoRequired: true, suspendedAt: 1 })
    const first = await addRole(organizationId, target, ['Auth:Users:Read', 'Auth:Users:Create'])
    const second = await addRole(organizationId, target, ['user.edit'])
    const credentialUuid = await addCredential(
      organizationId,
      target,
      await createSigner('Ed25519'),
    )
    await addCredential(organizationId, target, await createSigner('P-256'), 'of-a-token')
    const reply = await callWithoutTrace([organizationId], {
      path: `/auth/users/${target}`,
      token: actor.token,
    })
    expectUserAnswer(reply, {
      name: 'Grace',
      userId: target,
      orgId: organizationId,
      credentialUuid,
      isActive: false,
      isSSORequired: true,
      permissionAssignments: expect.arrayContaining(
        [first, second].map(({ roleId, assignmentId }) =>
          expect.objectContaining({
            permissionName: `Role ${roleId}`,
            permissionId: roleId,
            assignmentId,
          }),
        ),
      ),
    })
  })

  it.each([
    {
      name: 'the username in place of a name that is not known',
      given: { username: 'nameless' },
      members: { name: 'nameless', username: 'nameless' },
    },
    {
      name: 'an empty credential id before registration',
      given: { isRegistered: false },
      members: { isRegistered: false, credentialUuid: '', permissionAssignments: [] },
    },
    { name: 'an end user', given: { kind: 'EndUser' as const }, members: { kind: 'EndUser' } },
    {
      name: 'a service account',
      given: { isServiceAccount: true },
      members: { isServiceAccount: true },
    },
  ])('answers $name', async ({ given, members }) => {
    const { actor, world } = await setScene(GET)
    const target = await world.addUser(given)
    const reply = await call({ path: `/auth/users/${target}`, token: actor.token })
    expectUserAnswer(reply, { userId: target, ...members })
  })
})
