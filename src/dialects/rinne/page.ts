/**
 * Pages by number, as every list of this dialect has them.
 */
import { z } from '@hono/zod-openapi'
import type { Refusal } from '../../core/refusal.ts'
import { succeed, type Result } from '../../core/result.ts'
import type { Answer } from '../../http/operation.ts'
import { PAGE_NUMBER, wholeNumber } from '../../http/query.ts'

/** The page's number and size, as every list of the vendor takes them. */
export const PAGE_QUERY = {
  page: wholeNumber(PAGE_NUMBER),
  limit: wholeNumber({ least: 1, most: 100, usual: 20, description: 'Items on a page.' }),
}

/** Where a page stands among all. */
export const WirePagination = z
  .object({
    page: z.int(),
    limit: z.int(),
    total: z.int().openapi({ description: 'Items on all pages together.' }),
    totalPages: z.int(),
    hasNext: z.boolean(),
    hasPrev: z.boolean(),
  })
  .openapi('Pagination')

/** Answers with a page. */
export const answerPage = (
  data: readonly unknown[],
  { page, limit, total }: { readonly page: number; readonly limit: number; readonly total: number },
): Result<Answer, Refusal> => {
  const totalPages = Math.ceil(total / limit)
  const pagination = {
    page,
    limit,
    total,
    totalPages,
    hasNext: page < totalPages,
    hasPrev: page > 1,
  }
  return succeed({ body: { data, pagination } })
}
