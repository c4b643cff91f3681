/**
 * `GET /auth/users`: queries that it does not understand.
 */
import { describe, it } from 'vitest'
import { encodeBase64Url } from '../../../src/auth/base64url.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { expectInputError } from './answers.ts'
import { LIST } from './routes.ts'

const encode = (text: string) => encodeBase64Url(new TextEncoder().encode(text))

const LIMITS = ['0', '201', '1000', 'abc', '-1', '+1', '1e2', '1.5', '0x10', '%201', '', 'NaN']

const TOKENS = [
  { name: 'empty', token: '' },
  { name: 'a text that is no base64url', token: '%00*' },
  { name: 'padded', token: 'YQ==' },
  { name: 'base64url of garbage', token: encode('garbage') },
  { name: 'an id without a time', token: encode(':us-6b58p-r53sr-rlrd3l5cj3uc4ome') },
  { name: 'a time without an id', token: encode('1000:') },
  { name: 'a negative time', token: encode('-1:us-6b58p-r53sr-rlrd3l5cj3uc4ome') },
  {
    name: 'a time beyond all numbers',
    token: encode(`${'9'.repeat(40)}:us-6b58p-r53sr-rlrd3l5cj3uc4ome`),
  },
  { name: 'SQL', token: encode("1:us-6b58p-r53sr-' OR 1=1 --") },
  { name: '257 characters', token: 'a'.repeat(257) },
]

const ROWS = [
  ...LIMITS.map((limit) => ({
    name: `the limit "${limit}"`,
    query: `limit=${limit}`,
    member: 'limit',
  })),
  ...TOKENS.map(({ name, token }) => ({
    name: `a pagination token that is ${name}`,
    query: `paginationToken=${token}`,
    member: 'paginationToken',
  })),
  { name: 'a kind that there is not', query: 'kind=DfnsStaff', member: 'kind' },
  { name: 'a kind in lower case', query: 'kind=enduser', member: 'kind' },
  { name: 'an empty kind', query: 'kind=', member: 'kind' },
  { name: 'an unknown name', query: 'offset=3', member: 'offset' },
  { name: 'a name in another case', query: 'Limit=3', member: 'Limit' },
  { name: 'a list in brackets', query: 'limit[]=3', member: 'limit[]' },
  { name: 'a name that comes twice', query: 'limit=1&limit=2', member: 'limit' },
  { name: 'a name that comes twice with one value', query: 'limit=1&limit=1', member: 'limit' },
  { name: 'a name that every object inherits', query: 'constructor=1', member: 'constructor' },
  { name: 'the name __proto__', query: '__proto__=1', member: '__proto__' },
]

describe(LIST.name, () => {
  it.each(ROWS)('refuses $name', async ({ query, member }) => {
    const { actor, world } = await setScene(LIST)
    const request = { path: `/auth/users?${query}`, token: actor.token }
    const reply = await callWithoutTrace([world.organizationId], request)
    expectInputError(reply, { location: 'query', path: [member] })
  })
})
