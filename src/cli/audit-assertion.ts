/**
 * The assertion of a credential, verified as the service verifies it, but for what has changed since. No I/O but
 * WebCrypto.
 */
import { decodeBase64Url } from '../auth/base64url.ts'
import type { Assertion } from '../auth/challenge.ts'
import { verifyAssertion } from '../auth/verify-assertion.ts'
import { parseStrictJsonObject, type JsonObject } from '../core/strict-json.ts'
import type { ChallengeEvidence } from '../core/user-action.ts'
import type { StoredCredential } from './audit-page.ts'

/**
 * Finds what is wrong with a signed challenge.
 *
 * @returns null, or a name of it.
 */
export async function findAssertionProblem(
  evidence: Omit<ChallengeEvidence, 'binding'>,
  credential: StoredCredential,
  challenge: string,
): Promise<string | null> {
  const relyingParty = {
    id: credential.relyingPartyId ?? '',
    origins: originsOf(credential, evidence.clientData),
  }
  // The count of then is history, and was judged then (rule W9).
  const answering = { ...credential, kind: evidence.credentialKind, signCount: 0 }
  const verify = async (assertion: Assertion) => {
    const verified = await verifyAssertion(assertion, answering, challenge, relyingParty)
    return verified.ok ? null : verified.failure
  }
  const { credentialKind: kind, credentialId, clientData, signature } = evidence
  if (kind === 'Fido2') {
    const { authenticatorData = '' } = evidence
    return verify({ kind, credentialId, clientData, signature, authenticatorData })
  }
  const problem = await verify({ kind, credentialId, clientData, signature })
  // Keys may sign by another digest (FACTS 1.1.5), of whose name there is no record.
  if (problem !== 'signature_invalid') return problem
  const another = await verify({ kind, credentialId, clientData, signature, algorithm: 'sha512' })
  return another === null ? null : problem
}

/**
 * Lists the origins that a passkey may answer at: where it was registered, and, for a relying party may have several
 * that come and go, the one that the client data name, if it lies within the party's domain.
 *
 * @see WebAuthn Level 3 section 5.1.4.1 (the RP ID is the origin's domain, or a suffix of it)
 */
function originsOf({ relyingPartyId, origin }: StoredCredential, clientData: string): string[] {
  if (relyingPartyId === null || origin === null) return []
  const named = readClientData(clientData)?.['origin']
  const url = typeof named === 'string' && URL.canParse(named) ? new URL(named) : null
  const isWithin = url !== null && `.${url.hostname}`.endsWith(`.${relyingPartyId}`)
  return isWithin ? [origin, url.origin] : [origin]
}

/** Reads what was signed, not yet verified; null for what is no JSON object. */
export function readClientData(clientData: string): JsonObject | null {
  const bytes = decodeBase64Url(clientData)
  const parsed = bytes && parseStrictJsonObject(bytes)
  return parsed?.ok ? parsed.value : null
}
