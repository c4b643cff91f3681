/**
 * What a login says of users that there are not: the same as of those that there are (FACTS, decided list).
 * Derived from the signing key, so that every edge answers alike and nobody outside can tell. No store.
 */
import { encodeBase64Url } from './base64url.ts'
import type { KeyRing } from './own-key.ts'

/** Computes the secrets that hide who exists. */
export interface Decoys {
  /** The credential ids shown for a name that may not log in: as long as real ones, and one to three of them. */
  readonly credentialIds: (
    organizationId: string,
    username: string,
  ) => Promise<readonly [string, ...string[]]>
  /** An epoch as a login challenge carries it: tells nothing, not even that it is not the first. */
  readonly sealEpoch: (userId: string, epoch: number) => Promise<string>
}

/** What the count of a name begins with that gets one decoy more, and two: a quarter and an eighth of base64url. */
const MORE_DECOYS = ['ABCDEFGHIJKLMNOP', 'QRSTUVWX']

/**
 * Makes the decoys of a ring. They change with the signing key; a client that kept one sees another, as it would
 * after a re-registration.
 */
export function createDecoys(keyRing: KeyRing): Decoys {
  let imported: Promise<CryptoKey> | null = null
  const mac = async (...parts: string[]): Promise<string> => {
    imported ??= importMacKey(keyRing.signer.secret)
    const text = new TextEncoder().encode(parts.join('\n'))
    return encodeBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', await imported, text)))
  }
  return {
    credentialIds: async (organizationId, username) => {
      const place = [organizationId, username.toLowerCase()]
      const [count, first, ...others] = await Promise.all([
        // Of its own, for what could be computed from the ids could be compared with them.
        mac('decoy-count', ...place),
        mac('decoy-credential', ...place),
        mac('decoy-credential-2', ...place),
        mac('decoy-credential-3', ...place),
      ])
      // Some people have several keys, so several must not tell that somebody is there.
      const more = MORE_DECOYS.findIndex((characters) => characters.includes(count.charAt(0)))
      return [first, ...others.slice(0, more + 1)]
    },
    sealEpoch: (userId, epoch) => mac('sealed-epoch', userId, String(epoch)),
  }
}

/** A key of its own, derived by HKDF, so that the signing key signs tokens and nothing else (RFC 5869). */
async function importMacKey(secret: string): Promise<CryptoKey> {
  const text = (value: string) => new TextEncoder().encode(value)
  const source = await crypto.subtle.importKey('raw', text(secret), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: text('activate'), info: text('login-decoys') },
    source,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  )
}
