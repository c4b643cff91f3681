/**
 * Reads a JSON body by our own rules, for the framework's are too lenient (F11). Counts while reading, trusts no
 * Content-Length.
 */
import type { EdgeRefusal } from '../core/refusal.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { decodeUtf8, parseStrictJson, type JsonValue } from '../core/strict-json.ts'

/** Largest body, in bytes. */
export const MAX_BODY_BYTES = 16_384

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i

/**
 * Reads the JSON value of a body; undefined for an empty one, whatever its Content-Type says: two official clients
 * announce JSON and send nothing (FACTS 1.1.4).
 * Refuses with `body_too_large`, `media_type_unsupported` or `body_malformed`.
 */
export async function readJsonBody(
  request: Request,
): Promise<Result<JsonValue | undefined, EdgeRefusal>> {
  const bytes = await readBytes(request.body)
  if (bytes === null) return fail({ reason: 'body_too_large' })
  if (bytes.length === 0) return succeed(undefined)
  const { headers } = request
  const encoding = headers.get('content-encoding') ?? 'identity'
  if (!JSON_TYPE.test(headers.get('content-type') ?? '') || encoding !== 'identity') {
    return fail({ reason: 'media_type_unsupported' })
  }
  const text = decodeUtf8(bytes)
  if (text === null) return fail({ reason: 'body_malformed', problem: 'not_utf8' })
  const parsed = parseStrictJson(text)
  return parsed.ok ? parsed : fail({ reason: 'body_malformed', problem: parsed.failure.problem })
}

/** Reads up to the limit; null when there is more, the rest then stays unread. */
async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array | null> {
  if (!body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  for (const reader = body.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > MAX_BODY_BYTES) {
      // The client may still be sending; telling it to stop must not fail the answer.
      await reader.cancel().catch(() => undefined)
      return null
    }
    chunks.push(value)
  }
  return joinBytes(chunks, length)
}

function joinBytes(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks
  if (first && chunks.length === 1) return first
  const joined = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.length
  }
  return joined
}
