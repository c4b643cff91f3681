/**
 * `GET /users/me`: what it tells a caller of itself, to the letter.
 */
import { describe, it } from 'vitest'
import { call } from '../../support/api.ts'
import { setScene } from '../../support/refusals.ts'
import { expectAnswer } from './answers.ts'
import { addIdentifier, removeIdentifiers } from './rows.ts'
import { ME } from './routes.ts'

/** All members in the order of the manual; what is not known is null. */
const writeCaller = (id: string, members: Readonly<Record<string, string>>) => ({
  id,
  email: null,
  first_name: null,
  last_name: null,
  phone_number: null,
  phone_country_code: null,
  image_url: null,
  device_id: null,
  google_id: null,
  google_image_url: null,
  ...members,
})

describe(ME.name, () => {
  it('answers names, and the oldest of several addresses and numbers', async () => {
    const names = { firstName: 'Ada', lastName: 'King Lovelace' }
    const { actor, request } = await setScene(ME, names)
    const { userId, token } = actor
    await addIdentifier(userId, 'phone', '+15550100002', 2)
    await addIdentifier(userId, 'phone', '+15550100001', 1)
    await addIdentifier(userId, 'email', `a-${userId}@example.test`, 4)
    await addIdentifier(userId, 'email', `b-${userId}@example.test`, 3)
    const members = {
      email: `b-${userId}@example.test`,
      first_name: 'Ada',
      last_name: 'King Lovelace',
      phone_number: '+15550100001',
    }
    expectAnswer(await call({ ...request, token }), 200, writeCaller(userId, members))
  })

  it("ignores a query, which the vendor's framework does by itself", async () => {
    const { actor, request } = await setScene(ME)
    const { userId, token, username: email } = actor
    const reply = await call({ ...request, path: `${request.path}?debug=true`, token })
    expectAnswer(reply, 200, writeCaller(userId, { email }))
  })

  it('answers null for everything that it does not know, the username notwithstanding', async () => {
    const { actor, request } = await setScene(ME)
    const { userId, token, username: email } = actor
    expectAnswer(await call({ ...request, token }), 200, writeCaller(userId, { email }))
    await removeIdentifiers(userId)
    expectAnswer(await call({ ...request, token }), 200, writeCaller(userId, {}))
  })
})
