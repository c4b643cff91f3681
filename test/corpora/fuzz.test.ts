/**
 * C5, second part: requests that fast-check makes of the served document, as it wants them and broken in one place. A
 * failing property prints the smallest request that it fails for.
 */
import fc from 'fast-check'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { newSecret } from '../../src/auth/random.ts'
import type { JsonObject } from '../../src/core/strict-json.ts'
import { readDocument } from '../support/declared.ts'
import { isDone, jsonOf, type Entry } from '../support/journal.ts'
import { openService } from '../support/proof.ts'
import { giveCode } from '../support/registration.ts'
import { createSigner } from '../support/signer.ts'
import { addCredential } from '../support/world.ts'
import { openScene, type Bad } from './support/bad-input.ts'
import { brokenOf, operationsOf, wantedOf, type Drawn } from './support/arbitraries.ts'

/** Where fast-check begins; the same requests every time. */
const SEED = 20_261_122

/** Requests of an operation: so many that must be refused, and so many that need not be. */
const RUNS = { refused: 280, other: 180 }

const document = await readDocument()
const OPERATIONS = operationsOf(document).map((one) => ({ ...one, name: one.operationId }))

/** What the record calls an operation. */
const ACTIONS: readonly (readonly [RegExp, string])[] = [
  [/^deactivateCredential$/, 'deactivate_credential'],
  [/^activateCredential$/, 'activate_credential'],
  [/deactivate|suspend/i, 'deactivate'],
  [/activate/i, 'activate'],
  [/archive/i, 'archive'],
  [/update/i, 'update'],
  [/createUser$/i, 'create'],
  [/challenge|signature/i, 'sign'],
]

/** Paths that are about their caller. */
const OWN = /me$|^\/auth\/credentials/

/** Operations that need a challenge that was signed: whatever is drawn is none. */
const SIGNED = /^(login|createUserActionSignature|register|createCredential)$/

type Scene = Awaited<ReturnType<typeof openScene>>

/** Values that are there, and some that are not. */
async function knownOf(scene: Scene, operationId: string) {
  const ids: string[] = []
  // Timbu wants an id and its address, and these are drawn each for itself.
  const most = operationId.startsWith('timbu') ? 4 : 12
  while (ids.length < most) ids.push(await scene.addTarget(ids.length % 2 ? 'active' : 'inactive'))
  const users = [...ids, scene.actor.userId, scene.foreignId, 'us-00000-00000-00000000000000']
  const organizations = [scene.world.organizationId, scene.foreignOrganizationId]
  const fresh = Array.from({ length: 300 }, (_, at) => `fuzz${at}-${ids[0]}@Example.Test`)
  const there = users.map((id) => `${id}@example.test`)
  // Its own is what proves the requests, and stays on.
  const spare = { ...(await createSigner('Ed25519')), credentialId: newSecret() }
  const owned = await addCredential(scene.world.organizationId, scene.actor.userId, spare)
  const invited = { userId: ids[1] ?? '' }
  const registering = {
    username: [`${invited.userId}@example.test`],
    registrationCode: [await giveCode(invited), newSecret()],
  }
  return {
    ...{ userId: users, user_id: users, organization_id: organizations, orgId: organizations },
    email: operationId.startsWith('timbu') ? there : fresh,
    ...{ value: fresh, username: [...there, ...there.map((one) => one.toUpperCase())] },
    ...{ 'Idempotency-Key': ['key-1', 'key-2', 'key-3'], 'If-Match': ['*', '"1"', 'W/"1", "2"'] },
    ...{ 'If-None-Match': ['*', '"1"', 'W/"1"'], 'Activate-Reason': ['a reason'] },
    ...{
      userActionPayload: ['', '{}', '{"a":[1]}'],
      userActionHttpPath: ['/auth/users', '/a%20b'],
    },
    ...{
      credentialUuid: [owned, 'cr-00000-00000-0000000000000000'],
      ...(operationId.includes('Registration') ? registering : {}),
    },
  }
}

let requests = 0
let done = 0

/** Sends what was drawn; throws where the answer has a fault. */
async function send(scene: Scene, operationId: string, drawn: Drawn, isProven: boolean) {
  const { method, path, query, text, body } = drawn
  const [, prefix = ''] = /^\/(\w+)/.exec(path) ?? []
  const dialects: Record<string, Bad['dialect']> = { auth: 'dfns', v1: 'rinne' }
  const headers = Object.fromEntries(
    Object.entries(drawn.headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const [, operation = 'other'] = ACTIONS.find(([name]) => name.test(operationId)) ?? []
  const key = headers['idempotency-key']
  const signed = { method, path, ...(body === undefined ? {} : { body: body as JsonObject }) }
  const userAction = isProven ? await scene.prove(signed) : null
  const faults = scene.faults.length
  const entry = await scene.ask({
    ...{
      dialect: dialects[prefix] ?? 'timbu',
      operation,
      method,
      userAction,
      headers,
      operationId,
    },
    path: `${path}${query}`,
    targetId: /us-[a-z0-9-]+/.exec(path)?.[0] ?? (OWN.test(path) ? scene.actor.userId : null),
    ...(body === undefined ? {} : { body: body as JsonObject }),
    ...(text === null ? {} : { raw: text }),
    // What is broken may not be what the record of keys knows by the body that was drawn.
    ...(drawn.broken === null && /^[\w-]+$/.test(key ?? '') ? { key: key ?? '' } : {}),
    // A logout ends its token.
    ...(operationId === 'logout' ? { token: await scene.actor.issueToken() } : {}),
  })
  if (entry === null) return
  requests += 1
  if (isDone(entry)) done += 1
  if (scene.faults.length > faults) throw new Error(scene.faults.slice(faults).join('\n'))
  if (drawn.isRefused && (entry.status ?? 0) < 400) throw new Error(`${entry.status} ${entry.text}`)
  if (isDone(entry) && drawn.broken === null) expectMeant(operationId, entry, drawn)
}

/** Fails where what was done is not what was asked for. */
function expectMeant(operationId: string, entry: Entry, { body, path }: Drawn): void {
  const answer = jsonOf(entry) as JsonObject
  const asked = body as Record<string, string & { value: string }[]>
  if (operationId === 'createUser') expect(answer['username']).toBe(asked['email']?.toLowerCase())
  if (operationId === 'updateUser') expect(answer).toMatchObject(asked)
  if (operationId === 'rinneCreateUser') {
    const values = asked['identifiers']?.map(({ value }) => ({ value: value.toLowerCase() }))
    expect(answer['identifiers']).toMatchObject(values ?? [])
  }
  const id = answer['userId'] ?? answer['id']
  if (path.includes('{') && id !== undefined) expect(path).toContain(id)
}

afterAll(() => {
  vi.restoreAllMocks()
  console.log(`C5 fuzz: seed ${SEED}, ${requests} requests, ${done} done`)
  expect(requests).toBeGreaterThanOrEqual(10_000)
  expect(done).toBeGreaterThan(500)
})

describe('requests made of the document', () => {
  it.each(OPERATIONS)('are answered as it says: $name', async (operation) => {
    const scene = await openScene()
    const known = await knownOf(scene, operation.operationId)
    const { components } = document
    // Where none is read, a user action is refused (rule U6).
    const takesAction = operation.security?.some((one) => 'userActionSignature' in one)
    const broken = brokenOf(operation, components, known)
    const check = (drawn: fc.Arbitrary<Drawn>, numRuns: number) =>
      fc.assert(
        fc.asyncProperty(drawn, fc.nat(4), (one, roll) =>
          send(scene, operation.operationId, one, takesAction === true && roll > 0),
        ),
        { seed: SEED, numRuns },
      )
    await scene.expectUnchangedBy(() =>
      check(
        broken.filter(({ isRefused }) => isRefused),
        RUNS.refused,
      ),
    )
    const lenient = broken.filter(({ isRefused }) => !isRefused)
    const wanted = wantedOf(operation, components, known)
    await check(fc.oneof({ weight: 3, arbitrary: wanted }, lenient), RUNS.other)
    expect(scene.entries.some(isDone)).toBe(!SIGNED.test(operation.operationId))
    await scene.close()
  })

  it('are refused, for no fault of ours, when their bodies break off', async () => {
    const scene = await openScene()
    const statuses: unknown[] = []
    const serve = await openService({}, () => {})
    await scene.expectUnchangedBy(async () => {
      for (const path of ['/auth/users', `/v1/users/${scene.foreignId}/suspend`]) {
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('{"email":')),
          pull: (controller) => controller.error(new Error('Network connection lost.')),
        })
        const headers = {
          authorization: `Bearer ${scene.actor.token}`,
          'content-type': 'application/json',
        }
        const request = new Request(`http://localhost:8787${path}`, {
          method: 'POST',
          headers,
          body,
        })
        statuses.push((await serve(request)).status)
      }
    })
    await scene.close()
    expect(statuses).toEqual([400, 400])
  })
})
