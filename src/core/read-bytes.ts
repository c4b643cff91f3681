/**
 * Reads a stream to a limit. Opens nothing and knows no sender: it counts what it is handed.
 */

/**
 * Reads all bytes of a stream, counting them as they come: an announced length is only the sender's word.
 *
 * @param maxBytes - one more, and there is no result.
 * @param maxDiscarded - how many bytes beyond are read and thrown away before the rest is cancelled.
 * @returns the bytes, none for no stream; null when there are more.
 * @throws what the stream throws.
 * @see RULES section 5 (size), J2
 */
export async function readBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  maxDiscarded = 0,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = stream?.getReader()
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    length += part.value.length
    if (length <= maxBytes) chunks.push(part.value)
    else if (length > maxBytes + maxDiscarded) {
      // The sender may still be sending; telling it to stop must not fail the answer.
      await reader?.cancel().catch(() => undefined)
      return null
    }
  }
  return length > maxBytes ? null : joinBytes(chunks, length)
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
