/**
 * Proof that a caller meant one very request, after its signature and its binding were checked. No I/O. No clock.
 */

/** What an auditor needs to check later, with the public key, who meant what (invariant 7). */
export interface ActionEvidence {
  readonly credentialId: string
  readonly credentialKind: 'Key' | 'Fido2'
  /** Unpadded base64url of the bytes that were signed. */
  readonly clientData: string
  /** Unpadded base64url, as the client sent it. */
  readonly signature: string
  /** The request that the signed challenge commits to, so that the challenge can be computed again. */
  readonly binding: ActionBinding & { readonly nonce: string }
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
  /** The `token_epoch` of the signer when it was issued. */
  readonly epoch: number
  readonly evidence: ActionEvidence
}
