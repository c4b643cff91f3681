/**
 * Ids and clock reading of a request.
 */
import { describe, expect, it } from 'vitest'
import { readRequestContext } from '../../../src/http/request-context.ts'
import { NOW } from '../../support/sample.ts'

/** Reads the context of a request with a client's id. */
const read = (id?: string) =>
  readRequestContext(
    new Request('http://localhost:8787/auth/users?limit=1', {
      method: 'POST',
      ...(id === undefined ? {} : { headers: { 'x-request-id': id } }),
    }),
    NOW,
  )

describe('readRequestContext', () => {
  it('reads method, path without query, and the given time', () => {
    expect(read()).toEqual({
      requestId: expect.stringMatching(/^req_[0-9a-f]{32}$/) as string,
      clientRequestId: null,
      errorNumber: expect.stringMatching(/^\d{20}$/) as string,
      now: NOW,
      method: 'POST',
      path: '/auth/users',
      search: '?limit=1',
    })
  })

  it('gives two requests different ids', () => {
    const [one, two] = [read('client-request'), read('client-request')]
    expect(one.requestId).not.toBe(two.requestId)
    expect(one.errorNumber).not.toBe(two.errorNumber)
  })

  it.each(['12345678', 'a'.repeat(64), 'A_b-9876', crypto.randomUUID()])(
    "keeps the client's id %s",
    (id) => {
      expect(read(id).clientRequestId).toBe(id)
    },
  )

  it.each([
    { name: 'seven characters', id: '1234567' },
    { name: '65 characters', id: 'a'.repeat(65) },
    { name: 'a blank', id: 'abcd efgh' },
    { name: 'a dot', id: 'abcd.efgh' },
    { name: 'two ids', id: 'abcdefgh, abcdefgh' },
    { name: 'markup', id: '<script>1' },
    { name: 'no text', id: '' },
  ])('ignores an id of $name', ({ id }) => {
    expect(read(id).clientRequestId).toBeNull()
  })
})
