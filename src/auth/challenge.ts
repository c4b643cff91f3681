/**
 * What a client gets to sign with: the shape that login and action signing share. No store, no clock.
 */
import type { Credential } from '../core/user.ts'
import type { PurposeToken } from './purpose-token.ts'

/** A challenge as the core of both flows knows it; the dialect adds the vendor's constants. */
export interface IssuedChallenge {
  /** The text to be signed. */
  readonly challenge: string
  /** A JWT of ours that names the challenge; it is single use and needs no table. */
  readonly challengeIdentifier: string
  /** Ids of the credentials that may sign, by kind. */
  readonly keyIds: readonly string[]
  readonly passkeyIds: readonly string[]
}

/** What a client answers a challenge with. */
export interface ChallengeAnswer {
  readonly challengeIdentifier: string
  readonly assertion: Assertion
}

/** The answer of a key or of a passkey, in base64url with or without padding. */
export type Assertion = {
  readonly credentialId: string
  readonly clientData: string
  readonly signature: string
} & (
  | { readonly kind: 'Key'; readonly algorithm?: string | undefined }
  | {
      readonly kind: 'Fido2'
      readonly authenticatorData: string
      readonly userHandle?: string | undefined
    }
)

/** Ids of credentials of one kind, as clients know them. */
export const idsOf = (
  credentials: readonly Credential[],
  kind: Credential['kind'],
): readonly string[] =>
  credentials.filter((one) => one.kind === kind).map((one) => one.credentialId)

/** Strips the padding that some clients leave on credential ids (FACTS 1.1.5). */
export const withoutPadding = (id: string): string => id.replace(/={1,2}$/, '')

/**
 * Tells whether a challenge offered a credential: what was on when it was issued, it listed, and nothing else (rule U1).
 */
export const wasOffered = (
  { createdAt, activatedAt }: Pick<Credential, 'createdAt' | 'activatedAt'>,
  { issuedBefore }: Pick<PurposeToken, 'issuedBefore'>,
): boolean => Math.max(createdAt, activatedAt ?? 0) < issuedBefore
