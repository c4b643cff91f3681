/**
 * The headers that operations take besides those of every request. One schema each, for parsing and for the document.
 */
import { z } from '@hono/zod-openapi'
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

const tagCondition = (description: string) =>
  parsedBy(parseTagCondition, 'is not a list of entity tags such as "7", nor *')
    .optional()
    .openapi({ type: 'string', description })

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
      description:
        'Makes a repetition safe: the same key with the same request is done once and answered alike for 24 hours, ' +
        'with another request it is refused by 422. A UUID is best; quotes around it are no part of it.',
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
      description:
        'Why it is done, for the record: a code or a sentence, without personal data. It is not shown again here.',
    }),
})
