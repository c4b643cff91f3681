/**
 * Credentials that cannot be registered, switched or challenged for: every refusal to the letter, and without a trace.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../../../src/auth/base64url.ts'
import { newId, newSecret } from '../../../src/auth/random.ts'
import type { JsonObject } from '../../../src/core/strict-json.ts'
import { call, type Reply } from '../../support/api.ts'
import { createAuthenticator, FLAG, type RegistrationOptions } from '../../support/authenticator.ts'
import { readRow, runSql } from '../../support/commits.ts'
import { breakSignature, forgeAccessToken } from '../../support/forged.ts'
import { initiateLogin } from '../../support/login.ts'
import { callWithoutTrace } from '../../support/refusals.ts'
import * as kit from '../../support/registration.ts'
import { createSigner, writePem } from '../../support/signer.ts'
import { addCredential, createWorld, type Actor, type World } from '../../support/world.ts'
import { DFNS_REFUSALS, expectDfnsError } from './answers.ts'

const { createCredential, sendKey, sendPasskey, withAction, writeCreation } = kit

const INVALID =
  'the credential cannot be registered: its key or its proof of possession is not valid'
const TAKEN = 'the credential is registered already'
const FULL = 'the user has as many credentials as it can have'

let world: World
let actor: Actor
beforeAll(async () => {
  world = await createWorld()
  actor = await world.addActor()
})

/** Sends a change with its user action, and fails if it left a trace. */
const refuse = async (
  who: Actor,
  request: { method: string; path: string; body?: JsonObject },
  ...organizationIds: readonly string[]
): Promise<Reply> =>
  callWithoutTrace([who.organizationId, ...organizationIds], await withAction(who, request))

const byKey = async (challenge: string, options?: kit.KeyRegistration) =>
  sendKey(await createSigner('Ed25519'), challenge, options)

/** What stands where the challenge of this user for a further credential belongs. */
const IDENTIFIERS: readonly { name: string; make: () => Promise<string> | string }[] = [
  { name: 'garbage', make: () => 'garbage' },
  { name: 'an access token', make: () => actor.token },
  {
    name: 'a challenge with another signature',
    make: async () => breakSignature((await kit.forgeRegistration(actor, 'another')).token),
  },
  {
    name: 'an expired challenge',
    make: async () =>
      (await kit.forgeRegistration(actor, 'another', { now: Date.now() - 301_000 })).token,
  },
  {
    name: 'the challenge of a first registration',
    make: async () => (await kit.forgeRegistration(actor, 'first')).token,
  },
  {
    name: 'a challenge under another type',
    make: async () =>
      forgeAccessToken((await kit.forgeRegistration(actor, 'another')).token, {}, 'at+jwt'),
  },
  {
    name: 'the challenge of a login',
    make: async () => String((await initiateLogin(actor)).json['challengeIdentifier']),
  },
]

/** Challenges that are genuine and not this caller's, answered well. */
const OTHERS: readonly { name: string; owner: () => Promise<Actor>; tokenEpoch?: number }[] = [
  { name: 'of a colleague', owner: () => world.addActor() },
  { name: 'of another organization', owner: async () => (await createWorld()).addActor() },
  { name: 'from before a suspension', owner: () => Promise.resolve(actor), tokenEpoch: -1 },
]

describe('the challenge of POST /auth/credentials', () => {
  it.each(IDENTIFIERS)('is not $name', async ({ make }) => {
    const { body, ...request } = await writeCreation(actor, byKey)
    const other = { ...request, body: { ...body, challengeIdentifier: await make() } }
    expectDfnsError(await refuse(actor, other), 400, 'Challenge token is not valid.')
  })

  it.each(OTHERS)('is not one $name', async ({ owner, ...given }) => {
    const creation = await writeCreation(await owner(), byKey, given)
    expectDfnsError(await refuse(actor, creation), 400, 'Challenge token is not valid.')
  })

  it('is good for one credential, whichever key answers it', async () => {
    const { challenge, token } = await kit.forgeRegistration(actor, 'another')
    const write = async () => {
      const sent = await byKey(challenge)
      const body = { ...sent, credentialName: 'x', challengeIdentifier: token }
      const request = { method: 'POST', path: '/auth/credentials' }
      return { ...request, body: body as unknown as JsonObject }
    }
    expect((await call(await withAction(actor, await write()))).status).toBe(200)
    const again = await refuse(actor, await write())
    expectDfnsError(again, 400, 'Challenge token is not valid.')
  })
})

const utf8 = (text: string) => new TextEncoder().encode(text)
const readJson = (text: string) =>
  JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>

/** Rewrites what a key attests itself by, after it was signed. */
const reattested = async (challenge: string, change: object): Promise<kit.SentCredential> => {
  const sent = await byKey(challenge)
  const attestation = { ...readJson(sent.credentialInfo.attestationData), ...change }
  const attestationData = encodeBase64Url(utf8(JSON.stringify(attestation)))
  return { ...sent, credentialInfo: { ...sent.credentialInfo, attestationData } }
}

/** A point under which anybody can sign anything, a point off its curve, and sizes that are too small (rules K1-K3). */
const spki = (hex: string) =>
  writePem(Uint8Array.from(hex.match(/../g) ?? [], (one) => Number.parseInt(one, 16)).buffer)
const P256 = '3059301306072a8648ce3d020106082a8648ce3d03010703420004'
const WEAK_KEYS: Readonly<Record<string, () => Promise<string> | string>> = {
  'Ed25519 of order 1': () => spki(`302a300506032b6570032100${'01'.padEnd(64, '0')}`),
  'Ed25519 of order 4': () => spki(`302a300506032b6570032100${'0'.repeat(64)}`),
  'P-256 off its curve': () => spki(`${P256}${'01'.repeat(64)}`),
  'secp256k1 off its curve': () =>
    spki(`3056301006072a8648ce3d020106052b8104000a03420004${'01'.repeat(64)}`),
  'P-521': () => generatePem({ name: 'ECDSA', namedCurve: 'P-521' }),
  X25519: () => spki(`302a300506032b656e032100${'09'.padEnd(64, '0')}`),
  'RSA of 1,024 bits': () => generatePem({ ...RSA, modulusLength: 1_024 }),
  'RSA with the exponent 3': () => generatePem({ ...RSA, publicExponent: Uint8Array.of(3) }),
  'a private key': () => '-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n',
  'no PEM': () => 'garbage',
}
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2_048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
}
const generatePem = async (parameters: object): Promise<string> => {
  const uses = ['sign', 'verify']
  const pair = (await crypto.subtle.generateKey(parameters as never, true, uses)) as CryptoKeyPair
  return writePem((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer)
}

interface Row {
  readonly name: string
  readonly register: kit.Registering
}
const clientData = (name: string, members: Record<string, unknown>): Row => ({
  name: `client data with ${name}`,
  register: (challenge) => byKey(challenge, { members }),
})
const changed = (name: string, change: object): Row => ({
  name,
  register: (challenge) => reattested(challenge, change),
})

const BAD_KEYS: readonly Row[] = [
  ...Object.entries(WEAK_KEYS).map(([name, make]) => ({
    name: `the key ${name}`,
    register: async (challenge: string) => byKey(challenge, { publicKey: await make() }),
  })),
  { name: 'the answer to another challenge', register: () => byKey(newSecret()) },
  {
    name: 'the signature of another key',
    register: async (text) => byKey(text, { signedBy: await createSigner('Ed25519') }),
  },
  {
    name: 'another key than was signed',
    register: async (challenge) =>
      reattested(challenge, { publicKey: (await createSigner('Ed25519')).publicKeyPem }),
  },
  changed('a signature of one byte', { signature: '00' }),
  changed('a signature that is no hex', { signature: 'zz' }),
  changed('no signature', { signature: undefined }),
  changed('an unknown digest', { algorithm: 'MD5' }),
  clientData('the type of an assertion', { type: 'key.get' }),
  clientData('the type of a passkey', { type: 'webauthn.create' }),
  clientData('no type', { type: undefined }),
  clientData('no challenge', { challenge: undefined }),
  clientData('crossOrigin true', { crossOrigin: true }),
  clientData('a number as origin', { origin: 1 }),
  ...[15, 97].map((bytes) => ({
    name: `an id of ${bytes} bytes`,
    register: (challenge: string) => byKey(challenge, { credId: newSecret(bytes) }),
  })),
  {
    name: 'the attestation of a passkey',
    register: async (challenge) => ({ ...(await byPasskey(challenge)), credentialKind: 'Key' }),
  },
]

const byPasskey = async (challenge: string, options?: RegistrationOptions) =>
  sendPasskey(await createAuthenticator('ES256'), challenge, options)
const passkey = (name: string, options: RegistrationOptions): Row => ({
  name,
  register: (challenge) => byPasskey(challenge, options),
})
const page = (name: string, members: Record<string, unknown>) => passkey(name, { members })
const { UP, UV, BS, AT } = FLAG
const X5C = new Map<string, unknown>([
  ['alg', -7],
  ['sig', new Uint8Array(70)],
  ['x5c', [new Uint8Array(300)]],
])

const BAD_PASSKEYS: readonly Row[] = [
  { name: 'the answer to another challenge', register: () => byPasskey(newSecret()) },
  page('the type of an assertion', { type: 'webauthn.get' }),
  page('the type of a key', { type: 'key.create' }),
  page('another origin', { origin: 'https://evil.example' }),
  page('another port', { origin: 'http://localhost:8788' }),
  page('another scheme', { origin: 'https://localhost:8787' }),
  page('an origin with a slash', { origin: 'http://localhost:8787/' }),
  page('no origin', { origin: undefined }),
  page('crossOrigin true', { crossOrigin: true }),
  page('crossOrigin null', { crossOrigin: null }),
  page('a topOrigin', { topOrigin: 'http://localhost:8787' }),
  passkey('another relying party', { rpId: 'evil.example' }),
  passkey('the origin as relying party', { rpId: 'localhost:8787' }),
  passkey('its user absent', { flags: AT | UV }),
  passkey('its user not verified', { flags: AT | UP }),
  passkey('a backup of what cannot be backed up', { flags: AT | UP | UV | BS }),
  passkey('no credential in it', { flags: UP | UV }),
  passkey('bytes behind its end', { trailing: Uint8Array.of(0) }),
  passkey('an attestation of its maker', { format: 'packed', statement: X5C }),
  passkey('an attestation by FIDO U2F', { format: 'fido-u2f' }),
  passkey('a self attestation that does not verify', {
    format: 'packed',
    statement: new Map<string, unknown>([...X5C].slice(0, 2)),
  }),
  passkey('a statement where none belongs', { statement: new Map([['x', 1]]) }),
  passkey('a member too many', { object: { x: 1 } }),
  passkey('an id of 15 bytes', { credentialId: new Uint8Array(15) }),
  passkey('an id of 256 bytes', { credentialId: new Uint8Array(256) }),
  passkey('no key that is known', { coseKey: new Map([[3, -257]]) }),
  {
    name: 'the id of another',
    register: async (challenge) => {
      const sent = await byPasskey(challenge)
      return { ...sent, credentialInfo: { ...sent.credentialInfo, credId: newSecret() } }
    },
  },
  {
    name: 'the attestation of a key',
    register: async (challenge) => ({ ...(await byKey(challenge)), credentialKind: 'Fido2' }),
  },
]

describe('POST /auth/credentials', () => {
  it.each(BAD_KEYS)('refuses a key with $name', async ({ register }) => {
    expectDfnsError(await refuse(actor, await writeCreation(actor, register)), 400, INVALID)
  })

  it.each(BAD_PASSKEYS)('refuses a passkey with $name', async ({ register }) => {
    expectDfnsError(await refuse(actor, await writeCreation(actor, register)), 400, INVALID)
  })

  it('refuses a key that somebody has, wherever and under whatever id', async () => {
    const signer = await createSigner('P-256')
    const authenticator = await createAuthenticator('EdDSA')
    const answers: kit.Registering[] = [
      (challenge) => sendKey(signer, challenge, { credId: newSecret() }),
      (challenge) =>
        sendPasskey(authenticator, challenge, {
          credentialId: crypto.getRandomValues(new Uint8Array(32)),
        }),
    ]
    const foreign = await (await createWorld()).addActor()
    for (const answer of answers) {
      expect((await createCredential(actor, answer)).status).toBe(200)
      for (const who of [actor, await world.addActor(), foreign]) {
        const reply = await refuse(who, await writeCreation(who, answer), actor.organizationId)
        expectDfnsError(reply, 409, TAKEN)
      }
    }
    // Nor is it free again for having been switched off.
    await runSql('UPDATE credentials SET deactivated_at = 1 WHERE user_id = ?', actor.userId)
    for (const answer of answers) {
      expectDfnsError(await refuse(foreign, await writeCreation(foreign, answer)), 409, TAKEN)
    }
    await runSql('UPDATE credentials SET deactivated_at = NULL WHERE user_id = ?', actor.userId)
  })

  it('refuses an id that somebody of the organization has', async () => {
    const credId = newSecret()
    const { userId } = await world.addActor()
    const held = { ...(await createSigner('Ed25519')), credentialId: credId }
    await addCredential(actor.organizationId, userId, held, newId('credential'))
    for (const padded of [credId, `${credId}=`]) {
      const creation = await writeCreation(actor, (text) => byKey(text, { credId: padded }))
      expectDfnsError(await refuse(actor, creation), 409, TAKEN)
    }
  })

  it('refuses a fifty-first credential, switched off or not', async () => {
    const full = await world.addActor()
    const signer = await createSigner('Ed25519')
    for (let count = 1; count < 49; count += 1) {
      const one = { ...signer, credentialId: newSecret() }
      await addCredential(full.organizationId, full.userId, one)
    }
    // What a personal access token signs with is not the user's own.
    const pat = { ...signer, credentialId: newSecret() }
    await addCredential(full.organizationId, full.userId, pat, newId('credential'))
    expect((await createCredential(full, byKey)).status).toBe(200)
    const sql = `UPDATE credentials SET deactivated_at = 1
      WHERE user_id = ? AND credential_id <> ?`
    await runSql(sql, full.userId, full.signer.credentialId)
    expectDfnsError(await refuse(full, await writeCreation(full, byKey)), 409, FULL)
  })
})

describe('PUT /auth/credentials/deactivate and /activate', () => {
  const write = (verb: string, credentialUuid: string) => {
    const path = `/auth/credentials/${verb}`
    return { method: 'PUT', path, body: { credentialUuid } } as const
  }

  it.each(['activate', 'deactivate'])('finds to %s only what is its own', async (verb) => {
    const foreign = await (await createWorld()).addActor()
    const colleague = await world.addActor()
    const signer = await createSigner('Ed25519')
    const { organizationId, userId } = actor
    const uuidOf = async (whose: Actor) =>
      String(
        (await readRow('SELECT id FROM credentials WHERE user_id = ? LIMIT 1', whose.userId))?.[
          'id'
        ],
      )
    const uuids = [
      newId('credential'),
      await uuidOf(colleague),
      await uuidOf(foreign),
      await addCredential(organizationId, userId, signer, newId('credential')),
      // The client's id is not ours.
      actor.signer.credentialId,
      actor.userId,
      '%',
      'x'.repeat(64),
    ]
    const answers = new Set<string>()
    for (const uuid of uuids) {
      const reply = await refuse(actor, write(verb, uuid), foreign.organizationId)
      expectDfnsError(reply, 404, 'credential not found')
      expect(reply.text).not.toContain(uuid)
      const headers = { ...Object.fromEntries(reply.headers), 'x-request-id': '<id>' }
      answers.add(JSON.stringify([DFNS_REFUSALS.mask(reply), headers]))
    }
    expect(answers.size).toBe(1)
  })

  it('keep the last active credential on, whatever its owner has besides', async () => {
    const single = await world.addActor()
    const { organizationId, userId } = single
    const off = await addCredential(organizationId, userId, await createSigner('P-256'))
    await runSql('UPDATE credentials SET deactivated_at = 1 WHERE id = ?', off)
    const pat = await createSigner('P-256')
    await addCredential(organizationId, userId, pat, newId('credential'))
    const sql = 'SELECT id FROM credentials WHERE credential_id = ?'
    const own = String((await readRow(sql, single.signer.credentialId))?.['id'])
    const reply = await refuse(single, write('deactivate', own))
    expectDfnsError(reply, 409, 'the credential is the last active one of the user')
  })
})
