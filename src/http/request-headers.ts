/**
 * The headers that operations take besides those of every request. One schema each, for parsing and for the document.
 */
import { z } from '@hono/zod-openapi'
import { MAX_HEADER_BYTES } from './edge-limits.ts'
import { parseTagCondition } from './entity-tag.ts'
import { MAX_KEY_CHARACTERS, parseIdempotencyKey } from './idempotency-key.ts'

/** Reads a header by a parser that answers null for what it does not understand. */
const parsedBy = <T>(parse: (text: string) => T | null, message: string) =>
  z.string().transform((text, context): T => {
    const value = parse(text)
    if (value !== null) return value
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

const TAG = '((W/)?"[!#-~\\x80-\\xff]*"[\\t ]*)?'

/** For the document: a star, or entity tags with commas between them (RFC 9110 section 13.1). */
const TAG_CONDITION = `^[\\t ]*(\\*[\\t ]*|${TAG}(,[\\t ]*${TAG})*)$`

/** For the document: visible ASCII without a comma, or a quoted string (RFC 8941 section 3.3.3). */
const KEY = '^([!#-+.-~-]+|"([!#-\\[\\]-~]|\\\\["\\\\])+")$'

const tagCondition = (description: string) =>
  parsedBy(parseTagCondition, 'is not a list of entity tags such as "7", nor *')
    .optional()
    .openapi({ type: 'string', pattern: TAG_CONDITION, maxLength: MAX_HEADER_BYTES, description })

/** Longest reason, in characters. */
const MAX_REASON_CHARACTERS = 256

/** What reads of one user take. */
export const READ_HEADERS = z.object({
  'If-None-Match': tagCondition('`ETag` of what is known already: 304 if it is still so.'),
})

/** What every change takes. */
export const CHANGE_HEADERS = z.object({
  'Idempotency-Key': parsedBy(
    parseIdempotencyKey,
    `is not one key of 1 to ${MAX_KEY_CHARACTERS} visible ASCII characters`,
  )
    .optional()
    .openapi({
      type: 'string',
      minLength: 1,
      maxLength: MAX_KEY_CHARACTERS,
      pattern: KEY,
      description:
        'Makes a repetition safe: the same key with the same request is done once and answered alike, with another ' +
        'request it is refused by 422; for 24 hours, unless the operator has said otherwise. A UUID is best; quotes ' +
        'around it are no part of it.',
    }),
  'If-Match': tagCondition('`ETag` that the user must still have: 412 if it has not.'),
})

/** What changes of a user's state take: who reads the record wants to know why. */
export const TRANSITION_HEADERS = CHANGE_HEADERS.extend({
  'Activate-Reason': z
    .string()
    .regex(
      /^[\x20-\x7e]{1,256}$/,
      `is not 1 to ${MAX_REASON_CHARACTERS} printable ASCII characters`,
    )
    .optional()
    .openapi({
      minLength: 1,
      maxLength: MAX_REASON_CHARACTERS,
      description:
        'Why it is done, for the record: a code or a sentence, without personal data. It is not shown again here.',
    }),
})
