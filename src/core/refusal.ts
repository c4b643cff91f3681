/**
 * Every reason for which a request is not done, each with its evidence. How a reason looks on the wire is each
 * dialect's own table; a new reason here does not compile until every table answers it.
 */
import type { UserKind, UserState } from './user.ts'

/** One fault of the input, in words that each dialect can spell in its own form. */
export interface InputIssue {
  readonly location: 'path' | 'query' | 'header' | 'body'
  /** Names and indexes from the outside in; empty for the whole. */
  readonly path: readonly (string | number)[]
  readonly code: 'missing' | 'type' | 'unknown' | 'value'
  /** A plain sentence for people, without the value that was sent. */
  readonly message: string
  readonly expected?: string
  readonly received?: string
  /** Name of the broken rule in a dialect's own vocabulary, where its schema gives one. */
  readonly rule?: string
}

/** Who was not allowed what, as the vendors' messages name it. */
interface AccessEvidence {
  readonly kind: UserKind
  readonly userId: string
  readonly operation: string
}

/** Faults of the request itself, found before anybody asked who sent it. */
export type EdgeRefusal =
  | { readonly reason: 'route_not_found' }
  | { readonly reason: 'method_not_allowed'; readonly allow: readonly string[] }
  | { readonly reason: 'url_too_long' }
  | { readonly reason: 'headers_too_large' }
  | { readonly reason: 'body_too_large' }
  | { readonly reason: 'media_type_unsupported' }
  /** `at` counts UTF-16 code units from 0. */
  | { readonly reason: 'body_malformed'; readonly problem: string; readonly at: number }
  | { readonly reason: 'input_invalid'; readonly issues: readonly InputIssue[] }

/** Faults of the caller: no proof of who it is, or not allowed. `cause` is for the log only. */
export type CallerRefusal =
  | { readonly reason: 'token_missing' }
  | { readonly reason: 'token_invalid'; readonly cause: string }
  | { readonly reason: 'caller_unknown' }
  | { readonly reason: 'caller_inactive' }
  | { readonly reason: 'dialect_off'; readonly dialect: string }
  | ({ readonly reason: 'kind_refused' } & AccessEvidence)
  | ({ readonly reason: 'permission_missing' } & AccessEvidence)

/** Faults of the proof of intent. `cause` is for the log only. */
export type ProofRefusal =
  | { readonly reason: 'user_action_invalid'; readonly cause: string }
  | { readonly reason: 'user_action_used' }

/** Faults of what a request says of its own repetition, or of the state that it was made for. */
export type ConditionRefusal =
  /** The idempotency key came with another request before (rule I4). */
  | { readonly reason: 'idempotency_key_reused' }
  /** The user is not in the version that `If-Match` names. */
  | { readonly reason: 'precondition_failed' }

/** What the state of the store forbids. */
export type StateRefusal =
  | { readonly reason: 'user_not_found'; readonly userId: string; readonly organizationId: string }
  | { readonly reason: 'organization_not_found'; readonly organizationId: string }
  /** A role that was named does not exist; `index` is its place among those that were. */
  | { readonly reason: 'role_not_found'; readonly index: number }
  | { readonly reason: 'state_unchanged'; readonly state: UserState }
  | { readonly reason: 'self_change' }
  | { readonly reason: 'last_holder' }
  | { readonly reason: 'username_taken' }
  | { readonly reason: 'public_key_taken' }
  | {
      readonly reason: 'external_id_taken'
      readonly duplicate: { readonly userId: string; readonly externalId: string }
    }

/** What stands against a credential. `cause` is for the log only. */
export type CredentialRefusal =
  /** Its proof of possession does not verify, or it is no credential that can be registered. */
  | { readonly reason: 'credential_invalid'; readonly cause: string }
  | { readonly reason: 'credential_taken' }
  | { readonly reason: 'too_many_credentials' }
  | { readonly reason: 'credential_not_found' }
  | { readonly reason: 'last_credential' }

/** Faults of registering with a code. `cause` is for the log only. */
export type RegistrationRefusal =
  | { readonly reason: 'registration_refused'; readonly cause: string }
  | { readonly reason: 'registration_code_expired' }

/** Faults of logging in, out and of signing. `cause` is for the log only. */
export type LoginRefusal =
  | { readonly reason: 'login_refused'; readonly cause: string }
  | { readonly reason: 'account_deactivated' }
  | { readonly reason: 'sso_required' }
  | { readonly reason: 'challenge_invalid'; readonly cause: string }
  | { readonly reason: 'token_not_revocable' }

/**
 * What is counted: all requests of a sender; logins and signatures of a network, each of which costs a verification and
 * a row, and questions whether the service is ready; failed authentications of a network.
 */
export type LimitName = 'requests' | 'signing' | 'failures'

/** More requests than one sender has in a period; `limit` is for the log only. */
export interface LimitRefusal {
  readonly reason: 'rate_limited'
  readonly limit: LimitName
  /** How many there may be in a period. */
  readonly quota: number
  readonly periodSeconds: number
}

/** What is nobody's fault but ours. */
export type ServiceRefusal =
  | { readonly reason: 'unavailable'; readonly cause: string }
  | { readonly reason: 'internal' }

/** Why a request was not done. */
export type Refusal =
  | EdgeRefusal
  | CallerRefusal
  | ProofRefusal
  | ConditionRefusal
  | StateRefusal
  | CredentialRefusal
  | RegistrationRefusal
  | LoginRefusal
  | LimitRefusal
  | ServiceRefusal

/** The stable name of a refusal, in logs and in every dialect's table. */
export type Reason = Refusal['reason']

/** The refusal that has a given reason, with its evidence. */
export type RefusalOf<R extends Reason> = Extract<Refusal, { readonly reason: R }>
