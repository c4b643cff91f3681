/**
 * What a login says of users that there are not: the same as of those that there are (FACTS, decided list).
 * Derived from the signing key, so that every edge answers alike and nobody outside can tell. No store.
 */
import { encodeBase64Url } from './base64url.ts'
import type { KeyRing } from './own-key.ts'

/** Computes the secrets that hide who exists. */
export interface Decoys {
  /** The credential ids shown for a name that may not log in: as long as usual ones, one to three of both kinds. */
  readonly credentialIds: (
    organizationId: string,
    username: string,
  ) => Promise<{ readonly keyIds: readonly string[]; readonly passkeyIds: readonly string[] }>
  /** An epoch as a login challenge carries it: tells nothing, not even that it is not the first. */
  readonly sealEpoch: (userId: string, epoch: number) => Promise<string>
}

/** Sizes of the ids that authenticators make; official signers of keys make 32 bytes (FACTS 1.1.5). */
const PASSKEY_ID_BYTES = [16, 20, 32, 48, 64]
const KEY_ID_BYTES = 32

/**
 * Makes the decoys of a ring. They change with the signing key; a client that kept one sees another, as it would
 * after a re-registration.
 */
export function createDecoys(keyRing: KeyRing): Decoys {
  let imported: Promise<CryptoKey> | null = null
  const macBytes = async (...parts: string[]): Promise<Uint8Array> => {
    imported ??= importMacKey(keyRing.signer.secret)
    const text = new TextEncoder().encode(parts.join('\n'))
    return new Uint8Array(await crypto.subtle.sign('HMAC', await imported, text))
  }
  return {
    credentialIds: async (organizationId, username) => {
      const place = [organizationId, username.toLowerCase()]
      // Of their own, for what could be computed from the ids could be compared with them.
      const draws = await macBytes('decoy-draws', ...place)
      const decoys = await Promise.all(
        [0, 1, 2].map(async (n) => {
          const isPasskey = (draws[1 + n] ?? 0) < 128
          const size = PASSKEY_ID_BYTES[(draws[4 + n] ?? 0) % PASSKEY_ID_BYTES.length] ?? 0
          const head = await macBytes('decoy-credential', String(n), ...place)
          const tail = await macBytes('decoy-credential-rest', String(n), ...place)
          const id = [...head, ...tail].slice(0, isPasskey ? size : KEY_ID_BYTES)
          return { isPasskey, id: encodeBase64Url(Uint8Array.from(id)) }
        }),
      )
      // Some people have several, and of both kinds: neither must tell that somebody is there.
      const [count = 0] = draws
      const shown = decoys.slice(0, count < 160 ? 1 : count < 224 ? 2 : 3)
      const idsOf = (passkeys: boolean) =>
        shown.filter(({ isPasskey }) => isPasskey === passkeys).map(({ id }) => id)
      return { keyIds: idsOf(false), passkeyIds: idsOf(true) }
    },
    sealEpoch: async (userId, epoch) =>
      encodeBase64Url(await macBytes('sealed-epoch', userId, String(epoch))),
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
