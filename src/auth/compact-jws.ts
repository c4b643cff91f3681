/**
 * What must hold of a compact JWS before jose sees it. No I/O. No clock. Checks no signature.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import {
  parseStrictJsonObject,
  type JsonObject,
  type JsonObjectProblem,
} from '../core/strict-json.ts'
import { decodeBase64Url } from './base64url.ts'

/** The first thing that is wrong with a token; the rules ask for them in this order. */
export type JwsProblem =
  | 'too_long'
  | 'not_three_segments'
  | 'not_canonical_base64url'
  | `header_${JsonObjectProblem}`
  | `payload_${JsonObjectProblem}`
  | 'header_member_forbidden'
  | 'crit_unsupported'
  | 'kid_invalid'

/** Both readable segments of a token; nothing in them is trusted before the signature is verified. */
export interface CompactJws {
  readonly header: JsonObject & { readonly kid: string }
  readonly payload: JsonObject
}

const TOKEN_PATTERN = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}$/
const KID_PATTERN = /^[A-Za-z0-9._~:-]{1,128}$/

/** Tells whether a key id is a plain name: never a path, a URL or a fragment of SQL (rule T7). */
export const isKid = (value: unknown): value is string =>
  typeof value === 'string' && KID_PATTERN.test(value)

const MAX_DEPTH = 8

/** Members by which a sender would choose the key or the meaning of the bytes; jose ignores the first four. */
const FORBIDDEN_MEMBERS = ['jwk', 'jku', 'x5u', 'x5c', 'b64', 'zip', 'enc']

/**
 * Reads a compact JWS of which there is only one spelling and one reading.
 *
 * @param limits - `maxBytes` bounds the whole token; nothing is decoded of a longer one.
 * @returns header and payload, unverified, or the first of `JwsProblem` that applies.
 * @see RFC 7515 sections 4 (unique names), 4.1.11 (crit) and 7.1 (compact form); RFC 8725 section 3.10
 */
export function parseCompactJws(
  text: string,
  limits: { readonly maxBytes: number },
): Result<CompactJws, JwsProblem> {
  // T1: size and form come before any decoding. A token that passes is ASCII: characters are bytes.
  if (text.length > limits.maxBytes) return fail('too_long')
  if (!TOKEN_PATTERN.test(text)) return fail('not_three_segments')

  // T2: every segment is the text that its bytes encode to, the signature too.
  const [headerBytes, payloadBytes, signature] = text.split('.').map(decodeBase64Url)
  if (!headerBytes || !payloadBytes || !signature) return fail('not_canonical_base64url')

  // T3: each is one JSON object that all parsers read alike.
  const header = parseStrictJsonObject(headerBytes, { maxDepth: MAX_DEPTH })
  if (!header.ok) return fail<JwsProblem>(`header_${header.failure}`)
  const payload = parseStrictJsonObject(payloadBytes, { maxDepth: MAX_DEPTH })
  if (!payload.ok) return fail<JwsProblem>(`payload_${payload.failure}`)

  // T6: the sender brings no key, and no extension is understood, so none may be critical.
  const hasMember = (name: string) => Object.hasOwn(header.value, name)
  if (FORBIDDEN_MEMBERS.some(hasMember)) return fail('header_member_forbidden')
  if (hasMember('crit')) return fail('crit_unsupported')

  // T7: the key id is there, and good for nothing but an exact look-up.
  const { kid } = header.value
  if (!isKid(kid)) return fail('kid_invalid')

  return succeed({ header: { ...header.value, kid }, payload: payload.value })
}
