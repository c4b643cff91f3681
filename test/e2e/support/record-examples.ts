/**
 * A story that uses every operation once, told over HTTP in the organization of one administrator: what is sent and
 * what is answered, by operation. It leaves the organization as it was, but for the record.
 */
import type { CredentialSigner } from '@dfns/sdk'
import type { KeyStore } from './key-store.ts'

/** What one operation was sent and answered. */
export interface RecordedExample {
  readonly request?: unknown
  readonly answer: unknown
}

/** Somebody who calls, and signs with a key. */
export interface Teller {
  readonly token: string
  readonly signer: CredentialSigner
}

type Json = Readonly<Record<string, unknown>>
type Fetch = (path: string, init: RequestInit) => Promise<Response>

interface Sent {
  readonly method: string
  readonly path: string
  readonly body?: object
  readonly token?: string
  readonly userAction?: string
}

/** A challenge as the vendor's signers and stores of keys take it: they read of it what they need. */
const forSigner = (asked: Json) => asked as unknown as Parameters<CredentialSigner['sign']>[0]
const forStore = (asked: Json) => asked as unknown as Parameters<KeyStore['create']>[0]

const ADA = 'ada.lovelace@activate.example'
const GRACE = 'grace.hopper@activate.example'

/**
 * Tells the story.
 *
 * @returns what was sent and answered, by operation id.
 * @throws where an answer is no success.
 */
export async function recordExamples(
  fetchPath: Fetch,
  admin: Teller,
  newKey: () => KeyStore,
): Promise<Record<string, RecordedExample>> {
  const recorded: Record<string, RecordedExample> = {}

  /** Sends a request, and records it under its operation where one is named. */
  async function send(id: string | null, { method, path, body, token, userAction }: Sent) {
    const headers = {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(userAction ? { 'x-dfns-useraction': userAction } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    }
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }
    const response = await fetchPath(path, init)
    const answer = (await response.json()) as Json
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    if (id !== null) recorded[id] = { ...(body ? { request: body } : {}), answer }
    return { answer, headers: response.headers }
  }

  const read = async (id: string, path: string, token = admin.token) =>
    (await send(id, { method: 'GET', path, token })).answer

  const post = async (id: string | null, path: string, body: object, token?: string) =>
    (await send(id, { method: 'POST', path, body, ...(token ? { token } : {}) })).answer

  /** Has a caller sign a request, and sends it. */
  async function change(id: string, sent: Sent, teller: Teller = admin, isShown = false) {
    const { token } = teller
    const announced = {
      userActionPayload: sent.body ? JSON.stringify(sent.body) : '',
      userActionHttpMethod: sent.method,
      userActionHttpPath: sent.path,
    }
    const shown = (name: string) => (isShown ? name : null)
    const asked = await post(
      shown('createUserActionChallenge'),
      '/auth/action/init',
      announced,
      token,
    )
    const signed = {
      challengeIdentifier: asked['challengeIdentifier'],
      firstFactor: await teller.signer.sign(forSigner(asked)),
    }
    const done = await post(shown('createUserActionSignature'), '/auth/action', signed, token)
    return send(id, { ...sent, token, userAction: String(done['userAction']) })
  }

  /** Finds the page of a list that shows a user, and records that one. */
  async function turnTo(id: string, userId: string, pathOf: (page: number, last: Json) => string) {
    let answer: Json = {}
    for (let page = 1; !JSON.stringify(answer['items'] ?? '').includes(userId); page += 1) {
      answer = await read(id, pathOf(page, answer))
    }
  }

  const { auth } = await read('rinneGetCurrentUser', '/core/v1/auth/me')
  const orgId = String((auth as Json)['current_company_id'])
  await read('timbuGetCurrentUser', '/users/me')
  await read('rinneListRoles', '/core/v1/roles')

  // Ada is created, registers by her code, logs in, and gets herself a second key.
  const created = await change('createUser', {
    method: 'POST',
    path: '/auth/users',
    body: { email: ADA, kind: 'CustomerEmployee', externalId: 'employee-1815' },
  })
  const ada = String(created.answer['userId'])
  const registrationCode = created.headers.get('activate-registration-code')
  const named = { orgId, username: ADA }
  const invited = await post('createRegistrationChallenge', '/auth/registration/init', {
    ...named,
    registrationCode,
  })
  const firstKey = newKey()
  await post(
    'register',
    '/auth/registration',
    {
      firstFactorCredential: {
        ...(await firstKey.create(forStore(invited))),
        credentialName: 'Laptop',
      },
    },
    String(invited['temporaryAuthenticationToken']),
  )
  const asked = await post('createLoginChallenge', '/auth/login/init', named)
  const { token } = await post('login', '/auth/login', {
    challengeIdentifier: asked['challengeIdentifier'],
    firstFactor: await firstKey.sign(forSigner(asked)),
  })
  const herself: Teller = { signer: firstKey, token: String(token) }
  const offered = await post(
    'createCredentialChallenge',
    '/auth/credentials/init',
    { kind: 'Key' },
    herself.token,
  )
  const second = await change(
    'createCredential',
    {
      method: 'POST',
      path: '/auth/credentials',
      body: {
        ...(await newKey().create(forStore(offered))),
        credentialName: 'Backup',
        challengeIdentifier: offered['challengeIdentifier'],
      },
    },
    herself,
  )
  const body = { credentialUuid: second.answer['credentialUuid'] }
  for (const verb of ['deactivate', 'activate']) {
    const path = `/auth/credentials/${verb}`
    await change(`${verb}Credential`, { method: 'PUT', path, body }, herself)
  }
  await read('listCredentials', '/auth/credentials', herself.token)
  await send('logout', { method: 'PUT', path: '/auth/logout', body: {}, token: herself.token })

  // Grace is created by another contract, and both are switched off and on by all three.
  const grace = await send('rinneCreateUser', {
    method: 'POST',
    path: '/core/v1/users',
    token: admin.token,
    body: {
      identifiers: [
        { type: 'email', value: GRACE },
        { type: 'phone', value: '+15550001906' },
      ],
      first_name: 'Grace',
      last_name: 'Hopper',
      roles: ['administrator'],
    },
  })
  const graceId = String(grace.answer['id'])
  const own = { token: admin.token, method: 'POST' }
  await send('rinneSuspendUser', { ...own, path: `/core/v1/users/${graceId}/suspend` })
  await read('rinneGetUser', `/core/v1/users/${graceId}`)
  await send('rinneActivateUser', { ...own, path: `/core/v1/users/${graceId}/activate` })
  await read('rinneListUsers', '/core/v1/users?sort=-created_at&limit=1')
  for (const [verb, isActive] of [['Deactivate', false] as const, ['Activate', true] as const]) {
    const path = `/users/${ada}/${verb.toLowerCase()}`
    const sent = { method: 'PUT', path, token: admin.token }
    await send(`timbu${verb}User`, { ...sent, body: { email: ADA, is_active: isActive } })
  }
  const members = `/organizations/${orgId}/users`
  await turnTo('timbuListOrganizationUsers', ada, (page) => `${members}?page=${page}&size=1`)
  const path = `/auth/users/${ada}`
  await change('deactivateUser', { method: 'PUT', path: `${path}/deactivate` })
  await change('activateUser', { method: 'PUT', path: `${path}/activate` }, admin, true)
  await change('updateUser', { method: 'PUT', path, body: { isSSORequired: true } })
  await read('getUser', path)
  await turnTo('listUsers', ada, (_, { nextPageToken: next }) =>
    next ? `/auth/users?limit=1&paginationToken=${String(next)}` : '/auth/users?limit=1',
  )
  await change('archiveUser', { method: 'DELETE', path: `/auth/users/${graceId}` })
  await change('archiveUser', { method: 'DELETE', path })
  return recorded
}
