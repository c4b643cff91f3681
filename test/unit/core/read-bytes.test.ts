/**
 * A stream read to a limit: counted as it comes, whatever was announced.
 */
import { describe, expect, it } from 'vitest'
import { readBytes } from '../../../src/core/read-bytes.ts'

/** A stream of chunks, and what became of it. */
function streamOf(chunks: readonly number[][]) {
  const seen = { pulled: 0, isCancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const chunk = chunks[seen.pulled++]
        if (chunk) controller.enqueue(new Uint8Array(chunk))
        else controller.close()
      },
      cancel: () => void (seen.isCancelled = true),
    },
    { highWaterMark: 0 },
  )
  return { seen, stream }
}

describe('readBytes', () => {
  it.each([
    { name: 'no chunk', chunks: [], bytes: [] },
    { name: 'one chunk', chunks: [[1, 2, 3]], bytes: [1, 2, 3] },
    { name: 'several chunks, empty ones among them', chunks: [[1], [], [2, 3]], bytes: [1, 2, 3] },
  ])('reads all of $name, up to the limit', async ({ chunks, bytes }) => {
    expect(await readBytes(streamOf(chunks).stream, 3)).toEqual(new Uint8Array(bytes))
  })

  it('reads no bytes where there is no stream', async () => {
    expect(await readBytes(null, 3)).toEqual(new Uint8Array())
  })

  it('stops at the chunk that passes the limit, and cancels the rest', async () => {
    const { seen, stream } = streamOf([[1, 2], [3, 4], [5]])
    expect(await readBytes(stream, 3)).toBeNull()
    expect(seen).toEqual({ pulled: 2, isCancelled: true })
  })

  it.each([
    { name: 'to its end', chunks: [[1, 2], [3, 4], [5]], seen: { pulled: 4, isCancelled: false } },
    {
      name: 'up to a limit, and cancels what follows',
      chunks: [[1, 2], [3, 4], [5, 6], [7]],
      seen: { pulled: 3, isCancelled: true },
    },
  ])('reads on and discards a stream that is too long $name', async ({ chunks, seen }) => {
    const source = streamOf(chunks)
    expect(await readBytes(source.stream, 3, 2)).toBeNull()
    expect(source.seen).toEqual(seen)
  })

  it('answers even when the sender refuses to be cancelled', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(4)),
      cancel: () => Promise.reject(new Error('gone')),
    })
    expect(await readBytes(stream, 3)).toBeNull()
  })

  it('throws what the stream throws', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: () => Promise.reject(new Error('connection lost')),
    })
    await expect(readBytes(stream, 3)).rejects.toThrow('connection lost')
  })
})
