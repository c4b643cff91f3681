/**
 * New credentials as clients register them: keys in the vendor's form, passkeys by an authenticator in software.
 */
import { encodeBase64Url } from '../../src/auth/base64url.ts'
import { encodeHex, sha256Hex } from '../../src/auth/digest.ts'
import { newRegistrationCode } from '../../src/auth/registration-code.ts'
import { newId } from '../../src/auth/random.ts'
import { issueRegistrationToken, type RegistrationUse } from '../../src/auth/registration-token.ts'
import type { JsonObject } from '../../src/core/strict-json.ts'
import type { User } from '../../src/core/user.ts'
import { call, type Reply } from './api.ts'
import type { Authenticator, CeremonyOptions, RegistrationOptions } from './authenticator.ts'
import { runSql } from './commits.ts'
import { forgeUserAction, TOKEN_SETTINGS } from './forged.ts'
import type { FirstFactor } from './login.ts'
import type { Signer } from './signer.ts'
import { ALL_DFNS, createWorld, type Actor } from './world.ts'

/** The site that the Worker under test takes itself for. */
export const LOCAL_SITE = {
  rpId: 'localhost',
  members: { origin: 'http://localhost:8787' },
} as const

/** Where an administrator is told a code. */
export const CODE_HEADER = 'activate-registration-code'

/** What a client sends of a new credential. */
export interface SentCredential {
  readonly credentialKind: 'Key' | 'Fido2'
  readonly credentialInfo: {
    readonly credId: string
    readonly clientData: string
    readonly attestationData: string
  }
}

/** What a registration of a key can be told to say; whatever is left out is as it has to be. */
export interface KeyRegistration {
  readonly credId?: string
  /** Members of the client data, added or replaced. */
  readonly members?: Readonly<Record<string, unknown>>
  /** The key that is sent. */
  readonly publicKey?: string
  /** Whose signature is sent. */
  readonly signedBy?: Pick<Signer, 'sign'>
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Registers a key as the official signers do. */
export async function sendKey(
  signer: Pick<Signer, 'credentialId' | 'publicKeyPem' | 'sign'>,
  challenge: string,
  options: KeyRegistration = {},
): Promise<SentCredential> {
  const { credId = signer.credentialId, publicKey = signer.publicKeyPem } = options
  const clientData = utf8(JSON.stringify({ type: 'key.create', challenge, ...options.members }))
  const fingerprint = { clientDataHash: await sha256Hex(clientData), publicKey }
  const signature = await (options.signedBy ?? signer).sign(utf8(JSON.stringify(fingerprint)))
  const attestation = { publicKey, signature: encodeHex(signature) }
  return {
    credentialKind: 'Key',
    credentialInfo: {
      credId,
      clientData: encodeBase64Url(clientData),
      attestationData: encodeBase64Url(utf8(JSON.stringify(attestation))),
    },
  }
}

/** Registers a passkey as the official browser signer does, on a page of the site. */
export async function sendPasskey(
  authenticator: Authenticator,
  challenge: string,
  options: RegistrationOptions = {},
): Promise<SentCredential> {
  const { credentialId, clientData, attestationData } = await authenticator.register({
    ...LOCAL_SITE,
    challenge,
    ...options,
    members: { ...LOCAL_SITE.members, ...options.members },
  })
  return {
    credentialKind: 'Fido2',
    credentialInfo: { credId: credentialId, clientData, attestationData },
  }
}

/** Asks for the challenge of a registration. */
export const initiateRegistration = (named: {
  readonly organizationId: string
  readonly username: string
  readonly code: string
}): Promise<Reply> =>
  call({
    method: 'POST',
    path: '/auth/registration/init',
    body: {
      orgId: named.organizationId,
      username: named.username,
      registrationCode: named.code,
    },
  })

/** Whom a registration is for. */
type Owner = Pick<Actor, 'userId' | 'organizationId'>

/** Issues challenge and token of a registration as the service would now, but for what is said. */
export const forgeRegistration = (
  { userId: id, organizationId }: Owner,
  use: RegistrationUse,
  given: Partial<Pick<User, 'tokenEpoch' | 'registrationCodeHash'>> & {
    readonly now?: number
  } = {},
) => {
  const { now = Date.now(), ...members } = given
  const user = { tokenEpoch: 0, registrationCodeHash: null, ...members, id, organizationId }
  return issueRegistrationToken(TOKEN_SETTINGS, use, user as User, { now, lifetimeSeconds: 300 })
}

/** Gives a user a code that waits for its registration, and returns it. */
export async function giveCode({ userId }: Pick<Owner, 'userId'>): Promise<string> {
  const { code, hash, expiresAt } = await newRegistrationCode(Date.now())
  await runSql(
    'UPDATE users SET registration_code_hash = ?, registration_code_expires_at = ? WHERE id = ?',
    ...[hash, expiresAt, userId],
  )
  return code
}

/** Has an administrator create a user, who gets a code. */
export async function inviteUser(given: Parameters<typeof createWorld>[0] = {}) {
  const world = await createWorld(given)
  const admin = await world.addActor({ operations: ALL_DFNS })
  const username = `${newId('user')}@example.test`
  const body = { email: username, kind: 'CustomerEmployee' }
  const reply = await call(await withAction(admin, { method: 'POST', path: '/auth/users', body }))
  const code = String(reply.headers.get(CODE_HEADER))
  const { organizationId } = world
  const userId = String(reply.json['userId'])
  return { world, admin, reply, userId, organizationId, username, code }
}

/** What answers a challenge for a new credential. */
export type Registering = (challenge: string) => Promise<SentCredential>

/** Writes the request for one more credential, which still lacks its user action. */
export async function writeCreation(
  owner: Owner,
  register: Registering,
  given?: Parameters<typeof forgeRegistration>[2],
) {
  const { challenge, token } = await forgeRegistration(owner, 'another', given)
  const sent = await register(challenge)
  const body = { ...sent, credentialName: 'Another', challengeIdentifier: token }
  return { method: 'POST', path: '/auth/credentials', body: body as unknown as JsonObject } as const
}

/** Puts token and user action on a request. */
export const withAction = async <T extends { method: string; path: string; body?: JsonObject }>(
  actor: Actor,
  request: T,
) => ({ ...request, token: actor.token, userAction: await forgeUserAction(actor, request) })

/** Registers one more credential. */
export const createCredential = async (actor: Actor, register: Registering): Promise<Reply> =>
  call(await withAction(actor, await writeCreation(actor, register)))

/** Switches a credential on or off. */
export const switchCredential = async (
  actor: Actor,
  verb: 'activate' | 'deactivate',
  credentialUuid: string,
): Promise<Reply> => {
  const path = `/auth/credentials/${verb}`
  return call(await withAction(actor, { method: 'PUT', path, body: { credentialUuid } }))
}

/** What a passkey's answer can be told to say; whatever is left out is as it has to be. */
export interface PasskeyAnswer extends CeremonyOptions {
  readonly credId?: string
  readonly userHandle?: string
}

/** Has a passkey answer a challenge as the official browser signer does, on a page of the site. */
export async function answerByPasskey(
  authenticator: Authenticator,
  challenge: unknown,
  options: PasskeyAnswer = {},
): Promise<FirstFactor> {
  const { credId = authenticator.credentialId, userHandle, ...ceremony } = options
  const members = { ...LOCAL_SITE.members, ...ceremony.members }
  const said = { ...LOCAL_SITE, challenge: String(challenge), ...ceremony, members }
  const handle = userHandle === undefined ? {} : { userHandle }
  const credentialAssertion = { credId, ...(await authenticator.assert(said)), ...handle }
  return { kind: 'Fido2', credentialAssertion }
}

/** Completes a registration. */
export const completeRegistration = (token: string, sent: SentCredential): Promise<Reply> =>
  call({
    method: 'POST',
    path: '/auth/registration',
    token,
    body: { firstFactorCredential: sent },
  })
