/**
 * What both lists of the Rinne dialect have in common: pages by number, and the queries that they do not understand.
 */
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../support/api.ts'
import { expectApiHeaders } from '../../support/api-headers.ts'
import { callWithoutTrace, setScene, type GuardedRoute } from '../../support/refusals.ts'
import { expectInputError, SECRET } from './answers.ts'

/** Fails where an answer is not a page of the contract's form; returns its items. */
export function readItems(
  reply: Reply,
  { page = 1, limit = 20, total }: { page?: number; limit?: number; total: number },
): readonly Readonly<Record<string, unknown>>[] {
  const totalPages = Math.ceil(total / limit)
  const ends = { hasNext: page < totalPages, hasPrev: page > 1 }
  expect({ status: reply.status, body: reply.json }).toEqual({
    status: 200,
    body: { data: expect.any(Array), pagination: { page, limit, total, totalPages, ...ends } },
  })
  expectApiHeaders(reply)
  return reply.json['data'] as unknown as Readonly<Record<string, unknown>>[]
}

const NUMBERS = ['0', '-1', '+1', '1e2', '1.5', '0x10', '%201', '', 'NaN', '9999999999', SECRET]

/** Refuses queries of a list: pages and limits that are none, and its own wrong values by name. */
export function describeQueries(
  route: GuardedRoute,
  own: Readonly<Record<string, readonly string[]>>,
): void {
  const wrong = { page: [...NUMBERS, '1000001'], limit: [...NUMBERS, '101'], ...own }
  const rows = Object.entries(wrong).flatMap(([field, values]) =>
    values.map((value) => ({ query: `${field}=${value}`, issues: { [field]: 'INVALID_VALUE' } })),
  )
  const twice = {
    query: 'page=1&page=1',
    issues: { page: "Field 'page' is given more than once" },
  }
  describe(route.name, () => {
    it.each([...rows, twice])('refuses the query "$query"', async ({ query, issues }) => {
      const { actor, request, world } = await setScene(route)
      const path = `${request.path}?${query}`
      const reply = await callWithoutTrace([world.organizationId], { path, token: actor.token })
      expectInputError(reply, issues)
    })
  })
}
