/**
 * Reads a JSON body by our own rules, for the framework's are too lenient (F11). Counts while reading, trusts no
 * Content-Length.
 */
import { readBytes } from '../core/read-bytes.ts'
import type { EdgeRefusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { decodeUtf8, parseStrictJson, type JsonValue } from '../core/strict-json.ts'

/** Largest body, in bytes. */
export const MAX_BODY_BYTES = 16_384

/**
 * How many bytes more are read of a larger one. A sender whose connection is closed while it sends may lose the answer
 * (RFC 9112 section 9.6), so that it never learns what was wrong.
 */
const MAX_DISCARDED_BYTES = 4_194_304

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i

/** A body that was read. */
export interface JsonBody {
  /** As it was received: no two spellings of a value are one here. */
  readonly bytes: Uint8Array
  /** Undefined for an empty body. */
  readonly value: JsonValue | undefined
}

/**
 * Reads a body and its JSON value. An empty one has none, whatever its Content-Type says: two official clients
 * announce JSON and send nothing (FACTS 1.1.4).
 * Refuses with `body_too_large`, `media_type_unsupported` or `body_malformed`.
 */
export async function readJsonBody(request: Request): Promise<Result<JsonBody, EdgeRefusal>> {
  // A client that breaks off is no fault of the service, nor of its store, whose failures read alike.
  const reading = readBytes(request.body, MAX_BODY_BYTES, MAX_DISCARDED_BYTES)
  const bytes = await reading.catch(() => undefined)
  if (bytes === undefined) return fail({ reason: 'body_malformed', problem: 'cut_off', at: 0 })
  if (bytes === null) return fail({ reason: 'body_too_large' })
  if (bytes.length === 0) return succeed({ bytes, value: undefined })
  const { headers } = request
  const encoding = headers.get('content-encoding') ?? 'identity'
  if (!JSON_TYPE.test(headers.get('content-type') ?? '') || encoding !== 'identity') {
    return fail({ reason: 'media_type_unsupported' })
  }
  const text = decodeUtf8(bytes)
  if (text === null) return fail({ reason: 'body_malformed', problem: 'not_utf8', at: 0 })
  const parsed = parseStrictJson(text)
  return parsed.ok
    ? succeed({ bytes, value: parsed.value })
    : fail({ reason: 'body_malformed', ...parsed.failure })
}
