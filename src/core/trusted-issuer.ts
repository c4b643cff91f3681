/**
 * An outside issuer of access tokens, as the operator configured it (DESIGN section 2). Types only.
 */

/** Whose tokens are accepted, with which algorithms, for which one organization. */
export interface TrustedIssuer {
  /** Compared with `iss` character by character (rule T8). */
  readonly issuer: string
  readonly jwksUrl: string
  readonly audience: string
  /** JWS algorithms that its keys may sign with; the token has no say in it (rule T4). */
  readonly algorithms: readonly string[]
  readonly organizationId: string
  /** The `typ` that its tokens carry; `at+jwt` unless the operator wrote an exception down (rule T5). */
  readonly typ: string
  /** Claim that names the user: our user id, or the user's external id. */
  readonly userClaim: string
  /** Longest lifetime that a token may claim, in seconds (rule T9). */
  readonly maxTokenAgeSeconds: number
}
