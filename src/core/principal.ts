/**
 * What a verified bearer token says about its sender, before the store was asked. No I/O. No clock.
 */

/** The three kinds of access token (DESIGN section 2). */
export type TokenKind = 'user' | 'service_account' | 'personal_access_token'

/** How the store finds the caller that a token names. */
export type SubjectReference =
  | { readonly by: 'id'; readonly userId: string }
  | { readonly by: 'external_id'; readonly externalId: string }

/** Tokens of ours die with their epoch, tokens of outside issuers by their issue time (invariant 5). */
export type TokenFreshness =
  | { readonly by: 'epoch'; readonly epoch: number }
  | { readonly by: 'issued_at'; readonly iatSeconds: number; readonly skewSeconds: number }

/** The sender that a bearer token proves, by signature only. */
export interface Principal {
  /** `iss` and `sub` as the token has them: the identity that user actions are bound to (rules T11, U2). */
  readonly issuer: string
  readonly subject: string
  readonly organizationId: string
  readonly reference: SubjectReference
  readonly tokenKind: TokenKind
  readonly freshness: TokenFreshness
  /** The token's `jti`; null where it has none, so that it cannot be logged out. */
  readonly tokenId: string | null
  /** Its key in `revoked_tokens`; null for tokens that cannot be revoked here: those of outside issuers. */
  readonly revocationKey: string | null
  /** Unix seconds. */
  readonly expSeconds: number
  /** Whether this service issued the token. */
  readonly isOwn: boolean
}

/** One text per identity, for binding: issuers and subjects hold no line feed. */
export const identityOf = (principal: Pick<Principal, 'issuer' | 'subject'>): string =>
  `${principal.issuer}\n${principal.subject}`

/**
 * Names whose keys sign for a principal: the personal access token's own, by its `jti`, or the user's, by null.
 * A personal access token without `jti` has no key at all, and must not fall back to its owner's.
 */
export const keyHolderOf = (principal: Pick<Principal, 'tokenKind' | 'tokenId'>): string | null =>
  principal.tokenKind === 'personal_access_token' ? (principal.tokenId ?? '') : null
