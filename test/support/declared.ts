/**
 * Checks answers against the document that the Worker under test serves, and against the vendors' own.
 */
import { exports } from 'cloudflare:workers'
import { expect } from 'vitest'
import {
  CONTRACTS,
  faultsOfAnswer,
  faultsOfHeaders,
  faultsOfValue,
  type CheckedReply,
  type Document,
} from './declared-answer.ts'

export { CONTRACTS, type Document } from './declared-answer.ts'

let served: Promise<Document> | null = null

/** Reads the document of all dialects that the Worker under test serves. */
export const readDocument = (): Promise<Document> =>
  (served ??= exports.default
    .fetch('http://localhost:8787/openapi.json')
    .then((response) => response.json() as Promise<Document>))

/**
 * Fails where an answer of a declared operation has a status, a header, a form or a body that is not declared, or a
 * body that the vendor's contract has otherwise.
 */
export async function expectDeclaredAnswer(
  method: string,
  path: string,
  reply: CheckedReply & { readonly headers: Headers },
): Promise<void> {
  const document = await readDocument()
  expect(faultsOfAnswer(document, method, path, reply)).toEqual([])
  expect(faultsOfHeaders(document, method, path, reply)).toEqual([])
}

/** Fails where a value is not what a vendor's document says that it is. */
export function expectContract(
  vendor: keyof typeof CONTRACTS,
  schemaName: string,
  value: unknown,
): void {
  const { components } = CONTRACTS[vendor]
  // By name and not by reference, so that one schema is one object.
  expect(faultsOfValue(components.schemas[schemaName] as object, components, value)).toEqual([])
}

/** Fails where a user is not what Dfns' document says a user is. */
export const expectDfnsUser = (user: unknown): void => expectContract('dfns', 'User', user)
