/**
 * Proof that a caller meant one very request, after its signature and its binding were checked. No I/O. No clock.
 */

import type { Credential } from './user.ts'

/** What an auditor needs to check later, with the public key, who meant what (invariant 7): in either form. */
export type ActionEvidence = ChallengeEvidence | ProofEvidence

/** What a signed challenge leaves. */
export interface ChallengeEvidence {
  readonly credentialId: string
  readonly credentialKind: 'Key' | 'Fido2'
  /** Unpadded base64url of the bytes that were signed. */
  readonly clientData: string
  /** Unpadded base64url, as the client sent it. */
  readonly signature: string
  /** What a passkey signs before the hash of its client data: unpadded base64url; absent for keys. */
  readonly authenticatorData?: string
  /** The request that the signed challenge commits to, so that the challenge can be computed again. */
  readonly binding: ActionBinding & { readonly nonce: string }
}

/** What a client leaves that signed the request itself. */
export interface ProofEvidence {
  readonly credentialId: string
  /** Passkeys sign challenges only. */
  readonly credentialKind: 'Key'
  /** The compact JWS as it was received: request, times and signature are in it. */
  readonly proof: string
}

/** The request that a user action is good for (rules U1, U2). */
export interface ActionBinding {
  readonly organizationId: string
  /** `iss` and `sub` of the bearer, as `identityOf` writes them. */
  readonly identity: string
  readonly method: string
  /** Decoded path without query. */
  readonly path: string
  /** Unpadded base64url of SHA-256 over the canonical JSON of the body. */
  readonly payloadHash: string
}

/** A verified user action, not yet consumed. */
export interface UserAction {
  /** Key of its row in `used_tokens`: hex SHA-256. */
  readonly usedHash: string
  readonly purpose: string
  /** Unix milliseconds; its row in `used_tokens` is kept until then. */
  readonly expiresAt: number
  /** The `token_epoch` of the signer when it was issued; null where it names its bearer, and so dies with it. */
  readonly epoch: number | null
  readonly evidence: ActionEvidence
  /**
   * Checks what only the credential's row tells, the signature among it. Absent where all was checked before.
   *
   * @returns null when all is well, or a name of what is wrong, for the log.
   */
  readonly confirm?: (credential: Credential) => Promise<string | null>
}
