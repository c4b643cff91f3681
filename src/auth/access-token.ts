/**
 * Issues access tokens of the service's own. Verification is in verify-bearer.ts. No store, no clock.
 */
import { SignJWT } from 'jose'
import type { TokenKind } from '../core/principal.ts'
import { OWN_ALGORITHM } from './key-ring.ts'
import type { KeyRing } from './own-key.ts'

/** Media type of an access token, told apart from every other token by it (rule T5, RFC 9068 section 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

/** Claims that the official Dfns client reads, besides the registered ones (FACTS 1.1.6). */
export const APP_METADATA_CLAIM = 'https://custom/app_metadata'

/** Claim with the username, as the vendor's tokens have it. */
export const USERNAME_CLAIM = 'https://custom/username'

/** The vendor's spelling of the token kinds (FACTS 1.1.6). */
export const TOKEN_KIND_NAMES = {
  user: 'Token',
  service_account: 'ServiceAccount',
  personal_access_token: 'Pat',
} as const satisfies Record<TokenKind, string>

/** Longest lifetime by kind, in seconds (rule T9). */
export const MAX_LIFETIME_SECONDS = {
  user: 3_600,
  service_account: 365 * 86_400,
  personal_access_token: 365 * 86_400,
} as const satisfies Record<TokenKind, number>

/** What an access token says about its holder. */
export interface AccessTokenSubject {
  readonly userId: string
  readonly username: string
  readonly organizationId: string
  readonly tenantId: string
  readonly tokenEpoch: number
  readonly tokenKind: TokenKind
}

/**
 * Signs an access token with the ring's first key.
 *
 * @param options.now - Unix time in milliseconds.
 * @param options.lifetimeSeconds - cut to the kind's maximum (rule T9).
 * @param options.tokenId - the `jti`, which logging out and revoking name.
 * @see RFC 9068 section 2 (JWT profile for access tokens)
 */
export function issueAccessToken(
  keyRing: KeyRing,
  subject: AccessTokenSubject,
  options: {
    readonly issuer: string
    readonly audience: string
    readonly now: number
    readonly lifetimeSeconds: number
    readonly tokenId: string
  },
): Promise<string> {
  const iat = Math.floor(options.now / 1000)
  const lifetime = Math.min(options.lifetimeSeconds, MAX_LIFETIME_SECONDS[subject.tokenKind])
  return new SignJWT({
    epoch: subject.tokenEpoch,
    [USERNAME_CLAIM]: subject.username,
    [APP_METADATA_CLAIM]: {
      userId: subject.userId,
      orgId: subject.organizationId,
      tokenKind: TOKEN_KIND_NAMES[subject.tokenKind],
      tenantId: subject.tenantId,
    },
  })
    .setProtectedHeader({ alg: OWN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid: keyRing.signer.kid })
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setSubject(subject.userId)
    .setIssuedAt(iat)
    .setExpirationTime(iat + lifetime)
    .setJti(options.tokenId)
    .sign(keyRing.signer.privateKey)
}
