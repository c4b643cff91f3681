/**
 * The user action of one event, checked as whoever has the public key can check it years later: what was signed, by
 * whose credential, for which request. No I/O but WebCrypto; no clock, for what was in time then is on record.
 */
import { challengeOf, hashPayload } from '../auth/action-binding.ts'
import { parseCompactJws } from '../auth/compact-jws.ts'
import { MAX_PURPOSE_TOKEN_BYTES } from '../auth/purpose-token.ts'
import { PROOF_TYPE, verifyProofSignature } from '../auth/user-action-proof.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../core/strict-json.ts'
import type { ActionEvidence, ChallengeEvidence, ProofEvidence } from '../core/user-action.ts'
import { findAssertionProblem } from './audit-assertion.ts'
import type { StoredCredential, StoredEvent } from './audit-page.ts'
import { bodyFor, isAction, requestsFor } from './audit-requests.ts'

/**
 * How far apart two times may lie that were one, in seconds: clocks of two places differ, a commit may take its time,
 * and a proof lives for 60 s (RULES section 2.5).
 */
export const MAX_DISTANCE_SECONDS = 120

const BINDING = ['organizationId', 'identity', 'method', 'path', 'payloadHash', 'nonce'] as const

const KEY_TEXTS = ['clientData', 'signature'] as const

/** What a passkey signs, and its signature. */
export const PASSKEY_TEXTS = [...KEY_TEXTS, 'authenticatorData'] as const

/** Unpadded base64url of a SHA-256. */
const HASH = /^[A-Za-z0-9_-]{43}$/

/** A user action with which nothing is wrong. */
export interface VerifiedAction {
  /** What makes it unique in its credential. */
  readonly use: string
  readonly credentialId: string
  /** Whether its signature could not be checked, for the store has no row of its credential. */
  readonly isKeyGone: boolean
}

/**
 * Verifies that the actor of an event meant it.
 *
 * @param evidence - the event's, as a whole.
 * @param credentials - those that the page's events name.
 * @returns the user action, null where there is none, or what is wrong, as the end of a sentence that begins with the
 *   event.
 */
export async function verifyActionEvidence(
  event: StoredEvent,
  { userAction, credential: subject }: JsonObject,
  credentials: readonly StoredCredential[],
): Promise<Result<VerifiedAction | null, string>> {
  if (userAction === undefined) return succeed(null)
  const evidence = readEvidence(userAction)
  if (evidence === null) return fail('has a user action of an unknown form')
  const { credentialId } = evidence
  const credential = findCredential(event, credentialId, credentials)
  const problem = credential ? findOwnerProblem(event, evidence, credential) : null
  if (problem !== null) return fail(problem)
  const verified =
    'proof' in evidence
      ? await verifyProof(event, evidence, credential)
      : await verifyChallenge(event, evidence, credential, bodyFor(event.action, subject))
  if (!verified.ok) return verified
  return succeed({ use: verified.value, credentialId, isKeyGone: credential === undefined })
}

/** Finds a credential by the id that its owner knows: unique in an organization, and in no other place. */
export const findCredential = (
  event: StoredEvent,
  id: string,
  credentials: readonly StoredCredential[],
): StoredCredential | undefined =>
  credentials.find(
    ({ organizationId, credentialId }) =>
      organizationId === event.organizationId && credentialId === id,
  )

/** Tells whether the credential that signed was the actor's then. */
function findOwnerProblem(
  event: StoredEvent,
  { credentialId, credentialKind }: ActionEvidence,
  { kind, userId, createdAt }: StoredCredential,
): string | null {
  const name = `credential "${credentialId}"`
  // What is of another kind signed something else.
  if (kind !== credentialKind) return `names ${name} by another kind`
  if (userId !== event.actorId) return `was signed by ${name} of another user`
  // A first key is registered by the operator's clock. Not a time in text either, which compares with nothing.
  const isOlder = createdAt <= event.at + MAX_DISTANCE_SECONDS * 1000
  return isOlder ? null : `names ${name}, which came after it`
}

/** Reads either form; null for everything else. */
function readEvidence(value: JsonValue): ActionEvidence | null {
  if (!isJsonObject(value)) return null
  const { credentialId, credentialKind, binding } = value
  const isKey = credentialKind === 'Key'
  if (typeof credentialId !== 'string' || !(isKey || credentialKind === 'Fido2')) return null
  if (Object.hasOwn(value, 'proof')) return isKey && hasTexts(value, ['proof']) ? is(value) : null
  const signed = isKey ? KEY_TEXTS : PASSKEY_TEXTS
  const isBound = isJsonObject(binding) && hasTexts(binding, BINDING)
  return isBound && hasTexts(value, signed) ? is(value) : null
}

/** Asks for own members, for evidence may name what every object inherits. */
export const hasTexts = (object: JsonObject, names: readonly string[]): boolean =>
  names.every((name) => Object.hasOwn(object, name) && typeof object[name] === 'string')

/** The one place where what was looked through becomes a type. */
const is = (value: JsonObject): ActionEvidence => value as unknown as ActionEvidence

/** Verifies a signed challenge: it commits to nonce and request, which are on record beside it. */
async function verifyChallenge(
  event: StoredEvent,
  evidence: ChallengeEvidence,
  credential: StoredCredential | undefined,
  body: JsonObject | null,
): Promise<Result<string, string>> {
  const { binding } = evidence
  if (binding.organizationId !== event.organizationId) {
    return fail('has a user action of another organization')
  }
  const problem = findRequestProblem(event, binding.method, binding.path)
  if (problem !== null) return fail(problem)
  if (body !== null && binding.payloadHash !== (await hashPayload(body))) {
    return fail('has a user action for another body than what it did asks for')
  }
  if (credential === undefined) return succeed(binding.nonce)
  const challenge = await challengeOf(binding.nonce, binding)
  const cause = await findAssertionProblem(evidence, credential, challenge)
  if (cause === null) return succeed(binding.nonce)
  return fail(
    cause === 'challenge_mismatch'
      ? 'has client data that answers another challenge than its request and nonce make'
      : `has a user action that does not verify (${cause})`,
  )
}

/** Verifies what a client signed by itself: the request is among its claims. */
async function verifyProof(
  event: StoredEvent,
  { credentialId, proof }: ProofEvidence,
  credential: StoredCredential | undefined,
): Promise<Result<string, string>> {
  const parsed = parseCompactJws(proof, { maxBytes: MAX_PURPOSE_TOKEN_BYTES })
  if (!parsed.ok) return fail(`has a proof that is none (${parsed.failure})`)
  const { header, payload } = parsed.value
  const { htm, htu, jti, iat, sub } = payload
  if (header['typ'] !== PROOF_TYPE) return fail(`has a proof that is no ${PROOF_TYPE}`)
  if (header.kid !== credentialId) return fail('has a proof of another credential')
  // Before the claims: of what nobody signed, the first thing to say is that.
  const cause = credential
    ? await verifyProofSignature(proof, header['alg'], credential.publicKeyPem)
    : null
  if (cause !== null) return fail(`has a proof that does not verify (${cause})`)
  const problem = findRequestProblem(event, htm, typeof htu === 'string' ? pathOf(htu) : null)
  if (problem !== null) return fail(problem)
  if (sub !== event.actorId) return fail('has a proof of another user')
  // Of which body and which bearer is not on record; that it was bound to some is.
  const isBound = [payload['bh'], payload['ath']].every((hash) => HASH.test(String(hash)))
  if (!isBound) return fail('has a proof without the hash of a body or of a bearer')
  if (typeof jti !== 'string' || jti === '') return fail('has a proof without an id of its own')
  const distanceSeconds = typeof iat === 'number' ? Math.abs(event.at / 1000 - iat) : Infinity
  if (distanceSeconds > MAX_DISTANCE_SECONDS) return fail('has a proof of another time')
  return succeed(jti)
}

/** Cuts off the origin, of which there is no record beside it; null for what is no URL. */
const pathOf = (url: string): string | null => /^https?:\/\/[^/]+(\/.*)$/.exec(url)?.[1] ?? null

/** Compares what was signed with what was done. */
function findRequestProblem(event: StoredEvent, method: unknown, path: unknown): string | null {
  const { action, dialect, targetId } = event
  const templates = isAction(action) ? requestsFor(dialect, action) : null
  // By a function: in a text that is not an id, `$` would stand for something.
  const requests = templates?.map((template) => template.replace('{id}', () => targetId)) ?? []
  return requests.includes(`${method} ${path}`)
    ? null
    : `has a user action for ${method} ${path}, which is no ${dialect} request to ${action} its target`
}
