/**
 * Values as Pydantic 1 reads them, so that clients which were written against it are taken and refused as they were.
 * Each fault carries the name that Pydantic gives it.
 */
import { z } from '@hono/zod-openapi'
import { isEmailAddress } from '../../core/email-address.ts'
import { describeWholeNumber, type WholeNumberRange } from '../../http/query.ts'

/** Why a value is not taken: Pydantic's message and its name. */
type Fault = readonly [msg: string, type: string]

const MISSING: Fault = ['field required', 'value_error.missing']
const NULL: Fault = ['none is not an allowed value', 'type_error.none.not_allowed']
const NO_BOOLEAN: Fault = ['value could not be parsed to a boolean', 'type_error.bool']
const NO_TEXT: Fault = ['str type expected', 'type_error.str']
const NO_EMAIL: Fault = ['value is not a valid email address', 'value_error.email']
const NO_INTEGER: Fault = ['value is not a valid integer', 'type_error.integer']

/** What Pydantic 1 takes for true and false; texts in any case. */
const TRUTHS = new Map<unknown, boolean>([
  ...[true, 1, '1', 'on', 't', 'true', 'y', 'yes'].map((value) => [value, true] as const),
  ...[false, 0, '0', 'off', 'f', 'false', 'n', 'no'].map((value) => [value, false] as const),
])

/** A parsed value, or the fault that stands in its place. */
type Reading<T> = { readonly value: T } | { readonly fault: Fault }

/** Makes a schema of a reader; what is absent or null is refused before it is asked. */
const readBy = <T>(
  read: (value: unknown) => Reading<T>,
  source: z.ZodType<unknown, unknown> = z.unknown(),
) =>
  source.transform((value, context): T => {
    const reading = value === undefined ? { fault: MISSING } : read(value)
    if ('value' in reading) return reading.value
    const [message, rule] = reading.fault
    context.addIssue({ code: 'custom', message, params: { rule } })
    return z.NEVER
  })

/**
 * Reads a boolean that must have one value. Numbers 0 and 1 and the usual words are booleans too.
 *
 * @see pydantic v1 manual, "Booleans", read 2026-11-22
 */
export const booleanBeing = (permitted: boolean, description: string) =>
  readBy<boolean>((value) => {
    if (value === null) return { fault: NULL }
    const truth = TRUTHS.get(typeof value === 'string' ? value.toLowerCase() : value)
    if (truth === undefined) return { fault: NO_BOOLEAN }
    if (truth === permitted) return { value: truth }
    const word = permitted ? 'True' : 'False'
    return { fault: [`unexpected value; permitted: ${word}`, 'value_error.const'] }
  }).openapi({ type: 'boolean', enum: [permitted], description })

/** Reads an email address, without the blanks around it and in lower case: one spelling, as it is stored. */
export const emailAddress = (description: string) =>
  readBy<string>((value) => {
    if (value === null) return { fault: NULL }
    if (typeof value === 'object') return { fault: NO_TEXT }
    // Numbers and booleans are texts to Pydantic, and no addresses.
    const email = String(value).trim().toLowerCase()
    return isEmailAddress(email) ? { value: email } : { fault: NO_EMAIL }
  }).openapi({ type: 'string', format: 'email', maxLength: 254, description })

/** Reads a whole number of a query, with a sign or blanks around it, as Pydantic does. */
export const integerBetween = (range: WholeNumberRange) =>
  readBy<number>(
    (value) => {
      const text = String(value).trim()
      if (!/^[+-]?\d+$/.test(text)) return { fault: NO_INTEGER }
      const number = Number(text)
      if (number < range.least) return { fault: limitOf('greater', range.least, 'not_ge') }
      if (number > range.most) return { fault: limitOf('less', range.most, 'not_le') }
      return { value: number }
    },
    z.unknown().default(String(range.usual)),
  ).openapi({ ...describeWholeNumber(range), format: 'int32' })

const limitOf = (word: string, limit: number, name: string): Fault => [
  `ensure this value is ${word} than or equal to ${limit}`,
  `value_error.number.${name}`,
]
