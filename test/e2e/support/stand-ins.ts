/**
 * What is random in an answer, replaced by what is not: the same value by the same stand-in wherever it occurs, of a
 * form that the service would take. No I/O.
 */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'

const ID = /\b(us|or|pm|as|cr|id|acct)-[a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{14,16}\b/g
const JWT = /^(eyJ[\w-]+)\.[\w-]+\.[\w-]+$/
/** JSON in base64url, as client data is sent. */
const JSON_TEXT = /^eyJ[\w-]+$/
const PEM = /^-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n?$/
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
const HEX = /^(?:[0-9a-f]{2}){32,}$/
/** Challenges, credential ids, signatures, codes, places in lists. No word of the wire is as long. */
const BASE64URL = /^[\w-]{24,}$/

/** Members whose time is the first of their object; every other time is a later one. */
const FIRST_TIMES = ['created_at', 'dateCreated']
const FIRST_TIME = '2026-01-05T09:00:00.000Z'
const LATER_TIME = '2026-01-06T15:30:00.000Z'

/** DER of an Ed25519 private key up to its 32 bytes (RFC 8410 section 7). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown

/** Bytes that are anything to look at and the same in every run. */
const bytesOf = (seed: string, size: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(size / 32) }, (_, n) =>
      createHash('sha256').update(`${seed} ${n}`).digest(),
    ),
  ).subarray(0, size)

/** Writes an id as the service does: five bits a character. */
const idOf = (prefix: string, seed: string): string => {
  const letters = '0123456789abcdefghijklmnopqrstuv'
  const text = [...bytesOf(seed, 26)].map((byte) => letters[byte & 31]).join('')
  return `${prefix}-${text.slice(0, 5)}-${text.slice(5, 10)}-${text.slice(10)}`
}

const pemOf = (seed: string): string => {
  const key = Buffer.concat([ED25519_PKCS8, bytesOf(seed, 32)])
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
}

/** Makes the replacing; values are counted by their kind, in the order in which they are shown. */
export function createStandIns(): (value: unknown) => unknown {
  const known = new Map<string, string>()
  const counts = new Map<string, number>()

  /** Finds the stand-in of a value, or has one written for the next number of its kind. */
  function standInFor(kind: string, value: string, write: (seed: string) => string): string {
    const found = known.get(value)
    if (found !== undefined) return found
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    const written = write(`${kind} ${count}`)
    known.set(value, written)
    return written
  }

  function replaceText(text: string): string {
    const [, header] = JWT.exec(text) ?? []
    if (header !== undefined) {
      const claims = { ...(decode(header) as object), kid: 'example' }
      return standInFor('token', text, (seed) =>
        [
          encode(claims),
          encode({ jti: seed }),
          bytesOf(`${seed} signature`, 64).toString('base64url'),
        ].join('.'),
      )
    }
    if (JSON_TEXT.test(text)) return encode(replace(decode(text)))
    if (PEM.test(text)) return standInFor('key', text, pemOf)
    if (HEX.test(text)) {
      return standInFor('hex', text, (seed) => bytesOf(seed, text.length / 2).toString('hex'))
    }
    if (BASE64URL.test(text) && !text.match(ID)) {
      const size = Math.floor((text.length * 3) / 4)
      return standInFor('text', text, (seed) => bytesOf(seed, size).toString('base64url'))
    }
    return text.replace(ID, (id, prefix: string) =>
      standInFor(prefix, id, (seed) => idOf(prefix, seed)),
    )
  }

  /** A time is what it is by its name: two that differ by a millisecond in one run are equal in the next. */
  function replaceTime(name: string, time: string, object: Readonly<Record<string, unknown>>) {
    const isFirst = FIRST_TIMES.some((first) => first === name || object[first] === time)
    return isFirst ? FIRST_TIME : LATER_TIME
  }

  function replace(value: unknown): unknown {
    if (typeof value === 'string') return replaceText(value)
    if (Array.isArray(value)) return value.map(replace)
    if (typeof value !== 'object' || value === null) return value
    const members = value as Readonly<Record<string, unknown>>
    return Object.fromEntries(
      Object.entries(members).map(([name, member]) => [
        name,
        typeof member === 'string' && TIME.test(member)
          ? replaceTime(name, member, members)
          : replace(member),
      ]),
    )
  }

  return replace
}
