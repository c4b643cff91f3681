/**
 * Ids and secrets from the platform's CSPRNG. Nothing else in the service makes any.
 */
import { createId, ID_RANDOM_BYTES, type IdKind } from '../core/id.ts'
import { encodeBase64Url } from './base64url.ts'

/** Makes a fresh id of a noun: 130 random bits (core/id.ts). */
export const newId = (kind: IdKind): string =>
  createId(kind, crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)))

/** Makes an unguessable text: unpadded base64url of `bytes` random bytes, 32 where nothing is said. */
export const newSecret = (bytes = 32): string =>
  encodeBase64Url(crypto.getRandomValues(new Uint8Array(bytes)))
