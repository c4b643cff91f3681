/**
 * The credential that one event is about: registered, switched, or refused for its counter. No I/O but WebCrypto.
 */
import { parsePublicKey } from '../auth/public-key.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../core/strict-json.ts'
import { findAssertionProblem, readClientData } from './audit-assertion.ts'
import { findCredential, hasTexts, PASSKEY_TEXTS } from './audit-evidence.ts'
import type { StoredCredential, StoredEvent } from './audit-page.ts'
import { isRegistration, isSwitch, mustNameCredential } from './audit-requests.ts'

/** What an event says of the credential that it is about. */
export interface NamedCredential {
  /** The id that its owner knows, if the event registers it; null for what is no registration. */
  readonly registeredId: string | null
  /** The same, if the event says that it signed. */
  readonly signerId: string | null
  /** Whether the store has its row no longer. */
  readonly isGone: boolean
}

const NONE: NamedCredential = { registeredId: null, signerId: null, isGone: false }

const UNNAMED = fail('does not name the credential it is about')

/**
 * Verifies the credential that an event is about: a new one still has the key that the record names by its hash, one
 * that was switched is its owner's, and one whose counter was refused has signed what the record holds.
 *
 * @param evidence - the event's, as a whole.
 * @returns what is on record, or what is wrong, as the end of a sentence that begins with the event.
 */
export async function verifyNamedCredential(
  event: StoredEvent,
  evidence: JsonObject,
  credentials: readonly StoredCredential[],
): Promise<Result<NamedCredential, string>> {
  const named = isJsonObject(evidence['credential']) ? evidence['credential'] : {}
  const { id, credentialId, publicKeyHash } = named
  if (isSwitch(event.action)) {
    return typeof id === 'string' ? verifySwitched(event, id, credentials) : UNNAMED
  }
  if (typeof credentialId !== 'string') {
    return mustNameCredential(event.action) ? UNNAMED : succeed(NONE)
  }
  const isRefused = event.action === 'refuse_counter'
  const said = {
    registeredId: isRegistration(event.action) ? credentialId : null,
    signerId: isRefused ? credentialId : null,
  }
  const name = `credential "${credentialId}"`
  const stored = findCredential(event, credentialId, credentials)
  if (stored === undefined) return succeed({ ...said, signerId: null, isGone: true })
  if (stored.userId !== event.targetId) return fail(`names ${name} of another user`)
  const checked = succeed({ ...said, isGone: false })
  if (isRefused) {
    const cause = await findRefusedProblem(credentialId, evidence['assertion'], stored)
    return cause === null ? checked : fail(`has an assertion that does not verify (${cause})`)
  }
  // The record cannot be changed, the row of a credential can.
  const key = await parsePublicKey(stored.publicKeyPem)
  const isSame = key.ok && key.value.fingerprint === publicKeyHash
  return isSame ? checked : fail(`registers ${name} with another key than it has`)
}

/** Finds a switched credential by our id, which is all that the record names it by. */
function verifySwitched(
  { organizationId, targetId }: StoredEvent,
  id: string,
  credentials: readonly StoredCredential[],
): Result<NamedCredential, string> {
  const stored = credentials.find((one) => one.id === id)
  if (stored === undefined) return succeed({ ...NONE, isGone: true })
  const isOwn = stored.userId === targetId && stored.organizationId === organizationId
  return isOwn ? succeed(NONE) : fail(`switches credential "${id}" of another user`)
}

/** Verifies the signature alone: which challenge it answers, a login's or an action's, is not on record. */
async function findRefusedProblem(
  credentialId: string,
  assertion: JsonValue | undefined,
  stored: StoredCredential,
): Promise<string | null> {
  if (!isJsonObject(assertion) || !hasTexts(assertion, PASSKEY_TEXTS)) return 'unknown form'
  if (stored.kind !== 'Fido2') return 'no passkey'
  const signed = assertion as Record<(typeof PASSKEY_TEXTS)[number], string>
  const { challenge } = readClientData(signed.clientData) ?? {}
  const evidence = { ...signed, credentialId, credentialKind: 'Fido2' } as const
  return findAssertionProblem(evidence, stored, String(challenge))
}
