/**
 * One refusal of every reason, from which the document's examples are written: by the very form that answers, so that
 * no example can say what no answer does.
 */
import type { Reason, RefusalOf } from '../core/refusal.ts'
import type { RequestContext } from './request-context.ts'

const USER_ID = 'us-6b58p-r53sr-rlrd3l5cj3uc4ome'
const ORGANIZATION_ID = 'or-30tnh-itmjs-s235s5ontr3r23h2'

/** The request that the samples refuse. */
export const SAMPLE_CONTEXT: RequestContext = {
  requestId: 'req_0f8fad5bd9cb469fa16570867728950e',
  clientRequestId: null,
  errorNumber: '04611686018427387904',
  now: Date.UTC(2026, 0, 5, 9),
  method: 'POST',
  path: `/v1/users/${USER_ID}/activate`,
  search: '',
}

/** What the log alone would tell. */
const cause = 'sample'

/**
 * Writes a sample of every reason.
 *
 * @param power - operation or permission that a caller lacks, as its dialect spells it.
 */
export function sampleRefusals(power: string): { readonly [R in Reason]: RefusalOf<R> } {
  const access = { kind: 'CustomerEmployee', userId: USER_ID, operation: power } as const
  return {
    route_not_found: { reason: 'route_not_found' },
    method_not_allowed: { reason: 'method_not_allowed', allow: ['PUT', 'OPTIONS'] },
    url_too_long: { reason: 'url_too_long' },
    headers_too_large: { reason: 'headers_too_large' },
    body_too_large: { reason: 'body_too_large' },
    media_type_unsupported: { reason: 'media_type_unsupported' },
    body_malformed: { reason: 'body_malformed', problem: 'duplicate_name', at: 21 },
    input_invalid: {
      reason: 'input_invalid',
      // The one fault that every operation of every dialect answers alike: the body is a list.
      issues: [
        {
          location: 'body',
          path: [],
          code: 'type',
          message: 'is not of the type object',
          ...{ expected: 'object', received: 'array' },
        },
      ],
    },
    token_missing: { reason: 'token_missing' },
    token_invalid: { reason: 'token_invalid', cause },
    caller_unknown: { reason: 'caller_unknown' },
    caller_inactive: { reason: 'caller_inactive' },
    dialect_off: { reason: 'dialect_off', dialect: 'sample' },
    kind_refused: { reason: 'kind_refused', ...access, kind: 'EndUser' },
    permission_missing: { reason: 'permission_missing', ...access },
    user_action_invalid: { reason: 'user_action_invalid', cause },
    user_action_used: { reason: 'user_action_used' },
    idempotency_key_reused: { reason: 'idempotency_key_reused' },
    precondition_failed: { reason: 'precondition_failed' },
    user_not_found: {
      reason: 'user_not_found',
      ...{ userId: USER_ID, organizationId: ORGANIZATION_ID },
    },
    organization_not_found: { reason: 'organization_not_found', organizationId: ORGANIZATION_ID },
    role_not_found: { reason: 'role_not_found', index: 0 },
    state_unchanged: { reason: 'state_unchanged', state: 'active' },
    self_change: { reason: 'self_change' },
    last_holder: { reason: 'last_holder' },
    username_taken: { reason: 'username_taken' },
    public_key_taken: { reason: 'public_key_taken' },
    external_id_taken: {
      reason: 'external_id_taken',
      duplicate: { userId: USER_ID, externalId: 'employee-4711' },
    },
    credential_invalid: { reason: 'credential_invalid', cause },
    credential_taken: { reason: 'credential_taken' },
    too_many_credentials: { reason: 'too_many_credentials' },
    credential_not_found: { reason: 'credential_not_found' },
    last_credential: { reason: 'last_credential' },
    registration_refused: { reason: 'registration_refused', cause },
    registration_code_expired: { reason: 'registration_code_expired' },
    login_refused: { reason: 'login_refused', cause },
    account_deactivated: { reason: 'account_deactivated' },
    sso_required: { reason: 'sso_required' },
    challenge_invalid: { reason: 'challenge_invalid', cause },
    token_not_revocable: { reason: 'token_not_revocable' },
    rate_limited: { reason: 'rate_limited', limit: 'requests', quota: 1000, periodSeconds: 60 },
    unavailable: { reason: 'unavailable', cause },
    internal: { reason: 'internal' },
  }
}
