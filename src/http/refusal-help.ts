/**
 * What every refusal means and what to do about it: for the document and the README, never on the wire. The names are
 * those of the log; a reason that is missing here does not compile.
 */
import type { Reason } from '../core/refusal.ts'

/** One reason, for whoever meets it. */
export interface RefusalHelp {
  /** What happened, in one sentence. */
  readonly cause: string
  /** What the caller does next, in one sentence. */
  readonly cure: string
}

/**
 * Refused of any request, whatever its path: no operation can declare it, and a document tells of it as a whole.
 *
 * @see RFC 9110 sections 15.5.5 and 15.5.6
 */
export const OUTSIDE_OPERATIONS = [
  'route_not_found',
  'method_not_allowed',
] as const satisfies readonly Reason[]

// Pairs and not members, so that the table can be read as one.
const TABLE: { readonly [R in Reason]: readonly [cause: string, cure: string] } = {
  route_not_found: [
    'No operation has this path, or the path is not spelled in its one canonical way.',
    'Compare the path with the document: no percent sign, no empty segment, no slash at the end.',
  ],
  method_not_allowed: [
    'The path exists, but not with this method.',
    'Use a method that the header `Allow` names.',
  ],
  url_too_long: [
    'Path and query are longer than 2,048 bytes together.',
    'Shorten the query; no value that this API hands out is that long.',
  ],
  headers_too_large: [
    'Names and values of all headers are larger than 16,384 bytes together.',
    'Send fewer headers; cookies are never read here.',
  ],
  body_too_large: ['The body is larger than 16,384 bytes.', 'Send less; no operation takes more.'],
  media_type_unsupported: [
    'The body is not declared as JSON in UTF-8, or is compressed.',
    'Send `Content-Type: application/json` and no `Content-Encoding`.',
  ],
  body_malformed: [
    'The body is not JSON that every parser reads alike: cut off, a name twice, too deep, or not UTF-8.',
    'Let a JSON library write the body, without a byte order mark.',
  ],
  input_invalid: [
    'A parameter, header or member is missing, unknown, or not of its type.',
    'Mend the fields that the answer names; the values that were sent are not repeated.',
  ],
  token_missing: [
    'No bearer token came with the request.',
    'Send `Authorization: Bearer` with a token from the login, the command line or a trusted issuer.',
  ],
  token_invalid: [
    'The token is malformed, expired, logged out, older than a deactivation of its user, or of an issuer that is not trusted here.',
    'Get a fresh token; which of these it was stands in the log, under the request id.',
  ],
  caller_unknown: [
    'The token is good, but its organization has no such user, or has archived it.',
    'Ask an administrator for a user, or for the external id by which your issuer names you.',
  ],
  caller_inactive: [
    'The user of the token is deactivated.',
    'Ask an administrator to activate the user, and get a new token then.',
  ],
  dialect_off: [
    'The organization has this API switched off.',
    'Use an API that is on, or ask the operator to switch this one on.',
  ],
  kind_refused: [
    'End users manage nobody, and personal access tokens only read.',
    'Repeat it as an employee or a service account, with its own token.',
  ],
  permission_missing: [
    'The caller does not hold the operation, or not every one of a role that it grants, or is no superuser.',
    'Ask an administrator for a role with the operation that the answer names; superusers are made by the operator alone.',
  ],
  user_action_invalid: [
    'The user action is missing, expired, for another request, by an inactive credential, or sent where none is taken.',
    'Sign anew what is really sent: method, path and body to the letter.',
  ],
  user_action_used: [
    'The user action was spent by an earlier request.',
    'Sign a new one; to repeat a request safely, send both tries with one `Idempotency-Key`.',
  ],
  idempotency_key_reused: [
    'The idempotency key came with another request before.',
    'Take a new key for a new request, and repeat the old one unchanged.',
  ],
  precondition_failed: [
    'The user has changed since it had the `ETag` that `If-Match` names.',
    'Read the user again, and decide again.',
  ],
  user_not_found: [
    'The organization has no such user, or has archived it, or the address sent is not of this user.',
    'Take the id from a list of users; users of other organizations are never shown.',
  ],
  organization_not_found: [
    'The organization is not the one that the token is for.',
    'Name the organization of the token.',
  ],
  role_not_found: [
    'The organization has no role of this name.',
    'Take the name from the list of roles.',
  ],
  state_unchanged: [
    'The user is in the wanted state already.',
    'Nothing is left to do; read the user if in doubt who did it.',
  ],
  self_change: ['Nobody deactivates or archives itself.', 'Let another administrator do it.'],
  last_holder: [
    'The user is the last active employee of the organization who could activate others.',
    'Give somebody else that power first.',
  ],
  username_taken: [
    'Another user of the organization has the address or number.',
    'Look for that user, or take another address; archiving frees it.',
  ],
  public_key_taken: [
    'The public key is registered already.',
    'Make a key pair of its own for every credential.',
  ],
  external_id_taken: [
    'Another user of the organization has the external id.',
    'Use that user, whom the answer names, or take another id.',
  ],
  credential_invalid: [
    'The key is weak or not supported, or its proof does not fit the challenge.',
    'Make a new key or passkey, and have it answer the challenge as it was given.',
  ],
  credential_taken: [
    'The credential is registered already.',
    'Log in with it, or register another one.',
  ],
  too_many_credentials: [
    'The user has as many credentials as it can have.',
    'Go on with one of them: also those that are deactivated count.',
  ],
  credential_not_found: [
    'The caller has no credential with this id.',
    'Take `credentialUuid` from the list of credentials.',
  ],
  last_credential: [
    'Without this credential the user could never log in again.',
    'Register another one first.',
  ],
  registration_refused: [
    'Organization, username and code do not belong together, or the code was used, or the user is deactivated.',
    'Check the three values; a code is good for one registration.',
  ],
  registration_code_expired: [
    'The registration code is older than a day.',
    'Ask the administrator to archive the user, and to create it anew.',
  ],
  login_refused: [
    'The challenge was not signed by a credential that may sign for this user.',
    'Sign the challenge as given, with one of `allowCredentials`, and check username and organization.',
  ],
  account_deactivated: [
    'The signature is good, but the user is deactivated.',
    'Ask an administrator to activate the user.',
  ],
  sso_required: [
    'The signature is good, but the user may come by its single sign-on only.',
    "Get a token from the organization's issuer.",
  ],
  challenge_invalid: [
    'The challenge is expired, used, for another purpose or another caller.',
    'Ask for a new challenge, and answer it once, before it expires.',
  ],
  token_not_revocable: [
    'Only tokens of this service that have an id can be logged out.',
    'Log out at the issuer of the token, or let it expire.',
  ],
  rate_limited: [
    'More requests came in a minute than `RateLimit-Policy` grants one caller or one network.',
    'Wait as many seconds as `Retry-After` says, and send less at a time.',
  ],
  unavailable: [
    'The store, the keys of an issuer or the configuration cannot be had just now; nobody is let in on trust.',
    'Try again after `Retry-After`, changes with the same `Idempotency-Key`.',
  ],
  internal: [
    'The service has a fault, and knows no more.',
    'Tell the operator the request id; repeat a change with the same `Idempotency-Key` only.',
  ],
}

/** Cause and cure of a reason. */
export const helpFor = (reason: Reason): RefusalHelp => {
  const [cause, cure] = TABLE[reason]
  return { cause, cure }
}
