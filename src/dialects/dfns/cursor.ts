/**
 * The opaque token of a list's next page: a place in the list, in base64url. It opens nothing: every page is read
 * within the caller's own organization.
 */
import { decodeBase64Url, encodeBase64Url } from '../../auth/base64url.ts'
import { isUserId } from '../../core/id.ts'
import type { PageCursor } from '../../core/ports.ts'

/** Writes a cursor; plain base64url, so that it survives every client's encoding. */
export const writeCursor = (cursor: PageCursor): string =>
  encodeBase64Url(new TextEncoder().encode(`${cursor.createdAt}:${cursor.id}`))

/** Reads a cursor; undefined for a text that no page has given. */
export function readCursor(token: string): PageCursor | undefined {
  const bytes = decodeBase64Url(token)
  const [time = '', id = '', ...rest] = bytes ? new TextDecoder().decode(bytes).split(':') : []
  if (!/^\d{1,15}$/.test(time) || !isUserId(id) || rest.length > 0) return undefined
  return { createdAt: Number(time), id }
}
