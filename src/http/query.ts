/**
 * Numbers in queries, where everything is text.
 */
import { z } from '@hono/zod-openapi'

/** The numbers that a parameter takes. */
export interface WholeNumberRange {
  readonly least: number
  readonly most: number
  /** Stands for a parameter that is absent. */
  readonly usual: number
  readonly description: string
}

/** Numbers of pages: up to far beyond any list, and far below where numbers lose their last digits. */
export const PAGE_NUMBER = {
  least: 1,
  most: 1_000_000,
  usual: 1,
  description: 'Number of the page.',
} as const satisfies WholeNumberRange

/** What the document says of such a parameter. */
export const describeWholeNumber = ({ least, most, usual, description }: WholeNumberRange) => ({
  param: { required: false },
  type: 'integer' as const,
  minimum: least,
  maximum: most,
  default: usual,
  description,
})

/** Reads a whole number in decimal digits: no sign, no blank, no exponent. */
export const wholeNumber = (range: WholeNumberRange) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'is not a whole number')
    .default(String(range.usual))
    .transform(Number)
    .pipe(z.number().min(range.least).max(range.most))
    .openapi(describeWholeNumber(range))
