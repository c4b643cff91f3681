/**
 * Pages by number, as every list of this dialect has them.
 */
import { z } from '@hono/zod-openapi'
import type { Refusal } from '../../core/refusal.ts'
import { succeed, type Result } from '../../core/result.ts'
import type { Answer } from '../../http/operation.ts'
import { PAGE_NUMBER, wholeNumber } from '../../http/query.ts'

/** Most items on a page. */
const MAX_PAGE_SIZE = 100

/** The page's number and size, as every list of the vendor takes them. */
export const PAGE_QUERY = {
  page: wholeNumber(PAGE_NUMBER).openapi({ format: 'int32' }),
  limit: wholeNumber({
    least: 1,
    most: MAX_PAGE_SIZE,
    usual: 20,
    description: 'Items on a page.',
  }).openapi({ format: 'int32' }),
}

const COUNT = { format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const

/** Where a page stands among all. */
export const WirePagination = z
  .object({
    page: z.int().openapi({ format: 'int32', minimum: 1, maximum: PAGE_NUMBER.most }),
    limit: z.int().openapi({ format: 'int32', minimum: 1, maximum: MAX_PAGE_SIZE }),
    total: z.int().openapi({ ...COUNT, description: 'Items on all pages together.' }),
    totalPages: z.int().openapi(COUNT),
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
