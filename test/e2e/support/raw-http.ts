/**
 * HTTP as bytes: says anything to a server, and reads the answers that come back, however many.
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One answer on the wire; names of headers in lower case. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** What is said: bytes, and milliseconds of silence; `FIN` ends the sender's half. */
export type Said = readonly (string | Uint8Array | number | typeof FIN)[]

/** The end of what a client says; it still listens. */
export const FIN = Symbol('FIN')

/**
 * Says something to a server until it hangs up.
 *
 * @param patience - milliseconds after which nobody waits any longer.
 */
export function say(port: number, said: Said, patience: number): Promise<RawAnswer[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    const hangUp = setTimeout(() => socket.destroy(), patience)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    // Whoever is not understood may be cut off in the middle of a word.
    socket.on('error', () => {})
    socket.once('close', () => {
      clearTimeout(hangUp)
      resolve(readAnswers(Buffer.concat(chunks)))
    })
    socket.once('connect', async () => {
      for (const part of said) {
        if (socket.destroyed) return
        if (part === FIN) socket.end()
        else if (typeof part === 'number') await sleep(part)
        else socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
      }
    })
  })
}

/** Reads all answers but interim ones. */
function readAnswers(bytes: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let rest = bytes; rest.length > 0; ) {
    const end = rest.indexOf('\r\n\r\n')
    const [line = '', ...lines] = rest.toString('latin1', 0, Math.max(end, 0)).split('\r\n')
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1])
    if (end < 0 || Number.isNaN(status)) {
      return [...answers, { status: 0, headers: {}, text: rest.toString('latin1') }]
    }
    const headers = Object.fromEntries(
      lines.map((one) => {
        const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(one) ?? []
        return [name.toLowerCase(), value] as const
      }),
    )
    const isChunked = headers['transfer-encoding'] === 'chunked'
    const length = Number(headers['content-length'] ?? (isChunked ? NaN : 0))
    const body = rest.subarray(end + 4)
    const [content, used] = Number.isNaN(length)
      ? unchunk(body)
      : [body.subarray(0, length), length]
    if (status >= 200) answers.push({ status, headers, text: content.toString() })
    rest = body.subarray(used)
  }
  return answers
}

/** Joins chunks, and counts the bytes that they took. */
function unchunk(bytes: Buffer): [Buffer, number] {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16)
    if (end < 0 || !(size > 0)) return [Buffer.concat(parts), end < 0 ? bytes.length : end + 4]
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 4 + size
  }
}
