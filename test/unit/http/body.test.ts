/**
 * Reading a body: counted while it is read, and JSON that everybody reads alike.
 */
import { describe, expect, it } from 'vitest'
import { succeed } from '../../../src/core/result.ts'
import { MAX_BODY_BYTES, readJsonBody } from '../../../src/http/body.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }

function readBody(body: BodyInit | null, headers: Record<string, string> = JSON_HEADERS) {
  const init = { method: 'PUT', body, headers, duplex: 'half' }
  return readJsonBody(new Request('http://localhost:8787/', init))
}

/** Reads the value of a body as it would come with some headers. */
async function read(...input: Parameters<typeof readBody>) {
  const result = await readBody(...input)
  return result.ok ? succeed(result.value.value) : result
}

const refused = (reason: string, evidence: object = {}) => ({
  ok: false,
  failure: { reason, ...evidence },
})

/** A stream of chunks that never ends by itself; tells how far it was read and whether it was stopped. */
function endless(chunkBytes: number) {
  const seen = { chunks: 0, isCancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        seen.chunks += 1
        controller.enqueue(new Uint8Array(chunkBytes).fill(0x20))
      },
      cancel: () => {
        seen.isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { seen, stream }
}

const streamOf = (...chunks: string[]) =>
  new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })

describe('a body that breaks off', () => {
  it.each(['Network connection lost.', 'anything'])(
    'is refused when reading throws "%s"',
    async (message) => {
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array([0x7b])),
        pull: (controller) => controller.error(new Error(message)),
      })
      expect(await read(stream)).toEqual(refused('body_malformed', { problem: 'cut_off', at: 0 }))
    },
  )
})

describe('readJsonBody: size', () => {
  const textOf = (bytes: number) => `"${'a'.repeat(bytes - 2)}"`

  it('takes 16,384 bytes and refuses one more', async () => {
    expect(MAX_BODY_BYTES).toBe(16_384)
    expect((await read(textOf(MAX_BODY_BYTES))).ok).toBe(true)
    expect(await read(textOf(MAX_BODY_BYTES + 1))).toEqual(refused('body_too_large'))
  })

  it('counts bytes, not characters', async () => {
    expect(await read(`"${'é'.repeat(8_192)}"`)).toEqual(refused('body_too_large'))
  })

  it('stops reading an endless body 4 MiB beyond the limit, whatever Content-Length says', async () => {
    const { seen, stream } = endless(1_024)
    const result = await read(stream, { ...JSON_HEADERS, 'content-length': '2' })
    expect(result).toEqual(refused('body_too_large'))
    expect(seen).toEqual({ chunks: 16 + 4_096 + 1, isCancelled: true })
  })

  it('refuses one chunk that is larger than the limit', async () => {
    const { stream } = endless(8 * 1_048_576)
    expect(await read(stream)).toEqual(refused('body_too_large'))
  })

  it('answers the same when the client cannot be told to stop', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(MAX_BODY_BYTES)),
      cancel: () => Promise.reject(new Error('gone')),
    })
    expect(await read(stream)).toEqual(refused('body_too_large'))
  })

  it('joins chunks that split a character', async () => {
    const bytes = new TextEncoder().encode('{"a":"é"}')
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    expect(await read(stream)).toEqual({ ok: true, value: { a: 'é' } })
  })

  it('names the size before the type', async () => {
    const result = await read(textOf(MAX_BODY_BYTES + 1), { 'content-type': 'text/plain' })
    expect(result).toEqual(refused('body_too_large'))
  })
})

describe('readJsonBody: type', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json ; charset = utf-8 ',
  ])('takes %s', async (type) => {
    expect(await read('{}', { 'content-type': type })).toEqual({ ok: true, value: {} })
  })

  it.each([
    '',
    'text/plain',
    'text/json',
    'application/vnd.api+json',
    'application/json-patch+json',
    'application/jsonx',
    'xapplication/json',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; version=1',
    'application/json, text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('refuses "%s"', async (type) => {
    const stream = streamOf('{}')
    expect(await read(stream, type ? { 'content-type': type } : {})).toEqual(
      refused('media_type_unsupported'),
    )
  })

  it.each(['gzip', 'br', 'deflate', 'identity, gzip', 'x'])(
    'refuses the encoding %s',
    async (encoding) => {
      const headers = { ...JSON_HEADERS, 'content-encoding': encoding }
      expect(await read('{}', headers)).toEqual(refused('media_type_unsupported'))
    },
  )

  it('takes the encoding identity', async () => {
    const headers = { ...JSON_HEADERS, 'content-encoding': 'identity' }
    expect((await read('{}', headers)).ok).toBe(true)
  })

  it.each([
    { name: 'no body', body: null },
    { name: 'an empty body', body: '' },
    { name: 'an empty stream', body: streamOf() },
  ])('answers undefined for $name, whatever its type', async ({ body }) => {
    const result = await read(body, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
    expect(result).toEqual({ ok: true, value: undefined })
  })
})

describe('readJsonBody: JSON', () => {
  it.each([' {"a" : 1}\n', ''])('keeps the bytes of %j as they came', async (text) => {
    const bytes = new TextEncoder().encode(text)
    expect(await readBody(bytes)).toMatchObject({ ok: true, value: { bytes } })
  })

  it.each<[string, unknown]>([
    ['{"a":[1,null,true]}', { a: [1, null, true] }],
    [' {} ', {}],
    ['null', null],
    ['[]', []],
    ['"text"', 'text'],
  ])('reads %s', async (text, value) => {
    expect(await read(text)).toEqual({ ok: true, value })
  })

  it.each([
    { name: 'a text that is no JSON', body: '{', problem: 'not_json', at: 1 },
    { name: 'blanks alone', body: '  ', problem: 'not_json', at: 2 },
    { name: 'two values', body: '{}{}', problem: 'not_json', at: 2 },
    { name: 'a byte order mark', body: '\uFEFF{}', problem: 'byte_order_mark', at: 0 },
    { name: 'a name twice', body: '{"a":1,"a":2}', problem: 'duplicate_name', at: 7 },
    { name: 'a prototype', body: '{"__proto__":{}}', problem: 'forbidden_name', at: 1 },
    {
      name: 'seventeen brackets',
      body: '['.repeat(17) + ']'.repeat(17),
      problem: 'too_deep',
      at: 16,
    },
    { name: 'a lone surrogate', body: '"\\ud800"', problem: 'lone_surrogate', at: 0 },
    { name: 'a number beyond all', body: '1e400', problem: 'number_out_of_range', at: 0 },
    {
      name: 'bytes that are no UTF-8',
      body: Uint8Array.of(0x22, 0xc3, 0x22),
      problem: 'not_utf8',
      at: 0,
    },
    {
      name: 'UTF-16',
      body: Uint8Array.of(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00),
      problem: 'not_utf8',
      at: 0,
    },
  ])('refuses $name with $problem at $at', async ({ body, problem, at }) => {
    expect(await read(body)).toEqual(refused('body_malformed', { problem, at }))
  })
})
